//! Waiting for the next connection: callers that still hold their request, and callers of `ready`.
//!
//! Knows when there is a connection, and when waiting for one is over. Does not know requests.

use super::callers::Place;
use super::shared::{Connection, Shared, SharedLink};
use crate::client::{Completion, WhenDown};
use crate::clock;
use crate::coroutine::wake;
use crate::error::{Outcome, RpcIntErr};
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
        self.wait(deadline, self.config.when_down).await
    }

    /// Waits for a connection that takes requests, also through attempts that fail.
    ///
    /// # Errors
    /// Why there is none: the deadline has passed, or the pool has ended.
    pub(super) async fn ready(&self, deadline: Instant) -> Result<(), RpcIntErr> {
        loop {
            let waited = self.wait(deadline, WhenDown::Wait).await;
            let link = waited.map_err(|cause| cause.with_outcome(Outcome::NotSent))?;
            if link.refusal().is_none() {
                return Ok(());
            }
            // This connection has just ended: wait for the next one.
            self.give_up(&link);
        }
    }

    async fn wait(
        &self,
        deadline: Instant,
        when_down: WhenDown,
    ) -> Result<SharedLink<K, T>, RpcIntErr> {
        let mut waits = Waits { shared: self, place: None, when_down };
        poll_fn(|cx| waits.poll(deadline, cx.waker().clone())).await
    }
}

/// The wait of a caller for a connection, which ends when this is dropped.
struct Waits<'a, K: Completion, T: ClientTransport> {
    shared: &'a Shared<K, T>,
    place: Place,
    when_down: WhenDown,
}

impl<K: Completion, T: ClientTransport> Waits<'_, K, T> {
    fn poll(
        &mut self,
        deadline: Instant,
        waker: Waker,
    ) -> Poll<Result<SharedLink<K, T>, RpcIntErr>> {
        let mut state = self.shared.state.lock();
        let fails_fast = self.when_down == WhenDown::FailFast;
        let cause = match &state.connection {
            Connection::Up(link) => return Poll::Ready(Ok(link.clone())),
            Connection::Closed(cause, _) => return Poll::Ready(Err(cause.clone())),
            Connection::Down(cause) if fails_fast => {
                let cause = cause.clone();
                let supervisor = state.ask_for_attempt();
                drop(state);
                wake(supervisor);
                return Poll::Ready(Err(cause));
            }
            Connection::Down(cause) => Some(cause.clone()),
            Connection::Connecting(cause) => cause.clone(),
        };
        let now = clock::now();
        if deadline <= now {
            drop(state);
            return Poll::Ready(Err(self.shared.no_connection_in_time(cause)));
        }
        // A caller that has waited through an attempt does not ask for another one.
        if self.place.is_none() {
            state.asked_for = true;
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
