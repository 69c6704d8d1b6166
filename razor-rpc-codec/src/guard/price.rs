//! The cost of the elements of a collection, and of values that live in a box.
//!
//! [`OWN`] bytes of memory are free for each element, because it takes at least a byte of the message. So a list of
//! small elements is never refused, however it grows. A wider element pays for the bytes beyond these, and it pays for
//! all elements that its collection announces at once: a list that will be refused is refused before its first element
//! takes memory.
//!
//! Does not know elements, only their size.

use serde::de::Error;

use super::Limits;

/// Bytes of memory that are free for each value.
pub(super) const OWN: usize = 64;

/// The account of the elements of one list, or of the values of one map.
pub(super) struct Price {
    /// Bytes that the collection has room for in itself: arrays, tuples and structs keep their elements there.
    inline: usize,
    /// The size for which the elements ahead have been paid, and their number.
    size: usize,
    paid: usize,
}

impl Price {
    /// The account of a collection that itself takes `inline` bytes, which have been paid for.
    pub(super) const fn of(inline: usize) -> Self {
        Self { inline, size: 0, paid: 0 }
    }

    /// Pays for the next element. `left` returns how many elements are still to come, if the format says it.
    #[inline]
    pub(super) fn element<E: Error>(
        &mut self,
        size: usize,
        left: impl FnOnce() -> Option<usize>,
        limits: &Limits,
    ) -> Result<(), E> {
        // The compiler knows this size; when it did not, this took a tenth of the time of a small struct.
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

/// Pays for a value of `size` bytes that does not fit where it will live: it is on the heap, behind a `Box` or an
/// `Arc`.
#[inline]
pub(super) fn boxed<E: Error>(size: usize, limits: &Limits) -> Result<(), E> {
    if size > OWN && size > limits.place() { limits.take(size - OWN) } else { Ok(()) }
}

/// `Vec` and hash tables start with room for four elements; a `Vec` of large elements starts with room for one.
const fn first_room(size: usize) -> usize {
    if size <= 1024 { 4 } else { 1 }
}
