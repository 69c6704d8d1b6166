//! The read buffer: bytes that have arrived and have not been taken.
//!
//! It grows while reads fill it, and shrinks again. Knows positions. Does not know frames.

/// The read buffer: bytes that have arrived and have not been taken.
#[derive(Debug, Default)]
pub struct Input {
    buffer: Vec<u8>,
    /// The bytes before this position have been taken.
    taken: usize,
    /// How long the buffer was before the last read.
    before: usize,
    /// The number of times that the capacity has been doubled.
    doubled: u32,
    /// Reads in a row that filled the buffer.
    fills: u32,
    /// Reads in a row that brought less than half of [`CAPACITY`](Self::CAPACITY).
    small_reads: u32,
}

impl Input {
    /// Bytes that a buffer can hold as long as it has not grown.
    pub const CAPACITY: usize = 64 << 10;
    /// The buffer is doubled at most this number of times: with 256 KiB one read brings 16 messages of 16 KiB (figures:
    /// docs/PERFORMANCE.md).
    const DOUBLINGS: u32 = 2;
    /// The buffer grows after this number of reads in a row that filled it.
    const FILLS: u32 = 2;
    /// The buffer shrinks after this number of small reads in a row.
    const SMALL_READS: u32 = 64;
    /// A frame larger than this gets buffers of its own.
    pub(super) const LARGEST_FRAME: usize = 32 << 10;

    /// The bytes that have not been taken.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        &self.buffer[self.taken..]
    }

    /// Whether every byte has been taken.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.taken == self.buffer.len()
    }

    /// Takes `len` bytes. The caller has checked that the buffer holds them.
    pub(super) fn take(&mut self, len: usize) -> &[u8] {
        let start = self.taken;
        self.taken += len;
        &self.buffer[start..self.taken]
    }

    /// Puts bytes back that were read into another buffer beyond its end. The caller does this only when every byte of
    /// this buffer has been taken.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.buffer.clear();
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The buffer to append to, and a capacity in bytes. The buffer has room unless it has no memory at all; then the
    /// caller reserves that capacity.
    pub(super) fn target(&mut self) -> (&mut Vec<u8>, usize) {
        let capacity = self.fit();
        let too_large = self.buffer.capacity() >= 2 * capacity;
        if self.is_empty() {
            self.buffer.clear();
            self.taken = 0;
            if too_large || self.buffer.capacity() < capacity {
                self.buffer = Vec::new();
            }
        } else if too_large && self.unread().len() <= capacity / 2 {
            let mut smaller = Vec::with_capacity(capacity);
            smaller.extend_from_slice(self.unread());
            self.buffer = smaller;
            self.taken = 0;
        } else if self.buffer.capacity() - self.buffer.len() < capacity / 4 {
            self.buffer.copy_within(self.taken.., 0);
            self.buffer.truncate(self.buffer.len() - self.taken);
            self.taken = 0;
            self.buffer.reserve_exact(capacity.saturating_sub(self.buffer.len()));
        }
        self.before = self.buffer.len();
        (&mut self.buffer, capacity)
    }

    /// The capacity that fits what the last reads brought.
    fn fit(&mut self) -> usize {
        let filled = self.buffer.len();
        self.fills = if filled < Self::CAPACITY << self.doubled { 0 } else { self.fills + 1 };
        let read = filled.saturating_sub(self.before);
        self.small_reads =
            if read > Self::CAPACITY / 2 { 0 } else { self.small_reads.saturating_add(1) };
        if self.fills >= Self::FILLS {
            self.doubled = Self::DOUBLINGS.min(self.doubled + 1);
            self.fills = 0;
        }
        if self.small_reads >= Self::SMALL_READS {
            self.doubled = 0;
            self.small_reads = 0;
        }
        Self::CAPACITY << self.doubled
    }

    /// Records that the next frame is large: it gets buffers of its own, or is discarded. The read buffer does not grow
    /// for it, because the fewer bytes of it are read here, the fewer have to be moved.
    pub(super) const fn large_frame(&mut self) {
        self.fills = 0;
        self.small_reads = self.small_reads.saturating_add(1);
    }

    /// Frees the memory of the buffer, if every byte has been taken.
    pub fn release_memory(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        } else {
            // The rest of a frame moves to a smaller buffer before the next read.
            (self.doubled, self.fills, self.small_reads) = (0, 0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads up to `most` bytes as a transport does, and takes all bytes but the last `rest`.
    fn read(input: &mut Input, most: usize, rest: usize) {
        let (into, reserve) = input.target();
        if into.capacity() == into.len() {
            into.reserve_exact(reserve);
        }
        let len = most.min(into.capacity() - into.len());
        into.resize(into.len() + len, 7);
        input.take(input.unread().len().saturating_sub(rest));
    }

    #[test]
    fn a_buffer_that_is_filled_grows_to_its_bound_and_shrinks_when_little_comes() {
        for rest in [0, 1000] {
            let mut input = grown(rest);
            for _ in 0..=Input::SMALL_READS {
                read(&mut input, 100, 0);
            }
            assert_eq!(input.buffer.capacity(), Input::CAPACITY);
        }
    }

    #[test]
    fn a_buffer_stays_small_that_is_filled_seldom_or_by_large_frames() {
        let mut input = Input::default();
        for reads in 0..1000 {
            let most = if reads % 2 == 0 { 100 } else { usize::MAX };
            read(&mut input, most, 0);
            assert_eq!(input.buffer.capacity(), Input::CAPACITY);
        }
        for _ in 0..1000 {
            input.large_frame();
            read(&mut input, usize::MAX, 0);
            assert_eq!(input.buffer.capacity(), Input::CAPACITY);
        }
    }

    fn grown(rest: usize) -> Input {
        let mut input = Input::default();
        for _ in 0..=2 * Input::FILLS {
            read(&mut input, usize::MAX, rest);
        }
        assert_eq!(input.buffer.capacity(), Input::CAPACITY << Input::DOUBLINGS);
        input
    }

    #[test]
    fn it_shrinks_also_if_small_reads_end_inside_a_frame() {
        for size in [100, 1000] {
            let mut input = grown(1);
            for _ in 0..=Input::SMALL_READS + 1 {
                read(&mut input, size, 1);
            }
            assert_eq!(input.buffer.capacity(), Input::CAPACITY, "reads of {size}");
        }
    }

    #[test]
    fn a_rest_on_an_idle_connection_is_kept_in_a_small_buffer() {
        let mut input = grown(1);
        input.release_memory();
        assert!(input.target().0.capacity() <= Input::CAPACITY);
        assert_eq!(input.unread(), [7]);
    }

    #[test]
    fn large_frames_without_end_are_counted_without_overflow() {
        let mut input = Input { small_reads: u32::MAX, ..Input::default() };
        input.large_frame();
        read(&mut input, 100, 0);
        assert_eq!(input.buffer.capacity(), Input::CAPACITY);
    }
}
