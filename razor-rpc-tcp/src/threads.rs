//! Threads for work that blocks: look-ups, and waits for locks of files. Their number is bounded, and nothing waits for
//! their end.
//!
//! A look-up cannot be interrupted, and may take as long as the resolver of the system likes. On the threads that a
//! runtime keeps for blocking closures, it would hold up the end of that runtime, and so of the program. These threads
//! belong to no runtime: a program can end while they still wait. Knows work that may not be wanted any more. Does not
//! know names.

use razor_stream::__private::isolated;
use std::collections::VecDeque;
use std::io;
use std::mem;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A piece of work that blocks.
pub(crate) trait Work: Send + Sync + 'static {
    /// Does the work, unless nobody waits for it any more.
    fn run(&self);

    /// Gives the work up if nobody waits for it. Returns whether it has been given up.
    fn give_up_if_unwanted(&self) -> bool;
}

/// Threads, and the work that waits for one of them.
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
    /// At most `most` threads, and at most `queue` pieces of work that wait for one.
    pub(crate) fn new(most: usize, queue: usize) -> Self {
        Self { most, queue, state: Mutex::default() }
    }

    /// Does `work` on a thread, at once or when a thread is free.
    ///
    /// # Errors
    /// Too much work waits already, or the system cannot start a thread. The work is not done then.
    pub(crate) fn submit(self: &Arc<Self>, work: Arc<dyn Work>) -> io::Result<()> {
        let mut state = self.state();
        if state.threads < self.most {
            match self.start(work.clone()) {
                Ok(()) => {
                    state.threads += 1;
                    return Ok(());
                }
                // One of the existing threads will do the work.
                Err(_) if state.threads > 0 => {}
                Err(refused) => return Err(refused),
            }
        }
        let mut unwanted = VecDeque::new();
        if state.waiting.len() >= self.queue {
            let (given_up, waiting) = mem::take(&mut state.waiting)
                .into_iter()
                .partition(|work| work.give_up_if_unwanted());
            state.waiting = waiting;
            unwanted = given_up;
        }
        let full = state.waiting.len() >= self.queue;
        if !full {
            state.waiting.push_back(work);
        }
        drop(state);
        // Dropped outside of the lock: the last share of a look-up drops the user's function.
        drop(unwanted);
        if full {
            let what = format!("{} pieces of work wait already for others to end", self.queue);
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, what));
        }
        Ok(())
    }

    fn start(self: &Arc<Self>, first: Arc<dyn Work>) -> io::Result<()> {
        let threads = self.clone();
        let name = "razor-blocking".to_owned();
        // Dropping the handle detaches the thread.
        thread::Builder::new().name(name).spawn(move || threads.serve(first)).map(drop)
    }

    /// Runs one thread: it does the first piece of work, then those that wait, and ends when none waits.
    fn serve(&self, first: Arc<dyn Work>) {
        let mut next = Some(first);
        while let Some(work) = next {
            // A thread that ended by a panic would be missing for ever.
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

/// Look-ups at once in a process: up to this number of names may hang before other look-ups have to wait.
const MOST_AT_ONCE: usize = 32;
/// The most look-ups that wait for a thread.
const MOST_WAITING: usize = 1024;
