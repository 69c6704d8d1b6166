//! The coroutine that keeps a pool's connection up.
//!
//! ```text
//!  Connecting ──ok──► Up ──lost──► Connecting
//!       │ failed           ▲
//!       ▼                  │
//!     Down ──backoff──► Connecting
//! ```
//! While requests wait it ends those past their deadline, once a tick.

use super::Completion;
use super::backoff::Backoff;
use super::shared::Shared;
use super::stream::open;
use crate::io::{Lifeline, Timer, lifeline};
use crate::transport::ClientTransport;
use crate::{clock, log};
use orb::prelude::AsyncRuntime;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// A connection that ends sooner counts as a failed attempt: a server that accepts and hangs up is not dialled in a
/// busy loop.
const PROVEN: Duration = Duration::from_secs(1);

/// Connects, and connects again, until the pool is closed.
pub(super) fn supervise<K: Completion, T: ClientTransport>(
    shared: Arc<Shared<K, T>>,
) -> impl Future<Output = ()> + Send {
    let guarded = shared.clone();
    keep_up(shared, lifeline(move || guarded.runtime_ended()))
}

async fn keep_up<K: Completion, T: ClientTransport>(
    shared: Arc<Shared<K, T>>,
    _lifeline: Lifeline<impl FnMut()>,
) {
    let mut backoff = Backoff::new(clock::now());
    while shared.connecting() {
        let config = &shared.config;
        let opening = open::<K, T>(&shared.transport, &shared.addr, config);
        let Some(opened) = until_closed(&shared, opening).await else { return };
        match opened {
            Ok(link) => {
                if !shared.connected(&link) {
                    return;
                }
                let up = clock::now();
                let cause = poll_fn(|cx| match link.watch(cx.waker()) {
                    None if shared.watch(cx.waker()).is_some() => Poll::Pending,
                    cause => Poll::Ready(cause),
                })
                .await;
                shared.lost(&link);
                let now = clock::now();
                if now.duration_since(up) >= PROVEN {
                    backoff = Backoff::new(now);
                } else if let Some(cause) = cause {
                    shared.not_connected(&cause);
                }
            }
            Err(cause) => {
                log::CONNECT.warn(&config.log, format_args!("{cause}"));
                shared.not_connected(&cause);
            }
        }
        // Also after a connection that was good: clients that lose a server together do not come back together.
        let wait = backoff.wait(clock::now());
        if until_closed(&shared, pause::<T::RT>(wait)).await.is_none() {
            return;
        }
    }
}

async fn pause<RT: AsyncRuntime>(wait: Duration) {
    let mut timer = Timer::<RT>::new();
    timer.arm(wait);
    poll_fn(|cx| timer.poll(cx)).await;
}

/// Runs `work`, and meanwhile ends requests past their deadline. `None` if the pool was closed before it was done.
async fn until_closed<K: Completion, T: ClientTransport, F: Future>(
    shared: &Shared<K, T>,
    work: F,
) -> Option<F::Output> {
    let (mut work, mut tick) = (pin!(work), Timer::<T::RT>::new());
    poll_fn(|cx: &mut Context<'_>| {
        if let Poll::Ready(done) = work.as_mut().poll(cx) {
            return Poll::Ready(Some(done));
        }
        let Some(anything_waits) = shared.watch(cx.waker()) else { return Poll::Ready(None) };
        if tick.poll(cx).is_ready() {
            shared.sweep(clock::now());
        }
        if anything_waits && !tick.is_armed() {
            tick.arm(shared.config.look_every());
            // Polled once, so that it wakes us.
            let _ = tick.poll(cx);
        }
        Poll::Pending
    })
    .await
}
