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
    /// How many elements and entries may still be announced.
    elements: Cell<usize>,
    /// How many lists, maps and nils of a buffer are not paid for.
    rows: Cell<u16>,
    /// The size of the place where the next value will live, and whether that place is in a list.
    place: Cell<(usize, bool)>,
    /// The number of open lists and maps that serde keeps in its own buffer.
    buffered: Cell<u16>,
}

impl Limits {
    /// The limits of a decode of a `T` from a message of `message` bytes. Its values may take `per_byte` bytes of
    /// memory for each of these, and its lists and maps `elements` elements in all.
    pub(crate) fn of<T>(message: usize, per_byte: usize, elements: usize) -> Self {
        let memory = FLOOR.saturating_add(per_byte.saturating_mul(message));
        let rows = per_byte.saturating_mul(ROW_FLOOR.saturating_add(message));
        let copies = per_byte.saturating_mul(COPIES.saturating_add(message));
        Self {
            depth: Cell::new(DEPTH),
            wrappers: Cell::new(WRAPPERS),
            memory: Cell::new(memory),
            row_memory: Cell::new(rows),
            copies: Cell::new(copies),
            elements: Cell::new(elements),
            rows: Cell::new(ROWS),
            place: Cell::new((size_of::<T>(), false)),
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

impl Limits {
    /// Takes `count` of the elements that lists and maps may have. A message can have many elements only where they
    /// take no bytes.
    #[inline]
    pub(super) fn take_elements<E: Error>(&self, count: usize) -> Result<(), E> {
        match self.elements.get().checked_sub(count) {
            Some(left) => {
                self.elements.set(left);
                Ok(())
            }
            None => Err(too_many()),
        }
    }
}

#[cold]
fn too_many<E: Error>() -> E {
    E::custom("a list or map announces more elements than the message has bytes")
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
/// How deep arrays, maps and enums may nest.
const DEPTH: u16 = 64;
/// How many options and newtypes may be open at once. They have no bytes of their own, so a recursive
/// type of nothing else would never end.
const WRAPPERS: u16 = 128;
/// Memory that any message may take, however short it is: lists of some thousand wide rows are ordinary, with all but a
/// few of their fields absent.
const FLOOR: usize = 4 << 20;
/// The bytes that are added to the length of a message when the memory for rows behind a buffer is computed.
const ROW_FLOOR: usize = 4096;
/// The bytes that are added to the length of a message when the memory for copies is computed, which untagged enums
/// make of what they contain. Formulas and documents that nest deep are small, but serde makes one copy of them per
/// level.
const COPIES: usize = 64 * 1024;
