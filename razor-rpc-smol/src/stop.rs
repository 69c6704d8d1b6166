//! How workers learn that the last handle of their executor is gone.
//!
//! Knows wakers. Does not know threads or executors.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// A signal that is set once, and wakes all that wait for it.
#[derive(Default)]
pub(crate) struct Stop {
    set: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Stop {
    /// Sets the signal, which ends every wait, also a later one.
    pub(crate) fn set(&self) {
        self.set.store(true, Ordering::Release);
        let waiting =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Returns a future that is ready once the signal is set. Each poll costs a load: a worker polls it whenever it is
    /// woken.
    pub(crate) fn wait(&self) -> Stopped<'_> {
        Stopped { stop: self, registered: None }
    }
}

pub(crate) struct Stopped<'a> {
    stop: &'a Stop,
    registered: Option<Waker>,
}

impl Future for Stopped<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if !this.registered.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            this.registered = Some(cx.waker().clone());
            let mut waiting = this.stop.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(cx.waker().clone());
        }
        // The load comes after the waker is registered. Either `set` finds the waker under the lock, or `set` had the
        // lock before, and this load sees what `set` had stored before that.
        if this.stop.set.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    }
}
