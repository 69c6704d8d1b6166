//! Boxes for the futures of handlers, kept by a connection: a handler that never waits allocates nothing.
//!
//! Knows types of futures. Does not know what they do.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::pin::Pin;

/// A box in which a future is put, polled, and dropped in place.
pub(super) type FutureBox<F> = Pin<Box<Option<F>>>;

/// One box for each method that a connection has called.
#[derive(Default)]
pub(super) struct Boxes {
    kept: HashMap<TypeId, Box<dyn Any + Send>, BuildHasherDefault<AsItIs>>,
}

/// The size of the largest future whose box is kept: an idle connection should not hold much memory.
const LARGEST: usize = 1 << 10;

impl Boxes {
    /// Returns an empty box.
    pub(super) fn take<F: Send + 'static>(&mut self) -> FutureBox<F> {
        let place = self.kept.get_mut(&TypeId::of::<F>());
        place
            .and_then(|place| place.downcast_mut::<Option<FutureBox<F>>>())
            .and_then(Option::take)
            .unwrap_or_else(|| Box::pin(None))
    }

    /// Keeps an empty box for the next call.
    pub(super) fn give_back<F: Send + 'static>(&mut self, empty: FutureBox<F>) {
        if size_of::<F>() > LARGEST {
            return;
        }
        match self.kept.get_mut(&TypeId::of::<F>()) {
            Some(place) => {
                if let Some(place) = place.downcast_mut::<Option<FutureBox<F>>>() {
                    *place = Some(empty);
                }
            }
            None => {
                self.kept.insert(TypeId::of::<F>(), Box::new(Some(empty)));
            }
        }
    }
}

/// Hashes a `TypeId`, which is a hash already, to itself.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<F>(empty: &FutureBox<F>) -> *const Option<F> {
        &raw const **empty
    }

    #[test]
    fn a_box_is_used_again_by_futures_of_the_same_type_alone() {
        let mut boxes = Boxes::default();
        let empty = boxes.take::<u64>();
        let first = at(&empty);
        boxes.give_back(empty);
        assert!(boxes.take::<u32>().is_none());
        let again = boxes.take::<u64>();
        assert_eq!(at(&again), first);
        assert_ne!(at(&boxes.take::<u64>()), first, "it has been taken");
    }

    #[test]
    fn a_large_future_leaves_nothing_behind() {
        let mut boxes = Boxes::default();
        let empty = boxes.take::<[u8; LARGEST + 1]>();
        boxes.give_back(empty);
        assert!(boxes.kept.is_empty());
    }
}
