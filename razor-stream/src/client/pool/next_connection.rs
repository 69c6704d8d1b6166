//! A caller that still holds its request, and waits for the next connection.
//!
//! Knows when there is a connection, and when waiting for one is over. Does not know requests.

use super::callers::Place;
use super::shared::{Connection, Shared, SharedLink};
use crate::client::{Completion, WhenDown};
use crate::clock;
use crate::coroutine::wake;
use crate::error::RpcIntErr;
use crate::transport::ClientTransport;
use std::future::poll_fn;
use std::task::{Poll, Waker};
use std::time::Instant;

impl<K: Completion, T: ClientTransport> Shared<K, T> {
    /// Waits for a connection, for a caller that holds a request until `deadline`.
    ///
    /// # Errors
    /// Why there is none: the deadline has passed, the pool has ended, or its policy is not to wait.
    pub(super) async fn connection(
        &self,
        deadline: Instant,
    ) -> Result<SharedLink<K, T>, RpcIntErr> {
        let mut waits = Waits { shared: self, place: None };
        poll_fn(|cx| waits.poll(deadline, cx.waker().clone())).await
    }
}

/// A caller that waits for a connection; dropped, it does not any more.
struct Waits<'a, K: Completion, T: ClientTransport> {
    shared: &'a Shared<K, T>,
    place: Place,
}

impl<K: Completion, T: ClientTransport> Waits<'_, K, T> {
    fn poll(
        &mut self,
        deadline: Instant,
        waker: Waker,
    ) -> Poll<Result<SharedLink<K, T>, RpcIntErr>> {
        let mut state = self.shared.state.lock();
        let fails_fast = self.shared.config.when_down == WhenDown::FailFast;
        let cause = match &state.connection {
            Connection::Up(link) => return Poll::Ready(Ok(link.clone())),
            Connection::Closed(cause, _) => return Poll::Ready(Err(cause.clone())),
            Connection::Down(cause) if fails_fast => return Poll::Ready(Err(cause.clone())),
            Connection::Down(cause) => Some(cause.clone()),
            Connection::Connecting => None,
        };
        let now = clock::now();
        if deadline <= now {
            drop(state);
            return Poll::Ready(Err(self.shared.no_connection_in_time(cause)));
        }
        let before = state.waiting.wait(&mut self.place, deadline, now, waker);
        let supervisor = state.supervisor.take();
        drop(state);
        drop(before);
        wake(supervisor);
        Poll::Pending
    }
}

impl<K: Completion, T: ClientTransport> Drop for Waits<'_, K, T> {
    fn drop(&mut self) {
        if self.place.is_some() {
            let waker = self.shared.state.lock().waiting.leave(self.place);
            drop(waker);
        }
    }
}
