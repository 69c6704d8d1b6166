//! The output of a connection, and the right to write it.
//!
//! Knows whether a batch is being written. Does not know what the bytes mean, nor sockets.

use super::frame::{RequestFrame, request_lengths, request_seq};
use super::output::{Output, Unwritten};

/// What has left for the kernel: the frames of a batch that has been written whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Left {
    /// Frames.
    pub frames: usize,
    /// Bytes of these frames, blobs included.
    pub bytes: usize,
}

/// The output of a connection, shared by the coroutines and threads that append frames to it, and the one that writes.
///
/// Two buffers take turns: frames are appended to one while the other is being written. The one that writes claims a
/// buffer, writes it outside of the lock, and releases it.
///
/// ```text
///  Quiet ──append──► Waiting ──claim──► Writing ──release──► Quiet | Waiting (a remainder, or more to write)
/// ```
#[derive(Debug, Default)]
pub struct Outbox {
    front: Output,
    back: Output,
    /// Bytes that were claimed and are being written; `None` while there is no claim.
    writing: Option<usize>,
    /// Bytes that have been written so far.
    written: u64,
}

impl Outbox {
    /// The buffer that frames are appended to.
    pub const fn front(&mut self) -> &mut Output {
        &mut self.front
    }

    /// Bytes that have been appended and have not been written.
    #[must_use]
    pub const fn len(&self) -> usize {
        let writing = match self.writing {
            None => 0,
            Some(bytes) => bytes,
        };
        self.front.len() + self.back.len() + writing
    }

    /// Whether nothing is left to write.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that wait behind the batch that is being written.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.front.len()
    }

    /// Frames that wait behind the batch that is being written.
    #[must_use]
    pub const fn frames_waiting(&self) -> usize {
        self.front.frames()
    }

    /// Bytes that have been written so far; a batch counts when it is released.
    #[must_use]
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// The value that [`written`](Self::written) will have when every byte appended so far has been written.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.written + self.len() as u64
    }

    /// Whether a batch is claimed and being written.
    #[must_use]
    pub const fn is_writing(&self) -> bool {
        self.writing.is_some()
    }

    /// Takes the bytes to be written next, and with them the right to write. `None` if there are no bytes, or if
    /// another claim has not been released.
    #[must_use]
    pub fn claim(&mut self) -> Option<Output> {
        if self.writing.is_some() || self.front.is_empty() && self.back.is_empty() {
            return None;
        }
        if self.back.is_empty() {
            std::mem::swap(&mut self.front, &mut self.back);
        }
        let output = std::mem::take(&mut self.back);
        self.writing = Some(output.len());
        Some(output)
    }

    /// Takes the right to write `batch` and returns its frames, if nothing has to be written before them. Otherwise
    /// appends the frames to the output and returns `None`. Either way `batch` is empty afterwards.
    ///
    /// This is for a reader that fills a batch of its own. It calls [`release`](Self::release) as after a
    /// [`claim`](Self::claim).
    #[must_use]
    pub fn claim_for(&mut self, batch: &mut Output) -> Option<Output> {
        if !self.is_empty() || self.writing.is_some() {
            self.front.append(batch);
            return None;
        }
        self.writing = Some(batch.len());
        Some(std::mem::replace(batch, std::mem::take(&mut self.back)))
    }

    /// Ends a claim and gives its output back, written or not. Returns the frames and bytes of the batch if it has been
    /// written whole, and zeros if a remainder is left.
    pub fn release(&mut self, mut output: Output) -> Left {
        self.written += (self.writing.take().unwrap_or(0) - output.len()) as u64;
        if !output.is_empty() {
            self.back = output;
            return Left::default();
        }
        let left = Left { frames: output.frames(), bytes: output.whole() };
        output.clear();
        self.back = output;
        left
    }

    /// Frees the memory of each buffer that is empty.
    pub fn release_memory(&mut self) {
        self.front.release_memory();
        self.back.release_memory();
    }

    /// The requests that have not been written whole, with their `seq`. Requests of a batch that is claimed are not
    /// among them.
    #[must_use]
    pub fn unwritten_requests(&self) -> Vec<(u64, RequestFrame)> {
        let mut requests = Vec::new();
        self.unwritten(request_lengths, |unwritten| {
            requests.push((request_seq(unwritten.frame), RequestFrame::again(&unwritten)));
        });
        requests
    }

    pub(super) fn unwritten(
        &self,
        mut length: impl FnMut(&[u8]) -> (usize, usize),
        mut each: impl FnMut(Unwritten<'_>),
    ) {
        self.back.unwritten(&mut length, &mut each);
        self.front.unwritten(&mut length, &mut each);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(output: &mut Output) -> Vec<u8> {
        let mut slices = [std::io::IoSlice::new(&[]); 4];
        let filled = output.slices(&mut slices);
        let flat: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect();
        output.advance(flat.len());
        flat
    }

    #[test]
    fn only_one_may_write_at_a_time_and_a_remainder_goes_first() {
        let mut outbox = Outbox::default();
        assert!(outbox.claim().is_none());
        outbox.front().push(b"abc", None);
        assert_eq!((outbox.written(), outbox.end()), (0, 3));
        let mut first = outbox.claim().expect("there is something");
        outbox.front().push(b"def", None);
        assert!(outbox.claim().is_none(), "somebody writes");
        assert_eq!(outbox.len(), 6);
        first.advance(1);
        assert_eq!(outbox.end(), 6);
        assert_eq!(outbox.release(first), Left::default());
        assert_eq!((outbox.written(), outbox.end()), (1, 6));
        let mut rest = outbox.claim().expect("a remainder");
        assert_eq!(written(&mut rest), b"bc");
        assert_eq!(outbox.release(rest), Left { frames: 1, bytes: 3 });
        let mut second = outbox.claim().expect("the second batch");
        assert_eq!(written(&mut second), b"def");
        outbox.release(second);
        assert!(outbox.is_empty());
        assert_eq!((outbox.written(), outbox.end()), (6, 6));
    }
}
