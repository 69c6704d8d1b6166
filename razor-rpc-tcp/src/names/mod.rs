//! Names and their addresses: a resolver, and its look-ups that are under way.
//!
//! Callers that ask for the same name at the same time share one look-up. Knows threads that may block, and the
//! coroutines that wait. Does not know sockets, nor in which order addresses are tried.

use crate::threads::{self, Threads, Work};
use razor_stream::__private::isolated;
use razor_stream::clock;
use std::future::Future;
use std::io;
use std::mem;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

type By = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// A resolver of names. Clones share it and its look-ups.
#[derive(Clone)]
pub(crate) struct Names(Arc<Shared>);

struct Shared {
    by: Arc<By>,
    threads: Arc<Threads>,
    under_way: Mutex<Vec<Weak<LookUp>>>,
}

impl Names {
    /// The resolver of the system. All its users in this process share their look-ups.
    pub(crate) fn system() -> Self {
        static SYSTEM: LazyLock<Names> = LazyLock::new(|| {
            let by = |host: &str, port| (host, port).to_socket_addrs().map(Vec::from_iter);
            Names::new(Arc::new(by), threads::shared())
        });
        SYSTEM.clone()
    }

    /// Looks names up by a function of the user.
    pub(crate) fn by(
        by: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self::new(Arc::new(by), threads::shared())
    }

    fn new(by: Arc<By>, threads: Arc<Threads>) -> Self {
        Self(Arc::new(Shared { by, threads, under_way: Mutex::default() }))
    }

    /// The addresses of a name, at least one.
    ///
    /// # Errors
    /// The error of the look-up, or that too many look-ups wait. It is never
    /// [`InvalidInput`](io::ErrorKind::InvalidInput): the name has been read, and may have an address tomorrow.
    ///
    /// # Cancellation
    /// A look-up that has begun goes on, and its result is dropped. A look-up that nobody waits for does not begin.
    pub(crate) fn look_up(&self, host: &str, port: u16) -> Answer {
        self.look_up_at(host, port, clock::now())
    }

    fn look_up_at(&self, host: &str, port: u16, now: Instant) -> Answer {
        let mut under_way = lock(&self.0.under_way);
        under_way.retain(|look_up| look_up.strong_count() > 0);
        let same = under_way.iter().filter_map(Weak::upgrade).find_map(|look_up| {
            let same = look_up.host == host && look_up.port == port;
            // A look-up that takes this long may never end, while a new one might answer at once.
            let fresh = now.saturating_duration_since(look_up.began) < SHARED_FOR;
            (same && fresh).then_some(look_up).and_then(LookUp::join)
        });
        if let Some(answer) = same {
            return answer;
        }
        let look_up = Arc::new(LookUp {
            host: host.to_owned(),
            port,
            by: self.0.by.clone(),
            began: now,
            state: Mutex::new(State::Open(Crowd { waiting: 1, ..Crowd::default() })),
        });
        let answer = Answer { look_up: look_up.clone(), place: 0 };
        match self.0.threads.submit(look_up.clone()) {
            Ok(()) => under_way.push(Arc::downgrade(&look_up)),
            Err(refused) => look_up.end(Err(refused)),
        }
        answer
    }
}

/// One look-up, and the callers that wait for it.
struct LookUp {
    host: String,
    port: u16,
    by: Arc<By>,
    began: Instant,
    state: Mutex<State>,
}

enum State {
    /// The look-up waits for a thread, or runs.
    Open(Crowd),
    Done(Found),
}

/// The callers that wait for a look-up.
#[derive(Default)]
struct Crowd {
    waiting: usize,
    places: usize,
    wakers: Vec<(usize, Waker)>,
    runs: bool,
}

impl Crowd {
    fn take_waker(&mut self, place: usize) -> Option<Waker> {
        let at = self.wakers.iter().position(|(of, _)| *of == place)?;
        Some(self.wakers.swap_remove(at).1)
    }
}

type Found = Result<Arc<[SocketAddr]>, Failure>;

/// An error that several callers get.
#[derive(Clone)]
struct Failure {
    kind: io::ErrorKind,
    text: Arc<str>,
}

impl LookUp {
    /// Adds a caller that waits for the look-up; `None` if the look-up has ended.
    fn join(self: Arc<Self>) -> Option<Answer> {
        let mut state = lock(&self.state);
        let State::Open(crowd) = &mut *state else { return None };
        crowd.waiting += 1;
        crowd.places += 1;
        let place = crowd.places;
        drop(state);
        Some(Answer { look_up: self, place })
    }

    fn end(&self, found: io::Result<Vec<SocketAddr>>) {
        let found = match found {
            Ok(addrs) if addrs.is_empty() => {
                Err(Failure::new(io::ErrorKind::NotFound, "the name has no address"))
            }
            Ok(addrs) => Ok(addrs.into()),
            Err(error) => Err(Failure::new(error.kind(), &error.to_string())),
        };
        let before = mem::replace(&mut *lock(&self.state), State::Done(found));
        if let State::Open(crowd) = before {
            crowd.wakers.into_iter().for_each(|(_, waker)| waker.wake());
        }
    }
}

impl Work for LookUp {
    fn run(&self) {
        if self.give_up_if_unwanted() {
            return;
        }
        if let State::Open(crowd) = &mut *lock(&self.state) {
            crowd.runs = true;
        }
        let found = isolated(|| (self.by)(&self.host, self.port));
        self.end(found.unwrap_or_else(|| Err(io::Error::other("the look-up panicked"))));
    }

    fn give_up_if_unwanted(&self) -> bool {
        let mut state = lock(&self.state);
        let unwanted = matches!(&*state, State::Open(crowd) if crowd.waiting == 0);
        if unwanted {
            // A caller that comes now starts another look-up.
            *state = State::Done(Err(Failure::new(io::ErrorKind::Other, "given up")));
        }
        unwanted
    }
}

impl Failure {
    fn new(kind: io::ErrorKind, text: &str) -> Self {
        let kind = if kind == io::ErrorKind::InvalidInput { io::ErrorKind::Other } else { kind };
        Self { kind, text: text.into() }
    }
}

/// The future of the addresses of a name.
pub(crate) struct Answer {
    look_up: Arc<LookUp>,
    place: usize,
}

impl Answer {
    /// Whether the look-up has begun; otherwise it waits until another look-up ends.
    pub(crate) fn has_begun(&self) -> bool {
        !matches!(&*lock(&self.look_up.state), State::Open(crowd) if !crowd.runs)
    }
}

impl Future for Answer {
    type Output = io::Result<Arc<[SocketAddr]>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = lock(&self.look_up.state);
        match &mut *state {
            State::Open(crowd) => {
                let before = crowd.take_waker(self.place);
                crowd.wakers.push((self.place, cx.waker().clone()));
                // Dropped outside of the lock: it may be the last waker of a coroutine that waits here too.
                drop(state);
                drop(before);
                Poll::Pending
            }
            State::Done(Ok(addrs)) => Poll::Ready(Ok(addrs.clone())),
            State::Done(Err(Failure { kind, text })) => {
                Poll::Ready(Err(io::Error::new(*kind, text.to_string())))
            }
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let mut state = lock(&self.look_up.state);
        if let State::Open(crowd) = &mut *state {
            crowd.waiting -= 1;
            let waker = crowd.take_waker(self.place);
            drop(state);
            drop(waker);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Other callers may join a look-up for this time from its begin.
const SHARED_FOR: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
