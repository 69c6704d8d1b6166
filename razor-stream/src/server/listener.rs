//! The coroutine that accepts: one for each listener.
//!
//! Knows what becomes of a connection. Does not know what is served.

use super::ServerConfig;
use super::dispatch::MakeDispatch;
use super::lanes::Lanes;
use super::link::Link;
use super::opening;
use super::roll::{Listening, REFUSED, Roll};
use crate::coroutine::{Coroutine, Timer, Turn, yield_now};
use crate::isolation::discard;
use crate::log;
use crate::transport::Listener;
use orb::prelude::AsyncRuntime;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// The first and the longest wait after a failed accept; the wait doubles each time.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// The passes of the scheduler for which a closing listener waits for a connection that may still be in its queue: a
/// runtime looks at its sockets only now and then.
const PASSES: usize = 128;

/// Accepts connections until the server closes. After an error it waits and tries again.
pub(super) fn accept_loop<L: Listener, D: MakeDispatch>(
    listener: L,
    make: Arc<D>,
    config: Arc<ServerConfig>,
    roll: Arc<Roll>,
    lanes: Option<Arc<Lanes>>,
) -> Coroutine {
    let listening = Listening::new(roll.clone());
    let at = Arc::<str>::from(listener.local_addr());
    let door = Door { make, config, roll, lanes, at };
    Box::pin(async move {
        let (mut timer, mut backoff) = (Timer::<L::RT>::new(), BACKOFF.0);
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
                    door.refuse_waiting(&listener).await;
                    // The address has to be free before the roll learns that this listener has ended.
                    drop(listener);
                    return;
                }
                Some(Err(error)) => {
                    log::server::ACCEPT
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
                    // A flood of connections must leave other coroutines of the thread their turn.
                    turn.read();
                    if turn.end_if_over() {
                        yield_now().await;
                    }
                    door.enter::<L>(accepted);
                }
            }
        }
    })
}

/// Takes in the connections of one listener.
struct Door<D> {
    make: Arc<D>,
    config: Arc<ServerConfig>,
    roll: Arc<Roll>,
    lanes: Option<Arc<Lanes>>,
    /// The address of the listener.
    at: Arc<str>,
}

impl<D: MakeDispatch> Door<D> {
    /// Starts to serve a connection, or to refuse its requests if there are too many connections.
    fn enter<L: Listener>(&self, accepted: L::Accepted) {
        let Self { make, config, roll, lanes, at } = self;
        let link = Arc::new(Link::new(config, roll.slots().clone()));
        let Some(entry) = Roll::enter(roll, &link, config.connections.get()) else {
            return self.turn_away::<L>(accepted);
        };
        let (make, config, at) = (make.clone(), config.clone(), at.clone());
        let serving = async move {
            let _entry = entry;
            opening::serve::<L, D>(accepted, link, &make, config, &at).await;
        };
        match lanes {
            None => L::RT::spawn_detach(serving),
            Some(lanes) => {
                // Without any executor left, the connection ends here.
                discard(lanes.hand(Box::pin(serving)));
            }
        }
    }

    /// Refuses the requests of a connection, and closes it. If too many connections are being refused already, it is
    /// closed at once.
    fn turn_away<L: Listener>(&self, accepted: L::Accepted) {
        let Self { config, roll, at, .. } = self;
        let link = Arc::new(Link::new(config, roll.slots().clone()));
        let Some(entry) = Roll::turn_away(roll, &link) else { return discard(accepted) };
        if roll.is_closing() {
            link.drain();
        } else {
            let most = config.connections.get();
            let line = format_args!("refusing a connection at {at}: there are {most} already");
            log::server::CROWD.warn(&config.log, line);
        }
        let (config, at) = (config.clone(), at.clone());
        L::RT::spawn_detach(async move {
            let _entry = entry;
            opening::refuse::<L>(accepted, link, config, &at).await;
        });
    }

    /// Refuses the requests of connections that wait to be accepted when the server closes: of at most as many
    /// connections as may be refused at once.
    async fn refuse_waiting<L: Listener>(&self, listener: &L) {
        let (mut refused, mut passes) = (0, 0);
        while refused < REFUSED && passes < PASSES && !self.roll.is_abandoned() {
            let accepted = {
                let mut accepting = pin!(listener.accept());
                poll_fn(|cx| Poll::Ready(accepting.as_mut().poll(cx))).await
            };
            match accepted {
                Poll::Ready(Ok(accepted)) => {
                    self.turn_away::<L>(accepted);
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
