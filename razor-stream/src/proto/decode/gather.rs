//! A frame too large for the read buffer, while it arrives.
//!
//! Knows how many bytes are still to come, and how many may be reserved for them. Does not know what the frame is.

use super::{Body, Input};
use crate::buffer::take_large;

/// Bytes that may be reserved for a length that was only announced (rule E1).
const AHEAD: usize = 64 << 10;

/// A frame while it arrives: its body, then its blob.
#[derive(Debug)]
pub(super) struct Gather {
    body: Part,
    blob: Blob,
}

/// The place of a blob. It is decided before the first byte of the blob is moved.
#[derive(Debug)]
enum Blob {
    Announced(usize),
    Here(Part),
    Elsewhere(Elsewhere),
}

/// A blob that goes to a place of the driver, or is skipped if it does not fit there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elsewhere {
    pub(super) len: usize,
    pub(super) room: usize,
    arrived: usize,
}

impl Elsewhere {
    const fn missing(self) -> usize {
        self.len.saturating_sub(self.arrived)
    }

    const fn fits(self) -> bool {
        self.len <= self.room
    }
}

impl Blob {
    const fn missing(&self) -> usize {
        match self {
            Self::Announced(len) => *len,
            Self::Here(part) => part.missing(),
            Self::Elsewhere(place) => place.missing(),
        }
    }

    fn absorb(&mut self, input: &mut Input) {
        match self {
            Self::Announced(len) => {
                let mut part = Part::new(*len);
                part.absorb(input);
                *self = Self::Here(part);
            }
            Self::Here(part) => part.absorb(input),
            Self::Elsewhere(place) if place.fits() => {}
            Self::Elsewhere(place) => {
                place.arrived += input.take(place.missing().min(input.unread().len())).len();
            }
        }
    }
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

    /// Makes room for the missing bytes, but no more than rule E1 allows.
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

    fn spill(&mut self, input: &mut Input) {
        if self.bytes.len() > self.len {
            input.put(&self.bytes[self.len..]);
            self.bytes.truncate(self.len);
        }
    }
}

impl Gather {
    pub(super) fn new(body: usize, blob: usize) -> Self {
        Self { body: Part::new(body), blob: Blob::Announced(blob) }
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.missing() == 0
    }

    /// Bytes that have not been moved to their place.
    pub(super) const fn missing(&self) -> usize {
        self.body.missing() + self.blob.missing()
    }

    /// The length of the blob, until it is decided where the blob goes.
    pub(super) const fn blob_ahead(&self) -> Option<usize> {
        match self.blob {
            Blob::Announced(len @ 1..) => Some(len),
            Blob::Announced(_) | Blob::Here(_) | Blob::Elsewhere(_) => None,
        }
    }

    /// Sends the blob, or the missing part of it, to a place with `room` bytes. A blob that does not fit is skipped.
    pub(super) fn send_elsewhere(&mut self, room: usize) {
        match &mut self.blob {
            Blob::Announced(len) => {
                self.blob = Blob::Elsewhere(Elsewhere { len: *len, room, arrived: 0 });
            }
            Blob::Elsewhere(place) => place.room = room,
            Blob::Here(_) => {}
        }
    }

    /// Missing bytes of a blob that goes to a place of the driver; 0 until the body is complete.
    pub(super) const fn missing_elsewhere(&self) -> usize {
        match self.blob {
            Blob::Elsewhere(place) if self.body.missing() == 0 && place.fits() => place.missing(),
            _ => 0,
        }
    }

    /// Records that `bytes` bytes of the blob are in the driver's place.
    pub(super) const fn arrived_elsewhere(&mut self, bytes: usize) {
        if let Blob::Elsewhere(place) = &mut self.blob {
            place.arrived += bytes;
        }
    }

    /// Moves the bytes of this frame that are in the read buffer into their parts.
    pub(super) fn absorb(&mut self, input: &mut Input) {
        self.body.absorb(input);
        if self.body.missing() == 0 || matches!(self.blob, Blob::Announced(_)) {
            self.blob.absorb(input);
        }
    }

    /// Moves bytes that were read beyond the end of a part back to the read buffer: the memory reserved for a part may
    /// be more than was asked for.
    pub(super) fn spill(&mut self, input: &mut Input) {
        self.body.spill(input);
        if let Blob::Here(part) = &mut self.blob {
            part.spill(input);
        }
        self.absorb(input);
    }

    /// The buffer to fill next, and the bytes to reserve in it; `None` if the next bytes do not go to a buffer of this
    /// frame.
    pub(super) fn target(&mut self) -> Option<(&mut Vec<u8>, usize)> {
        let part = match &mut self.blob {
            _ if self.body.missing() > 0 => &mut self.body,
            Blob::Here(part) => part,
            Blob::Announced(_) | Blob::Elsewhere(_) => return None,
        };
        part.make_room();
        let reserve = part.missing().clamp(1, AHEAD);
        Some((&mut part.bytes, reserve))
    }

    pub(super) fn into_parts(self) -> (Vec<u8>, Body<'static>) {
        let blob = match self.blob {
            Blob::Announced(_) => Body::Borrowed(&[]),
            Blob::Here(part) => Body::Owned(part.bytes),
            Blob::Elsewhere(Elsewhere { len, room, .. }) => Body::Elsewhere { len, room },
        };
        (self.body.bytes, blob)
    }
}
