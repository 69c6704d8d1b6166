//! Submissions that found the queue full, in their order.
//!
//! Knows wakers and tickets. Does not know requests: whoever is admitted tries again.

use std::collections::VecDeque;
use std::task::Waker;

/// Those who wait for room. Each holds one place, however often it is polled.
#[derive(Debug, Default)]
pub(super) struct Room {
    next: u64,
    waiting: VecDeque<(u64, Waker)>,
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
    pub(super) fn poll(&mut self, ticket: &mut Ticket, waker: &Waker) -> bool {
        let Some(number) = *ticket else {
            *ticket = Some(self.next);
            self.waiting.push_back((self.next, waker.clone()));
            self.next += 1;
            return false;
        };
        match self.waiting.binary_search_by_key(&number, |(number, _)| *number) {
            Err(_) => {
                *ticket = None;
                true
            }
            Ok(place) => {
                self.waiting[place].1.clone_from(waker);
                false
            }
        }
    }

    /// Forgets one that waits no more.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        self.waiting.retain(|(number, _)| Some(*number) != ticket);
    }

    /// Takes out the first `count`, to be woken.
    pub(super) fn admit(&mut self, count: usize) -> Vec<Waker> {
        let count = count.min(self.waiting.len());
        self.waiting.drain(..count).map(|(_, waker)| waker).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_wait_are_admitted_in_their_order_and_hold_one_place_each() {
        let (mut room, waker) = (Room::default(), Waker::noop());
        let (mut first, mut second, mut third) = (None, None, None);
        for _ in 0..3 {
            assert!(!room.poll(&mut first, waker));
            assert!(!room.poll(&mut second, waker));
            assert!(!room.poll(&mut third, waker));
        }
        assert_eq!(room.len(), 3);
        room.leave(second);
        assert_eq!(room.admit(1).len(), 1);
        assert!(room.poll(&mut first, waker));
        assert!(!room.poll(&mut third, waker));
        assert_eq!(room.admit(9).len(), 1);
        assert!(room.poll(&mut third, waker));
        assert!(room.is_empty());
    }
}
