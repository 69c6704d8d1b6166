//! When a coroutine lets the other coroutines of its thread run.
//!
//! The channels and sockets used here never yield by themselves, and one of the runtimes has no budget for its
//! coroutines: a coroutine with endless work would keep its thread. So it counts its frames, and yields after some of
//! them. Does not know what the work is.

use std::future::poll_fn;
use std::task::Poll;

/// Frames after which the other coroutines of a thread get their turn.
const FRAMES: usize = 64;
/// A read counts as this many frames: with a buffer of 64 KiB a turn is 512 KiB, and at most four times as much when
/// the buffer has grown.
const READ: usize = 8;
/// The other coroutines get their turn after this number of batches, or after half as many times [`FRAMES`], if a
/// coroutine never has to wait for the next batch. They do not get it after each batch: where a runtime has several
/// threads, a yield wakes another thread, which takes the coroutine away from its cache.
const BATCHES: usize = 8;

/// The work of a coroutine since the other coroutines had their turn.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    done: usize,
    batches: usize,
    /// Frames of the batches that are over.
    before: usize,
}

impl Turn {
    pub(crate) const fn frames(&mut self, frames: usize) {
        self.done += frames;
    }

    pub(crate) const fn read(&mut self) {
        self.done += READ;
    }

    /// Ends a batch: everything that had arrived is done. The count of frames begins anew, or the turn would end in the
    /// middle of the next batch and cut it in two. Returns whether the other coroutines get their turn.
    pub(crate) const fn end_batch(&mut self) -> bool {
        self.before += self.done;
        self.done = 0;
        self.batches += 1;
        let over = self.batches >= BATCHES || self.before >= BATCHES / 2 * FRAMES;
        if over {
            (self.batches, self.before) = (0, 0);
        }
        over
    }

    /// Ends the turn if enough was done: the count begins anew. Returns whether it has ended, and the other coroutines
    /// get their turn.
    pub(crate) const fn end_if_over(&mut self) -> bool {
        let over = self.done >= FRAMES;
        if over {
            *self = Self { done: 0, batches: 0, before: 0 };
        }
        over
    }
}

/// Lets the other coroutines of the thread run.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_over_after_so_many_frames_or_reads_and_then_begins_anew() {
        let mut turn = Turn::default();
        for _ in 0..FRAMES - 1 {
            turn.frames(1);
            assert!(!turn.end_if_over());
        }
        turn.frames(1);
        assert!(turn.end_if_over());
        assert!(!turn.end_if_over());
        for _ in 0..FRAMES / READ {
            turn.read();
        }
        assert!(turn.end_if_over());
    }

    #[test]
    fn frames_count_from_the_last_batch_until_there_are_too_many_of_either() {
        for (frames, batches) in [(1, BATCHES), (FRAMES - 1, BATCHES / 2 + 1)] {
            let mut turn = Turn::default();
            for batch in 1..=3 * batches {
                turn.frames(frames);
                assert!(!turn.end_if_over());
                assert_eq!(turn.end_batch(), batch % batches == 0, "{frames} frames");
            }
        }
    }
}
