//! The quantities that one decode may use up.
//!
//! Knows numbers. Does not know what nests or grows.

use std::cell::Cell;
use std::mem::size_of;

use serde::de::Error;

/// What is left for the rest of one decode.
///
/// After an error nothing is given back: the decode is over, and a type that hides the errors of its
/// parts and goes on meets the same limits sooner.
pub(crate) struct Limits {
    depth: Cell<u16>,
    wrappers: Cell<u16>,
    memory: Cell<usize>,
}

impl Limits {
    pub(crate) fn new(depth: u16, wrappers: u16, memory: usize) -> Self {
        Self { depth: Cell::new(depth), wrappers: Cell::new(wrappers), memory: Cell::new(memory) }
    }

    /// Runs `body` one array, map or enum deeper.
    pub(super) fn nested<T, E: Error>(
        &self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        within(&self.depth, "arrays, maps and enums nest too deep", body)
    }

    /// Runs `body` inside one more option or newtype.
    pub(super) fn wrapped<T, E: Error>(
        &self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        within(&self.wrappers, "options and newtypes nest too deep", body)
    }

    /// Takes the memory of `count` elements of `size` bytes.
    pub(super) fn take<E: Error>(&self, count: usize, size: usize) -> Result<(), E> {
        match self.memory.get().checked_sub(count.saturating_mul(size)) {
            Some(left) => {
                self.memory.set(left);
                Ok(())
            }
            None => Err(E::custom("the value takes too much memory for the length of its message")),
        }
    }

    /// Gives back what was taken for elements that have moved.
    pub(super) fn give_back(&self, count: usize, size: usize) {
        // Never more than was taken, so it cannot overflow.
        self.memory.set(self.memory.get().saturating_add(count.saturating_mul(size)));
    }
}

fn within<T, E: Error>(
    level: &Cell<u16>,
    too_deep: &'static str,
    body: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let Some(inner) = level.get().checked_sub(1) else {
        return Err(E::custom(too_deep));
    };
    level.set(inner);
    let value = body()?;
    level.set(inner + 1);
    Ok(value)
}

/// The memory of one `T` inside a collection.
pub(super) const fn footprint<T>() -> usize {
    size_of::<T>()
}
