//! Which executor a thread works for: where `SmolRT::spawn` spawns.
//!
//! A thread enters an executor in `block_on` and as a worker, and leaves it when the [`Entered`] is dropped, by
//! return or by panic; what was before is then in force again. The thread holds the executor weakly, so it keeps
//! none alive. Does not know how tasks are run.

use crate::exec::Core;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

thread_local! {
    static CURRENT: RefCell<Option<Weak<Core>>> = const { RefCell::new(None) };
}

/// The executor that this thread works for.
pub(crate) enum Current {
    /// One that runs tasks.
    Here(Arc<Core>),
    /// One that is being dropped or has been, or the thread itself is at its end.
    Gone,
    /// None.
    Outside,
}

/// Looks up the executor of this thread.
#[inline]
pub(crate) fn current() -> Current {
    let looked_up = CURRENT.try_with(|current| match &*current.borrow() {
        Some(core) => core.upgrade().map_or(Current::Gone, Current::Here),
        None => Current::Outside,
    });
    // The destructors of thread locals run, and this one's has.
    looked_up.unwrap_or(Current::Gone)
}

/// Makes this thread work for an executor until what is returned is dropped.
///
/// With a `Weak` that leads nowhere, it works for one that is gone.
pub(crate) fn enter(core: Weak<Core>) -> Entered {
    let before = CURRENT.try_with(|current| current.replace(Some(core)));
    Entered { before: before.unwrap_or_default(), on_this_thread: PhantomData }
}

/// This thread works for an executor; dropped, for the one before.
#[must_use = "dropped at once, it has entered nothing"]
pub(crate) struct Entered {
    before: Option<Weak<Core>>,
    on_this_thread: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        let _left = CURRENT.try_with(|current| current.replace(before));
    }
}
