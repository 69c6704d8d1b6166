//! Taking requests, and callers that wait for room.
//!
//! Knows the order of the callers that wait. Does not know what becomes of a request that is refused.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

use super::state::{Link, State};
use crate::client::Completion;
use crate::client::stream::room::Ticket;
use crate::clock;
use crate::coroutine::wake;
use crate::error::RpcIntErr;
use crate::proto::{NotTaken, Output, Submission, Submitted};
use crate::transport::WriteHalf;
use crate::writer::write_now;
use std::task::Waker;
use std::time::{Duration, Instant};

/// What is left to do after a submission, outside of locks. For most requests of a batch it is nothing.
pub(in crate::client) type FollowUp = Option<Todo>;

pub(in crate::client) struct Todo {
    reader: Option<Waker>,
    writer: Option<Waker>,
    /// Output that the submitting caller writes.
    output: Option<Output>,
}

impl<K: Completion, W: WriteHalf> Link<K, W> {
    /// Takes a request, unless there is no room or another request waits for room.
    pub(in crate::client) fn submit(&self, request: Submission<K>) -> Result<(), NotTaken<K>> {
        if let Some(todo) = self.take(request)? {
            self.follow_up(todo);
        }
        Ok(())
    }

    /// Takes a request, for code that holds a lock of its own. Returns what is left to do, which is done by
    /// [`follow_up`](Self::follow_up) after that lock has been left.
    #[inline(always)]
    pub(in crate::client) fn take(&self, request: Submission<K>) -> Result<FollowUp, NotTaken<K>> {
        self.take_for(request, None)
    }

    /// Takes a request that was taken before and has not been sent: there is always room for it.
    ///
    /// # Errors
    /// The request, and why the connection takes no more.
    pub(in crate::client) fn submit_again(
        &self,
        request: Submission<K>,
    ) -> Result<(), (Submission<K>, RpcIntErr)> {
        let deadline = request.deadline;
        let mut state = self.state.lock();
        let State { session, gate, looks, .. } = &mut *state;
        let _placed = session.submit_again(request, &mut gate.outbox)?;
        let earlier = match deadline.timeout() {
            Some(timeout) => looks.submitted(timeout),
            None => looks.soon(),
        };
        let reader = if earlier { state.reader.take() } else { None };
        let writer = state.gate.take_writer();
        drop(state);
        wake(reader);
        wake(writer);
        Ok(())
    }

    /// Does what a submission left to do: wakes, or writes.
    pub(in crate::client) fn follow_up(&self, todo: Todo) {
        let Todo { reader, writer, output } = todo;
        wake(reader);
        wake(writer);
        if let Some(output) = output {
            write_now(self, &*self.write, output);
        }
    }

    /// Takes a request whose sender waits for room until `deadline` if there is none.
    pub(in crate::client) fn submit_or_wait(
        &self,
        request: Submission<K>,
        deadline: Instant,
        ticket: &mut Ticket,
    ) -> Result<(), NotTaken<K>> {
        if let Some(todo) = self.take_for(request, Some((ticket, deadline)))? {
            self.follow_up(todo);
        }
        Ok(())
    }

    #[inline(always)]
    fn take_for(
        &self,
        request: Submission<K>,
        waiter: Option<(&mut Ticket, Instant)>,
    ) -> Result<FollowUp, NotTaken<K>> {
        let deadline = request.deadline;
        // Dropped after the lock has been left.
        let _waker;
        let mut state = self.state.lock();
        let State { session, gate, room, .. } = &mut *state;
        let ticket = waiter.as_ref().and_then(|(ticket, _)| **ticket);
        let in_order = room.is_empty() || room.may_enter(ticket, session.room());
        let submitted = if in_order || session.refusal().is_some() {
            session.submit(request, &mut gate.outbox)
        } else {
            Err(NotTaken::Full(request))
        };
        let flush = match submitted {
            Ok(submitted) => {
                _waker = room.leave(ticket);
                matches!(submitted, Submitted::Appended { flush: true })
            }
            Err(NotTaken::Full(request)) => {
                let mut reader = None;
                if let Some((ticket, until)) = waiter {
                    room.wait(ticket, until);
                    // Only a look at deadlines ends a wait for room and withdraws promised room.
                    let earlier = state.looks.submitted(left(until));
                    reader = if earlier { state.reader.take() } else { None };
                }
                drop(state);
                wake(reader);
                return Err(NotTaken::Full(request));
            }
            Err(closed) => {
                _waker = room.leave(ticket);
                return Err(closed);
            }
        };
        let earlier = match deadline.timeout() {
            Some(timeout) => state.looks.submitted(timeout),
            // The look was planned when the request began to wait for room.
            None if ticket.is_some() => state.looks.any_time(),
            None => state.looks.submitted(deadline.until().map_or(Duration::ZERO, left)),
        };
        let reader = if earlier { state.reader.take() } else { None };
        let output = if flush { state.gate.outbox.claim() } else { None };
        let writer = if output.is_none() { state.gate.take_writer() } else { None };
        if reader.is_none() && writer.is_none() && output.is_none() {
            return Ok(None);
        }
        Ok(Some(Todo { reader, writer, output }))
    }

    /// Whether the holder of `ticket` should try again; otherwise it will be woken.
    pub(in crate::client::stream) fn poll_room(&self, ticket: Ticket, waker: &Waker) -> bool {
        // It receives the waker of before, which is dropped after the lock has been left.
        let mut waker = waker.clone();
        self.state.lock().room.poll(ticket, &mut waker)
    }

    /// Removes a caller that waits no more; room that it was promised goes to the next one.
    pub(in crate::client::stream) fn leave_room(&self, ticket: Ticket) {
        if ticket.is_some() {
            let mut state = self.state.lock();
            let own = state.room.leave(ticket);
            let waiters = state.admit();
            drop(state);
            drop(own);
            waiters.into_iter().for_each(Waker::wake);
        }
    }
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(clock::now())
}
