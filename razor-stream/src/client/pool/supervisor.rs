//! The coroutine that keeps a pool's connection up.
//!
//! ```text
//!  Connecting ──ok──► Up ──lost──► Connecting
//!       │ failed           ▲
//!       ▼                  │
//!     Down ──backoff, or a call──► Connecting
//! ```
//! If an attempt shows that the address is malformed, the pool ends.
//!
//! While requests wait it ends those past their deadline; `proto::Looks` says when it looks at them.

use super::backoff::{Backoff, Pause};
use super::hand_over::Connected;
use super::outage::{Outage, PROVEN};
use super::shared::{Shared, SharedLink};
use crate::client::Completion;
use crate::client::stream::{Heir, Lost, open};
use crate::clock;
use crate::coroutine::{Lifeline, Timer, lifeline};
use crate::error::RpcIntErr;
use crate::transport::ClientTransport;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

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
    let mut backoff = Backoff::new(&shared.config);
    let mut outage = Outage::none(&shared.addr, &shared.config);
    let mut looks = Timer::<T::RT>::new();
    let heir: Arc<dyn Heir<K>> = shared.clone();
    let heir = Arc::downgrade(&heir);
    while shared.begin_attempt() {
        let config = &shared.config;
        let opening = open::<K, T>(&shared.transport, &shared.addr, config, Some(heir.clone()));
        // In a box, because this coroutine stays as long as the pool: an attempt takes 3 KB while it lasts.
        let opening = Box::pin(opening);
        let Some(opened) = until_closed(&shared, opening, &mut looks).await else { return };
        let failed = match opened {
            Ok(link) => match shared.take_up(&link) {
                Connected::PoolEnded => return,
                Connected::Lost(cause) => {
                    outage.note_lost(&cause, clock::now());
                    Some(cause)
                }
                Connected::Up => {
                    outage.note_connected();
                    let up = clock::now();
                    let lost = until_lost(&shared, &link, &mut outage, up).await;
                    let refusal = link.refusal();
                    shared.give_up(&link);
                    if shared.is_ended() {
                        // The pool was closed, and this connection with it.
                        return;
                    }
                    let now = clock::now();
                    let ended = after(lost, refusal, &mut outage, now);
                    if ended.is_none() || now.duration_since(up) >= PROVEN {
                        backoff = Backoff::new(&shared.config);
                    }
                    ended.filter(|_| now.duration_since(up) < PROVEN)
                }
            },
            Err(cause) => {
                outage.note_failed_attempt(&cause, clock::now());
                if cause.permanent() {
                    // Only the attempt has shown that the address is malformed, and each further attempt would show the
                    // same.
                    shared.end(&cause);
                    return;
                }
                Some(cause)
            }
        };
        if let Some(cause) = failed {
            shared.attempt_failed(&cause);
        }
        // Also after a connection that held: otherwise clients that lose a server together would all come back
        // together.
        let resting = rest(&shared, backoff.next_pause());
        if until_closed(&shared, resting, &mut looks).await.is_none() {
            return;
        }
    }
}

/// Logs why the connection takes no more requests, and returns the cause if the connection ended.
fn after(
    lost: Option<Lost>,
    refusal: Option<RpcIntErr>,
    outage: &mut Outage<'_>,
    now: Instant,
) -> Option<RpcIntErr> {
    match lost {
        Some(Lost::Ended(cause)) => {
            outage.note_lost(&cause, now);
            Some(cause)
        }
        Some(Lost::Retired) | None => {
            if let Some(cause) = refusal {
                outage.note_given_up(&cause, now);
            }
            None
        }
    }
}

/// Waits until the connection takes no more requests, and returns why; `None` if the pool was closed before. An outage
/// is over when the connection, which was made at `up`, has held for [`PROVEN`].
async fn until_lost<K: Completion, T: ClientTransport>(
    shared: &Shared<K, T>,
    link: &SharedLink<K, T>,
    outage: &mut Outage<'_>,
    up: Instant,
) -> Option<Lost> {
    let mut proven = Timer::<T::RT>::new();
    if outage.is_on() {
        proven.arm(PROVEN);
    }
    poll_fn(|cx| {
        if proven.poll(cx).is_ready() {
            outage.end(up);
        }
        match link.watch(cx.waker()) {
            None if !shared.watch_end(cx.waker()) => Poll::Pending,
            lost => Poll::Ready(lost),
        }
    })
    .await
}

/// The pause before the next attempt. A call that arrives ends it, but not before its shortest time has gone by.
async fn rest<K: Completion, T: ClientTransport>(shared: &Shared<K, T>, pause: Pause) {
    let mut timer = Timer::<T::RT>::new();
    timer.arm(pause.shortest);
    poll_fn(|cx| timer.poll(cx)).await;
    if pause.longest > pause.shortest {
        timer.arm(pause.longest - pause.shortest);
        poll_fn(|cx| match shared.is_asked_for(cx.waker()) {
            true => Poll::Ready(()),
            false => timer.poll(cx),
        })
        .await;
    }
}

/// Runs `work`, and meanwhile ends requests past their deadline. `None` if the pool was closed before it was done.
///
/// `looks` is the timer of the looks at deadlines. It outlives the work: attempts that are shorter than the time
/// between two looks would put off each look for ever if each had a timer of its own.
async fn until_closed<K: Completion, T: ClientTransport, F: Future>(
    shared: &Shared<K, T>,
    work: F,
    looks: &mut Timer<T::RT>,
) -> Option<F::Output> {
    let mut work = pin!(work);
    poll_fn(|cx: &mut Context<'_>| {
        if let Poll::Ready(done) = work.as_mut().poll(cx) {
            return Poll::Ready(Some(done));
        }
        let Some(changed) = shared.watch(cx.waker()) else { return Poll::Ready(None) };
        if let Some(within) = changed {
            looks.arm_within(within);
        }
        while looks.poll(cx).is_ready() {
            if let Some(within) = shared.sweep(clock::now()) {
                looks.arm_within(within);
            }
        }
        Poll::Pending
    })
    .await
}
