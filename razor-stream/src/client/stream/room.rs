//! Submissions that found the queue full, in their order.
//!
//! Knows wakers and tickets. Does not know requests: a caller that is admitted submits its request again, and until
//! then its place is promised: no later caller gets it.

use std::collections::{BTreeMap, VecDeque};
use std::task::Waker;
use std::time::Instant;

/// Callers that wait for room. Each has one place in the order, however often it tries.
#[derive(Debug, Default)]
pub(super) struct Room {
    next: u64,
    waiting: VecDeque<Waiter>,
    /// Callers that were admitted and woken and have not come back, with the number of looks at deadlines since.
    promised: BTreeMap<u64, u8>,
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
        self.waiting.is_empty() && self.promised.is_empty()
    }

    /// Whether a place is promised to a caller that has not come back for it.
    pub(super) fn has_promised(&self) -> bool {
        !self.promised.is_empty()
    }

    /// Whether the holder of `ticket` may take one of `free` places.
    pub(super) fn may_enter(&self, ticket: Ticket, free: usize) -> bool {
        let promised = ticket.is_some_and(|number| self.promised.contains_key(&number));
        promised
            || self.waiting.is_empty() && (self.promised.is_empty() || free > self.promised.len())
    }

    /// Lets the holder of `ticket` wait: behind the callers that wait already, or in its place if it has one.
    ///
    /// The holder has no waker until it is polled. So this has to be called under the lock under which there was no
    /// room: otherwise room could become free unnoticed.
    pub(super) fn wait(&mut self, ticket: &mut Ticket, deadline: Instant) {
        let number = *ticket.get_or_insert_with(|| {
            self.next += 1;
            self.next
        });
        self.promised.remove(&number);
        if let Err(place) = self.place(number) {
            self.waiting.insert(place, Waiter { number, deadline, waker: Waker::noop().clone() });
        }
    }

    fn place(&self, number: u64) -> Result<usize, usize> {
        self.waiting.binary_search_by_key(&number, |waiter| waiter.number)
    }

    /// Whether the holder of `ticket` should try again; otherwise it will be woken by `waker`, which is exchanged for
    /// the one before it. The old waker has to be dropped outside of the lock, because its drop may run any code.
    pub(super) fn poll(&mut self, ticket: Ticket, waker: &mut Waker) -> bool {
        let Some(Ok(place)) = ticket.map(|number| self.place(number)) else { return true };
        std::mem::swap(&mut self.waiting[place].waker, waker);
        false
    }

    /// Removes a caller that waits no more. Its waker has to be dropped outside of the lock.
    #[must_use]
    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<Waker> {
        let number = ticket?;
        self.promised.remove(&number);
        let place = self.place(number).ok()?;
        self.waiting.remove(place).map(|waiter| waiter.waker)
    }

    /// Promises `free` places, including those that are promised already, to the first callers that wait, and returns
    /// their wakers.
    pub(super) fn admit(&mut self, free: usize) -> Vec<Waker> {
        let count = free.saturating_sub(self.promised.len()).min(self.waiting.len());
        let admitted = self.waiting.drain(..count);
        let promised = &mut self.promised;
        admitted
            .map(|waiter| {
                promised.insert(waiter.number, 0);
                waiter.waker
            })
            .collect()
    }

    /// Takes out the callers whose deadline has passed, to be woken, and returns the earliest deadline of the others. A
    /// promise that is not taken up in time is withdrawn, because its holder may never be polled again.
    pub(super) fn expire(&mut self, now: Instant) -> (Vec<Waker>, Option<Instant>) {
        self.promised.retain(|_, looks| {
            *looks += 1;
            *looks < 2
        });
        let mut expired = Vec::new();
        self.waiting.retain_mut(|waiter| {
            let late = waiter.deadline <= now;
            if late {
                expired.push(std::mem::replace(&mut waiter.waker, Waker::noop().clone()));
            }
            !late
        });
        (expired, self.waiting.iter().map(|waiter| waiter.deadline).min())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_wait_are_admitted_in_their_order_and_hold_one_place_each() {
        let (mut room, waker) = (Room::default(), &mut Waker::noop().clone());
        let never = crate::clock::now() + std::time::Duration::from_secs(3600);
        let mut tickets = [None; 3];
        for _ in 0..3 {
            for ticket in &mut tickets {
                room.wait(ticket, never);
                assert!(!room.poll(*ticket, waker));
            }
        }
        let [first, second, mut third] = tickets;
        assert_eq!(room.waiting.len(), 3);
        assert!(room.leave(second).is_some(), "its waker comes back");
        assert_eq!(room.admit(1).len(), 1);
        assert_eq!(room.admit(1).len(), 0, "the place is promised");
        assert!(room.poll(first, waker));
        assert!(room.may_enter(first, 1) && !room.may_enter(third, 1) && !room.may_enter(None, 1));
        assert!(room.leave(first).is_none(), "its waker was used");
        assert_eq!(room.admit(9).len(), 1);
        assert!(room.may_enter(third, 1) && !room.may_enter(None, 1) && room.may_enter(None, 2));
        room.wait(&mut third, never);
        assert!(!room.poll(third, waker), "what did not fit waits on");
        assert_eq!(room.admit(9).len(), 1);
        let now = crate::clock::now();
        assert!(room.expire(now).0.is_empty() && !room.is_empty());
        assert!(room.expire(now).0.is_empty() && room.is_empty(), "not taken up in time");
    }
}
