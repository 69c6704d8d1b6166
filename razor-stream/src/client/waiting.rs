//! Requests that wait for a connection, in their order; bounded in number and in bytes.
//!
//! Knows deadlines, and when they are to be looked at. Does not know connections.

use super::Completion;
use crate::proto::{Looks, Resolution, Returned, SessionLimits};
use std::time::{Duration, Instant};

/// Requests that wait for a connection.
pub(super) struct Waiting<K> {
    requests: Vec<Returned<K>>,
    bytes: usize,
    looks: Looks,
}

impl<K: Completion> Waiting<K> {
    pub(super) const fn new(resolution: Resolution) -> Self {
        Self { requests: Vec::new(), bytes: 0, looks: Looks::new(resolution) }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// How soon the next look at deadlines is due, if that has changed by what has been kept.
    pub(super) const fn take_look(&mut self) -> Option<Duration> {
        self.looks.take_change()
    }

    /// Keeps a request. A single one may be as large as it likes.
    ///
    /// # Errors
    /// It is given back if there is no room.
    pub(super) fn keep(
        &mut self,
        request: Returned<K>,
        limits: &SessionLimits,
    ) -> Result<(), Returned<K>> {
        let bytes = self.bytes + request.frame.len();
        let too_many = self.requests.len() >= limits.queue;
        if too_many || bytes > limits.queue_bytes && !self.is_empty() {
            return Err(request);
        }
        self.bytes = bytes;
        match request.deadline.timeout() {
            Some(timeout) => self.looks.submitted(timeout),
            None => self.looks.soon(),
        };
        self.requests.push(request);
        Ok(())
    }

    /// Puts requests that were taken out before all that have come meanwhile. There may be more than the limits for a
    /// while: twice as many, since each of the two parts was within them.
    pub(super) fn put_back(&mut self, first: Vec<Returned<K>>) {
        self.bytes += first.iter().map(|request| request.frame.len()).sum::<usize>();
        let later = std::mem::replace(&mut self.requests, first);
        self.requests.extend(later);
        self.looks.soon();
    }

    /// Takes out those whose deadline has passed or for whom nobody waits; and says how soon the next look is due, if any
    /// stay.
    pub(super) fn sweep(&mut self, now: Instant) -> (Vec<Returned<K>>, Option<Duration>) {
        let mut ended = Vec::new();
        let mut kept = Vec::with_capacity(self.requests.len());
        for mut request in std::mem::take(&mut self.requests) {
            // One that nobody waits for is given back too: what it holds may call us when it is dropped.
            if request.deadline.has_passed(now) || request.task.is_abandoned() {
                self.bytes -= request.frame.len();
                ended.push(request);
            } else {
                kept.push(request);
            }
        }
        self.requests = kept;
        if self.is_empty() {
            self.looks.rest();
            return (ended, None);
        }
        let earliest = self.requests.iter().filter_map(|request| request.deadline.until()).min();
        (ended, Some(self.looks.looked(now, earliest)))
    }

    /// Takes all of them, in their order.
    pub(super) fn take(&mut self) -> Vec<Returned<K>> {
        self.bytes = 0;
        self.looks.rest();
        std::mem::take(&mut self.requests)
    }
}
