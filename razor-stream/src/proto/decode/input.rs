//! The read buffer: what has arrived and has not been taken.
//!
//! Knows positions. Does not know frames.

/// What has arrived and has not been taken.
#[derive(Debug, Default)]
pub struct Input {
    buffer: Vec<u8>,
    /// Before it all is taken.
    taken: usize,
}

impl Input {
    /// Bytes of the buffer.
    pub const CAPACITY: usize = 64 << 10;
    /// A frame larger than this gets buffers of its own.
    pub(super) const LARGEST_FRAME: usize = 32 << 10;
    /// With less room than this at its end, the buffer's rest is moved to its front.
    const ROOM: usize = Self::CAPACITY / 4;

    /// What has not been taken.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        &self.buffer[self.taken..]
    }

    /// Whether everything has been taken.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.taken == self.buffer.len()
    }

    /// Takes `len` bytes; there are as many.
    pub(super) fn take(&mut self, len: usize) -> &[u8] {
        let start = self.taken;
        self.taken += len;
        &self.buffer[start..self.taken]
    }

    /// Puts bytes back that another buffer has read too many; there are none here.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.buffer.clear();
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The buffer to append to, with room in it unless it has no memory at all.
    pub(super) fn target(&mut self) -> (&mut Vec<u8>, usize) {
        if self.is_empty() {
            self.buffer.clear();
            self.taken = 0;
        } else if self.buffer.capacity() - self.buffer.len() < Self::ROOM {
            self.buffer.copy_within(self.taken.., 0);
            self.buffer.truncate(self.buffer.len() - self.taken);
            self.taken = 0;
            // Only a buffer that was filled by `put` is smaller than it should be.
            self.buffer.reserve(Self::CAPACITY.saturating_sub(self.buffer.len()));
        }
        (&mut self.buffer, Self::CAPACITY)
    }

    /// Gives the buffer back to the allocator if there is nothing in it.
    pub fn release_memory(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        }
    }
}
