//! Submissions that found the queue full, in their order.
//!
//! Knows wakers and tickets. Does not know requests: whoever is admitted tries again.

use std::collections::VecDeque;
use std::task::Waker;
use std::time::Instant;

/// Those who wait for room. Each holds one place, however often it is polled.
#[derive(Debug, Default)]
pub(super) struct Room {
    next: u64,
    waiting: VecDeque<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    number: u64,
    deadline: Instant,
    waker: Waker,
}

/// A place in the order; `None` before the first wait.
pub(super) type Ticket = Option<u64>;

impl Room {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether the holder of `ticket` has been admitted; otherwise it will be woken.
    pub(super) fn poll(&mut self, ticket: &mut Ticket, deadline: Instant, waker: &Waker) -> bool {
        let Some(number) = *ticket else {
            *ticket = Some(self.next);
            let waiter = Waiter { number: self.next, deadline, waker: waker.clone() };
            self.waiting.push_back(waiter);
            self.next += 1;
            return false;
        };
        match self.waiting.binary_search_by_key(&number, |waiter| waiter.number) {
            Err(_) => {
                *ticket = None;
                true
            }
            Ok(place) => {
                self.waiting[place].waker.clone_from(waker);
                false
            }
        }
    }

    /// Forgets one that waits no more.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        self.waiting.retain(|waiter| Some(waiter.number) != ticket);
    }

    /// Takes out the first `count`, to be woken.
    pub(super) fn admit(&mut self, count: usize) -> Vec<Waker> {
        let count = count.min(self.waiting.len());
        self.waiting.drain(..count).map(|waiter| waiter.waker).collect()
    }

    /// Takes out those whose deadline has passed, to be woken.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Waker> {
        let mut expired = Vec::new();
        self.waiting.retain(|waiter| {
            let late = waiter.deadline <= now;
            if late {
                expired.push(waiter.waker.clone());
            }
            !late
        });
        expired
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_wait_are_admitted_in_their_order_and_hold_one_place_each() {
        let (mut room, waker) = (Room::default(), Waker::noop());
        let never = crate::clock::now() + std::time::Duration::from_secs(3600);
        let (mut first, mut second, mut third) = (None, None, None);
        for _ in 0..3 {
            assert!(!room.poll(&mut first, never, waker));
            assert!(!room.poll(&mut second, never, waker));
            assert!(!room.poll(&mut third, never, waker));
        }
        assert_eq!(room.len(), 3);
        room.leave(second);
        assert_eq!(room.admit(1).len(), 1);
        assert!(room.poll(&mut first, never, waker));
        assert!(!room.poll(&mut third, never, waker));
        assert_eq!(room.admit(9).len(), 1);
        assert!(room.poll(&mut third, never, waker));
        assert!(room.is_empty());
    }
}
