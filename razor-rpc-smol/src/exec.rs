//! Executors: the owner of the tasks, and the threads that run them.
//!
//! ```text
//!   SmolExec ──► Owner ──► Core ◄── worker "smol-1", "smol-2", …
//!   (clones)       │        ▲            │
//!                  └─ Stop ─┼────────────┘
//!                           └╌╌ weakly: each thread that is inside (`context`)
//! ```
//!
//! When the last clone of a [`SmolExec`] is dropped, the owner is dropped and stops the workers. When the owner and all
//! workers are gone, the core is dropped, with the tasks that are in it. Does not know sockets or timers.

use crate::blocking::{self, BlockingJoinHandle};
use crate::context::{self, Role};
use crate::stop::Stop;
use crate::task::{Guarded, SmolJoinHandle};
use async_executor::Executor;
use orb::prelude::AsyncExec;
use std::fmt;
use std::future::Future;
use std::mem;
use std::sync::{Arc, Weak};
use std::thread;

/// The tasks of one executor.
pub(crate) struct Core {
    executor: Executor<'static>,
}

impl Core {
    pub(crate) fn spawn<F, R>(&self, f: F) -> SmolJoinHandle<R>
    where
        F: Future<Output = R> + Send + 'static,
        R: Send + 'static,
    {
        SmolJoinHandle::new(self.executor.spawn(Guarded::new(f)).fallible())
    }

    /// Runs tasks on this thread, and polls the reactor when there are none, until `f` is ready.
    ///
    /// The `block_on` of async-io polls the reactor here; any other `block_on` leaves that to the thread `async-io`.
    fn run<R>(self: &Arc<Self>, f: impl Future<Output = R>) -> R {
        let _inside = context::enter(Arc::downgrade(self), Role::Runs);
        async_io::block_on(self.executor.run(f))
    }

    /// Waits on this thread for `f`, and leaves the tasks to other threads.
    fn wait<R>(self: &Arc<Self>, f: impl Future<Output = R>) -> R {
        let _inside = context::enter(Arc::downgrade(self), Role::Waits);
        async_io::block_on(f)
    }
}

impl Drop for Core {
    /// Drops the tasks. A destructor of a task that spawns finds an executor that is gone.
    fn drop(&mut self) {
        let _gone = context::enter(Weak::new(), Role::Waits);
        drop(mem::take(&mut self.executor));
    }
}

/// What the clones of a [`SmolExec`] share.
struct Owner {
    core: Arc<Core>,
    stop: Arc<Stop>,
    workers: usize,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.stop.set();
    }
}

/// An executor: tasks, and the threads that run them. Made by [`SmolRT`](crate::SmolRT); clones are handles to it.
///
/// When the last clone is dropped, each thread of the executor ends after the poll that it is in, and the last thread
/// drops the tasks that are not finished; the drop does not wait for that. A task may own the last clone, which its own
/// thread then drops. An executor without threads drops its tasks at once. A task that owns a clone keeps its executor
/// until the task ends.
#[derive(Clone)]
pub struct SmolExec(Arc<Owner>);

impl SmolExec {
    /// An executor with `workers` threads of its own.
    ///
    /// # Panics
    ///
    /// If the system cannot start a thread. The threads that were started end then.
    pub(crate) fn start(workers: usize) -> Self {
        let core = Arc::new(Core { executor: Executor::new() });
        let exec = Self(Arc::new(Owner { core, stop: Arc::default(), workers }));
        for number in 1..=workers {
            let (core, stop) = (exec.0.core.clone(), exec.0.stop.clone());
            let worker = move || {
                context::at_the_end_work_for_none();
                core.run(stop.wait());
            };
            let started = thread::Builder::new().name(format!("smol-{number}")).spawn(worker);
            started.expect("the system gives a thread");
        }
        exec
    }
}

impl AsyncExec for SmolExec {
    type AsyncJoiner<R: Send> = SmolJoinHandle<R>;
    type ThreadJoiner<R: Send> = BlockingJoinHandle<R>;

    /// Starts a task. A panic ends only the task: its handle then yields `Err(())`.
    ///
    /// On an executor without threads, it runs while a thread is in [`block_on`](Self::block_on).
    fn spawn<F, R>(&self, f: F) -> SmolJoinHandle<R>
    where
        F: Future<Output = R> + Send + 'static,
        R: Send + 'static,
    {
        self.0.core.spawn(f)
    }

    /// Spawns a task without a handle.
    fn spawn_detach<F, R>(&self, f: F)
    where
        F: Future<Output = R> + Send + 'static,
        R: Send + 'static,
    {
        drop(self.0.core.spawn(f));
    }

    /// Runs `f` on a thread of smol's pool, whose size the crate `blocking` says. It may spawn on this executor.
    fn spawn_blocking<F, R>(&self, f: F) -> BlockingJoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        blocking::run(Some(Arc::downgrade(&self.0.core)), f)
    }

    /// Runs `f` on the calling thread, and waits for it. A panic of `f` goes through to the caller.
    ///
    /// Tasks run meanwhile on the threads of the executor; if it has none, on the calling thread. Called in a task,
    /// of whichever executor, it helps to run those of its own.
    fn block_on<F, R>(&self, f: F) -> R
    where
        F: Future<Output = R> + Send,
        R: 'static,
    {
        // One more thread that runs tasks costs more than it brings: with it, 128 callers on one connection made 0.7 x
        // as many calls on two workers. But a task that blocks here may block the only thread.
        if self.0.workers == 0 || context::runs_tasks() {
            self.0.core.run(f)
        } else {
            self.0.core.wait(f)
        }
    }
}

impl fmt::Debug for SmolExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmolExec")
            .field("workers", &self.0.workers)
            .field("tasks", &self.0.core.executor)
            .finish()
    }
}
