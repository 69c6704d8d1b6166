//! How a connection of a client ends, and where the requests go that it did not send.
//!
//! Knows what waits on this connection. Does not know pools, only an heir.

use super::state::{Link, State};
use crate::client::Completion;
use crate::client::complete::{complete, refuse};
use crate::error::{Outcome, RpcIntErr};
use crate::isolation::discard;
use crate::log::client::{ended, severity};
use crate::proto::{Deadline, Outbox, Submission};
use crate::transport::WriteHalf;
use log::Level;
use std::collections::HashMap;
use std::sync::Weak;
use std::task::Waker;

/// Joins requests that were in the output with their frames, which it takes from there.
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
    /// It still works, but this side has stopped using it.
    Retired,
    /// It ended.
    Ended(RpcIntErr),
}

impl<K: Completion, W: WriteHalf> Link<K, W> {
    /// Ends the connection, and everything that waits for it. Only the first cause counts. Requests that were never
    /// sent go to the heir, if there is one.
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
        // The supervisor of a pool logs the end of the connection that takes requests, and has logged the one that was
        // given up.
        let breaks = severity(cause) == Some(Level::Warn);
        if open && (self.heir.is_none() || !taken && breaks) {
            ended(&self.log, &self.peer, cause);
        }
        // Before the callers are woken that have waited for room: their requests come after these.
        self.hand_on(with_frames(unwritten, &outbox).chain(unsent).collect());
        wakers.into_iter().flatten().chain(waiters).chain(flushers).for_each(Waker::wake);
        for (task, result) in tasks.into_iter().map(|ended| self.failed(ended)) {
            complete(task, result, &self.log, &self.peer);
        }
        discard((outbox, discarded));
    }

    /// Stops taking requests; requests in flight and in the queue run to their end. Requests in flight that nobody
    /// waits for end now.
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

    /// Returns why the connection takes no more requests, or `None` while it takes them; `waker` is woken when that
    /// changes.
    pub(in crate::client) fn watch(&self, waker: &Waker) -> Option<Lost> {
        let mut state = self.state.lock();
        let Some(refusal) = state.session.refusal() else {
            state.supervisor = Some(waker.clone());
            return None;
        };
        Some(if state.session.was_retired() { Lost::Retired } else { Lost::Ended(refusal.clone()) })
    }

    /// Returns why the connection takes no more requests, or `None` while it takes them.
    pub(in crate::client) fn refusal(&self) -> Option<RpcIntErr> {
        self.state.lock().session.refusal().cloned()
    }

    /// Whether the connection has ended, also for requests that were sent.
    pub(in crate::client) fn is_closed(&self) -> bool {
        self.state.lock().session.is_closed()
    }

    /// Gives requests that were never sent to the heir. Without an heir they end as `NotSent`.
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
                for request in unsent {
                    refuse(request, cause.clone(), &self.log);
                }
            }
        }
    }
}
