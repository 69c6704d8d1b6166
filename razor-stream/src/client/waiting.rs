//! Requests that wait for a connection, in their order; bounded in number and in bytes.
//!
//! Knows deadlines, and when they are to be looked at. Does not know connections.

use super::Completion;
use super::callers::{Callers, Place};
use crate::proto::{Looks, Pending, Resolution, Returned, SessionLimits};
use std::task::Waker;
use std::time::{Duration, Instant};

/// Requests that wait for a connection.
pub(super) struct Waiting<K> {
    requests: Vec<Returned<K>>,
    bytes: usize,
    callers: Callers,
    looks: Looks,
}

/// What a look at deadlines has found.
pub(super) struct Looked<K> {
    /// Requests that have ended.
    pub(super) ended: Vec<Returned<K>>,
    /// Callers whose deadline has passed.
    pub(super) callers: Vec<Waker>,
    /// How soon the next look is due, if anything still waits.
    pub(super) next: Option<Duration>,
}

impl<K: Completion> Waiting<K> {
    pub(super) fn new(resolution: Resolution) -> Self {
        Self {
            requests: Vec::new(),
            bytes: 0,
            callers: Callers::default(),
            looks: Looks::new(resolution),
        }
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

    /// A caller that holds a request waits for a connection, at most until `deadline`. Returns the waker that it had
    /// before, to be dropped outside of the lock.
    #[must_use]
    pub(super) fn wait(
        &mut self,
        place: &mut Place,
        deadline: Instant,
        now: Instant,
        waker: Waker,
    ) -> Option<Waker> {
        self.looks.submitted(deadline.saturating_duration_since(now));
        self.callers.wait(place, deadline, waker)
    }

    /// Such a caller waits no more. Its waker is to be dropped outside of the lock.
    #[must_use]
    pub(super) fn leave(&mut self, place: Place) -> Option<Waker> {
        self.callers.leave(place)
    }

    /// Takes all callers that hold a request, to be woken.
    pub(super) fn take_callers(&mut self) -> Vec<Waker> {
        self.callers.take()
    }

    /// Looks at all deadlines: takes out the requests past theirs, those for which nobody waits, and the callers past theirs.
    pub(super) fn sweep(&mut self, now: Instant) -> Looked<K> {
        let mut ended = Vec::new();
        let mut kept = Vec::with_capacity(self.requests.len());
        for mut request in std::mem::take(&mut self.requests) {
            // One that nobody waits for is given back too: what it holds may call us when it is dropped.
            if request.deadline.has_passed(now) || Pending::is_abandoned(&request.task) {
                self.bytes -= request.frame.len();
                ended.push(request);
            } else {
                kept.push(request);
            }
        }
        self.requests = kept;
        let (callers, earliest) = self.callers.expire(now);
        if self.requests.is_empty() && self.callers.is_empty() {
            self.looks.rest();
            return Looked { ended, callers, next: None };
        }
        let running = self.requests.iter().filter_map(|request| request.deadline.until());
        let next = Some(self.looks.looked(now, running.chain(earliest).min()));
        Looked { ended, callers, next }
    }

    /// Takes all of them, in their order.
    pub(super) fn take(&mut self) -> Vec<Returned<K>> {
        self.bytes = 0;
        std::mem::take(&mut self.requests)
    }
}
