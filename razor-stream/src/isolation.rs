//! Code that users wrote, kept apart from the library's own: it may panic, and it may use the connection that calls it.
//!
//! Handlers, `Serialize` and `Deserialize`, completions, destructors and wakers all go through here. Knows panics and
//! drops. Does not know what it calls.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls code that a user wrote. Returns `None` if it panicked; the panic hook has run by then.
///
/// A value that the closure borrowed may be half changed after a panic, so the caller must not use it any more.
#[inline]
pub fn isolated<R>(users: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(users)).ok()
}

/// Drops a value whose destructor a user may have written: it may panic, or call into the connection. The caller holds
/// no lock.
#[inline]
pub fn discard<T>(users: T) {
    let _panicked = isolated(|| drop(users));
}
