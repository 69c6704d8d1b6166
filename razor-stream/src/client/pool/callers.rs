//! Callers that wait for the next connection of a pool, because the connection whose queue was full has ended.
//!
//! Each still holds its request, so this list needs no bound: it has one entry for each such caller. Knows wakers and
//! deadlines. Does not know requests.

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

    /// Lets a caller wait, at most until `deadline`: behind the callers that wait already, or in its place if it has
    /// one. Returns the waker that it had before. That has to be dropped outside of the lock, because the drop of a
    /// waker may run any code.
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

    /// Removes a caller that waits no more. Its waker has to be dropped outside of the lock.
    #[must_use]
    pub(super) fn leave(&mut self, place: Place) -> Option<Waker> {
        self.waiting.remove(&place?).map(|(_, waker)| waker)
    }

    /// Takes out all callers, to be woken in their order.
    pub(super) fn take(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.waiting).into_values().map(|(_, waker)| waker).collect()
    }

    /// Takes out the callers whose deadline has passed, to be woken, and returns the earliest deadline of the others.
    pub(super) fn expire(&mut self, now: Instant) -> (Vec<Waker>, Option<Instant>) {
        let expired = self.waiting.extract_if(.., |_, (deadline, _)| *deadline <= now);
        let expired = expired.map(|(_, (_, waker))| waker).collect();
        (expired, self.waiting.values().map(|(deadline, _)| *deadline).min())
    }
}
