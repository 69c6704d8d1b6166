//! Requests that are with the reader while their blob arrives in their own memory.
//!
//! Knows the session. Does not know blobs.

use super::super::Completion;
use super::Link;
use crate::coroutine::why_dropped;
use crate::error::{Outcome, RpcIntErr};
use crate::proto::Deadline;
use crate::transport::WriteHalf;
use std::io;

impl<K: Completion, W: WriteHalf> Link<K, W> {
    /// Takes out the request whose reply has begun.
    pub(in crate::client) fn reply_begins(&self, seq: u64) -> Option<(K, Deadline)> {
        self.state.lock().session.reply_begins(seq)
    }

    /// Puts it back; an error if the connection has ended meanwhile.
    pub(in crate::client) fn reply_waits(
        &self,
        seq: u64,
        task: K,
        deadline: Deadline,
    ) -> Result<(), K> {
        self.state.lock().session.reply_waits(seq, task, deadline)
    }

    /// It has been completed, and will not be put back.
    pub(in crate::client) fn reply_unneeded(&self, seq: u64) {
        self.state.lock().session.reply_unneeded(seq);
    }

    /// Why a request that was sent ends now without an answer.
    pub(in crate::client) fn end_cause(&self) -> RpcIntErr {
        let state = self.state.lock();
        let cause = if state.session.is_closed() { state.session.refusal().cloned() } else { None };
        drop(state);
        let cause = cause.unwrap_or_else(|| self.lost(io::Error::other(why_dropped())));
        match cause.peer() {
            Some(_) => cause.with_outcome(Outcome::Unknown),
            None => cause.with_outcome(Outcome::Unknown).with_peer(self.peer().to_string()),
        }
    }
}
