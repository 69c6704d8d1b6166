//! What the handles of a pool and its supervisor share: the current connection, and the requests that wait while there
//! is none.
//!
//! Knows where a request goes in each state of the pool. Neither connects nor waits.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

use super::waiting::{Looked, Waiting};
use crate::client::complete::refuse;
use crate::client::stream::Link;
use crate::client::{ClientConfig, Completion, WhenDown};
use crate::coroutine::{wake, why_dropped};
use crate::error::{Outcome, RpcIntErr, made};
use crate::proto::{NotTaken, Submission};
use crate::transport::{ClientTransport, WriteHalf};
use parking_lot::{Mutex, RwLock};
use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

pub(super) type SharedLink<K, T> = Arc<Link<K, <T as ClientTransport>::Write>>;

/// What the handle and the supervisor share.
pub(super) struct Shared<K: Completion, T: ClientTransport> {
    pub(super) transport: T,
    pub(super) addr: String,
    pub(super) config: ClientConfig,
    /// The connection of `state`, for submissions; changed under the lock of `state`.
    pub(super) current: RwLock<Option<SharedLink<K, T>>>,
    pub(super) state: Mutex<State<K, T::Write>>,
}

pub(super) struct State<K: Completion, W> {
    pub(super) connection: Connection<K, W>,
    /// Requests that wait for a connection; none while there is one.
    pub(super) waiting: Waiting<K>,
    /// Connections that were given up, as long as calls on them are waited for; the oldest first.
    replaced: VecDeque<Weak<Link<K, W>>>,
    /// A new connection that is being handed what has waited for it; it is not up yet.
    pub(super) opening: Option<Arc<Link<K, W>>>,
    /// A call has arrived since the last attempt to connect began.
    pub(super) asked_for: bool,
    /// Wakes the supervisor when a request begins to wait, or when the pool ends.
    pub(super) supervisor: Option<Waker>,
}

pub(super) enum Connection<K: Completion, W> {
    Up(Arc<Link<K, W>>),
    /// An attempt to connect is under way; the one before failed for this reason, if there was one.
    Connecting(Option<RpcIntErr>),
    /// Between two attempts; the last one failed for this reason.
    Down(RpcIntErr),
    /// The pool has ended for good. A connection that still finishes its requests is closed with the last handle.
    Closed(RpcIntErr, Weak<Link<K, W>>),
}

/// The most connections of one pool that were given up and still have calls.
const REPLACED: usize = 4;

impl<K: Completion, W> State<K, W> {
    /// Notes that a call has arrived while there is no connection: the next attempt need not wait for the end of the
    /// pause. Returns the supervisor's waker, unless a call has asked for this attempt before.
    #[must_use]
    pub(super) const fn ask_for_attempt(&mut self) -> Option<Waker> {
        if self.asked_for {
            return None;
        }
        self.asked_for = true;
        self.supervisor.take()
    }

    /// Remembers a connection that was given up while calls on it are waited for; returns the oldest one if there are
    /// more than [`REPLACED`].
    pub(super) fn replace(&mut self, given_up: &Arc<Link<K, W>>) -> Option<Arc<Link<K, W>>> {
        self.replaced.retain(|link| link.strong_count() > 0);
        self.replaced.push_back(Arc::downgrade(given_up));
        let oldest = if self.replaced.len() > REPLACED { self.replaced.pop_front() } else { None };
        oldest.and_then(|link| link.upgrade())
    }
}

/// Closes the oldest connection that was given up, if there are too many; its calls end with the reason.
pub(super) fn close_replaced<K: Completion, W: WriteHalf>(oldest: Option<Arc<Link<K, W>>>) {
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
            connection: Connection::Connecting(None),
            waiting: Waiting::new(config.resolution),
            replaced: VecDeque::new(),
            opening: None,
            asked_for: false,
            supervisor: None,
        };
        Self { transport, addr, config, current: RwLock::new(None), state: Mutex::new(state) }
    }

    /// Hands a request to the connection, or keeps it until there is one.
    ///
    /// # Errors
    /// The request, if the connection has no room for it.
    #[inline(always)]
    pub(super) fn submit(&self, request: Submission<K>) -> Result<(), Submission<K>> {
        let current = self.current.read();
        let Some(link) = &*current else {
            drop(current);
            self.keep(request, None);
            return Ok(());
        };
        // Under the read lock, so that most requests need no clone of the `Arc` of the connection.
        match link.take(request) {
            Ok(None) => {}
            Ok(Some(todo)) => {
                let link = link.clone();
                drop(current);
                link.follow_up(todo);
            }
            Err(NotTaken::Full(request)) => return Err(request),
            // The connection has just ended and has sent nothing: the next one takes the request.
            Err(NotTaken::Closed(request, _)) => {
                let link = link.clone();
                drop(current);
                self.give_up(&link);
                self.keep(request, None);
            }
        }
        Ok(())
    }

    /// Keeps a request until there is a connection, or completes it with the reason why it is not kept. If the pool has
    /// ended, that is `cause`, if one is given.
    pub(super) fn keep(&self, mut request: Submission<K>, cause: Option<&RpcIntErr>) {
        loop {
            let mut state = self.state.lock();
            let link = match &state.connection {
                Connection::Up(link) => link.clone(),
                Connection::Down(why) if self.config.when_down == WhenDown::FailFast => {
                    let why = why.clone();
                    let supervisor = state.ask_for_attempt();
                    drop(state);
                    wake(supervisor);
                    return self.refuse(request, why);
                }
                Connection::Closed(why, _) => {
                    let why = cause.unwrap_or(why).clone();
                    drop(state);
                    return self.refuse(request, why);
                }
                Connection::Connecting(_) | Connection::Down(_) => {
                    let kept = state.waiting.keep(request, &self.config.session());
                    state.asked_for = true;
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
                // This connection has ended too and has sent nothing: the next one takes the request.
                Err((request, _)) => request,
            };
            self.give_up(&link);
        }
    }

    pub(super) fn refuse(&self, request: Submission<K>, cause: RpcIntErr) {
        refuse(request, cause, &self.config.log);
    }

    fn overloaded(&self) -> RpcIntErr {
        made::queue_full().with_peer(self.addr.clone())
    }

    /// Ends the pool, and returns its connection, if there is one. A second call does nothing and returns `None`.
    pub(super) fn end(&self, cause: &RpcIntErr) -> Option<SharedLink<K, T>> {
        let mut state = self.state.lock();
        let opening = state.opening.take();
        let link = match &state.connection {
            Connection::Up(link) => Some(link.clone()),
            Connection::Closed(..) => return None,
            Connection::Connecting(_) | Connection::Down(_) => opening,
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

    /// Ends the pool because its supervisor is gone: no coroutine would connect again or look at deadlines. Connections
    /// that were replaced have coroutines of their own, which end them if the runtime is gone too.
    pub(super) fn runtime_ended(&self) {
        let cause = closed(&self.addr).with_cause(why_dropped());
        if let Some(link) = self.end(&cause) {
            link.close(&cause);
        }
    }

    /// Takes the connections that were given up and on which calls may still be waited for.
    pub(super) fn take_replaced(&self) -> impl Iterator<Item = SharedLink<K, T>> + use<K, T> {
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

    /// Gives no more requests to this connection; the supervisor makes another one. Calls that were sent on the old one
    /// may go on.
    pub(super) fn give_up(&self, ended: &SharedLink<K, T>) {
        let goes_on = !ended.is_closed();
        let mut state = self.state.lock();
        if !matches!(&state.connection, Connection::Up(link) if Arc::ptr_eq(link, ended)) {
            return;
        }
        state.connection = Connection::Connecting(None);
        *self.current.write() = None;
        let oldest = if goes_on { state.replace(ended) } else { None };
        drop(state);
        close_replaced(oldest);
    }

    /// Begins an attempt to connect. Returns `false` if the pool has been closed.
    pub(super) fn begin_attempt(&self) -> bool {
        let mut state = self.state.lock();
        state.asked_for = false;
        match &state.connection {
            Connection::Down(cause) => {
                let connecting = Connection::Connecting(Some(cause.clone()));
                let before = std::mem::replace(&mut state.connection, connecting);
                drop(state);
                drop(before);
                true
            }
            Connection::Connecting(_) => true,
            Connection::Up(_) | Connection::Closed(..) => false,
        }
    }

    /// Whether the pool was closed, or has ended in another way.
    pub(super) fn is_ended(&self) -> bool {
        matches!(self.state.lock().connection, Connection::Closed(..))
    }

    /// Notes that an attempt has failed. With `FailFast`, everything that waited for it ends with its error.
    pub(super) fn attempt_failed(&self, cause: &RpcIntErr) {
        let mut state = self.state.lock();
        if !matches!(state.connection, Connection::Connecting(_)) {
            return;
        }
        let before = std::mem::replace(&mut state.connection, Connection::Down(cause.clone()));
        let (failed, callers) = match self.config.when_down {
            WhenDown::FailFast => (state.waiting.take(), state.waiting.take_callers()),
            WhenDown::Wait => (Vec::new(), Vec::new()),
        };
        drop(state);
        // The old state may hold the last reference to a transport's error, whose drop may run any code.
        drop(before);
        callers.into_iter().for_each(Waker::wake);
        for request in failed {
            self.refuse(request, cause.clone());
        }
    }

    /// Ends requests that have waited beyond their deadline, and returns how soon the next look at deadlines is due, if
    /// anything still waits.
    pub(super) fn sweep(&self, now: Instant) -> Option<Duration> {
        let mut state = self.state.lock();
        let cause = match &state.connection {
            Connection::Down(cause) => Some(cause.clone()),
            Connection::Connecting(cause) => cause.clone(),
            Connection::Up(_) | Connection::Closed(..) => None,
        };
        let Looked { ended, callers, next } = state.waiting.sweep(now);
        drop(state);
        callers.into_iter().for_each(Waker::wake);
        if !ended.is_empty() {
            let timeout = self.no_connection_in_time(cause);
            for request in ended {
                self.refuse(request, timeout.clone());
            }
        }
        next
    }

    /// The error of a request or a caller that has waited too long. A transport's own code may write a part of its
    /// text, so it is made outside of locks.
    pub(super) fn no_connection_in_time(&self, cause: Option<RpcIntErr>) -> RpcIntErr {
        made::no_connection(cause.as_ref()).with_peer(self.addr.clone())
    }

    /// Whether a call has arrived since the last attempt began; if not, the supervisor is woken when one does.
    pub(super) fn is_asked_for(&self, waker: &Waker) -> bool {
        let mut state = self.state.lock();
        state.supervisor = Some(waker.clone());
        state.asked_for
    }

    /// Whether there is a connection that takes requests.
    pub(super) fn is_connected(&self) -> bool {
        self.current.read().as_ref().is_some_and(|link| link.refusal().is_none())
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
