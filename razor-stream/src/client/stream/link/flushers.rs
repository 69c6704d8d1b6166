//! Those who wait until what they submitted has left for the kernel.
//!
//! Knows wakers. Does not know what has left.

use std::sync::atomic::AtomicBool;
use std::task::Waker;

/// Those who wait. They are all woken by each batch that has been written, and look for themselves.
#[derive(Debug, Default)]
pub(super) struct Flushers {
    next: u64,
    waiting: Vec<(u64, Waker)>,
}

impl Flushers {
    /// Returns the waker of before, to be dropped outside of the lock: what it does then is not known.
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

    /// Forgets one that waits no more. Its waker is to be dropped outside of the lock.
    #[must_use]
    pub(super) fn leave(&mut self, number: u64) -> Option<Waker> {
        let place = self.waiting.iter().position(|(waits, _)| *waits == number)?;
        Some(self.waiting.swap_remove(place).1)
    }

    pub(super) fn take(&mut self) -> impl Iterator<Item = Waker> + use<> {
        std::mem::take(&mut self.waiting).into_iter().map(|(_, waker)| waker)
    }
}

/// Whether anybody waits, so that a batch that was written need not take the lock to find out. It is written under the
/// lock, and read by one that has held the lock since it counted what it has written.
#[derive(Debug, Default)]
pub(super) struct Awaited(pub(super) AtomicBool);
