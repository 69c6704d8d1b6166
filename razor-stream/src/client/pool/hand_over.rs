//! Requests that wait go to a new connection, and requests that a connection did not send come back.
//!
//! Knows the order of requests. Neither connects nor waits.

use super::shared::{Connection, Shared, SharedLink, close_replaced, dropped};
use crate::client::stream::Heir;
use crate::client::{Completion, WhenDown};
use crate::coroutine::wake;
use crate::error::RpcIntErr;
use crate::proto::Submission;
use crate::transport::ClientTransport;
use std::task::Waker;

/// What became of a new connection.
pub(super) enum Connected {
    Up,
    /// It ended while it was being given the requests that had waited.
    Lost(RpcIntErr),
    PoolEnded,
}

impl<K: Completion, T: ClientTransport> Shared<K, T> {
    /// Gives a new connection the requests that have waited, in their order. If the connection ends before it has all
    /// of them, the rest goes on waiting.
    pub(super) fn take_up(&self, link: &SharedLink<K, T>) -> Connected {
        let mut handed_over = false;
        loop {
            let mut state = self.state.lock();
            if matches!(state.connection, Connection::Up(_) | Connection::Closed(..)) {
                drop(state);
                // Once the connection was given requests, the code that ended the pool has found it in `opening` and
                // ended it too.
                if !handed_over {
                    link.close(&dropped(&self.addr));
                }
                return Connected::PoolEnded;
            }
            if state.waiting.is_empty() {
                (state.opening, state.asked_for) = (None, false);
                let before = std::mem::replace(&mut state.connection, Connection::Up(link.clone()));
                *self.current.write() = Some(link.clone());
                let callers = state.waiting.take_callers();
                drop(state);
                // The old state may hold the last reference to a transport's error, whose drop may run any code.
                drop(before);
                callers.into_iter().for_each(Waker::wake);
                return Connected::Up;
            }
            let waiting = state.waiting.take();
            state.opening = Some(link.clone());
            handed_over = true;
            // Outside of the lock, because a completion may submit again. Requests that come meanwhile wait behind
            // these.
            drop(state);
            if let Err(cause) = self.hand_over(waiting, link) {
                return Connected::Lost(cause);
            }
        }
    }

    /// Submits the requests that have waited to a new connection. An error says why the connection has ended already;
    /// the requests that it did not take then wait for the next one.
    fn hand_over(
        &self,
        waiting: Vec<Submission<K>>,
        link: &SharedLink<K, T>,
    ) -> Result<(), RpcIntErr> {
        let mut waiting = waiting.into_iter();
        while let Some(request) = waiting.next() {
            if let Err((request, cause)) = link.submit_again(request) {
                let rest = std::iter::once(request).chain(waiting).collect();
                self.wait_on(rest, link, &cause);
                return Err(cause);
            }
        }
        Ok(())
    }

    /// Lets requests that a new connection did not take wait again, in front of those that came later.
    fn wait_on(&self, rest: Vec<Submission<K>>, link: &SharedLink<K, T>, cause: &RpcIntErr) {
        let goes_on = !link.is_closed();
        let mut state = self.state.lock();
        state.opening = None;
        if !matches!(state.connection, Connection::Closed(..)) {
            state.waiting.put_back_untaken(rest);
            let oldest = if goes_on { state.replace(link) } else { None };
            drop(state);
            return close_replaced(oldest);
        }
        drop(state);
        for request in rest {
            self.refuse(request, cause.clone());
        }
    }
}

impl<K: Completion, T: ClientTransport> Heir<K> for Shared<K, T> {
    fn inherit(&self, unsent: Vec<Submission<K>>, cause: &RpcIntErr) {
        loop {
            let mut state = self.state.lock();
            let link = match &state.connection {
                Connection::Up(link) => link.clone(),
                Connection::Closed(..) => break,
                Connection::Down(_) if self.config.when_down == WhenDown::FailFast => break,
                Connection::Connecting(_) | Connection::Down(_) => {
                    state.waiting.put_back(unsent);
                    let supervisor = state.supervisor.take();
                    drop(state);
                    return wake(supervisor);
                }
            };
            drop(state);
            if link.refusal().is_none() {
                break;
            }
            // This is the connection that has ended, and the pool has not noticed it yet.
            self.give_up(&link);
        }
        for request in unsent {
            self.keep(request, Some(cause));
        }
    }
}
