//! Servers that start in one directory take turns, by a lock on that directory. Other programs may hold this lock too.
//!
//! A thread waits for that lock, because a listener can be made where no runtime is around. Knows files. Does not know
//! what is done while the lock is held.

use crate::threads::{Threads, Work};
use std::fs::{File, TryLockError};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Waits for the lock on the directory of `path`, which is held until the file is dropped.
///
/// Returns `None` if the lock cannot be had, or if another process keeps it too long: it may have another use for that
/// lock, and the server goes on without it.
///
/// # Cancellation
/// Dropping the future gives up the lock, or the wait for it.
pub(crate) async fn turn(path: &Path) -> Option<File> {
    let dir = File::open(path.parent()?).ok()?;
    match dir.try_lock() {
        Ok(()) => Some(dir),
        Err(TryLockError::WouldBlock) => {
            let line = Arc::new(Line { dir, state: Mutex::default(), left: Condvar::new() });
            TURNS.submit(line.clone()).ok()?;
            InLine(line).await
        }
        Err(TryLockError::Error(_)) => None,
    }
}

/// Threads of their own: a look-up may keep its thread for ever, and a wait for a lock ends within half a second.
static TURNS: LazyLock<Arc<Threads>> = LazyLock::new(|| Arc::new(Threads::new(4, 64)));

/// A wait for the lock, shared by the future that waits and the thread that looks at the lock.
struct Line {
    dir: File,
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Default)]
struct State {
    waker: Option<Waker>,
    /// The result of the thread when it has ended: the lock, or `None`.
    over: Option<Option<File>>,
    /// The future was dropped.
    left: bool,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the lock again and again, until it is free, [`LOOKS`] looks have been made, or the future was dropped.
    fn wait(&self) -> Option<File> {
        for _ in 0..LOOKS {
            match self.dir.try_lock() {
                // The lock belongs to the open file, of which this is another handle.
                Ok(()) => return self.dir.try_clone().ok(),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(_)) => return None,
            }
            let waited = self.left.wait_timeout_while(self.state(), PAUSE, |state| !state.left);
            let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            if state.left {
                return None;
            }
        }
        None
    }
}

impl Work for Line {
    fn run(&self) {
        let locked = self.wait();
        let mut state = self.state();
        state.over = Some(locked);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn give_up_if_unwanted(&self) -> bool {
        self.state().left
    }
}

/// The future that waits for the lock.
struct InLine(Arc<Line>);

impl Future for InLine {
    type Output = Option<File>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<File>> {
        let mut state = self.0.state();
        match state.over.take() {
            Some(locked) => Poll::Ready(locked),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for InLine {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.left = true;
        // If the thread has got the lock already, this releases it.
        state.over = None;
        self.0.left.notify_all();
    }
}

/// How long to wait between two looks at the lock, and how often to look: half a second together.
const PAUSE: Duration = Duration::from_millis(5);
const LOOKS: usize = 100;
