//! What the handles of a pool and its supervisor share: the current connection, and what waits while there is none.
//!
//! Knows when a request goes where. Neither connects nor waits.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

use super::config::WhenDown;
use super::link::{Link, NotTaken};
use super::stream::refuse;
use super::waiting::Waiting;
use super::{ClientConfig, Completion};
use crate::error::{Outcome, RpcErrKind, RpcIntErr, Stage};
use crate::io::{discard, wake};
use crate::proto::{Deadline, RequestFrame};
use crate::transport::ClientTransport;
use parking_lot::{Mutex, RwLock};
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::Instant;

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
    /// A new connection that is being handed what has waited for it; it is not up yet.
    opening: Option<Arc<Link<K, W>>>,
    /// Tells the supervisor of a request that waits, or of the end.
    supervisor: Option<Waker>,
}

enum Connection<K: Completion, W> {
    Up(Arc<Link<K, W>>),
    /// An attempt to connect is under way.
    Connecting(Waiting<K>),
    /// Between two attempts.
    Down(Waiting<K>, RpcIntErr),
    /// For good; a connection that still finishes its requests goes with the last handle.
    Closed(RpcIntErr, Weak<Link<K, W>>),
}

/// A request for which a connection had no room.
pub(super) struct Full<K: Completion, T: ClientTransport> {
    pub(super) link: Arc<Link<K, T::Write>>,
    pub(super) frame: RequestFrame,
    pub(super) completion: K,
}

pub(super) fn closed(addr: &str) -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::Closing, Outcome::Unknown, Stage::Wait).with_peer(addr.to_string())
}

pub(super) fn dropped(addr: &str) -> RpcIntErr {
    closed(addr).with_cause("the client was dropped")
}

impl<K: Completion, T: ClientTransport> Shared<K, T> {
    pub(super) fn new(transport: T, addr: String, config: ClientConfig) -> Self {
        let connection = Connection::Connecting(Waiting::default());
        let state = State { connection, opening: None, supervisor: None };
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
            self.keep(frame, task, deadline);
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
        self.keep(frame, task, deadline);
        Ok(())
    }

    /// Keeps a request until there is a connection, or completes it with the reason why not.
    fn keep(&self, frame: RequestFrame, task: K, deadline: Deadline) {
        let mut state = self.state.lock();
        let State { connection, supervisor, .. } = &mut *state;
        let refusal = match connection {
            Connection::Up(link) => {
                let link = link.clone();
                drop(state);
                // A connection that came up meanwhile is fresh: its queue is as large as ours.
                match link.submit(frame, task, deadline) {
                    Ok(()) => {}
                    Err(NotTaken::Full(_, task)) => self.refuse(task, self.overloaded()),
                    Err(NotTaken::Closed(_, task, cause)) => self.refuse(task, cause),
                }
                return;
            }
            Connection::Closed(cause, _) => cause.clone(),
            Connection::Down(_, cause) if self.config.when_down == WhenDown::FailFast => {
                cause.clone()
            }
            Connection::Connecting(waiting) | Connection::Down(waiting, _) => {
                let kept = waiting.keep(frame, task, deadline, &self.config.session);
                let waker = supervisor.take();
                drop(state);
                wake(waker);
                if let Err((frame, task)) = kept {
                    discard(frame);
                    self.refuse(task, self.overloaded());
                }
                return;
            }
        };
        drop(state);
        self.refuse(task, refusal);
    }

    fn refuse(&self, task: K, cause: RpcIntErr) {
        refuse(task, cause, &self.config.log);
    }

    fn overloaded(&self) -> RpcIntErr {
        RpcIntErr::new(RpcErrKind::Overloaded, Outcome::NotSent, Stage::Queue)
            .with_peer(self.addr.clone())
            .with_cause("too many requests wait for a connection")
    }

    /// Ends the pool, the first time; returns the connection, if there is one.
    pub(super) fn end(&self, cause: &RpcIntErr) -> Option<SharedLink<K, T>> {
        let mut state = self.state.lock();
        let opening = state.opening.take();
        let link = match &state.connection {
            Connection::Up(link) => Some(link.clone()),
            Connection::Closed(..) => return None,
            Connection::Connecting(_) | Connection::Down(..) => opening,
        };
        let finishing = link.as_ref().map(Arc::downgrade).unwrap_or_default();
        let closed = Connection::Closed(cause.clone(), finishing);
        let old = std::mem::replace(&mut state.connection, closed);
        *self.current.write() = None;
        let waker = state.supervisor.take();
        drop(state);
        wake(waker);
        if let Connection::Connecting(waiting) | Connection::Down(waiting, _) = old {
            for (_, task, _) in waiting.into_requests() {
                self.refuse(task, cause.clone());
            }
        }
        link
    }

    /// The supervisor is gone, so that nobody would make another connection or look at deadlines.
    pub(super) fn runtime_ended(&self) {
        let cause = closed(&self.addr).with_cause("the runtime of the client has ended");
        if let Some(link) = self.end(&cause) {
            link.close(&cause);
        }
    }

    /// The connection of a pool that has ended, if it has requests to finish.
    pub(super) fn finishing(&self) -> Option<SharedLink<K, T>> {
        match &self.state.lock().connection {
            Connection::Closed(_, link) => link.upgrade(),
            _ => None,
        }
    }

    /// This connection takes no more requests; the supervisor makes another.
    pub(super) fn lost(&self, ended: &Arc<Link<K, T::Write>>) {
        let mut state = self.state.lock();
        if matches!(&state.connection, Connection::Up(link) if Arc::ptr_eq(link, ended)) {
            state.connection = Connection::Connecting(Waiting::default());
            *self.current.write() = None;
        }
    }

    /// There is a connection: it gets what has waited, in its order. `false` if the pool has been closed.
    pub(super) fn connected(&self, link: &Arc<Link<K, T::Write>>) -> bool {
        let mut handed_over = false;
        loop {
            let mut state = self.state.lock();
            let waiting = match &mut state.connection {
                Connection::Connecting(waiting) | Connection::Down(waiting, _) => waiting,
                Connection::Up(_) | Connection::Closed(..) => {
                    drop(state);
                    // Once it was handed requests, whoever ended the pool has dealt with it.
                    if !handed_over {
                        link.close(&dropped(&self.addr));
                    }
                    return false;
                }
            };
            if waiting.is_empty() {
                state.opening = None;
                state.connection = Connection::Up(link.clone());
                *self.current.write() = Some(link.clone());
                return true;
            }
            let waiting = std::mem::take(waiting);
            state.opening = Some(link.clone());
            handed_over = true;
            // Outside the lock: a completion may submit again. What comes meanwhile waits behind these.
            drop(state);
            for (frame, task, deadline) in waiting.into_requests() {
                match link.submit(frame, task, deadline) {
                    Ok(()) => {}
                    Err(NotTaken::Full(_, task)) => self.refuse(task, self.overloaded()),
                    Err(NotTaken::Closed(_, task, cause)) => self.refuse(task, cause),
                }
            }
        }
    }

    /// An attempt begins. `false` if the pool has been closed.
    pub(super) fn connecting(&self) -> bool {
        let mut state = self.state.lock();
        match &mut state.connection {
            Connection::Down(waiting, _) => {
                state.connection = Connection::Connecting(std::mem::take(waiting));
                true
            }
            Connection::Connecting(_) => true,
            Connection::Up(_) | Connection::Closed(..) => false,
        }
    }

    /// An attempt has failed.
    pub(super) fn not_connected(&self, cause: &RpcIntErr) {
        let mut state = self.state.lock();
        let Connection::Connecting(waiting) = &mut state.connection else { return };
        let waiting = std::mem::take(waiting);
        let (kept, failed) = match self.config.when_down {
            WhenDown::FailFast => (Waiting::default(), waiting.into_requests()),
            WhenDown::Wait => (waiting, Vec::new()),
        };
        state.connection = Connection::Down(kept, cause.clone());
        drop(state);
        for (_, task, _) in failed {
            self.refuse(task, cause.clone());
        }
    }

    /// Ends what has waited beyond its deadline.
    pub(super) fn sweep(&self, now: Instant) {
        let mut state = self.state.lock();
        let (waiting, cause) = match &mut state.connection {
            Connection::Connecting(waiting) => (waiting, None),
            Connection::Down(waiting, cause) => (waiting, Some(cause.to_string())),
            Connection::Up(_) | Connection::Closed(..) => return,
        };
        let ended = waiting.sweep(now);
        drop(state);
        let timeout = RpcIntErr::new(RpcErrKind::Timeout, Outcome::NotSent, Stage::Queue)
            .with_peer(self.addr.clone())
            .with_cause(cause.unwrap_or_else(|| "no connection yet".into()));
        for (frame, task) in ended {
            self.refuse(task, timeout.clone());
            discard(frame);
        }
    }

    /// Whether anything waits for a connection; the supervisor is told when that, or the pool, ends or begins. `None`
    /// if the pool has been closed.
    pub(super) fn watch(&self, waker: &Waker) -> Option<bool> {
        let mut state = self.state.lock();
        state.supervisor = Some(waker.clone());
        match &state.connection {
            Connection::Closed(..) => None,
            Connection::Up(_) => Some(false),
            Connection::Connecting(waiting) | Connection::Down(waiting, _) => {
                Some(!waiting.is_empty())
            }
        }
    }
}
