//! Closures that may block, on the threads of smol's pool.
//!
//! Does not know executors, except the one that the closure may spawn on.

use crate::context::{self, Role};
use crate::exec::Core;
use crate::task::{SmolJoinHandle, Value};
use ::blocking::unblock;
use orb::prelude::ThreadJoiner;
use std::future::Future;
use std::pin::Pin;
use std::sync::Weak;
use std::task::{Context, Poll};

/// Runs `f` on a thread that may block. The thread works for the executor `core` meanwhile, if there is one.
pub(crate) fn run<F, R>(core: Option<Weak<Core>>, f: F) -> BlockingJoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let guarded = move || {
        let _inside = core.map(|core| context::enter(core, Role::Waits));
        Value::of(f)
    };
    BlockingJoinHandle(SmolJoinHandle::new(unblock(guarded).fallible()))
}

/// A handle to a closure on a thread that may block. When it is dropped, the closure runs on.
///
/// It is a future, which yields the value of the closure, or `Err(())` if the closure panicked.
#[derive(Debug)]
pub struct BlockingJoinHandle<T>(SmolJoinHandle<T>);

impl<T> ThreadJoiner<T> for BlockingJoinHandle<T> {
    fn is_finished(&self) -> bool {
        self.0.has_ended()
    }
}

impl<T> Future for BlockingJoinHandle<T> {
    type Output = Result<T, ()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, ()>> {
        Pin::new(&mut self.0).poll(cx)
    }
}
