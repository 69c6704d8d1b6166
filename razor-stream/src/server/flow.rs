//! What a reader does after it has dispatched a request.
//!
//! Knows futures by who polls them. Does not know what they do.

use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What the reader of a connection does after a request has been dispatched.
///
/// A future that comes along needs no runtime of the dispatcher's own: the reader polls it itself, or starts it as a task
/// on the executor of the connection.
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
    /// Go on when a future has been dealt with; [`wait_for`](Self::wait_for) and [`spawn`](Self::spawn) make it.
    Later(Later),
}

impl Flow {
    /// Wait for this, within the reader: no request of this connection is read meanwhile. The answers
    /// before it are sent first. It is dropped if the connection ends.
    pub fn wait_for(until: impl Future<Output = ()> + Send + 'static) -> Self {
        Self::Later(Later(Box::pin(Kept { is_task: false, future: until })))
    }

    /// Start this as a task on the executor of the connection, and go on with the next request. The task lives on if the
    /// connection ends. A request that it answers is bounded like any other that is detached: its
    /// [`RespNoti`](super::task::RespNoti) keeps a slot until the answer is given.
    pub fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self::Later(Later(Box::pin(Kept { is_task: true, future: task })))
    }
}

/// The future of a [`Flow`]. A dispatcher that wraps another one may put it into a future of its own.
#[must_use = "what it was to do is not done"]
pub struct Later(Pin<Box<dyn Told>>);

impl Later {
    /// Whether it is to become a task; otherwise the reader waits for it.
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

/// A future that knows what it is for. With that in a variant of its own, a [`Flow`] would be three words long instead of
/// two, which every call would pay for (`docs/PERFORMANCE.md`).
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
