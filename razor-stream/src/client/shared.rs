//! What the handles of a pool and its supervisor share: the current connection, and what waits while there is none.
//!
//! Knows when a request goes where. Neither connects nor waits.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

mod caller;
mod hand_over;

use super::config::WhenDown;
use super::link::{Link, NotTaken};
use super::stream::refuse;
use super::waiting::{Looked, Waiting};
use super::{ClientConfig, Completion};
use crate::coroutine::{wake, why_dropped};
use crate::error::{Outcome, RpcIntErr, made};
use crate::isolation::discard;
use crate::proto::{Deadline, RequestFrame, Returned};
use crate::transport::{ClientTransport, WriteHalf};
use parking_lot::{Mutex, RwLock};
use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

pub(super) use hand_over::Connected;

pub(super) type SharedLink<K, T> = Arc<Link<K, <T as ClientTransport>::Write>>;

/// What the handle and the supervisor share.
pub(super) struct Shared<K: Completion, T: ClientTransport> {
    pub(super) transport: T,
    pub(super) addr: String,
    pub(super) config: ClientConfig,
    /// The connection of `state`, for submissions; changed under the lock of `state`.
    pub(super) current: RwLock<Option<SharedLink<K, T>>>,
    state: Mutex<State<K, T::Write>>,
}

struct State<K: Completion, W> {
    connection: Connection<K, W>,
    /// Requests that wait for a connection; none while there is one.
    waiting: Waiting<K>,
    /// Connections that were given up, as long as calls on them are waited for; the oldest first.
    replaced: VecDeque<Weak<Link<K, W>>>,
    /// A new connection that is being handed what has waited for it; it is not up yet.
    opening: Option<Arc<Link<K, W>>>,
    /// Tells the supervisor of a request that waits, or of the end.
    supervisor: Option<Waker>,
}

enum Connection<K: Completion, W> {
    Up(Arc<Link<K, W>>),
    /// An attempt to connect is under way.
    Connecting,
    /// Between two attempts; the last one failed for this reason.
    Down(RpcIntErr),
    /// For good; a connection that still finishes its requests goes with the last handle.
    Closed(RpcIntErr, Weak<Link<K, W>>),
}

/// A request for which a connection had no room.
pub(super) struct Full<K: Completion, T: ClientTransport> {
    pub(super) link: Arc<Link<K, T::Write>>,
    pub(super) frame: RequestFrame,
    pub(super) completion: K,
}

/// Connections that were given up and still have calls, of one pool.
const REPLACED: usize = 4;

impl<K: Completion, W> State<K, W> {
    /// Remembers a connection that was given up while calls on it are waited for; returns the oldest of too many.
    fn replace(&mut self, given_up: &Arc<Link<K, W>>) -> Option<Arc<Link<K, W>>> {
        self.replaced.retain(|link| link.strong_count() > 0);
        self.replaced.push_back(Arc::downgrade(given_up));
        let oldest = if self.replaced.len() > REPLACED { self.replaced.pop_front() } else { None };
        oldest.and_then(|link| link.upgrade())
    }
}

/// Closes the oldest of too many connections that were given up: its calls learn why.
fn close_replaced<K: Completion, W: WriteHalf>(oldest: Option<Arc<Link<K, W>>>) {
    if let Some(link) = oldest
        && let Some(cause) = link.refusal()
    {
        link.close(&cause.with_outcome(Outcome::Unknown));
    }
}

pub(super) fn closed(addr: &str) -> RpcIntErr {
    made::closed().with_peer(addr.to_string())
}

pub(super) fn dropped(addr: &str) -> RpcIntErr {
    made::dropped().with_peer(addr.to_string())
}

impl<K: Completion, T: ClientTransport> Shared<K, T> {
    pub(super) fn new(transport: T, addr: String, config: ClientConfig) -> Self {
        let state = State {
            connection: Connection::Connecting,
            waiting: Waiting::new(config.resolution),
            replaced: VecDeque::new(),
            opening: None,
            supervisor: None,
        };
        Self { transport, addr, config, current: RwLock::new(None), state: Mutex::new(state) }
    }

    /// Hands a request to the connection, or keeps it until there is one.
    #[inline(always)]
    pub(super) fn submit(
        &self,
        frame: RequestFrame,
        task: K,
        deadline: Deadline,
    ) -> Result<(), Full<K, T>> {
        let current = self.current.read();
        let Some(link) = &*current else {
            drop(current);
            self.keep(Returned { frame, task, deadline }, None);
            return Ok(());
        };
        // Under the read lock, so that no share of the connection has to be taken for most requests.
        let taken = link.take(frame, task, deadline);
        if matches!(taken, Ok(None)) {
            return Ok(());
        }
        let link = link.clone();
        drop(current);
        let (frame, task) = match taken {
            Ok(follow_up) => {
                if let Some(todo) = follow_up {
                    link.follow_up(todo);
                }
                return Ok(());
            }
            Err(NotTaken::Full(frame, completion)) => {
                return Err(Full { link, frame, completion });
            }
            // It has just ended, and nothing was sent: the next one takes the request.
            Err(NotTaken::Closed(frame, task, _)) => {
                self.lost(&link);
                (frame, task)
            }
        };
        self.keep(Returned { frame, task, deadline }, None);
        Ok(())
    }

    /// Keeps a request until there is a connection, or completes it with the reason why not: `cause`, if the pool has
    /// ended and one is given.
    fn keep(&self, mut request: Returned<K>, cause: Option<&RpcIntErr>) {
        loop {
            let mut state = self.state.lock();
            let link = match &state.connection {
                Connection::Up(link) => link.clone(),
                Connection::Down(why) if self.config.when_down == WhenDown::FailFast => {
                    let why = why.clone();
                    drop(state);
                    return self.refuse(request, why);
                }
                Connection::Closed(why, _) => {
                    let why = cause.unwrap_or(why).clone();
                    drop(state);
                    return self.refuse(request, why);
                }
                Connection::Connecting | Connection::Down(_) => {
                    let kept = state.waiting.keep(request, &self.config.session);
                    let waker = state.supervisor.take();
                    drop(state);
                    wake(waker);
                    if let Err(request) = kept {
                        self.refuse(request, self.overloaded());
                    }
                    return;
                }
            };
            drop(state);
            request = match link.submit_again(request) {
                Ok(()) => return,
                // It has ended again, and nothing was sent: the next one takes the request.
                Err((request, _)) => request,
            };
            self.lost(&link);
        }
    }

    fn refuse(&self, request: Returned<K>, cause: RpcIntErr) {
        let Returned { frame, task, .. } = request;
        refuse(task, cause, &self.config.log);
        discard(frame);
    }

    fn overloaded(&self) -> RpcIntErr {
        made::queue_full().with_peer(self.addr.clone())
    }

    /// Ends the pool, the first time; returns the connection, if there is one.
    pub(super) fn end(&self, cause: &RpcIntErr) -> Option<SharedLink<K, T>> {
        let mut state = self.state.lock();
        let opening = state.opening.take();
        let link = match &state.connection {
            Connection::Up(link) => Some(link.clone()),
            Connection::Closed(..) => return None,
            Connection::Connecting | Connection::Down(_) => opening,
        };
        let finishing = link.as_ref().map(Arc::downgrade).unwrap_or_default();
        let closed = Connection::Closed(cause.clone(), finishing);
        let before = std::mem::replace(&mut state.connection, closed);
        *self.current.write() = None;
        let waker = state.supervisor.take();
        let (waiting, callers) = (state.waiting.take(), state.waiting.take_callers());
        drop(state);
        drop(before);
        wake(waker);
        callers.into_iter().for_each(Waker::wake);
        for request in waiting {
            self.refuse(request, cause.clone());
        }
        link
    }

    /// The supervisor is gone, so that nobody would make another connection or look at deadlines.
    pub(super) fn runtime_ended(&self) {
        let cause = closed(&self.addr).with_cause(why_dropped());
        for link in self.end(&cause).into_iter().chain(self.replaced()) {
            link.close(&cause);
        }
    }

    /// Takes the connections that were given up and on which calls may still be waited for.
    pub(super) fn replaced(&self) -> impl Iterator<Item = SharedLink<K, T>> + use<K, T> {
        let replaced = std::mem::take(&mut self.state.lock().replaced);
        replaced.into_iter().filter_map(|link| link.upgrade())
    }

    /// The connection of a pool that has ended, if it has requests to finish.
    pub(super) fn finishing(&self) -> Option<SharedLink<K, T>> {
        match &self.state.lock().connection {
            Connection::Closed(_, link) => link.upgrade(),
            _ => None,
        }
    }

    /// This connection takes no more requests; the supervisor makes another. Calls that were sent on it may go on.
    pub(super) fn lost(&self, ended: &SharedLink<K, T>) {
        let goes_on = !ended.is_closed();
        let mut state = self.state.lock();
        if !matches!(&state.connection, Connection::Up(link) if Arc::ptr_eq(link, ended)) {
            return;
        }
        state.connection = Connection::Connecting;
        *self.current.write() = None;
        let oldest = if goes_on { state.replace(ended) } else { None };
        drop(state);
        close_replaced(oldest);
    }

    /// An attempt begins. `false` if the pool has been closed.
    pub(super) fn connecting(&self) -> bool {
        let mut state = self.state.lock();
        match &state.connection {
            Connection::Down(_) => {
                let before = std::mem::replace(&mut state.connection, Connection::Connecting);
                drop(state);
                // It may hold the last share of a transport's error.
                drop(before);
                true
            }
            Connection::Connecting => true,
            Connection::Up(_) | Connection::Closed(..) => false,
        }
    }

    /// An attempt has failed.
    pub(super) fn not_connected(&self, cause: &RpcIntErr) {
        let mut state = self.state.lock();
        if !matches!(state.connection, Connection::Connecting) {
            return;
        }
        state.connection = Connection::Down(cause.clone());
        let (failed, callers) = match self.config.when_down {
            WhenDown::FailFast => (state.waiting.take(), state.waiting.take_callers()),
            WhenDown::Wait => (Vec::new(), Vec::new()),
        };
        drop(state);
        callers.into_iter().for_each(Waker::wake);
        for request in failed {
            self.refuse(request, cause.clone());
        }
    }

    /// Ends what has waited beyond its deadline, and says how soon the next look at deadlines is due, if anything still
    /// waits.
    pub(super) fn sweep(&self, now: Instant) -> Option<Duration> {
        let mut state = self.state.lock();
        let cause = match &state.connection {
            Connection::Down(cause) => Some(cause.clone()),
            _ => None,
        };
        let Looked { ended, callers, next } = state.waiting.sweep(now);
        drop(state);
        callers.into_iter().for_each(Waker::wake);
        let timeout = self.no_connection_in_time(cause);
        for request in ended {
            self.refuse(request, timeout.clone());
        }
        next
    }

    /// The error of what has waited too long. Its text may be a transport's own, so it is made outside of locks.
    fn no_connection_in_time(&self, cause: Option<RpcIntErr>) -> RpcIntErr {
        made::no_connection(cause.as_ref()).with_peer(self.addr.clone())
    }

    /// Whether the pool has been closed; the supervisor is woken when it is, or when something begins to wait.
    pub(super) fn watch_end(&self, waker: &Waker) -> bool {
        let mut state = self.state.lock();
        state.supervisor = Some(waker.clone());
        matches!(state.connection, Connection::Closed(..))
    }

    /// How soon the next look at deadlines is due, if that has changed; the supervisor is woken when it changes again.
    /// `None` if the pool has been closed.
    pub(super) fn watch(&self, waker: &Waker) -> Option<Option<Duration>> {
        let mut state = self.state.lock();
        state.supervisor = Some(waker.clone());
        match &state.connection {
            Connection::Closed(..) => None,
            _ => Some(state.waiting.take_look()),
        }
    }
}
