//! Bytes and blobs waiting to be written.
//!
//! Frames are appended to one buffer; a large blob is kept beside it and goes out by a vectored write from where it
//! lies. Knows how far the writing is. Does not know what the bytes mean, nor sockets.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

use crate::buffer;
use bytes::Bytes;
use std::io::IoSlice;

/// A blob shorter than this is copied behind its frame: a copy costs less than one more slice in a write.
pub(super) const INLINE_BLOB: usize = 4 << 10;
/// A frame of this length or more that has a buffer of its own is not copied: it is written from that buffer.
pub(super) const LARGE_FRAME: usize = 32 << 10;
/// Buffer capacity kept for the next batch.
const KEEP: usize = 64 << 10;

/// Whole frames in the order in which they are to be written.
#[derive(Debug, Default)]
pub struct Output {
    bytes: Vec<u8>,
    /// Blobs that lie beside `bytes`. On the wire each of them follows `bytes[..at]`.
    blobs: Vec<Blob>,
    /// Bytes of the last batch if that was large, otherwise 0: the next batch gets a buffer of this length.
    expected: usize,
    frames: usize,
    /// Bytes of these frames, blobs included.
    whole: usize,
    /// Bytes that have not been written, blobs included.
    left: usize,
    /// How far the writing is: bytes of `bytes`, whole blobs, and bytes of the blob after those.
    bytes_done: usize,
    blobs_done: usize,
    blob_done: usize,
}

#[derive(Debug)]
struct Blob {
    at: usize,
    blob: Bytes,
    /// The bytes are the head and body of a large frame, not a blob.
    is_frame: bool,
}

/// A frame of which at least one byte has not been written.
pub(super) struct Unwritten<'a> {
    /// Head and body; and the blob, if it lies behind them in one buffer.
    pub(super) frame: &'a [u8],
    /// The blob, if it lies beside the buffer.
    pub(super) blob: Option<&'a Bytes>,
}

impl Output {
    /// An output that appends to `buffer`, which is emptied.
    pub(crate) fn in_buffer(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        Self { bytes: buffer, ..Self::default() }
    }

    /// Bytes in the buffer; blobs beside it are not counted.
    pub(crate) const fn in_the_buffer(&self) -> usize {
        self.bytes.len()
    }

    /// The buffer, for another use.
    pub(crate) fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes, blobs included, that have not been written.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.left
    }

    /// Whether every byte has been written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Frames appended since the last [`clear`](Self::clear).
    #[must_use]
    pub const fn frames(&self) -> usize {
        self.frames
    }

    /// Appends a whole frame: its head and body, then its blob. A small blob is copied and dropped; dropping may run
    /// code of the user, so do not call this under a lock.
    #[inline(always)]
    pub fn push(&mut self, frame: &[u8], blob: Option<Bytes>) {
        self.bytes.extend_from_slice(frame);
        self.frame_appended(frame.len(), blob);
    }

    /// Appends a whole frame that lies in `buffer`. Returns a buffer to use again: `buffer` itself if the frame was
    /// copied, or one without memory if the frame is so large that it is written from where it lies. This is called
    /// under the lock of a connection, so it drops nothing: the blob stays beside the buffer, whatever its size.
    #[inline(always)]
    pub(super) fn push_buffer(&mut self, buffer: Vec<u8>, blob: Option<Bytes>) -> Vec<u8> {
        let len = buffer.len();
        let rest = if len < LARGE_FRAME {
            self.bytes.extend_from_slice(&buffer);
            buffer
        } else {
            let frame = buffer::share(buffer);
            self.blobs.push(Blob { at: self.bytes.len(), blob: frame, is_frame: true });
            Vec::new()
        };
        self.frame_appended(len, None);
        self.blob_beside(blob);
        rest
    }

    /// Appends a frame that `write` encodes in place, then `blob`. If `write` fails, nothing is appended.
    pub(super) fn push_with<T, E>(
        &mut self,
        blob: Option<Bytes>,
        write: impl FnOnce(&mut Vec<u8>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.bytes.is_empty() && self.expected > self.bytes.capacity() {
            self.bytes = buffer::take_roomy(self.expected);
        }
        let frame = Unfinished { start: self.bytes.len(), bytes: &mut self.bytes };
        let done = write(frame.bytes)?;
        let len = frame.finish();
        self.frame_appended(len, blob);
        Ok(done)
    }

    #[inline(always)]
    fn frame_appended(&mut self, len: usize, blob: Option<Bytes>) {
        self.frames += 1;
        self.left += len;
        self.whole += len;
        match blob {
            Some(blob) if blob.len() < INLINE_BLOB => {
                self.left += blob.len();
                self.whole += blob.len();
                self.bytes.extend_from_slice(&blob);
            }
            blob => self.blob_beside(blob),
        }
    }

    #[inline(always)]
    fn blob_beside(&mut self, blob: Option<Bytes>) {
        if let Some(blob) = blob.filter(|blob| !blob.is_empty()) {
            self.left += blob.len();
            self.whole += blob.len();
            self.blobs.push(Blob { at: self.bytes.len(), blob, is_frame: false });
        }
    }

    /// Drops the blobs, if every byte has been written. Call this outside of locks: dropping a blob may run code of the
    /// user.
    pub(crate) fn drop_written_blobs(&mut self) {
        if self.is_empty() {
            self.blobs_done = 0;
            self.blobs.clear();
        }
    }

    /// Bytes of the frames appended since the last [`clear`](Self::clear), blobs included.
    pub(super) const fn whole(&self) -> usize {
        self.whole
    }

    /// Appends the frames of `other`, of which nothing has been written, and leaves it empty.
    pub fn append(&mut self, other: &mut Self) {
        debug_assert_eq!(other.bytes_done + other.blobs_done + other.blob_done, 0, "not begun");
        if self.frames == 0 && self.bytes.capacity() < other.bytes.len() {
            std::mem::swap(self, other);
            return;
        }
        let base = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.blobs
            .extend(other.blobs.drain(..).map(|beside| Blob { at: base + beside.at, ..beside }));
        self.frames += other.frames;
        self.left += other.left;
        self.whole += other.whole;
        other.clear();
    }

    /// Forgets all frames, and keeps the buffer for the next batch unless it has grown large.
    pub fn clear(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        let mut blobs = std::mem::take(&mut self.blobs);
        let expected = if bytes.len() > KEEP { bytes.len() } else { 0 };
        if bytes.capacity() > KEEP {
            buffer::give_back(std::mem::take(&mut bytes));
        }
        bytes.clear();
        blobs.clear();
        blobs.shrink_to(KEEP / size_of::<Blob>());
        *self = Self { bytes, blobs, expected, ..Self::default() };
    }

    /// Frees the buffers, if every byte has been written.
    pub fn release_memory(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        }
    }

    /// Fills `slices` with the bytes to be written next. Returns the number of slices that it filled.
    pub fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let (mut from, mut skip) = (self.bytes_done, self.blob_done);
        let mut filled = 0;
        let mut put = |slice: &'a [u8]| {
            if slice.is_empty() {
                return true;
            }
            let Some(place) = slices.get_mut(filled) else { return false };
            *place = IoSlice::new(slice);
            filled += 1;
            true
        };
        for Blob { at, blob, .. } in &self.blobs[self.blobs_done..] {
            if !(put(&self.bytes[from..*at]) && put(&blob[skip..])) {
                return filled;
            }
            (from, skip) = (*at, 0);
        }
        put(&self.bytes[from..]);
        filled
    }

    /// Records that the next `written` bytes have been written.
    pub fn advance(&mut self, written: usize) {
        debug_assert!(written <= self.left, "no more than there is");
        self.left -= written;
        let mut written = written;
        while let Some(Blob { at, blob, .. }) = self.blobs.get(self.blobs_done) {
            let here = written.min(at - self.bytes_done);
            self.bytes_done += here;
            written -= here;
            let of_blob = written.min(blob.len() - self.blob_done);
            self.blob_done += of_blob;
            written -= of_blob;
            if self.bytes_done < *at || self.blob_done < blob.len() {
                return;
            }
            self.blobs_done += 1;
            self.blob_done = 0;
        }
        self.bytes_done += written;
    }

    /// Calls `each` with every frame that has not been written whole. `length` returns two lengths of the frame that a
    /// slice begins with: of its head and body, and of its blob.
    pub(super) fn unwritten(
        &self,
        mut length: impl FnMut(&[u8]) -> (usize, usize),
        mut each: impl FnMut(Unwritten<'_>),
    ) {
        let (mut at, mut blobs, mut end) = (0, self.blobs.iter().peekable(), 0);
        let written = self.written();
        loop {
            let beside = blobs.next_if(|beside| beside.is_frame && beside.at == at);
            let frame = beside.map_or(&self.bytes[at..], |beside| &beside.blob);
            if frame.is_empty() {
                return;
            }
            let (body, blob) = length(frame);
            end += body + blob;
            if beside.is_none() {
                at += body;
            }
            let is_blob =
                |beside: &&Blob| !beside.is_frame && beside.at == at && beside.blob.len() == blob;
            let blob_beside = blobs.next_if(is_blob).map(|beside| &beside.blob);
            let mut len = body;
            if blob_beside.is_none() {
                at += blob;
                len += blob;
            }
            if end > written {
                each(Unwritten { frame: &frame[..len], blob: blob_beside });
            }
        }
    }

    pub(super) fn written(&self) -> usize {
        let whole: usize = self.blobs[..self.blobs_done].iter().map(|blob| blob.blob.len()).sum();
        self.bytes_done + whole + self.blob_done
    }
}

/// Removes a half-encoded frame from the buffer when it is dropped, also if the encoder panics.
struct Unfinished<'a> {
    start: usize,
    bytes: &'a mut Vec<u8>,
}

impl Unfinished<'_> {
    fn finish(mut self) -> usize {
        let len = self.bytes.len().saturating_sub(self.start);
        self.start = self.bytes.len();
        len
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.bytes.truncate(self.start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(output: &mut Output, steps: &[usize]) -> Vec<u8> {
        let mut seen = Vec::new();
        let mut steps = steps.iter().cycle();
        while !output.is_empty() {
            let mut slices = [IoSlice::new(&[]); 3];
            let filled = output.slices(&mut slices);
            let flat: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect();
            let step = (*steps.next().expect("endless")).clamp(1, flat.len());
            seen.extend_from_slice(&flat[..step]);
            output.advance(step);
        }
        seen
    }

    proptest! {
        #[test]
        fn what_is_pushed_is_written_in_order_however_the_writes_are_cut(
            frames in prop::collection::vec((1usize..40, prop::option::of(0usize..9000)), 1..8),
            steps in prop::collection::vec(1usize..7000, 1..5),
        ) {
            let (mut output, mut expected) = (Output::default(), Vec::new());
            for (number, (body, blob)) in frames.iter().enumerate() {
                let body = vec![u8::try_from(number).unwrap(); *body];
                let blob = blob.map(|len| Bytes::from(vec![0xB0 + u8::try_from(number).unwrap(); len]));
                expected.extend_from_slice(&body);
                expected.extend_from_slice(blob.as_deref().unwrap_or_default());
                output.push(&body, blob);
            }
            prop_assert_eq!(output.len(), expected.len());
            prop_assert_eq!(written(&mut output, &steps), expected);
        }

        #[test]
        fn outputs_can_be_joined(
            a in prop::collection::vec((1usize..40, prop::option::of(0usize..9000)), 0..4),
            b in prop::collection::vec((1usize..40, prop::option::of(0usize..9000)), 0..4),
        ) {
            let (mut left, mut right, mut all) = Default::default();
            for (list, output) in [(&a, &mut left), (&b, &mut right)] {
                for (body, blob) in list {
                    let blob = blob.map(|len| Bytes::from(vec![9; len]));
                    Output::push(output, &vec![1; *body], blob.clone());
                    Output::push(&mut all, &vec![1; *body], blob);
                }
            }
            left.append(&mut right);
            prop_assert_eq!(left.frames(), all.frames());
            prop_assert_eq!(written(&mut left, &[usize::MAX]), written(&mut all, &[usize::MAX]));
        }
    }

    #[test]
    fn an_encoder_that_panics_leaves_no_half_frame() {
        let mut output = Output::default();
        output.push(b"whole", None);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _: Result<(), ()> = output.push_with(None, |bytes| {
                bytes.extend_from_slice(b"half");
                panic!("user code");
            });
        }));
        assert!(panicked.is_err());
        assert_eq!(written(&mut output, &[9]), b"whole");
    }
}
