//! Why the answers of a connection are no longer wanted, and who waits to be told.
//!
//! Knows reasons and wakers. Does not know connections, nor what a handler does once it is told.

use crate::coroutine::wake;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::task::Waker;

/// Why a handler may stop its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelReason {
    /// The client sends nothing more: the connection is lost, or the client has closed it. A client that has shut down
    /// only its sending side still reads an answer.
    Disconnected,
    /// The server closes. It waits for answers for the time that
    /// [`with_drain_timeout`](crate::server::ServerConfig::with_drain_timeout) says.
    Draining,
}

/// The reason, once there is one, and the wakers of those who wait for it.
#[derive(Debug, Default)]
pub(super) struct Cancel(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    reason: Option<CancelReason>,
    /// One for each future that waits, by its key. Such a future is made by a handler, never by a peer.
    waiting: BTreeMap<u64, Waker>,
    next: u64,
}

impl Cancel {
    /// The first reason that there was.
    pub(super) fn reason(&self) -> Option<CancelReason> {
        self.0.lock().reason
    }

    /// Records the reason, unless there is one, and wakes those who wait. The caller holds no lock.
    pub(super) fn cancel(&self, reason: CancelReason) {
        let mut state = self.0.lock();
        state.reason.get_or_insert(reason);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_values().for_each(|waker| wake(Some(waker)));
    }

    /// The reason, or `None` after the waker has been registered under `key`.
    pub(super) fn poll(&self, key: &mut Option<u64>, waker: &Waker) -> Option<CancelReason> {
        let waker = waker.clone();
        let mut state = self.0.lock();
        if state.reason.is_some() {
            return state.reason;
        }
        let key = *key.get_or_insert_with(|| {
            state.next += 1;
            state.next
        });
        let before = state.waiting.insert(key, waker);
        // What a waker does when it is dropped is not known here.
        drop(state);
        drop(before);
        None
    }

    /// Forgets the waker under `key`.
    pub(super) fn forget(&self, key: Option<u64>) {
        let Some(key) = key else { return };
        let mut state = self.0.lock();
        let waker = state.waiting.remove(&key);
        drop(state);
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn the_first_reason_stays_and_each_that_waits_is_woken_once() {
        let (cancel, count) = (Cancel::default(), Arc::<Count>::default());
        let waker = count.clone().into();
        let (mut one, mut two) = (None, None);
        assert_eq!(cancel.poll(&mut one, &waker), None);
        assert_eq!(cancel.poll(&mut two, &waker), None);
        assert_eq!(cancel.poll(&mut two, &waker), None, "polled again, it is there once");
        cancel.cancel(CancelReason::Draining);
        assert_eq!(count.0.load(Ordering::SeqCst), 2);
        cancel.cancel(CancelReason::Disconnected);
        assert_eq!(count.0.load(Ordering::SeqCst), 2);
        assert_eq!(cancel.poll(&mut one, &waker), Some(CancelReason::Draining));
        assert_eq!(cancel.reason(), Some(CancelReason::Draining));
    }

    #[test]
    fn one_that_is_gone_leaves_nothing_behind() {
        let (cancel, count) = (Cancel::default(), Arc::<Count>::default());
        let waker: Waker = count.clone().into();
        let mut key = None;
        assert_eq!(cancel.poll(&mut key, &waker), None);
        drop(waker);
        assert_eq!(Arc::strong_count(&count), 2, "its waker is kept while it waits");
        cancel.forget(key);
        assert_eq!(Arc::strong_count(&count), 1);
    }
}
