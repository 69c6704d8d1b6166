//! The coroutine that accepts, and the handle of a server.
//!
//! Knows what becomes of a connection. Does not know what is served.

use super::ServerConfig;
use super::dispatch::MakeDispatch;
use super::lanes::Lanes;
use super::link::Link;
use super::opening;
use super::roll::{Listening, REFUSED, Roll};
use super::slots::Slots;
use crate::coroutine::{Coroutine, Timer, Turn, run_on, spawn_here, yield_now};
use crate::error::Stage;
use crate::isolation::discard;
use crate::log;
use crate::transport::{ServerTransport, TransportError};
use orb::prelude::{AsyncExec, AsyncRuntime};
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// The wait after a failed accept: doubled each time, up to the second.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// Passes of the scheduler in which a listener that closes finds out whether a connection waits: a runtime looks at its
/// sockets only now and then.
const PASSES: usize = 128;

/// A server: any number of listeners, each with what it serves.
///
/// One that was made with executors keeps them. On tokio, whoever drops the last handle of an executor must not be in
/// async code: keep your own until the server is gone.
///
/// Dropped, it stops to accept and ends its connections at once; [`close`](Self::close) lets requests finish. Its addresses
/// are free when its executor has run each listener once more, or is gone: mostly within a millisecond, but not yet when
/// the drop returns. After a `close` they are free.
pub struct RpcServer<RT: AsyncRuntime> {
    config: Arc<ServerConfig>,
    /// None means the runtime around. The first runs the listeners.
    execs: Vec<RT::Exec>,
    /// The ways to several executors.
    lanes: Option<Arc<Lanes>>,
    roll: Arc<Roll>,
    runtime: PhantomData<fn() -> RT>,
}

impl<RT: AsyncRuntime> fmt::Debug for RpcServer<RT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcServer")
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}

impl<RT: AsyncRuntime> RpcServer<RT> {
    /// A server whose coroutines run on the runtime around.
    #[must_use]
    pub fn new(config: ServerConfig) -> Self {
        let slots = Arc::new(Slots::new(config.in_flight_per_server));
        let roll = Arc::new(Roll::new(slots));
        let (config, execs) = (Arc::new(config), Vec::new());
        Self { config, execs, lanes: None, roll, runtime: PhantomData }
    }

    /// A server whose coroutines run on `exec`: for code that runs under another executor.
    #[must_use]
    pub fn with_executor(config: ServerConfig, exec: &RT::Exec) -> Self {
        let mut server = Self::new(config);
        server.execs = vec![exec.clone()];
        server
    }

    /// A server on several executors: each connection gets the one that has the fewest of them, and stays there. The
    /// first also runs the listeners.
    ///
    /// With an executor of one thread for each core, on tokio nothing of a connection goes from core to core, and no
    /// executor wakes another; on smol they share one reactor. That is for handlers that do not block: a connection waits
    /// for those of its executor, also while another one is idle. Clients have theirs by `connect_on`.
    ///
    /// Each executor must be driven as long as the server is there: connections of one that is not (a `current()` whose
    /// `block_on` has returned, a handler that blocks its only thread) are not served, and [`close`](Self::close) waits for
    /// them. Those that have ended get no more connections. Without any executor it is like [`new`](Self::new).
    ///
    /// # Example
    /// ```
    /// # use razor_stream::server::dispatch::{Call, Dispatch, Flow};
    /// # use razor_stream::server::task::Reply;
    /// use orb::prelude::*;
    /// use orb_tokio::TokioRT;
    /// use razor_stream::server::{RpcServer, ServerConfig};
    /// use razor_stream::transport::memory::MemoryServer;
    /// # #[derive(Clone)]
    /// # struct Echo;
    /// # impl Dispatch for Echo {
    /// #     fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
    /// #         let _ = (call, reply);
    /// #         Flow::Next
    /// #     }
    /// # }
    ///
    /// let cores = [TokioRT::one(), TokioRT::one()];
    /// let mut server = RpcServer::<TokioRT>::with_executors(ServerConfig::default(), &cores);
    /// cores[0].block_on(async {
    ///     server.listen::<MemoryServer<TokioRT>, _>("", Echo).await.unwrap();
    /// });
    /// ```
    #[must_use]
    pub fn with_executors(config: ServerConfig, execs: &[RT::Exec]) -> Self {
        let mut server = Self::new(config);
        server.execs = execs.to_vec();
        server.lanes = (execs.len() > 1).then(|| Arc::new(Lanes::new::<RT>(execs)));
        server
    }

    /// Listens at `addr`, and serves there what `make` makes for each connection. Returns the address in the form in
    /// which a client can use it: with the real port, where 0 was asked for.
    ///
    /// # Errors
    /// When the address is none or in use; outside of a runtime, unless the server was made
    /// [`with_executor`](Self::with_executor) or with several.
    pub async fn listen<S, D>(&mut self, addr: &str, make: D) -> Result<String, TransportError>
    where
        S: ServerTransport<RT = RT>,
        D: MakeDispatch,
    {
        let no_runtime = |error| TransportError {
            stage: Stage::Listen,
            addr: addr.to_string(),
            cause: std::io::Error::other(error),
        };
        // On the runtime, since this may be polled outside of it.
        let wanted = addr.to_string();
        let binding = run_on::<RT, _>(self.execs.first(), async move { S::bind(&wanted).await });
        let listener = binding.await.map_err(no_runtime)??;
        let bound = listener.local_addr().to_string();
        let (config, roll) = (self.config.clone(), self.roll.clone());
        let accepting = accept_loop::<RT, S, D>(listener, make, config, roll, self.lanes.clone());
        match self.execs.first() {
            Some(exec) => exec.spawn_detach(accepting),
            None => spawn_here::<RT>(accepting).map_err(no_runtime)?,
        }
        Ok(bound)
    }

    /// Connections open now, those not counted that are being refused.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.roll.connections()
    }

    /// Stops to accept, refuses further requests, lets the ones in hand finish and their answers be read; at most
    /// `drain_timeout`. Connections that have not ended by then are cut. Afterwards its addresses are free. Each connection
    /// looks at the time by itself: it waits longer for one whose executor does not run.
    ///
    /// # Cancellation
    /// Dropping the future cuts them at once.
    pub async fn close(mut self) {
        // Connections that no executor has started end with the lanes.
        self.lanes = None;
        for link in self.roll.close() {
            link.drain();
        }
        // Each connection looks at the clock by itself, so that this runs under any executor.
        poll_fn(|cx| self.roll.poll_over(cx.waker())).await;
    }
}

impl<RT: AsyncRuntime> Drop for RpcServer<RT> {
    fn drop(&mut self) {
        for link in self.roll.abandon() {
            link.close();
        }
    }
}

/// Accepts until the server closes. No error ends it: it backs off and tries again.
fn accept_loop<RT, S, D>(
    listener: S,
    make: D,
    config: Arc<ServerConfig>,
    roll: Arc<Roll>,
    lanes: Option<Arc<Lanes>>,
) -> Coroutine
where
    RT: AsyncRuntime,
    S: ServerTransport<RT = RT>,
    D: MakeDispatch,
{
    let listening = Listening::new(roll.clone());
    let make = Arc::new(make);
    let at = Arc::<str>::from(listener.local_addr());
    let door = Door { make, config, roll, lanes, at };
    Box::pin(async move {
        let (mut timer, mut backoff) = (Timer::<RT>::new(), BACKOFF.0);
        let mut turn = Turn::default();
        loop {
            let accepted = {
                let mut accepting = pin!(listener.accept());
                poll_fn(|cx| {
                    if listening.is_over(cx.waker()) {
                        return Poll::Ready(None);
                    }
                    accepting.as_mut().poll(cx).map(Some)
                })
                .await
            };
            match accepted {
                None => {
                    door.refuse_waiting::<RT, S>(&listener).await;
                    // The address is free before the entry says so.
                    drop(listener);
                    return;
                }
                Some(Err(error)) => {
                    log::ACCEPT
                        .warn(&door.config.log, format_args!("accepting at {}: {error}", door.at));
                    timer.arm(backoff);
                    backoff = (backoff * 2).min(BACKOFF.1);
                    poll_fn(|cx| {
                        if listening.is_over(cx.waker()) { Poll::Ready(()) } else { timer.poll(cx) }
                    })
                    .await;
                }
                Some(Ok(accepted)) => {
                    backoff = BACKOFF.0;
                    // A flood of connections leaves the others of the thread their turn.
                    turn.read();
                    if turn.end_if_over() {
                        yield_now().await;
                    }
                    door.enter::<RT, S>(accepted);
                }
            }
        }
    })
}

/// What becomes of the connections of one listener.
struct Door<D> {
    make: Arc<D>,
    config: Arc<ServerConfig>,
    roll: Arc<Roll>,
    lanes: Option<Arc<Lanes>>,
    /// The address.
    at: Arc<str>,
}

impl<D: MakeDispatch> Door<D> {
    /// Starts to serve a connection, or to refuse what it asks for if there are too many.
    fn enter<RT: AsyncRuntime, S: ServerTransport<RT = RT>>(&self, accepted: S::Accepted) {
        let Self { make, config, roll, lanes, at } = self;
        let link = Arc::new(Link::new(config, roll.slots().clone()));
        let Some(entry) = Roll::enter(roll, &link, config.connections) else {
            return self.turn_away::<RT, S>(accepted);
        };
        let (make, config, at) = (make.clone(), config.clone(), at.clone());
        let serving = async move {
            let _entry = entry;
            opening::serve::<RT, S, D>(accepted, link, &make, config, &at).await;
        };
        match lanes {
            None => RT::spawn_detach(serving),
            Some(lanes) => {
                // Without any executor left, the connection ends here.
                discard(lanes.hand(Box::pin(serving)));
            }
        }
    }

    /// Refuses what a connection asks for, and closes it. Too many of these at once are closed at once.
    fn turn_away<RT: AsyncRuntime, S: ServerTransport<RT = RT>>(&self, accepted: S::Accepted) {
        let Self { config, roll, at, .. } = self;
        let link = Arc::new(Link::new(config, roll.slots().clone()));
        let Some(entry) = Roll::turn_away(roll, &link) else { return discard(accepted) };
        if roll.is_closing() {
            link.drain();
        } else {
            let most = config.connections;
            let line = format_args!("refusing a connection at {at}: there are {most} already");
            log::CROWD.warn(&config.log, line);
        }
        let (config, at) = (config.clone(), at.clone());
        RT::spawn_detach(async move {
            let _entry = entry;
            opening::refuse::<RT, S>(accepted, link, config, &at).await;
        });
    }

    /// Those that wait to be accepted when the server closes are told so, as many as are refused at once.
    async fn refuse_waiting<RT: AsyncRuntime, S: ServerTransport<RT = RT>>(&self, listener: &S) {
        let (mut refused, mut passes) = (0, 0);
        while refused < REFUSED && passes < PASSES && !self.roll.is_abandoned() {
            let accepted = {
                let mut accepting = pin!(listener.accept());
                poll_fn(|cx| Poll::Ready(accepting.as_mut().poll(cx))).await
            };
            match accepted {
                Poll::Ready(Ok(accepted)) => {
                    self.turn_away::<RT, S>(accepted);
                    (refused, passes) = (refused + 1, 0);
                }
                Poll::Ready(Err(_)) => return,
                Poll::Pending => {
                    passes += 1;
                    yield_now().await;
                }
            }
        }
    }
}
