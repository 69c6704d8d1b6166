//! Executors: who holds the tasks, and the threads that run them.
//!
//! ```text
//!   SmolExec ──► Owner ──► Core ◄── worker "smol-1", "smol-2", …
//!   (clones)       │        ▲            │
//!                  └─ Stop ─┼────────────┘
//!                           └╌╌ weakly: each thread that is inside (`context`)
//! ```
//!
//! With the last clone of a [`SmolExec`] the owner goes, and stops the workers; with the last of owner and
//! workers the core goes, and the tasks that are in it. Does not know sockets or timers.

use crate::blocking::{self, BlockingJoinHandle};
use crate::context;
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
    #[inline]
    pub(crate) fn spawn<F, R>(&self, f: F) -> SmolJoinHandle<R>
    where
        F: Future<Output = R> + Send + 'static,
        R: Send + 'static,
    {
        SmolJoinHandle::new(self.executor.spawn(Guarded::new(f)).fallible())
    }

    /// Runs tasks on this thread, and the reactor when there are none, until `f` is ready.
    ///
    /// It is async-io's `block_on` that polls the reactor here; any other leaves that to the thread `async-io`.
    fn run<R>(self: &Arc<Self>, f: impl Future<Output = R>) -> R {
        let _inside = context::enter(Arc::downgrade(self));
        async_io::block_on(self.executor.run(f))
    }
}

impl Drop for Core {
    /// Drops the tasks. What they spawn in their destructors finds an executor that is gone.
    fn drop(&mut self) {
        let _gone = context::enter(Weak::new());
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

/// An executor: tasks, and the threads that run them.
#[derive(Clone)]
pub struct SmolExec(Arc<Owner>);

impl SmolExec {
    /// An executor with that many threads of its own.
    ///
    /// # Panics
    ///
    /// If the system refuses a thread. Those that it gave have stopped then.
    pub(crate) fn start(workers: usize) -> Self {
        let core = Arc::new(Core { executor: Executor::new() });
        let exec = Self(Arc::new(Owner { core, stop: Arc::default(), workers }));
        for number in 1..=workers {
            let (core, stop) = (exec.0.core.clone(), exec.0.stop.clone());
            let worker = move || core.run(stop.wait());
            let started = thread::Builder::new().name(format!("smol-{number}")).spawn(worker);
            started.expect("the system gives a thread");
        }
        exec
    }
}

impl AsyncExec for SmolExec {
    type AsyncJoiner<R: Send> = SmolJoinHandle<R>;
    type ThreadJoiner<R: Send> = BlockingJoinHandle<R>;

    #[inline]
    fn spawn<F, R>(&self, f: F) -> SmolJoinHandle<R>
    where
        F: Future<Output = R> + Send + 'static,
        R: Send + 'static,
    {
        self.0.core.spawn(f)
    }

    #[inline]
    fn spawn_detach<F, R>(&self, f: F)
    where
        F: Future<Output = R> + Send + 'static,
        R: Send + 'static,
    {
        drop(self.0.core.spawn(f));
    }

    #[inline]
    fn spawn_blocking<F, R>(&self, f: F) -> BlockingJoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        blocking::run(Some(Arc::downgrade(&self.0.core)), f)
    }

    #[inline]
    fn block_on<F, R>(&self, f: F) -> R
    where
        F: Future<Output = R> + Send,
        R: 'static,
    {
        self.0.core.run(f)
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
