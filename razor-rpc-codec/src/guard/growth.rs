//! How much memory a collection takes as elements come one by one.
//!
//! Models `Vec` for lists and std's hash table for maps, both grown without a hint; others are close to
//! one of the two. Does not know elements, only their size.

use serde::de::Error;

use super::Limits;

/// A list: room for four, then doubled in place.
pub(super) struct List {
    len: usize,
    room: usize,
}

impl List {
    pub(super) const fn new() -> Self {
        Self { len: 0, room: 0 }
    }

    /// Pays for one more element of `size` bytes.
    pub(super) fn push<E: Error>(&mut self, size: usize, limits: &Limits) -> Result<(), E> {
        if self.len == self.room {
            let room = (self.room * 2).max(first_room(size));
            limits.take(room - self.room, size)?;
            self.room = room;
        }
        self.len += 1;
        Ok(())
    }
}

/// `Vec` starts with eight bytes, four elements, or one large one.
const fn first_room(size: usize) -> usize {
    match size {
        0..=1 => 8,
        2..=1024 => 4,
        _ => 1,
    }
}

/// A hash table: a power of two of buckets, filled to 7/8, moved into twice as many.
pub(super) struct Table {
    len: usize,
    buckets: usize,
}

impl Table {
    pub(super) const fn new() -> Self {
        Self { len: 0, buckets: 0 }
    }

    /// Pays for one more entry of `size` bytes, padding apart. While a table moves, both exist.
    pub(super) fn insert<E: Error>(&mut self, size: usize, limits: &Limits) -> Result<(), E> {
        if self.len == room(self.buckets) {
            let buckets = (self.buckets * 2).max(4);
            // A byte of its own besides the entry, and a share of the few behind the last.
            let bucket = size.next_multiple_of(8) + 5;
            limits.take(buckets, bucket)?;
            limits.give_back(self.buckets, bucket);
            self.buckets = buckets;
        }
        self.len += 1;
        Ok(())
    }
}

const fn room(buckets: usize) -> usize {
    if buckets < 8 { buckets.saturating_sub(1) } else { buckets / 8 * 7 }
}
