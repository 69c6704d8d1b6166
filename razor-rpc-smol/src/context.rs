//! The executor that a thread works for, on which `SmolRT::spawn` spawns.
//!
//! A thread enters an executor, and leaves it when the [`Entered`] is dropped, by return or by panic; then it works
//! again for the executor that it worked for before. The thread holds the executor weakly, so it keeps no executor
//! alive. Does not know how tasks are run.

use crate::exec::Core;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

thread_local! {
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// The executor that a thread works for, and its role there.
struct Place {
    core: Weak<Core>,
    runs_tasks: bool,
}

/// The role of a thread in the executor that it enters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It runs the tasks.
    Runs,
    /// It waits for a future, or runs a closure that may block.
    Waits,
}

/// The executor that this thread works for.
pub(crate) enum Current {
    /// The executor, which exists.
    Here(Arc<Core>),
    /// An executor that is being dropped or has been dropped, or the thread itself is ending.
    Gone,
    /// The thread works for no executor.
    Outside,
}

/// Looks up the executor of this thread.
pub(crate) fn current() -> Current {
    let looked_up = PLACE.try_with(|place| match &*place.borrow() {
        Some(Place { core, .. }) => core.upgrade().map_or(Current::Gone, Current::Here),
        None => Current::Outside,
    });
    // The thread is ending, and this thread local has been destroyed.
    looked_up.unwrap_or(Current::Gone)
}

/// Whether this thread runs tasks of any executor: those tasks wait while the thread waits.
pub(crate) fn runs_tasks() -> bool {
    let runs =
        |place: &RefCell<Option<Place>>| place.borrow().as_ref().is_some_and(|p| p.runs_tasks);
    PLACE.try_with(runs).unwrap_or(false)
}

/// Makes this thread work for an executor until the result is dropped.
///
/// If `core` is gone, the thread works for an executor that is gone.
pub(crate) fn enter(core: Weak<Core>, role: Role) -> Entered {
    let place = Place { core, runs_tasks: role == Role::Runs || runs_tasks() };
    let before = PLACE.try_with(|current| current.replace(Some(place)));
    Entered { before: before.unwrap_or_default(), on_this_thread: PhantomData }
}

/// Sets the executor that this thread works for once it has left the others: one that is gone. Destructors of thread
/// locals run then, and what they spawn is dropped.
pub(crate) fn at_the_end_work_for_none() {
    let gone = Place { core: Weak::new(), runs_tasks: false };
    let _before = PLACE.try_with(|current| current.replace(Some(gone)));
}

/// This thread works for an executor. When this is dropped, the thread works for the one before.
#[must_use = "dropped at once, it has entered nothing"]
pub(crate) struct Entered {
    before: Option<Place>,
    on_this_thread: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        let _left = PLACE.try_with(|current| current.replace(before));
    }
}
