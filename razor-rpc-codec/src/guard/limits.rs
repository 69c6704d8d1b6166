//! The quantities that one decode may use up.
//!
//! Knows numbers. Does not know what nests, grows or is buffered.

use std::cell::Cell;

use serde::de::Error;

/// The quantities that are left for the rest of one decode, and the place of the next value.
///
/// After an error no quantity is given back: the decode is over. A type that hides the errors of its parts and goes on
/// reaches the same limits sooner.
///
/// Entering and leaving are two calls, not one call with a closure: a level of nesting must take little stack also
/// where nothing is inlined.
pub(crate) struct Limits {
    depth: Cell<u16>,
    wrappers: Cell<u16>,
    memory: Cell<usize>,
    /// Memory for values that may become rows behind a buffer, where their width cannot be seen.
    row_memory: Cell<usize>,
    copies: Cell<usize>,
    /// The number of lists, maps and nils of a buffer that are still free.
    rows: Cell<u16>,
    /// The size of the place where the next value will live, and whether that place is in a list.
    place: Cell<(usize, bool)>,
    /// The number of open lists and maps that serde keeps in its own buffer.
    buffered: Cell<u16>,
}

impl Limits {
    /// The limits of one decode whose value is `place` bytes large. Besides `memory`, values that may become rows
    /// behind a buffer may take `row_memory` bytes, and the copies that serde makes of deeply nested parts `copies`
    /// bytes.
    pub(crate) fn new(
        depth: u16,
        wrappers: u16,
        memory: usize,
        row_memory: usize,
        copies: usize,
        place: usize,
    ) -> Self {
        Self {
            depth: Cell::new(depth),
            wrappers: Cell::new(wrappers),
            memory: Cell::new(memory),
            row_memory: Cell::new(row_memory),
            copies: Cell::new(copies),
            rows: Cell::new(ROWS),
            place: Cell::new((place, false)),
            buffered: Cell::new(0),
        }
    }

    /// Goes one array, map or enum deeper, until [`leave_nested`](Self::leave_nested).
    pub(super) fn enter_nested<E: Error>(&self) -> Result<(), E> {
        enter(&self.depth, "arrays, maps and enums nest too deep")
    }

    pub(super) fn leave_nested(&self) {
        self.depth.set(self.depth.get() + 1);
    }

    /// Goes into one more option or newtype, until [`leave_wrapper`](Self::leave_wrapper).
    pub(super) fn enter_wrapper<E: Error>(&self) -> Result<(), E> {
        enter(&self.wrappers, "options and newtypes nest too deep")
    }

    pub(super) fn leave_wrapper(&self) {
        self.wrappers.set(self.wrappers.get() + 1);
    }

    /// Goes into one more list or map of a buffer, until [`leave_buffer`](Self::leave_buffer).
    pub(super) fn enter_buffer(&self) {
        self.buffered.set(self.buffered.get().saturating_add(1));
    }

    pub(super) fn leave_buffer(&self) {
        self.buffered.set(self.buffered.get().saturating_sub(1));
    }

    /// The number of open lists and maps of a buffer.
    pub(super) fn buffered(&self) -> usize {
        usize::from(self.buffered.get())
    }

    /// Records that the next value is an element of a list.
    #[inline]
    pub(super) fn next_in_list(&self, size: usize) {
        self.next(size, true);
    }

    /// Records that the next value is a field, or the key or value of a map.
    #[inline]
    pub(super) fn next_in_map(&self, size: usize) {
        self.next(size, false);
    }

    #[inline]
    fn next(&self, size: usize, listed: bool) {
        // A value smaller than a pointer has nothing on the heap: most numbers, and the names of fields.
        if size >= size_of::<usize>() {
            self.place.set((size, listed));
        }
    }

    /// The size of the place where the present value will live.
    pub(super) fn place(&self) -> usize {
        self.place.get().0
    }

    /// Whether the present value is an element of a list.
    pub(super) fn listed(&self) -> bool {
        self.place.get().1
    }

    /// Takes `bytes` of the memory that is left.
    pub(super) fn take<E: Error>(&self, bytes: usize) -> Result<(), E> {
        take(&self.memory, bytes)
    }

    /// Takes `bytes` for a value that may become a row, unless the value is one of the first, which are free.
    pub(super) fn take_row<E: Error>(&self, bytes: usize) -> Result<(), E> {
        match self.rows.get().checked_sub(1) {
            Some(rows) => {
                self.rows.set(rows);
                Ok(())
            }
            None => take(&self.row_memory, bytes),
        }
    }

    /// Takes `bytes` of the memory that is left for copies.
    pub(super) fn take_copies<E: Error>(&self, bytes: usize) -> Result<(), E> {
        take(&self.copies, bytes)
    }
}

fn take<E: Error>(memory: &Cell<usize>, bytes: usize) -> Result<(), E> {
    match memory.get().checked_sub(bytes) {
        Some(left) => {
            memory.set(left);
            Ok(())
        }
        None => Err(E::custom("the value takes too much memory for the length of its message")),
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

/// Rows behind a buffer that are free in any message: a shorter list is accepted whatever is in it.
const ROWS: u16 = 32_768;
