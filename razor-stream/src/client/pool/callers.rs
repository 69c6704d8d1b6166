//! Callers that wait for the next connection of a pool, because the one whose queue was full has ended.
//!
//! Each still holds its request, so they are as many as there are such callers. Knows wakers and deadlines. Does not know
//! requests.

use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Instant;

/// Callers that wait for the next connection, in their order.
#[derive(Debug, Default)]
pub(super) struct Callers {
    next: u64,
    waiting: BTreeMap<u64, (Instant, Waker)>,
}

/// A place in the order; `None` before the first wait.
pub(super) type Place = Option<u64>;

impl Callers {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// One waits, at most until `deadline`: behind those who wait already, or in the place it had before. Returns the waker
    /// that it had before, to be dropped outside of the lock: what a waker does then is not known.
    #[must_use]
    pub(super) fn wait(
        &mut self,
        place: &mut Place,
        deadline: Instant,
        waker: Waker,
    ) -> Option<Waker> {
        let number = *place.get_or_insert_with(|| {
            self.next += 1;
            self.next
        });
        self.waiting.insert(number, (deadline, waker)).map(|(_, before)| before)
    }

    /// Forgets one that waits no more. Its waker is to be dropped outside of the lock.
    #[must_use]
    pub(super) fn leave(&mut self, place: Place) -> Option<Waker> {
        self.waiting.remove(&place?).map(|(_, waker)| waker)
    }

    /// Takes all of them, to be woken in their order.
    pub(super) fn take(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.waiting).into_values().map(|(_, waker)| waker).collect()
    }

    /// Takes out those whose deadline has passed, to be woken, and returns the earliest deadline of the others.
    pub(super) fn expire(&mut self, now: Instant) -> (Vec<Waker>, Option<Instant>) {
        let expired = self.waiting.extract_if(.., |_, (deadline, _)| *deadline <= now);
        let expired = expired.map(|(_, (_, waker))| waker).collect();
        (expired, self.waiting.values().map(|(deadline, _)| *deadline).min())
    }
}
