//! Large buffers, kept by the process and bounded in bytes.
//!
//! Blocks of 16 KiB and more that are freed in bursts make the allocator give memory back to the kernel and fault it in
//! again, which costs more than all copies together (docs/PERFORMANCE.md). Knows capacities. Does not know what the
//! bytes are.

use bytes::Bytes;
use parking_lot::Mutex;

/// Bytes of the smallest buffer that is kept here.
pub(super) const SMALLEST: usize = 16 << 10;
/// Bytes kept by the process, in buffers of any size. Each side of an echo holds two of its length, so messages of up
/// to half of this are as cheap for each byte as smaller ones.
const KEPT: usize = 32 << 20;
/// When the process keeps as many bytes as it may, a buffer of this length takes the place of older ones, and a smaller
/// buffer is freed: its memory is still in the processor's cache, the memory of older ones is not. Otherwise echoes of
/// 16 KiB cost a ninth more.
const REPLACES: usize = 1 << 20;
/// A buffer to read into may be this many bytes longer than asked for: bytes that are read beyond the end have to be
/// copied.
const SLACK: usize = 64 << 10;

static SHELF: Mutex<Shelf> = Mutex::new(Shelf::new());

struct Shelf {
    /// Most recently used last.
    buffers: Vec<Vec<u8>>,
    bytes: usize,
    /// The smallest number of buffers here since the last look: that number of buffers was not needed in between.
    unused: usize,
}

impl Shelf {
    const fn new() -> Self {
        Self { buffers: Vec::new(), bytes: 0, unused: 0 }
    }

    /// Takes the most recently used buffer that can hold `len` bytes, and no more than `slack` beyond that.
    fn take(&mut self, len: usize, slack: usize) -> Option<Vec<u8>> {
        let fits =
            |buffer: &Vec<u8>| (len..=len.saturating_add(slack)).contains(&buffer.capacity());
        let place = self.buffers.iter().rposition(fits)?;
        let buffer = self.buffers.remove(place);
        self.bytes -= buffer.capacity();
        self.unused = self.unused.min(self.buffers.len());
        Some(buffer)
    }

    /// Keeps a buffer. Returns buffers that the caller frees outside of the lock: those that have not been used for
    /// longest, if more bytes are kept now than may be; or `buffer` itself, if it is too small to replace them or too
    /// large to be kept.
    fn keep(&mut self, mut buffer: Vec<u8>) -> Vec<Vec<u8>> {
        let most = if buffer.capacity() < REPLACES { KEPT - self.bytes } else { KEPT };
        if buffer.capacity() > most {
            return vec![buffer];
        }
        buffer.clear();
        self.bytes += buffer.capacity();
        self.buffers.push(buffer);
        let mut freed = 0;
        let too_old = self.buffers.iter().take_while(|oldest| {
            let over = self.bytes - freed > KEPT;
            freed += if over { oldest.capacity() } else { 0 };
            over
        });
        let too_old = too_old.count();
        if too_old == 0 {
            return Vec::new();
        }
        self.bytes -= freed;
        let old = self.buffers.drain(..too_old).collect();
        self.unused = self.unused.min(self.buffers.len());
        old
    }

    /// Removes the buffers that have not been needed since the last call, and returns them.
    fn give_up_unused(&mut self) -> Vec<Vec<u8>> {
        let unused: Vec<_> = self.buffers.drain(..self.unused.min(self.buffers.len())).collect();
        self.bytes -= unused.iter().map(Vec::capacity).sum::<usize>();
        self.unused = self.buffers.len();
        if self.buffers.is_empty() {
            self.buffers = Vec::new();
        }
        unused
    }
}

/// An empty buffer that can hold `len` bytes and little more, if the process keeps one; otherwise one without memory.
pub(crate) fn take_large(len: usize) -> Vec<u8> {
    take(len, SLACK)
}

/// An empty buffer to encode about `len` bytes into, if the process keeps one; otherwise one without memory. It may be
/// more than twice as long: a buffer that has grown while it was filled is up to twice as long as its content.
pub(crate) fn take_roomy(len: usize) -> Vec<u8> {
    take(len, len.saturating_add(SLACK))
}

fn take(len: usize, slack: usize) -> Vec<u8> {
    if len < SMALLEST {
        return Vec::new();
    }
    SHELF.lock().take(len, slack).unwrap_or_default()
}

pub(super) fn keep(buffer: Vec<u8>) {
    let freed = SHELF.lock().keep(buffer);
    drop(freed);
}

pub(super) fn share(buffer: Vec<u8>) -> Bytes {
    Bytes::from_owner(Shared(buffer))
}

/// Frees the buffers that have not been needed since the last call. Idle connections call this.
pub(crate) fn give_up_unused() {
    let unused = SHELF.lock().give_up_unused();
    drop(unused);
}

/// A buffer that the process keeps when it is dropped.
struct Shared(Vec<u8>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        keep(std::mem::take(&mut self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_for_what_it_fits() {
        let mut shelf = Shelf::new();
        shelf.keep(Vec::with_capacity(100 << 10));
        assert!(shelf.take(101 << 10, SLACK).is_none(), "too small");
        assert!(shelf.take(20 << 10, SLACK).is_none(), "far too large");
        let buffer = shelf.take(90 << 10, SLACK).expect("it fits");
        assert!(buffer.is_empty() && buffer.capacity() >= 100 << 10);
        assert_eq!(shelf.bytes, 0);
    }

    #[test]
    fn no_more_than_a_bounded_number_of_bytes_is_kept() {
        let mut shelf = Shelf::new();
        for _ in 0..100 {
            shelf.keep(Vec::with_capacity(1 << 20));
        }
        assert_eq!((shelf.buffers.len(), shelf.bytes), (32, KEPT));
        assert_eq!(shelf.keep(Vec::with_capacity(KEPT + 1)).len(), 1);
        assert_eq!(shelf.buffers.len(), 32);
        // The buffers that were used last stay.
        assert_eq!(shelf.keep(Vec::with_capacity(KEPT - (2 << 20))).len(), 30);
        assert_eq!((shelf.buffers.len(), shelf.bytes), (3, KEPT));
        // A small buffer replaces no other.
        assert_eq!(shelf.keep(Vec::with_capacity(REPLACES - 1)).len(), 1);
        assert_eq!((shelf.buffers.len(), shelf.bytes), (3, KEPT));
        assert!(shelf.take(KEPT / 2, KEPT / 2).is_some());
    }

    #[test]
    fn what_nobody_needs_between_two_looks_is_freed() {
        let mut shelf = Shelf::new();
        for _ in 0..4 {
            shelf.keep(Vec::with_capacity(1 << 20));
        }
        assert_eq!(shelf.give_up_unused().len(), 0, "they have just come");
        let busy = shelf.take(1 << 20, 0).expect("one is there");
        shelf.keep(busy);
        assert_eq!(shelf.give_up_unused().len(), 3, "one of four was needed");
        assert_eq!(shelf.give_up_unused().len(), 1);
        assert_eq!(shelf.bytes, 0);
    }
}
