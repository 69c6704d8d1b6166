//! Threads for look-ups: a bounded number of them, and nobody waits for their end.
//!
//! A look-up cannot be interrupted, and may take as long as the resolver of the system likes. On the threads that a
//! runtime keeps for what blocks, it would hold up the end of that runtime, and so of the program. These threads belong to no
//! runtime: a program ends while they still wait. Knows work that may not be wanted any more. Does not know names.

use razor_stream::__private::isolated;
use std::collections::VecDeque;
use std::io;
use std::mem;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Something that blocks.
pub(crate) trait Work: Send + Sync + 'static {
    /// Does it, unless nobody waits for it any more.
    fn run(&self);

    /// Gives it up if nobody waits for it; says whether it has been given up.
    fn gives_up(&self) -> bool;
}

/// Threads that do work, and work that waits for one of them.
pub(crate) struct Threads {
    most: usize,
    queue: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    threads: usize,
    waiting: VecDeque<Arc<dyn Work>>,
}

/// The threads that all look-ups of this process share.
pub(crate) fn shared() -> Arc<Threads> {
    static SHARED: LazyLock<Arc<Threads>> =
        LazyLock::new(|| Arc::new(Threads::new(MOST_AT_ONCE, MOST_WAITING)));
    SHARED.clone()
}

impl Threads {
    /// At most `most` threads, and `queue` pieces of work that wait for one.
    pub(crate) fn new(most: usize, queue: usize) -> Self {
        Self { most, queue, state: Mutex::default() }
    }

    /// Has `work` done, at once or when a thread is free.
    ///
    /// # Errors
    /// When too much waits already, or the system gives no thread. The work is not done then.
    pub(crate) fn submit(self: &Arc<Self>, work: Arc<dyn Work>) -> io::Result<()> {
        let mut state = self.state();
        if state.threads < self.most {
            match self.start(work.clone()) {
                Ok(()) => {
                    state.threads += 1;
                    return Ok(());
                }
                // One of the threads that are there comes to it.
                Err(_) if state.threads > 0 => {}
                Err(refused) => return Err(refused),
            }
        }
        let mut unwanted = VecDeque::new();
        if state.waiting.len() >= self.queue {
            let (given_up, waiting) =
                mem::take(&mut state.waiting).into_iter().partition(|work| work.gives_up());
            state.waiting = waiting;
            unwanted = given_up;
        }
        let full = state.waiting.len() >= self.queue;
        if !full {
            state.waiting.push_back(work);
        }
        drop(state);
        // Outside of the lock: with the last share of a look-up goes what its user wrote.
        drop(unwanted);
        if full {
            let what = format!("{} look-ups wait already for others to end", self.queue);
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, what));
        }
        Ok(())
    }

    fn start(self: &Arc<Self>, first: Arc<dyn Work>) -> io::Result<()> {
        let threads = self.clone();
        let name = "razor-lookup".to_owned();
        // Dropping the handle detaches the thread.
        thread::Builder::new().name(name).spawn(move || threads.serve(first)).map(drop)
    }

    /// What a thread does: it ends when nothing waits.
    fn serve(&self, first: Arc<dyn Work>) {
        let mut next = Some(first);
        while let Some(work) = next {
            // A thread that a panic ended would be missing for ever.
            let _panicked = isolated(move || {
                work.run();
                drop(work);
            });
            let mut state = self.state();
            next = state.waiting.pop_front();
            if next.is_none() {
                state.threads -= 1;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Look-ups at once in a process: so many names whose look-ups hang before others wait for them.
const MOST_AT_ONCE: usize = 32;
/// Look-ups that wait for a thread.
const MOST_WAITING: usize = 1024;
