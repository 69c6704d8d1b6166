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

    /// Keeps a request. If no other request waits, it may have any size.
    ///
    /// # Errors
    /// The request is given back if there is no room.
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

    /// Puts back requests that a connection took and did not send: in front of all requests that no connection has
    /// taken, and behind those that came back before. They were within the limits of that connection, so the limits of
    /// the pool are not applied to them.
    pub(super) fn put_back(&mut self, unsent: Vec<Submission<K>>) {
        let count = unsent.len();
        self.insert(unsent);
        self.came_back += count;
    }

    /// Puts back requests that were taken out here and that no connection took: behind those that a connection took,
    /// and before all others.
    pub(super) fn put_back_untaken(&mut self, untaken: Vec<Submission<K>>) {
        self.insert(untaken);
    }

    fn insert(&mut self, returned: Vec<Submission<K>>) {
        self.bytes += returned.iter().map(|request| request.frame.len()).sum::<usize>();
        self.requests.splice(self.came_back..self.came_back, returned);
        self.looks.soon();
    }

    /// Lets a caller that holds a request wait for a connection, at most until `deadline`. Returns the waker that the
    /// caller had before, to be dropped outside of the lock.
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

    /// Removes such a caller, which waits no more. Its waker has to be dropped outside of the lock.
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

    /// Looks at all deadlines: takes out requests and callers past their deadline, and requests that nobody waits for.
    pub(super) fn sweep(&mut self, now: Instant) -> Looked<K> {
        let mut ended = Vec::new();
        let mut kept = Vec::with_capacity(self.requests.len());
        let came_back = self.came_back;
        for (place, mut request) in std::mem::take(&mut self.requests).into_iter().enumerate() {
            // A request that nobody waits for is returned too, not dropped here: dropping its task may call this pool.
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

    /// Takes out all requests, in their order.
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
