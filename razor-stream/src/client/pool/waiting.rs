//! Requests that wait for a connection, in their order; bounded in number and in bytes.
//!
//! Knows deadlines, and when they are to be looked at. Does not know connections.

use super::callers::{Callers, Place};
use crate::client::Completion;
use crate::proto::{Looks, Pending, Resolution, SessionLimits, Submission};
use std::task::Waker;
use std::time::{Duration, Instant};

/// Requests that wait for a connection.
pub(super) struct Waiting<K> {
    requests: Vec<Submission<K>>,
    /// The number of requests at the front that a connection took, did not send, and gave back.
    came_back: usize,
    bytes: usize,
    callers: Callers,
    looks: Looks,
}

/// What a look at deadlines has found.
pub(super) struct Looked<K> {
    /// Requests that have ended.
    pub(super) ended: Vec<Submission<K>>,
    /// Callers whose deadline has passed.
    pub(super) callers: Vec<Waker>,
    /// How soon the next look is due, if anything still waits.
    pub(super) next: Option<Duration>,
}

impl<K: Completion> Waiting<K> {
    pub(super) fn new(resolution: Resolution) -> Self {
        Self {
            requests: Vec::new(),
            came_back: 0,
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
        request: Submission<K>,
        limits: &SessionLimits,
    ) -> Result<(), Submission<K>> {
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

    /// Puts requests back that a connection took and did not send: before all that have never been taken, and behind those
    /// that came back before them. They were within the limits of that connection, and are not counted against ours.
    pub(super) fn put_back(&mut self, unsent: Vec<Submission<K>>) {
        let count = unsent.len();
        self.insert(unsent);
        self.came_back += count;
    }

    /// Puts requests back that were taken out and that no connection took: behind those that a connection took, and before
    /// all others.
    pub(super) fn put_back_untaken(&mut self, untaken: Vec<Submission<K>>) {
        self.insert(untaken);
    }

    fn insert(&mut self, returned: Vec<Submission<K>>) {
        self.bytes += returned.iter().map(|request| request.frame.len()).sum::<usize>();
        self.requests.splice(self.came_back..self.came_back, returned);
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
        if self.requests.is_empty() {
            self.looks.rest();
        }
        self.callers.take()
    }

    /// Looks at all deadlines: takes out the requests past theirs, those for which nobody waits, and the callers past theirs.
    pub(super) fn sweep(&mut self, now: Instant) -> Looked<K> {
        let mut ended = Vec::new();
        let mut kept = Vec::with_capacity(self.requests.len());
        let came_back = self.came_back;
        for (place, mut request) in std::mem::take(&mut self.requests).into_iter().enumerate() {
            // One that nobody waits for is given back too: what it holds may call us when it is dropped.
            if request.deadline.has_passed(now) || Pending::is_abandoned(&request.task) {
                self.bytes -= request.frame.len();
                self.came_back -= usize::from(place < came_back);
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
    pub(super) fn take(&mut self) -> Vec<Submission<K>> {
        (self.bytes, self.came_back) = (0, 0);
        if self.callers.is_empty() {
            self.looks.rest();
        }
        std::mem::take(&mut self.requests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Response;
    use crate::clock;
    use crate::error::{EncodedErr, RpcError};
    use crate::proto::{Deadline, RequestFrame};

    struct Number(u32);

    impl Completion for Number {
        fn complete(self, _: Result<Response, RpcError<EncodedErr>>) {}
    }

    fn requests(
        numbers: std::ops::RangeInclusive<u32>,
        deadline: Deadline,
    ) -> Vec<Submission<Number>> {
        numbers
            .map(|number| Submission {
                frame: RequestFrame::ping(0),
                task: Number(number),
                deadline,
            })
            .collect()
    }

    fn numbers(requests: &[Submission<Number>]) -> Vec<u32> {
        requests.iter().map(|request| request.task.0).collect()
    }

    #[test]
    fn what_comes_back_keeps_its_order_whoever_puts_it_back_first() {
        let later = Deadline::after(Duration::from_secs(1));
        let limits = SessionLimits::new(1, 9, 1 << 20);
        for untaken_first in [true, false] {
            let mut waiting = Waiting::new(Resolution::default());
            for request in requests(5..=6, later) {
                assert!(waiting.keep(request, &limits).is_ok(), "there is room");
            }
            if untaken_first {
                waiting.put_back_untaken(requests(3..=4, later));
                waiting.put_back(requests(1..=2, later));
            } else {
                waiting.put_back(requests(1..=2, later));
                waiting.put_back_untaken(requests(3..=4, later));
            }
            assert_eq!(numbers(&waiting.take()), [1, 2, 3, 4, 5, 6]);
            assert!(waiting.is_empty() && waiting.bytes == 0 && waiting.came_back == 0);
        }
    }

    #[test]
    fn what_ended_does_not_count_among_what_came_back() {
        let (now, second) = (clock::now(), Duration::from_secs(1));
        let (late, later) = (Deadline::at(now), Deadline::at(now + second));
        let mut waiting = Waiting::new(Resolution::default());
        waiting.put_back(requests(1..=2, late));
        waiting.put_back(requests(3..=4, later));
        assert_eq!(numbers(&waiting.sweep(now).ended), [1, 2]);
        waiting.put_back_untaken(requests(6..=6, later));
        waiting.put_back(requests(5..=5, later));
        assert_eq!(numbers(&waiting.take()), [3, 4, 5, 6]);
    }
}
