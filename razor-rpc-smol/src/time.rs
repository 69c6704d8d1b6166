//! Timers, by async-io.
//!
//! Does not know tasks.

use crate::SmolRT;
use async_io::Timer;
use futures_lite::stream::Stream;
use orb::prelude::{AsyncTime, TimeInterval};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

impl AsyncTime for SmolRT {
    type Interval = SmolInterval;

    /// Is ready after `d`, with the instant at which it was to be. One that is too long for the clock never is.
    fn sleep(d: Duration) -> impl Future + Send {
        Timer::after(d)
    }

    /// Ticks first after `d`, then each `d` later. Ticks that nobody waited for come at once, one after the other.
    fn interval(d: Duration) -> SmolInterval {
        SmolInterval(Timer::interval(d))
    }
}

/// The ticks that [`SmolRT::interval`](AsyncTime::interval) returns.
pub struct SmolInterval(Timer);

impl TimeInterval for SmolInterval {
    fn poll_tick(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Instant> {
        match Pin::new(&mut self.get_mut().0).poll_next(cx) {
            Poll::Ready(Some(tick)) => Poll::Ready(tick),
            // A timer never ends: if the clock has no instant for its tick, it waits for ever.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

impl fmt::Debug for SmolInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SmolInterval").field(&self.0).finish()
    }
}
