//! A task and the handle to it: a panic stays in the task, and the handle never panics.
//!
//! Does not know which executor runs it.

use async_executor::FallibleTask;
use orb::prelude::AsyncJoiner;
use pin_project_lite::pin_project;
use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// A future that a panic ends with `Err(())`. A panic in the destructor of the future has no effect, where
    /// async-task would end the process.
    pub(crate) struct Guarded<F> {
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Guarded<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut future = this.project().future;
            let _dropped = unless_panicked(|| future.set(None));
        }
    }
}

impl<F> Guarded<F> {
    pub(crate) fn new(future: F) -> Self {
        Self { future: Some(future) }
    }
}

impl<F: Future> Future for Guarded<F> {
    type Output = Value<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = self.project().future.as_pin_mut() else {
            return Poll::Ready(Value(None));
        };
        match unless_panicked(|| future.poll(cx)) {
            Ok(polled) => polled.map(|value| Value(Some(value))),
            Err(()) => Poll::Ready(Value(None)),
        }
    }
}

/// The value of a task; `None` if the task panicked. If no handle takes the value, a panic in its destructor has no
/// effect.
pub(crate) struct Value<T>(Option<T>);

impl<T> Value<T> {
    /// The value that `f` returns, or `None` if `f` panics.
    pub(crate) fn of(f: impl FnOnce() -> T) -> Self {
        Self(unless_panicked(f).ok())
    }

    fn take(mut self) -> Result<T, ()> {
        self.0.take().ok_or(())
    }
}

impl<T> Drop for Value<T> {
    fn drop(&mut self) {
        if let Some(value) = self.0.take() {
            let _dropped = unless_panicked(|| drop(value));
        }
    }
}

/// Returns the value of `f`, or `Err(())` if `f` panics. The panic hook has printed the panic by then, and its payload
/// is dropped.
pub(crate) fn unless_panicked<R>(f: impl FnOnce() -> R) -> Result<R, ()> {
    catch_unwind(AssertUnwindSafe(f)).map_err(discard)
}

#[cold]
fn discard(payload: Box<dyn Any + Send>) {
    // The destructor of a payload may panic too; the payload of that panic is leaked.
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

/// A handle to a task. When it is dropped, the task runs on.
///
/// It is a future, which yields the value of the task, or `Err(())` if the task panicked or its executor is gone.
pub struct SmolJoinHandle<T>(Option<FallibleTask<Value<T>>>);

impl<T> SmolJoinHandle<T> {
    pub(crate) fn new(task: FallibleTask<Value<T>>) -> Self {
        Self(Some(task))
    }

    /// The handle to a task whose executor is gone.
    pub(crate) fn gone() -> Self {
        Self(None)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.0.as_ref().is_none_or(FallibleTask::is_finished)
    }
}

impl<T: Send> AsyncJoiner<T> for SmolJoinHandle<T> {
    fn is_finished(&self) -> bool {
        self.has_ended()
    }

    fn detach(self) {
        drop(self);
    }

    /// Cancels the task: it is not polled again, and its executor drops it. A poll that runs now goes on to its end.
    fn abort(mut self) {
        drop(self.0.take());
    }

    fn detach_boxed(self: Box<Self>) {
        self.detach();
    }

    fn abort_boxed(self: Box<Self>) {
        self.abort();
    }
}

impl<T> Future for SmolJoinHandle<T> {
    type Output = Result<T, ()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, ()>> {
        let Some(task) = &mut self.0 else { return Poll::Ready(Err(())) };
        let ended = ready!(Pin::new(task).poll(cx));
        // The task is removed once it has ended, so that the handle may be polled again.
        self.0 = None;
        // `None` means that the task was dropped with its executor before its end.
        Poll::Ready(ended.map_or(Err(()), Value::take))
    }
}

impl<T> Drop for SmolJoinHandle<T> {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.detach();
        }
    }
}

impl<T> fmt::Debug for SmolJoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SmolJoinHandle").field(&self.0).finish()
    }
}
