//! What a reader does after it has dispatched a request.
//!
//! Knows who polls a future: the reader, or a coroutine of its own. Does not know what the future does.

use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What the reader of a connection does after a request has been dispatched.
///
/// A dispatcher needs no runtime for the future that it returns here: the reader polls the future itself, or starts it
/// as a coroutine on the executor of the connection.
///
/// ```
/// use razor_stream::server::dispatch::{Flow, per_call};
/// use razor_stream::server::task::Respond;
///
/// let slow = per_call(|_call, reply| {
///     let answer = reply.detach();
///     Flow::spawn(async move { answer.success(b"from a task of its own", None) })
/// });
/// # fn serves<D: razor_stream::server::dispatch::MakeDispatch>(_: D) {}
/// # serves(slow);
/// ```
#[must_use]
#[non_exhaustive]
#[derive(Debug)]
pub enum Flow {
    /// Go on with the next request.
    Next,
    /// Wait for a future, or start it, before going on; [`wait_for`](Self::wait_for) and [`spawn`](Self::spawn) make
    /// this value.
    Later(Later),
}

impl Flow {
    /// The reader waits for this future, and reads no request of this connection meanwhile. Earlier answers are sent
    /// first. If the connection ends, the future is dropped.
    pub fn wait_for(until: impl Future<Output = ()> + Send + 'static) -> Self {
        Self::Later(Later(Box::pin(Kept { is_task: false, future: until })))
    }

    /// The reader starts this future as a coroutine on the executor of the connection, and goes on with the next
    /// request. The coroutine lives on if the connection ends. A request that it answers is bounded as every detached
    /// request is: its [`RespNoti`](super::task::RespNoti) keeps a slot until the answer is given.
    pub fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self::Later(Later(Box::pin(Kept { is_task: true, future: task })))
    }
}

/// The future of a [`Flow`]. A dispatcher that wraps another one may put it into a future of its own.
#[must_use = "what it was to do is not done"]
pub struct Later(Pin<Box<dyn Told>>);

impl Later {
    /// Whether the future becomes a coroutine of its own; otherwise the reader waits for it.
    #[must_use]
    pub fn is_task(&self) -> bool {
        self.0.is_task()
    }
}

impl Future for Later {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.get_mut().0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Later").field("is_task", &self.is_task()).finish_non_exhaustive()
    }
}

/// A future that knows whether it becomes a coroutine of its own. If a variant of [`Flow`] said so instead, a `Flow`
/// would be three words long instead of two, and every call would pay for that (`docs/PERFORMANCE.md`).
trait Told: Future<Output = ()> + Send {
    fn is_task(&self) -> bool;
}

pin_project! {
    struct Kept<F> {
        is_task: bool,
        #[pin]
        future: F,
    }
}

impl<F: Future<Output = ()>> Future for Kept<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().future.poll(cx)
    }
}

impl<F: Future<Output = ()> + Send> Told for Kept<F> {
    fn is_task(&self) -> bool {
        self.is_task
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_short_as_the_future_alone() {
        assert_eq!(size_of::<Flow>(), 2 * size_of::<usize>());
        assert_eq!(size_of::<Option<Flow>>(), 2 * size_of::<usize>() + size_of::<usize>());
    }

    #[test]
    fn a_future_knows_who_polls_it() {
        let (waits, task) = (Flow::wait_for(async {}), Flow::spawn(async {}));
        assert!(matches!(&waits, Flow::Later(later) if !later.is_task()), "{waits:?}");
        assert!(matches!(&task, Flow::Later(later) if later.is_task()), "{task:?}");
    }
}
