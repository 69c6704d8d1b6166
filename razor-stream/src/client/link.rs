//! One connection of a client, as its handle, its reader and its writer share it: the session under its lock.
//!
//! The lock is held for a few hundred nanoseconds at a time; never across a write, a wait or a completion. Knows
//! when which coroutine has to be woken. Does not know pools.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

mod arriving;
mod end;
mod flush;
mod look;
mod named;

use super::matcher::{Completed, Matcher};
use super::room::{Room, Ticket};
use super::{ClientConfig, Completion};
use crate::LogControl;
use crate::clock;
use crate::coroutine::wake;
use crate::error::{RpcIntErr, made};
use crate::isolation::discard;
use crate::proto::{
    Deadline, Ended, Left, Looks, Output, RequestFrame, Returned, Session, SessionStats, Submitted,
};
use crate::transport::WriteHalf;
use crate::writer::{Gate, Sender, write_now};
pub(super) use end::{Heir, Lost};
use flush::{Awaited, Flushers};
pub(super) use look::{Tick, Watch};
use parking_lot::Mutex;
use std::io;
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

/// The shared half of a client's connection.
pub(crate) struct Link<K: Completion, W> {
    state: Mutex<State<K>>,
    write: Arc<W>,
    peer: Arc<str>,
    log: LogControl,
    awaited: Awaited,
    /// Gets what this connection could not send.
    heir: Option<Weak<dyn Heir<K>>>,
}

struct State<K> {
    session: Session<K>,
    gate: Gate,
    reader: Option<Waker>,
    /// When the reader looks at deadlines.
    looks: Looks,
    /// Submissions that found the queue full, in their order.
    room: Room,
    flushers: Flushers,
    /// Told when the connection has ended or takes no more requests.
    supervisor: Option<Waker>,
}

/// How long those who wait for room have to take up what they are promised, at least: then it is the turn of the next.
const PROMISE: Duration = Duration::from_millis(20);

/// A request that was not taken.
pub(crate) enum NotTaken<K> {
    /// There is no room.
    Full(RequestFrame, K),
    /// The connection takes no more requests.
    Closed(RequestFrame, K, RpcIntErr),
}

/// What a submission leaves to do, outside of locks: for most of a batch, nothing.
pub(super) type FollowUp = Option<Todo>;

pub(super) struct Todo {
    reader: Option<Waker>,
    writer: Option<Waker>,
    /// To be written by whoever submitted.
    output: Option<Output>,
}

impl<K: Completion, W: WriteHalf> Link<K, W> {
    pub(crate) fn new(
        config: &ClientConfig,
        write: W,
        peer: String,
        heir: Option<Weak<dyn Heir<K>>>,
    ) -> Self {
        Self {
            state: Mutex::new(State {
                session: Session::new(config.session),
                gate: Gate::default(),
                reader: None,
                looks: Looks::new(config.resolution),
                room: Room::default(),
                flushers: Flushers::default(),
                supervisor: None,
            }),
            write: Arc::new(write),
            peer: peer.into(),
            log: config.log.clone(),
            awaited: Awaited::default(),
            heir,
        }
    }

    pub(crate) const fn write_half(&self) -> &Arc<W> {
        &self.write
    }

    pub(super) const fn log(&self) -> &LogControl {
        &self.log
    }

    pub(crate) fn peer(&self) -> &str {
        &self.peer
    }

    /// Takes a request, unless somebody waits for room.
    pub(crate) fn submit(
        &self,
        frame: RequestFrame,
        task: K,
        deadline: Deadline,
    ) -> Result<(), NotTaken<K>> {
        if let Some(todo) = self.take(frame, task, deadline)? {
            self.follow_up(todo);
        }
        Ok(())
    }

    /// The same, under a lock of the caller: what is left to do runs no lock's length, and comes back.
    #[inline(always)]
    pub(super) fn take(
        &self,
        frame: RequestFrame,
        task: K,
        deadline: Deadline,
    ) -> Result<FollowUp, NotTaken<K>> {
        self.submit_by(frame, task, deadline, None)
    }

    /// Takes a request that was taken before and has not been sent: there is always room for it.
    ///
    /// # Errors
    /// The request, and why the connection takes no more.
    pub(super) fn submit_again(
        &self,
        request: Returned<K>,
    ) -> Result<(), (Returned<K>, RpcIntErr)> {
        let mut state = self.state.lock();
        let deadline = request.deadline;
        let State { session, gate, looks, .. } = &mut *state;
        match session.submit_again(request, &mut gate.outbox) {
            Submitted::Closed(frame, task, cause) => {
                return Err((Returned { frame, task, deadline }, cause));
            }
            Submitted::Full(..) | Submitted::Queued | Submitted::Appended { .. } => {}
        }
        let earlier = match deadline.timeout() {
            Some(timeout) => looks.submitted(timeout),
            None => looks.soon(),
        };
        let reader = if earlier { state.reader.take() } else { None };
        let writer = state.gate.wake_writer();
        drop(state);
        wake(reader);
        wake(writer);
        Ok(())
    }

    /// Does what a submission left to do: wakes, or writes.
    pub(super) fn follow_up(&self, todo: Todo) {
        let Todo { reader, writer, output } = todo;
        wake(reader);
        wake(writer);
        if let Some(output) = output {
            write_now(self, &*self.write, output);
        }
    }

    /// Takes the request of one that waits for room until `deadline` if there is none.
    pub(super) fn submit_or_wait(
        &self,
        frame: RequestFrame,
        task: K,
        deadline: Instant,
        ticket: &mut Ticket,
    ) -> Result<(), NotTaken<K>> {
        let waiter = Some((ticket, deadline));
        if let Some(todo) = self.submit_by(frame, task, Deadline::at(deadline), waiter)? {
            self.follow_up(todo);
        }
        Ok(())
    }

    #[inline(always)]
    fn submit_by(
        &self,
        frame: RequestFrame,
        task: K,
        deadline: Deadline,
        waiter: Option<(&mut Ticket, Instant)>,
    ) -> Result<FollowUp, NotTaken<K>> {
        // Dropped after the lock has been left.
        let _waker;
        let mut state = self.state.lock();
        let State { session, gate, room, .. } = &mut *state;
        let ticket = waiter.as_ref().and_then(|(ticket, _)| **ticket);
        let until = waiter.as_ref().map(|(_, until)| *until);
        let in_order = room.is_empty() || room.may_enter(ticket, session.room());
        let submitted = if in_order || session.refusal().is_some() {
            session.submit(frame, task, deadline, &mut gate.outbox)
        } else {
            Submitted::Full(frame, task)
        };
        if !matches!(submitted, Submitted::Full(..)) {
            _waker = room.leave(ticket);
        }
        let flush = match submitted {
            Submitted::Appended { flush } => flush,
            Submitted::Queued => false,
            Submitted::Full(frame, task) => {
                let mut reader = None;
                if let Some((ticket, until)) = waiter {
                    room.wait(ticket, until);
                    // Only looks end those who wait for room, and withdraw what is promised to them.
                    let earlier = state.looks.submitted(left(until));
                    reader = if earlier { state.reader.take() } else { None };
                }
                drop(state);
                wake(reader);
                return Err(NotTaken::Full(frame, task));
            }
            Submitted::Closed(frame, task, cause) => {
                return Err(NotTaken::Closed(frame, task, cause));
            }
        };
        let earlier = match deadline.timeout() {
            Some(timeout) => state.looks.submitted(timeout),
            // The look was planned when it began to wait for room.
            None if ticket.is_some() => state.looks.any_time(),
            None => state.looks.submitted(until.map_or(Duration::ZERO, left)),
        };
        let reader = if earlier { state.reader.take() } else { None };
        let output = if flush { state.gate.outbox.claim() } else { None };
        let writer = if output.is_none() { state.gate.wake_writer() } else { None };
        if reader.is_none() && writer.is_none() && output.is_none() {
            return Ok(None);
        }
        Ok(Some(Todo { reader, writer, output }))
    }

    /// Whether the holder of `ticket` should try again; otherwise it will be woken.
    pub(super) fn poll_room(&self, ticket: Ticket, waker: &Waker) -> bool {
        // It takes the one that was there, which is dropped after the lock has been left.
        let mut waker = waker.clone();
        self.state.lock().room.poll(ticket, &mut waker)
    }

    /// Forgets one that waits no more; a place that it was promised goes to the next.
    pub(super) fn leave_room(&self, ticket: Ticket) {
        if ticket.is_some() {
            let mut state = self.state.lock();
            let own = state.room.leave(ticket);
            let waiters = state.admit();
            drop(state);
            drop(own);
            waiters.into_iter().for_each(Waker::wake);
        }
    }

    pub(crate) fn ping(&self, client_id: u64) -> bool {
        let mut state = self.state.lock();
        let State { session, gate, .. } = &mut *state;
        let sent = session.ping(client_id, &mut gate.outbox);
        let writer = state.gate.wake_writer();
        let reader = if state.looks.any_time() { state.reader.take() } else { None };
        drop(state);
        wake(reader);
        wake(writer);
        sent
    }

    /// Matches replies under one lock, as many as `next` yields, and tells by `completed` what is to be completed
    /// outside of it.
    pub(super) fn match_batch<E>(
        &self,
        completed: &mut Vec<Completed<K>>,
        mut next: impl FnMut(&mut Matcher<'_, K>) -> Result<bool, E>,
    ) -> Result<(), E> {
        let mut state = self.state.lock();
        let State { session, .. } = &mut *state;
        let mut matcher = Matcher::new(session, completed);
        let result = loop {
            match next(&mut matcher) {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        let State { session, gate, room, .. } = &mut *state;
        let (mut writer, mut waiters, mut discarded) = (None, Vec::new(), Vec::new());
        if session.queued() > 0 || !room.is_empty() {
            let mut ended = Vec::new();
            session.advance(clock::now(), &mut ended, &mut gate.outbox);
            discarded = session.take_discarded();
            completed.extend(ended.into_iter().map(|ended| self.failed(ended)));
            writer = state.gate.wake_writer();
            waiters = state.admit();
        }
        drop(state);
        wake(writer);
        waiters.into_iter().for_each(Waker::wake);
        discard(discarded);
        result
    }

    pub(crate) fn window(&self) -> (usize, usize, SessionStats) {
        let state = self.state.lock();
        (state.session.in_flight(), state.session.queued(), state.session.stats())
    }

    fn failed(&self, ended: Ended<K>) -> Completed<K> {
        let error = match ended.error.peer() {
            Some(_) => ended.error,
            None => ended.error.with_peer(self.peer.to_string()),
        };
        (ended.task, Err(error.into()))
    }

    /// The cause of an end by an error of the transport.
    pub(super) fn lost(&self, cause: io::Error) -> RpcIntErr {
        made::connection_lost(cause).with_peer(self.peer.to_string())
    }
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(clock::now())
}

impl<K: Completion> State<K> {
    /// As many of those who wait for room as there now is room for. What they are promised is looked at soon.
    fn admit(&mut self) -> Vec<Waker> {
        let room = if self.session.refusal().is_some() { usize::MAX } else { self.session.room() };
        let mut admitted = self.room.admit(room);
        if !admitted.is_empty() && self.looks.submitted(PROMISE * 20) {
            admitted.extend(self.reader.take());
        }
        admitted
    }
}

impl<K: Completion, W: WriteHalf> Sender for Link<K, W> {
    fn with_gate<R>(&self, look: impl FnOnce(&mut Gate, usize) -> R) -> Option<R> {
        let State { session, gate, .. } = &mut *self.state.lock();
        if session.is_closed() { None } else { Some(look(gate, session.in_flight())) }
    }

    fn left(&self, _: Left) {
        // A request holds its place until its reply, not until it has been written.
        self.wake_flushers();
    }

    fn broken(&self, error: io::Error) {
        self.close(&self.lost(error));
    }
}
