//! How a connection of a client ends, and who gets what it did not send.
//!
//! Knows what waits on this connection. Does not know pools: one is an heir.

use super::state::{Link, State};
use crate::client::Completion;
use crate::client::complete::complete;
use crate::error::{Outcome, RpcIntErr};
use crate::isolation::discard;
use crate::log::client::{ended, severity};
use crate::proto::{Deadline, Outbox, Submission};
use crate::transport::WriteHalf;
use log::Level;
use std::collections::HashMap;
use std::sync::Weak;
use std::task::Waker;

/// Requests that were in the output, with their frames from there.
fn with_frames<K>(
    unwritten: Vec<(u64, K, Deadline)>,
    outbox: &Outbox,
) -> impl Iterator<Item = Submission<K>> {
    let mut frames: HashMap<_, _> = if unwritten.is_empty() {
        HashMap::new()
    } else {
        outbox.unwritten_requests().into_iter().collect()
    };
    unwritten.into_iter().map(move |(seq, task, deadline)| {
        let frame = frames.remove(&seq).expect("the output was asked which requests it holds");
        Submission { frame, task, deadline }
    })
}

/// What happened to a connection that takes no more requests.
pub(in crate::client) enum Lost {
    /// It worked, and this side stopped to use it.
    Retired,
    /// It ended.
    Ended(RpcIntErr),
}

impl<K: Completion, W: WriteHalf> Link<K, W> {
    /// Ends the connection, and everything that waits for it. Only the first cause counts. What was never sent goes to
    /// the heir, if there is one.
    pub(in crate::client) fn close(&self, cause: &RpcIntErr) {
        let mut state = self.state.lock();
        let (taken, open) = (state.session.refusal().is_none(), !state.session.is_closed());
        let State { session, gate, .. } = &mut *state;
        let (unwritten, unsent) = match self.heir {
            Some(_) => (session.take_unwritten(&gate.outbox), session.take_unsent()),
            None => Default::default(),
        };
        let tasks = session.close(cause, &mut gate.outbox);
        let (outbox, discarded) = (std::mem::take(&mut gate.outbox), session.take_discarded());
        let wakers = [state.reader.take(), state.gate.take_writer(), state.supervisor.take()];
        let waiters = state.room.admit(usize::MAX);
        let flushers = state.flushers.take();
        drop(state);
        self.write.close();
        // Of the connection that takes a pool's requests its supervisor tells, and of one that was given up it has told.
        let breaks = severity(cause) == Some(Level::Warn);
        if open && (self.heir.is_none() || !taken && breaks) {
            ended(&self.log, &self.peer, cause);
        }
        // Before those are woken that have waited for room behind it.
        self.hand_on(with_frames(unwritten, &outbox).chain(unsent).collect());
        wakers.into_iter().flatten().chain(waiters).chain(flushers).for_each(Waker::wake);
        for (task, result) in tasks.into_iter().map(|ended| self.failed(ended)) {
            complete(task, result, &self.log, &self.peer);
        }
        discard((outbox, discarded));
    }

    /// Takes no more requests; those in flight and queued run to their end. Those that nobody waits for are not waited
    /// for.
    pub(in crate::client) fn retire(&self, cause: RpcIntErr) {
        let mut state = self.state.lock();
        let mut unwanted = Vec::new();
        state.session.retire(cause);
        state.session.give_back_unwanted(&mut unwanted);
        let waiters = state.admit();
        // The reader sees whether there is anything left to wait for.
        let wakers = [state.reader.take(), state.supervisor.take()];
        drop(state);
        wakers.into_iter().flatten().chain(waiters).for_each(Waker::wake);
        for (task, result) in unwanted.into_iter().map(|ended| self.failed(ended)) {
            complete(task, result, &self.log, &self.peer);
        }
    }

    /// Why it takes no more requests. `None` if it does; then the caller is woken when that changes.
    pub(in crate::client) fn watch(&self, waker: &Waker) -> Option<Lost> {
        let mut state = self.state.lock();
        let Some(refusal) = state.session.refusal() else {
            state.supervisor = Some(waker.clone());
            return None;
        };
        Some(if state.session.was_retired() { Lost::Retired } else { Lost::Ended(refusal.clone()) })
    }

    /// Why it takes no more requests, if so.
    pub(in crate::client) fn refusal(&self) -> Option<RpcIntErr> {
        self.state.lock().session.refusal().cloned()
    }

    /// Whether it has ended for all, also for the requests that were sent.
    pub(in crate::client) fn is_closed(&self) -> bool {
        self.state.lock().session.is_closed()
    }

    /// Gives what was never sent to the heir. Without one, nobody can send it.
    pub(super) fn hand_on(&self, unsent: Vec<Submission<K>>) {
        if unsent.is_empty() {
            return;
        }
        let cause =
            self.refusal().unwrap_or_else(|| self.lost(std::io::ErrorKind::NotConnected.into()));
        let cause = match cause.peer() {
            Some(_) => cause.with_outcome(Outcome::NotSent),
            None => cause.with_outcome(Outcome::NotSent).with_peer(self.peer.to_string()),
        };
        match self.heir.as_ref().and_then(Weak::upgrade) {
            Some(heir) => heir.inherit(unsent, &cause),
            None => {
                for Submission { frame, task, .. } in unsent {
                    complete(task, Err(cause.clone().into()), &self.log, &self.peer);
                    discard(frame);
                }
            }
        }
    }
}
