//! Requests that wait for a connection, in their order; bounded in number and in bytes.
//!
//! Knows deadlines. Does not know connections.

use super::Completion;
use crate::proto::{Deadline, RequestFrame, SessionLimits};
use std::time::Instant;

/// Requests that wait for a connection.
pub(super) struct Waiting<K> {
    requests: Vec<(RequestFrame, K, Deadline)>,
    bytes: usize,
}

impl<K> Default for Waiting<K> {
    fn default() -> Self {
        Self { requests: Vec::new(), bytes: 0 }
    }
}

impl<K: Completion> Waiting<K> {
    pub(super) const fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Keeps a request, which ends at `deadline`. A single one may be as large as it likes.
    ///
    /// # Errors
    /// It is given back if there is no room.
    pub(super) fn keep(
        &mut self,
        frame: RequestFrame,
        task: K,
        deadline: Deadline,
        limits: &SessionLimits,
    ) -> Result<(), (RequestFrame, K)> {
        let bytes = self.bytes + frame.len();
        let too_many = self.requests.len() >= limits.queue;
        if too_many || bytes > limits.queue_bytes && !self.is_empty() {
            return Err((frame, task));
        }
        self.bytes = bytes;
        self.requests.push((frame, task, deadline));
        Ok(())
    }

    /// Takes out those whose deadline has passed or for whom nobody waits.
    pub(super) fn sweep(&mut self, now: Instant) -> Vec<(RequestFrame, K)> {
        let (mut ended, mut kept) = (Vec::new(), Self::default());
        for (frame, task, mut deadline) in std::mem::take(self).requests {
            // One that nobody waits for is given back too: what it holds may call us when it is dropped.
            if deadline.has_passed(now) || task.is_abandoned() {
                ended.push((frame, task));
            } else {
                kept.bytes += frame.len();
                kept.requests.push((frame, task, deadline));
            }
        }
        *self = kept;
        ended
    }

    /// All of them, in their order.
    pub(super) fn into_requests(self) -> Vec<(RequestFrame, K, Deadline)> {
        self.requests
    }
}
