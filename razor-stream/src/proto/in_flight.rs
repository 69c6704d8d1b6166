//! The table of requests in flight, by `seq`.
//!
//! Sequence numbers rise by one, so nearly every request has its own place in a ring; the few that are overtaken by a
//! whole round of the ring move to a map. Knows sequence numbers. Does not know what it holds.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

use std::collections::HashMap;

/// The table of requests in flight.
///
/// ```
/// use razor_stream::proto::machines::InFlight;
/// let mut table = InFlight::default();
/// table.insert(1, "first");
/// table.insert(2, "second");
/// assert_eq!(table.remove(1), Some("first"));
/// assert_eq!(table.remove(1), None);
/// assert_eq!(table.len(), 1);
/// ```
#[derive(Debug)]
pub struct InFlight<T> {
    /// Its length is a power of two, or 0.
    ring: Vec<Option<(u64, T)>>,
    overtaken: HashMap<u64, T>,
    len: usize,
}

/// Places of the smallest ring.
const SMALLEST: usize = 16;

impl<T> Default for InFlight<T> {
    fn default() -> Self {
        Self { ring: Vec::new(), overtaken: HashMap::new(), len: 0 }
    }
}

impl<T> InFlight<T> {
    /// The number of requests in the table.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether the table is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[expect(clippy::cast_possible_truncation, reason = "only the low bits count")]
    const fn place(&self, seq: u64) -> usize {
        seq as usize & (self.ring.len().wrapping_sub(1))
    }

    /// Adds a request. Its `seq` has to be higher than every one before it.
    #[inline(always)]
    pub fn insert(&mut self, seq: u64, item: T) {
        if self.len >= self.ring.len() {
            self.grow();
        }
        let place = self.place(seq);
        let slot = &mut self.ring[place];
        match slot {
            None => *slot = Some((seq, item)),
            Some(overtaken) => {
                let (old, item) = std::mem::replace(overtaken, (seq, item));
                self.overtaken.insert(old, item);
            }
        }
        self.len += 1;
    }

    /// Removes the request with this `seq` and returns it; `None` if it is not in the table.
    #[inline(always)]
    pub fn remove(&mut self, seq: u64) -> Option<T> {
        let place = self.place(seq);
        let found = match self.ring.get_mut(place) {
            Some(slot) if slot.as_ref().is_some_and(|(at, _)| *at == seq) => {
                slot.take().map(|(_, item)| item)
            }
            _ if self.overtaken.is_empty() => None,
            _ => self.overtaken.remove(&seq),
        };
        self.len -= usize::from(found.is_some());
        found
    }

    /// The request with this `seq`; `None` if it is not in the table.
    pub fn get_mut(&mut self, seq: u64) -> Option<&mut T> {
        let place = self.place(seq);
        match self.ring.get_mut(place) {
            Some(Some((at, item))) if *at == seq => Some(item),
            _ => self.overtaken.get_mut(&seq),
        }
    }

    /// Every request in the table with its `seq`, in no order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut T)> {
        let ring = self.ring.iter_mut().flatten().map(|(seq, item)| (*seq, item));
        ring.chain(self.overtaken.iter_mut().map(|(seq, item)| (*seq, item)))
    }

    /// Removes all requests, and returns them in the order of their `seq`.
    pub fn drain(&mut self) -> Vec<(u64, T)> {
        let mut all: Vec<_> = std::mem::take(&mut self.ring).into_iter().flatten().collect();
        all.extend(std::mem::take(&mut self.overtaken));
        all.sort_unstable_by_key(|(seq, _)| *seq);
        self.len = 0;
        all
    }

    /// Frees the memory of the table, if the table is empty.
    pub fn release_memory(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        }
    }

    fn grow(&mut self) {
        let places = (self.ring.len() * 2).max(SMALLEST);
        let mut ring = Vec::new();
        ring.resize_with(places, || None);
        for (seq, item) in std::mem::replace(&mut self.ring, ring).into_iter().flatten() {
            let place = self.place(seq);
            // Two requests that had different places in the smaller ring have different places in the larger one.
            self.ring[place] = Some((seq, item));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_behaves_like_a_map_whatever_is_overtaken(
            steps in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 1..400),
        ) {
            let (mut table, mut model) = (InFlight::default(), BTreeMap::new());
            let mut next = 1u64;
            for (insert, which) in steps {
                if insert || model.is_empty() {
                    table.insert(next, next * 10);
                    model.insert(next, next * 10);
                    next += 1;
                } else {
                    let seq = *which.get(&model.keys().copied().collect::<Vec<_>>());
                    prop_assert_eq!(table.get_mut(seq), model.get_mut(&seq));
                    prop_assert_eq!(table.get_mut(next), None);
                    prop_assert_eq!(table.remove(seq), model.remove(&seq));
                    prop_assert_eq!(table.remove(seq), None);
                }
                prop_assert_eq!(table.len(), model.len());
            }
            prop_assert_eq!(table.drain(), model.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn one_slow_request_is_overtaken_by_thousands() {
        let mut table = InFlight::default();
        table.insert(1, ());
        for seq in 2..5000 {
            table.insert(seq, ());
            assert!(table.remove(seq).is_some());
        }
        assert!(table.remove(1).is_some());
        assert!(table.is_empty());
    }
}
