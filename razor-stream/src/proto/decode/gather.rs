//! A frame too large for the read buffer, while it arrives.
//!
//! Knows how much is still to come and how much may be reserved for it. Does not know what the frame is.

use super::Input;
use crate::buffer::take_large;

/// Reserved at once for bytes that were only announced (rule E1).
const AHEAD: usize = 64 << 10;

/// A frame while it arrives: its body, then its blob.
#[derive(Debug)]
pub(super) struct Gather {
    body: Part,
    blob: Part,
}

#[derive(Debug)]
struct Part {
    bytes: Vec<u8>,
    len: usize,
}

impl Part {
    fn new(len: usize) -> Self {
        Self { bytes: take_large(len), len }
    }

    const fn missing(&self) -> usize {
        self.len.saturating_sub(self.bytes.len())
    }

    /// Makes room for what is missing, but no more than E1 allows.
    fn make_room(&mut self) {
        if self.bytes.capacity() == self.bytes.len() {
            let room = self.missing().min(AHEAD + self.bytes.len());
            self.bytes.reserve_exact(room);
        }
    }

    fn absorb(&mut self, input: &mut Input) {
        while self.missing() > 0 && !input.is_empty() {
            self.make_room();
            let room = self.bytes.capacity() - self.bytes.len();
            let here = self.missing().min(input.unread().len()).min(room);
            self.bytes.extend_from_slice(input.take(here));
        }
    }
}

impl Gather {
    pub(super) fn new(body: usize, blob: usize) -> Self {
        Self { body: Part::new(body), blob: Part::new(blob) }
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.body.missing() == 0 && self.blob.missing() == 0
    }

    /// Moves what the read buffer holds of this frame into its place.
    pub(super) fn absorb(&mut self, input: &mut Input) {
        self.body.absorb(input);
        self.blob.absorb(input);
    }

    /// Moves back what was read beyond a part's end: a reservation may be larger than asked for.
    pub(super) fn spill(&mut self, input: &mut Input) {
        for part in [&mut self.body, &mut self.blob] {
            if part.bytes.len() > part.len {
                input.put(&part.bytes[part.len..]);
                part.bytes.truncate(part.len);
            }
        }
        self.absorb(input);
    }

    /// The part to fill next.
    pub(super) fn target(&mut self) -> (&mut Vec<u8>, usize) {
        let part = if self.body.missing() > 0 { &mut self.body } else { &mut self.blob };
        part.make_room();
        let reserve = part.missing().clamp(1, AHEAD);
        (&mut part.bytes, reserve)
    }

    pub(super) fn into_parts(self) -> (Vec<u8>, Vec<u8>) {
        (self.body.bytes, self.blob.bytes)
    }
}
