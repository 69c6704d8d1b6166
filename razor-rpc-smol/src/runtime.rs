//! The runtime as orb sees it: makes executors, and spawns on the one that the calling thread works for.
//!
//! Does not know how tasks are run.

use crate::blocking::{self, BlockingJoinHandle};
use crate::context::{self, Current};
use crate::exec::SmolExec;
use crate::task::SmolJoinHandle;
use orb::prelude::AsyncRuntime;
use std::future::Future;
use std::num::NonZero;
use std::sync::{Arc, Weak};
use std::thread::available_parallelism;

/// The smol runtime. It has no values: all its functions are static.
#[derive(Debug)]
#[non_exhaustive]
pub struct SmolRT {}

impl SmolRT {
    /// Whether the calling thread works for an executor, so that `SmolRT::spawn` can spawn on it. Never panics.
    ///
    /// ```
    /// use orb::prelude::*;
    /// use razor_rpc_smol::SmolRT;
    ///
    /// assert!(!SmolRT::is_around());
    /// assert!(SmolRT::one().block_on(async { SmolRT::is_around() }));
    /// ```
    #[must_use]
    pub fn is_around() -> bool {
        matches!(context::current(), Current::Here(_))
    }
}

impl AsyncRuntime for SmolRT {
    type Exec = SmolExec;

    /// An executor without threads: its tasks run while a thread is in `block_on`.
    fn current() -> SmolExec {
        SmolExec::start(0)
    }

    /// Makes an executor with one thread, `smol-1`.
    ///
    /// # Panics
    ///
    /// If the system refuses a thread.
    fn one() -> SmolExec {
        SmolExec::start(1)
    }

    /// Makes an executor with `size` threads, `smol-1` and so on; 0 means one for each CPU.
    ///
    /// # Panics
    ///
    /// If the system refuses a thread; those that it gave end.
    fn multi(size: usize) -> SmolExec {
        let cpus = || available_parallelism().map_or(1, NonZero::get);
        SmolExec::start(if size == 0 { cpus() } else { size })
    }

    /// Starts a task on the executor that the calling thread works for: in `block_on`, in a task, in `spawn_blocking`.
    ///
    /// If that executor is being dropped, the task is dropped too, and the handle yields `Err(())`.
    ///
    /// # Panics
    ///
    /// If the thread works for none.
    #[track_caller]
    fn spawn<F, R>(f: F) -> SmolJoinHandle<R>
    where
        F: Future<Output = R> + Send + 'static,
        R: Send + 'static,
    {
        match context::current() {
            Current::Here(core) => core.spawn(f),
            Current::Gone => SmolJoinHandle::gone(),
            Current::Outside => outside(),
        }
    }

    /// Starts a task like [`spawn`](AsyncRuntime::spawn), without a handle to it.
    ///
    /// # Panics
    ///
    /// If the thread works for no executor.
    #[track_caller]
    fn spawn_detach<F, R>(f: F)
    where
        F: Future<Output = R> + Send + 'static,
        R: Send + 'static,
    {
        drop(Self::spawn(f));
    }

    /// Runs `f` on a thread of smol's pool. It may spawn on the executor that the calling thread works for, if any.
    fn spawn_blocking<F, R>(f: F) -> BlockingJoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let core = match context::current() {
            Current::Here(core) => Some(Arc::downgrade(&core)),
            Current::Gone => Some(Weak::new()),
            Current::Outside => None,
        };
        blocking::run(core, f)
    }
}

#[cold]
#[track_caller]
fn outside() -> ! {
    panic!(
        "SmolRT::spawn needs an executor around: call it in SmolExec::block_on or in a task of it, \
         or spawn on a SmolExec"
    )
}
