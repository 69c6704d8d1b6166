//! Callers that wait until submitted requests have left for the kernel.
//!
//! Knows wakers. Does not know what has left.

use std::sync::atomic::AtomicBool;
use std::task::Waker;

/// Callers that wait. Each batch that has been written wakes all of them, and each then checks whether its requests
/// have left.
#[derive(Debug, Default)]
pub(super) struct Flushers {
    next: u64,
    waiting: Vec<(u64, Waker)>,
}

impl Flushers {
    /// Lets a caller wait. Returns the waker that it had before. That has to be dropped outside of the lock, because
    /// the drop of a waker may run any code.
    #[must_use]
    pub(super) fn wait(&mut self, number: &mut Option<u64>, waker: Waker) -> Option<Waker> {
        let number = *number.get_or_insert_with(|| {
            self.next += 1;
            self.next
        });
        let before = self.leave(number);
        self.waiting.push((number, waker));
        before
    }

    /// Removes a caller that waits no more. Its waker has to be dropped outside of the lock.
    #[must_use]
    pub(super) fn leave(&mut self, number: u64) -> Option<Waker> {
        let place = self.waiting.iter().position(|(waits, _)| *waits == number)?;
        Some(self.waiting.swap_remove(place).1)
    }

    pub(super) fn take(&mut self) -> impl Iterator<Item = Waker> + use<> {
        std::mem::take(&mut self.waiting).into_iter().map(|(_, waker)| waker)
    }
}

/// Whether any caller waits, so that the code that has written a batch finds this out without the lock. It is set under
/// the lock, and read by code that has held the lock since it counted the bytes that it wrote.
#[derive(Debug, Default)]
pub(super) struct Awaited(pub(super) AtomicBool);
