//! What the elements of a collection cost, and values that live in a box.
//!
//! An element brings [`OWN`] bytes of memory with it, because it takes at least a byte of the message. So a list of
//! small elements is never refused, however it grows. What is wider pays for the rest, and for all elements that
//! a collection announces at once: what will be refused is refused before its first element takes memory.
//!
//! Does not know elements, only their size.

use serde::de::Error;

use super::Limits;

/// The memory that a value brings with it.
pub(super) const OWN: usize = 64;

/// The elements of one list, or the values of one map, as they are paid for.
pub(super) struct Price {
    /// What the collection has room for in itself: arrays, tuples and structs keep their elements there.
    inline: usize,
    /// The size that elements ahead are paid for, and their number.
    size: usize,
    paid: usize,
}

impl Price {
    /// A collection that itself takes `inline` bytes, which are paid for.
    pub(super) const fn of(inline: usize) -> Self {
        Self { inline, size: 0, paid: 0 }
    }

    /// Pays for the next element. `left` is how many the format says are still to come.
    #[inline]
    pub(super) fn element<E: Error>(
        &mut self,
        size: usize,
        left: impl FnOnce() -> Option<usize>,
        limits: &Limits,
    ) -> Result<(), E> {
        // Known when this is compiled; it was a tenth of the time of a small struct when it was not.
        if size <= OWN { Ok(()) } else { self.wide(size, left(), limits) }
    }

    #[cold]
    fn wide<E: Error>(
        &mut self,
        size: usize,
        left: Option<usize>,
        limits: &Limits,
    ) -> Result<(), E> {
        if let Some(inline) = self.inline.checked_sub(size) {
            self.inline = inline;
            return Ok(());
        }
        if self.paid == 0 || size > self.size {
            let count = left.unwrap_or(1);
            let room = if self.size == 0 { count.max(first_room(size)) } else { count };
            if count > 0 {
                limits.take(room.saturating_mul(size).saturating_sub(count.saturating_mul(OWN)))?;
            }
            self.size = size;
            self.paid = count;
        }
        self.paid = self.paid.saturating_sub(1);
        Ok(())
    }
}

/// Pays for the next key of a map.
#[inline]
pub(super) fn key<E: Error>(size: usize, limits: &Limits) -> Result<(), E> {
    if size <= OWN { Ok(()) } else { limits.take(size - OWN) }
}

/// Pays for a value of `size` bytes that does not fit where it will live: it is on the heap, behind a `Box` or an `Arc`.
#[inline]
pub(super) fn boxed<E: Error>(size: usize, limits: &Limits) -> Result<(), E> {
    if size > OWN && size > limits.place() { limits.take(size - OWN) } else { Ok(()) }
}

/// `Vec` and hash tables start with room for four elements, `Vec` with one large one.
const fn first_room(size: usize) -> usize {
    if size <= 1024 { 4 } else { 1 }
}
