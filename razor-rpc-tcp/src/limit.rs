//! The time that a connect may take, from the look-up of a name to the last of its addresses.
//!
//! Knows timers of any runtime. Does not know what takes the time.

use orb::prelude::{AsyncRuntime, AsyncTime};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// The time that some work may take, if it is limited.
pub(crate) struct Limit {
    time: Duration,
    timer: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Limit {
    pub(crate) const fn none() -> Self {
        Self { time: Duration::MAX, timer: None }
    }

    pub(crate) fn after<RT: AsyncRuntime>(time: Duration) -> Self {
        let timer = Box::pin(async move {
            let _ = <RT as AsyncTime>::sleep(time).await;
        });
        Self { time, timer: Some(timer) }
    }

    /// The error for `what`, which has not happened in this time.
    pub(crate) fn passed(&self, what: &str) -> io::Error {
        io::Error::new(io::ErrorKind::TimedOut, format!("{what} within {:?}", self.time))
    }

    /// Ready once the time has passed. Do not poll it after that.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.timer.as_mut().map_or(Poll::Pending, |timer| timer.as_mut().poll(cx))
    }

    /// The result of `work`; `None` if `work` is not done in time.
    pub(crate) async fn hold<F: Future + Send>(
        &mut self,
        mut work: Pin<&mut F>,
    ) -> Option<F::Output>
    where
        F::Output: Send,
    {
        poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => self.poll(cx).map(|()| None),
        })
        .await
    }
}
