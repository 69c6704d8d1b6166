//! Several executors of one server, and which of them gets a connection.
//!
//! A coroutine on each executor takes the connections that are handed to that executor. No coroutine may own an
//! executor: on tokio, dropping the last handle of a runtime within a coroutine panics. Does not know what a connection
//! does.

use crate::coroutine::{Coroutine, Lifeline, lifeline, wake};
use crate::isolation::discard;
use orb::prelude::{AsyncExec, AsyncRuntime};
use parking_lot::Mutex;
use std::future::poll_fn;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

/// All lanes of a server. They end when the server and its listeners have gone.
#[derive(Debug)]
pub(super) struct Lanes(Vec<Arc<Lane>>);

/// The way to one executor.
#[derive(Debug, Default)]
struct Lane {
    /// The number of connections there. Relaxed, because it only serves to find the executor that has the fewest.
    connections: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Connections that wait to be started; no more than the server may have.
    handed: Vec<Coroutine>,
    taker: Option<Waker>,
    /// The server has ended, or the executor has.
    over: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("over", &self.over).finish_non_exhaustive()
    }
}

impl Lanes {
    pub(super) fn new<RT: AsyncRuntime>(execs: &[RT::Exec]) -> Self {
        let lane_of = |exec: &RT::Exec| {
            let lane = Arc::new(Lane::default());
            let guarded = lane.clone();
            let lifeline = lifeline(move || guarded.end());
            exec.spawn_detach(lane.clone().start_what_is_handed::<RT>(lifeline));
            lane
        };
        Self(execs.iter().map(lane_of).collect())
    }

    /// Hands a connection to the executor that has the fewest connections; gives it back if no executor is left.
    pub(super) fn hand(&self, connection: Coroutine) -> Result<(), Coroutine> {
        let mut connection = connection;
        loop {
            let open = self.0.iter().filter(|lane| !lane.state.lock().over);
            let Some(lane) = open.min_by_key(|lane| lane.connections.load(Ordering::Relaxed))
            else {
                return Err(connection);
            };
            match lane.hand(connection) {
                Ok(()) => return Ok(()),
                // The lane has ended meanwhile.
                Err(back) => connection = back,
            }
        }
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.0.iter().for_each(|lane| lane.end());
    }
}

impl Lane {
    fn hand(self: &Arc<Self>, connection: Coroutine) -> Result<(), Coroutine> {
        let mut state = self.state.lock();
        if state.over {
            return Err(connection);
        }
        let place = Place::new(self.clone());
        state.handed.push(Box::pin(async move {
            let _place = place;
            connection.await;
        }));
        let taker = state.taker.take();
        drop(state);
        wake(taker);
        Ok(())
    }

    /// Starts connections on the executor that runs this, until the lane ends.
    async fn start_what_is_handed<RT: AsyncRuntime>(
        self: Arc<Self>,
        _lifeline: Lifeline<impl FnMut()>,
    ) {
        while let Some(connections) = poll_fn(|cx| self.poll_handed(cx)).await {
            connections.into_iter().for_each(RT::spawn_detach);
        }
    }

    fn poll_handed(&self, cx: &Context<'_>) -> Poll<Option<Vec<Coroutine>>> {
        let mut state = self.state.lock();
        if state.over {
            return Poll::Ready(None);
        }
        if state.handed.is_empty() {
            state.taker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Some(mem::take(&mut state.handed)))
    }

    /// Ends the lane. Connections that wait to be started are dropped, which closes them.
    fn end(&self) {
        let mut state = self.state.lock();
        state.over = true;
        let (handed, taker) = (mem::take(&mut state.handed), state.taker.take());
        drop(state);
        handed.into_iter().for_each(discard);
        wake(taker);
    }
}

/// Counts a connection of an executor, until this is dropped.
struct Place(Arc<Lane>);

impl Place {
    fn new(lane: Arc<Lane>) -> Self {
        lane.connections.fetch_add(1, Ordering::Relaxed);
        Self(lane)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coroutine::yield_now;
    use orb_tokio::TokioRT;
    use std::future::pending;

    fn endless() -> Coroutine {
        Box::pin(pending())
    }

    fn connections(lanes: &Lanes) -> Vec<usize> {
        lanes.0.iter().map(|lane| lane.connections.load(Ordering::Relaxed)).collect()
    }

    #[test]
    fn the_executor_with_the_fewest_gets_the_next() {
        let execs = [TokioRT::current(), TokioRT::current()];
        let lanes = Lanes::new::<TokioRT>(&execs);
        let (short, ended) = (Arc::new(()), Arc::new(()));
        let held = short.clone();
        assert!(lanes.hand(endless()).is_ok());
        assert!(lanes.hand(Box::pin(async move { drop(held) })).is_ok());
        assert_eq!(connections(&lanes), [1, 1]);
        execs[1].block_on(async {
            for _ in 0..1000 {
                if connections(&lanes) == [1, 0] {
                    break;
                }
                yield_now().await;
            }
            assert_eq!(connections(&lanes), [1, 0], "the short one has ended");
        });
        assert_eq!(Arc::strong_count(&short), 1);
        for after in [[1, 1], [2, 1], [2, 2]] {
            let held = ended.clone();
            let connection = Box::pin(async move {
                pending::<()>().await;
                drop(held);
            });
            assert!(lanes.hand(connection).is_ok());
            assert_eq!(connections(&lanes), after);
        }
        // Connections that were not started end with the lanes.
        assert_eq!(Arc::strong_count(&ended), 4);
        drop(lanes);
        assert_eq!(Arc::strong_count(&ended), 1);
    }

    #[test]
    fn executors_that_have_ended_get_nothing() {
        let [first, second] = [TokioRT::current(), TokioRT::current()];
        let lanes = Lanes::new::<TokioRT>(&[first.clone(), second.clone()]);
        assert!(lanes.hand(endless()).is_ok());
        drop(second);
        for _ in 0..3 {
            assert!(lanes.hand(endless()).is_ok());
        }
        assert_eq!(connections(&lanes), [4, 0]);
        drop(first);
        assert!(lanes.hand(endless()).is_err());
        assert_eq!(connections(&lanes), [0, 0]);
    }

    /// A panic in the destructor of a user's transport or dispatcher does not touch other connections.
    #[test]
    fn a_panic_in_what_was_not_started_ends_nothing_else() {
        struct Panics;
        impl Drop for Panics {
            fn drop(&mut self) {
                panic!("on purpose");
            }
        }
        let execs = [TokioRT::current(), TokioRT::current()];
        let lanes = Lanes::new::<TokioRT>(&execs);
        let held = Arc::new(());
        let (panics, theirs) = (Panics, held.clone());
        assert!(
            lanes
                .hand(Box::pin(async move {
                    pending::<()>().await;
                    drop(panics)
                }))
                .is_ok()
        );
        assert!(
            lanes
                .hand(Box::pin(async move {
                    pending::<()>().await;
                    drop(theirs)
                }))
                .is_ok()
        );
        let all = lanes.0.clone();
        drop(lanes);
        assert!(all.iter().all(|lane| lane.state.lock().over));
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
