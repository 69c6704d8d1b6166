//! Small tools of coroutines that wait: a timer that can be armed again, and a guard that runs code when a coroutine
//! ends.

use crate::clock;
use orb::prelude::{AsyncRuntime, AsyncTime};
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// A timer that is armed when it is needed. Disarmed, it costs nothing.
pub(crate) struct Timer<RT> {
    sleep: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// The instant at which it goes off, if it was armed by [`arm_within`](Self::arm_within).
    due: Option<Instant>,
    runtime: PhantomData<fn() -> RT>,
}

impl<RT: AsyncRuntime> Timer<RT> {
    pub(crate) const fn new() -> Self {
        Self { sleep: None, due: None, runtime: PhantomData }
    }

    /// Arms the timer anew: it goes off after this time, and no longer at an earlier one.
    pub(crate) fn arm(&mut self, after: Duration) {
        self.due = None;
        self.sleep = Some(Box::pin(async move {
            let _ = <RT as AsyncTime>::sleep(after).await;
        }));
    }

    /// Arms the timer to go off within this time. If this function has armed it for an earlier time, it keeps that
    /// time: so it is never put off, however often this is called.
    pub(crate) fn arm_within(&mut self, within: Duration) {
        let due = clock::now().checked_add(within);
        if self.sleep.is_some() && self.due.is_some() && (due.is_none() || self.due <= due) {
            return;
        }
        self.arm(within);
        self.due = due;
    }

    pub(crate) const fn is_armed(&self) -> bool {
        self.sleep.is_some()
    }

    pub(crate) fn disarm(&mut self) {
        self.sleep = None;
    }

    /// Ready when the timer has gone off, which disarms it.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(sleep) = &mut self.sleep else { return Poll::Pending };
        let gone_off = sleep.as_mut().poll(cx);
        if gone_off.is_ready() {
            self.sleep = None;
        }
        gone_off
    }
}

/// The result of `work`, or `None` if `work` takes longer than `limit`. No timer is made if `work` does not wait at
/// all.
pub(crate) async fn in_time<RT: AsyncRuntime, F: Future + Send>(
    work: F,
    limit: Duration,
) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut timer = Timer::<RT>::new();
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => {
            if !timer.is_armed() {
                timer.arm(limit);
            }
            timer.poll(cx).map(|()| None)
        }
    })
    .await
}

/// Calls `end` when it is dropped, also when its coroutine panics or is dropped with its runtime.
///
/// A runtime may drop a coroutine before it has run it. So a coroutine takes its lifeline as an argument: a lifeline
/// that is made inside would not be there yet.
pub(crate) const fn lifeline<F: FnMut()>(end: F) -> Lifeline<F> {
    Lifeline { end }
}

pub(crate) struct Lifeline<F: FnMut()> {
    end: F,
}

impl<F: FnMut()> Drop for Lifeline<F> {
    fn drop(&mut self) {
        (self.end)();
    }
}

/// The reason why a coroutine is dropped before its end, for its lifeline.
pub(crate) fn why_dropped() -> &'static str {
    if std::thread::panicking() {
        "a panic has ended its coroutine"
    } else {
        "the runtime has ended"
    }
}

/// Calls the waker of a coroutine that waits, if there is one. Call this outside of locks.
pub(crate) fn wake(waiting: Option<Waker>) {
    if let Some(waker) = waiting {
        waker.wake();
    }
}
