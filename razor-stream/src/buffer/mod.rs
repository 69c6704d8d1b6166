//! Buffers that are used again.
//!
//! | file | holds |
//! |---|---|
//! | `small` | one for each call, kept by each thread |
//! | `large` | for large messages and blobs, kept by the process |

mod large;
mod small;

use bytes::Bytes;
use std::cell::Cell;

pub(crate) use large::{give_up_unused, take_large, take_roomy};

/// An empty buffer: a used one, if this thread keeps one.
///
/// ```
/// let mut buffer = razor_stream::buffer::take();
/// assert!(buffer.is_empty());
/// buffer.extend_from_slice(b"a message");
/// razor_stream::buffer::give_back(buffer);
/// ```
#[must_use]
#[inline]
pub fn take() -> Vec<u8> {
    small::take()
}

/// An empty buffer for a frame that will probably be as long as the last one of this thread.
#[inline]
pub(crate) fn take_as_before() -> Vec<u8> {
    match BEFORE.try_with(Cell::get) {
        Ok(len) if len >= large::SMALLEST => take_roomy(len),
        _ => small::take(),
    }
}

/// Remembers the length of the last frame of this thread, for [`take_as_before`].
#[inline]
pub(crate) fn remember_length(len: usize) {
    // A thread that is ending remembers nothing.
    let _ = BEFORE.try_with(|before| before.set(len));
}

thread_local! {
    static BEFORE: Cell<usize> = const { Cell::new(0) };
}

/// Keeps `buffer` for later, if there is room for it.
#[inline]
pub fn give_back(buffer: Vec<u8>) {
    if buffer.capacity() >= large::SMALLEST {
        large::keep(buffer);
    } else {
        small::give_back(buffer);
    }
}

/// Shares `buffer` without a copy. A large buffer is kept for later when the last of the `Bytes` is dropped.
///
/// ```
/// let blob = razor_stream::buffer::share(vec![7; 100_000]);
/// assert_eq!(blob.len(), 100_000);
/// ```
#[must_use]
pub fn share(buffer: Vec<u8>) -> Bytes {
    if buffer.capacity() >= large::SMALLEST { large::share(buffer) } else { Bytes::from(buffer) }
}
