//! Requests that are with the reader while their blob arrives in their own memory.
//!
//! Knows the session. Does not know blobs.

use super::state::Link;
use crate::client::Completion;
use crate::coroutine::why_dropped;
use crate::error::{Outcome, RpcIntErr};
use crate::proto::Deadline;
use crate::transport::WriteHalf;
use std::io;

impl<K: Completion, W: WriteHalf> Link<K, W> {
    /// Takes out the request whose reply has begun.
    pub(in crate::client::stream) fn take_arriving(&self, seq: u64) -> Option<(K, Deadline)> {
        self.state.lock().session.take_arriving(seq)
    }

    /// Puts such a request back; an error if the connection has ended meanwhile.
    pub(in crate::client::stream) fn put_back_arrived(
        &self,
        seq: u64,
        task: K,
        deadline: Deadline,
    ) -> Result<(), K> {
        self.state.lock().session.put_back_arrived(seq, task, deadline)
    }

    /// Notes that such a request has been completed and will not be put back.
    pub(in crate::client::stream) fn abandon_arriving(&self, seq: u64) {
        self.state.lock().session.abandon_arriving(seq);
    }

    /// Why a request that was sent ends now without an answer.
    pub(in crate::client::stream) fn end_cause(&self) -> RpcIntErr {
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
