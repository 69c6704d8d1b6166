//! Boxes for the futures of handlers, kept by a connection: a handler that never waits allocates nothing.
//!
//! Knows types of futures. Does not know what they do.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::pin::Pin;

/// A box that a future is put into, polled in, and taken out of by dropping it in place.
pub(super) type Slot<F> = Pin<Box<Option<F>>>;

/// One box for each method that a connection has called.
#[derive(Default)]
pub(super) struct Slots {
    kept: HashMap<TypeId, Box<dyn Any + Send>, BuildHasherDefault<AsItIs>>,
}

/// A larger future is boxed anew each time: an idle connection should not hold much.
const LARGEST: usize = 1 << 10;

impl Slots {
    /// An empty box.
    pub(super) fn take<F: Send + 'static>(&mut self) -> Slot<F> {
        let place = self.kept.get_mut(&TypeId::of::<F>());
        place
            .and_then(|place| place.downcast_mut::<Option<Slot<F>>>())
            .and_then(Option::take)
            .unwrap_or_else(|| Box::pin(None))
    }

    /// Keeps a box, which is empty, for the next call.
    pub(super) fn give_back<F: Send + 'static>(&mut self, slot: Slot<F>) {
        if size_of::<F>() > LARGEST {
            return;
        }
        match self.kept.get_mut(&TypeId::of::<F>()) {
            Some(place) => {
                if let Some(place) = place.downcast_mut::<Option<Slot<F>>>() {
                    *place = Some(slot);
                }
            }
            None => {
                self.kept.insert(TypeId::of::<F>(), Box::new(Some(slot)));
            }
        }
    }
}

/// The hash of a type's identity, which is a hash already.
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

    fn at<F>(slot: &Slot<F>) -> *const Option<F> {
        &raw const **slot
    }

    #[test]
    fn a_box_is_used_again_by_futures_of_the_same_type_alone() {
        let mut slots = Slots::default();
        let slot = slots.take::<u64>();
        let first = at(&slot);
        slots.give_back(slot);
        assert!(slots.take::<u32>().is_none());
        let again = slots.take::<u64>();
        assert_eq!(at(&again), first);
        assert_ne!(at(&slots.take::<u64>()), first, "it has been taken");
    }

    #[test]
    fn a_large_future_leaves_nothing_behind() {
        let mut slots = Slots::default();
        let slot = slots.take::<[u8; LARGEST + 1]>();
        slots.give_back(slot);
        assert!(slots.kept.is_empty());
    }
}
