//! The quantities that one decode may use up.
//!
//! Knows numbers. Does not know what nests or grows.

use std::cell::Cell;

use serde::de::Error;

/// What is left for the rest of one decode.
///
/// After an error nothing is given back: the decode is over, and a type that hides the errors of its
/// parts and goes on meets the same limits sooner.
///
/// Entering and leaving are two calls, not one with a closure: a level of nesting has to be cheap in
/// stack also where nothing is inlined.
pub(crate) struct Limits {
    depth: Cell<u16>,
    wrappers: Cell<u16>,
    memory: Cell<usize>,
}

impl Limits {
    pub(crate) fn new(depth: u16, wrappers: u16, memory: usize) -> Self {
        Self { depth: Cell::new(depth), wrappers: Cell::new(wrappers), memory: Cell::new(memory) }
    }

    /// Goes one array, map or enum deeper. Left again by [`leave_nested`](Self::leave_nested).
    pub(super) fn enter_nested<E: Error>(&self) -> Result<(), E> {
        enter(&self.depth, "arrays, maps and enums nest too deep")
    }

    pub(super) fn leave_nested(&self) {
        self.depth.set(self.depth.get() + 1);
    }

    /// Goes into one more option or newtype. Left again by [`leave_wrapper`](Self::leave_wrapper).
    pub(super) fn enter_wrapper<E: Error>(&self) -> Result<(), E> {
        enter(&self.wrappers, "options and newtypes nest too deep")
    }

    pub(super) fn leave_wrapper(&self) {
        self.wrappers.set(self.wrappers.get() + 1);
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

fn enter<E: Error>(level: &Cell<u16>, too_deep: &'static str) -> Result<(), E> {
    match level.get().checked_sub(1) {
        Some(inner) => {
            level.set(inner);
            Ok(())
        }
        None => Err(E::custom(too_deep)),
    }
}
