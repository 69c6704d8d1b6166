//! How workers learn that the last handle of their executor is gone.
//!
//! Knows wakers. Does not know threads or executors.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// Set once; wakes all that wait for it.
#[derive(Default)]
pub(crate) struct Stop {
    set: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Stop {
    /// Ends every wait, those to come included.
    pub(crate) fn set(&self) {
        self.set.store(true, Ordering::Release);
        let waiting =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Is ready when it has been set. Costs a load for each poll, as the worker polls it whenever it has been woken.
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
        // Looked at after the waker is there. Either `set` finds the waker under the lock, or it had the lock before and
        // this load sees what it had stored before that.
        if this.stop.set.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    }
}
