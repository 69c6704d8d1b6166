//! Buffers on their way from requests to responses.
//!
//! A caller renders its request in a buffer of its own thread; once the frame has been copied to the output, the buffer
//! takes the next response that arrives, and goes with it to the thread that waits for the response. The buffer that
//! was used last is used first. So a few buffers serve all threads and stay in the cache; one buffer for each request
//! in flight would not. Knows no frames.

/// The most buffers that are kept: as many as responses are completed at a time.
const BUFFERS: usize = 256;
/// The most bytes that the kept buffers have together.
const BYTES: usize = 4 << 20;

#[derive(Debug, Default)]
pub(super) struct Spare {
    buffers: Vec<Vec<u8>>,
    bytes: usize,
}

impl Spare {
    /// Keeps `buffer`, or drops it if there are enough.
    #[inline]
    pub(super) fn put(&mut self, buffer: Vec<u8>) {
        let bytes = self.bytes + buffer.capacity();
        if buffer.capacity() > 0 && self.buffers.len() < BUFFERS && bytes <= BYTES {
            self.bytes = bytes;
            self.buffers.push(buffer);
        }
    }

    /// Takes out the buffer that was kept last; if there is none, returns one without memory.
    #[inline]
    pub(super) fn take(&mut self) -> Vec<u8> {
        let buffer = self.buffers.pop().unwrap_or_default();
        self.bytes -= buffer.capacity();
        buffer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_is_taken_first_and_they_are_bounded_in_number_and_bytes() {
        let mut spare = Spare::default();
        assert_eq!(spare.take().capacity(), 0);
        spare.put(Vec::with_capacity(100));
        spare.put(Vec::with_capacity(200));
        assert!(spare.take().capacity() >= 200);
        for _ in 0..BUFFERS {
            spare.put(Vec::with_capacity(1));
        }
        assert_eq!(spare.buffers.len(), BUFFERS);
        while spare.take().capacity() > 0 {}
        assert_eq!(spare.bytes, 0);
        spare.put(Vec::with_capacity(BYTES + 1));
        assert!(spare.buffers.is_empty());
    }
}
