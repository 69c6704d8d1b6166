//! A client of one address that survives its connections.
//!
//! Knows the current connection and what waits while there is none. Connecting is the supervisor's work.

use super::config::WhenDown;
use super::link::{Link, NotTaken};
use super::stream::{refuse, submit_when_room};
use super::waiting::Waiting;
use super::{ClientCaller, ClientConfig, Completion, supervisor};
use crate::clock;
use crate::error::{Outcome, RpcErrKind, RpcIntErr, Stage};
use crate::io::{Coroutine, spawn_here, wake};
use crate::proto::{Deadline, RequestFrame};
use crate::transport::ClientTransport;
use orb::prelude::{AsyncExec, AsyncRuntime};
use parking_lot::{Mutex, RwLock};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

/// A client of one address: it connects, and connects again with backoff when the connection is lost.
///
/// It connects as soon as it is made. What calls do while there is no connection is [`WhenDown`]'s choice; they never
/// wait beyond their deadline, which runs from their submission. Clones share the pool; when the last one is dropped
/// it ends at once, and so does everything that waits for it. [`close`](Self::close) lets calls finish.
pub struct ClientPool<K: Completion, T: ClientTransport> {
    handle: Arc<Handle<K, T>>,
}

struct Handle<K: Completion, T: ClientTransport>(Arc<Shared<K, T>>);

type SharedLink<K, T> = Arc<Link<K, <T as ClientTransport>::Write>>;

/// What the handle and the supervisor share.
pub(super) struct Shared<K: Completion, T: ClientTransport> {
    pub(super) transport: T,
    pub(super) addr: String,
    pub(super) config: ClientConfig,
    /// The connection of `state`, for submissions; changed under the lock of `state`.
    current: RwLock<Option<SharedLink<K, T>>>,
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
    Closed,
}

impl<K: Completion, T: ClientTransport> Clone for ClientPool<K, T> {
    fn clone(&self) -> Self {
        Self { handle: self.handle.clone() }
    }
}

impl<K: Completion, T: ClientTransport> fmt::Debug for ClientPool<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientPool").field("addr", &self.handle.0.addr).finish_non_exhaustive()
    }
}

impl<K: Completion, T: ClientTransport> Drop for Handle<K, T> {
    fn drop(&mut self) {
        if let Some(link) = self.0.end() {
            link.close(&dropped(&self.0.addr));
        }
    }
}

fn dropped(addr: &str) -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::Closing, Outcome::Unknown, Stage::Wait)
        .with_peer(addr.to_string())
        .with_cause("the client was dropped")
}

impl<K: Completion, T: ClientTransport> ClientPool<K, T> {
    /// A pool on the runtime this is called in.
    ///
    /// # Errors
    /// When there is no runtime around; use [`with_executor`](Self::with_executor) there.
    pub fn new(
        transport: T,
        addr: impl Into<String>,
        config: ClientConfig,
    ) -> Result<Self, RpcIntErr> {
        let (pool, supervisor) = Self::parts(transport, addr.into(), config);
        spawn_here::<T::RT>(supervisor)?;
        Ok(pool)
    }

    /// A pool whose coroutines run on `exec`: for plain threads, and for code that runs under another executor.
    pub fn with_executor(
        transport: T,
        addr: impl Into<String>,
        config: ClientConfig,
        exec: &<T::RT as AsyncRuntime>::Exec,
    ) -> Self {
        let (pool, supervisor) = Self::parts(transport, addr.into(), config);
        exec.spawn_detach(supervisor);
        pool
    }

    fn parts(transport: T, addr: String, config: ClientConfig) -> (Self, Coroutine) {
        let connection = Connection::Connecting(Waiting::default());
        let state = State { connection, opening: None, supervisor: None };
        let (current, state) = (RwLock::new(None), Mutex::new(state));
        let shared = Arc::new(Shared { transport, addr, config, current, state });
        let supervisor = Box::pin(supervisor::supervise(shared.clone()));
        (Self { handle: Arc::new(Handle(shared)) }, supervisor)
    }

    /// The server's address, as it was given.
    #[must_use]
    pub fn addr(&self) -> &str {
        &self.handle.0.addr
    }

    /// Whether there is a connection now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.handle.0.current.read().is_some()
    }

    /// Takes no more requests. Those in flight run to their end, at the latest their deadline; those that wait for a
    /// connection end now.
    pub fn close(&self) {
        if let Some(link) = self.handle.0.end() {
            link.retire(dropped(&self.handle.0.addr));
        }
    }

    fn submit_now(&self, frame: RequestFrame, completion: K) -> Result<(), Full<K, T>> {
        let deadline = self.handle.0.config.deadline();
        self.handle.0.submit(frame, completion, deadline)
    }
}

/// A request for which a connection had no room.
struct Full<K: Completion, T: ClientTransport> {
    link: Arc<Link<K, T::Write>>,
    frame: RequestFrame,
    completion: K,
}

impl<K: Completion, T: ClientTransport> ClientCaller<K> for ClientPool<K, T> {
    fn config(&self) -> &ClientConfig {
        &self.handle.0.config
    }

    fn try_submit(&self, frame: RequestFrame, completion: K) -> Result<(), (RequestFrame, K)> {
        self.submit_now(frame, completion).map_err(|full| (full.frame, full.completion))
    }

    fn submit(
        &self,
        frame: RequestFrame,
        completion: K,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let Err(full) = self.submit_now(frame, completion) else { return };
            let Full { link, frame, completion } = full;
            let deadline = clock::now() + self.handle.0.config.call_timeout;
            if let Err((completion, cause)) =
                submit_when_room(&link, frame, completion, deadline).await
            {
                refuse(completion, cause, &self.handle.0.config.log);
            }
        })
    }
}

impl<K: Completion, T: ClientTransport> Shared<K, T> {
    /// Hands a request to the connection, or keeps it until there is one.
    fn submit(&self, frame: RequestFrame, task: K, deadline: Deadline) -> Result<(), Full<K, T>> {
        let current = self.current.read();
        let Some(link) = &*current else {
            drop(current);
            self.keep(frame, task, deadline);
            return Ok(());
        };
        // Under the read lock, so that no share of the connection has to be taken for most requests.
        let taken = link.take(frame, task, deadline);
        if matches!(&taken, Ok(follow_up) if follow_up.is_nothing()) {
            return Ok(());
        }
        let link = link.clone();
        drop(current);
        let (frame, task) = match taken {
            Ok(follow_up) => {
                link.follow_up(follow_up);
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
            Connection::Closed => dropped(&self.addr),
            Connection::Down(_, cause) if self.config.when_down == WhenDown::FailFast => {
                cause.clone()
            }
            Connection::Connecting(waiting) | Connection::Down(waiting, _) => {
                let kept = waiting.keep(frame, task, deadline, &self.config.session);
                let waker = supervisor.take();
                drop(state);
                wake(waker);
                if let Err(task) = kept {
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

    /// Ends the pool; returns the connection, if there is one.
    fn end(&self) -> Option<SharedLink<K, T>> {
        let mut state = self.state.lock();
        let old = std::mem::replace(&mut state.connection, Connection::Closed);
        *self.current.write() = None;
        let (waker, opening) = (state.supervisor.take(), state.opening.take());
        drop(state);
        wake(waker);
        match old {
            Connection::Up(link) => Some(link),
            Connection::Connecting(waiting) | Connection::Down(waiting, _) => {
                for (_, task, _) in waiting.into_requests() {
                    self.refuse(task, dropped(&self.addr));
                }
                opening
            }
            Connection::Closed => None,
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
                Connection::Up(_) | Connection::Closed => {
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
            Connection::Up(_) | Connection::Closed => false,
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
            Connection::Up(_) | Connection::Closed => return,
        };
        let ended = waiting.sweep(now);
        drop(state);
        let timeout = RpcIntErr::new(RpcErrKind::Timeout, Outcome::NotSent, Stage::Queue)
            .with_peer(self.addr.clone())
            .with_cause(cause.unwrap_or_else(|| "no connection yet".into()));
        for task in ended {
            self.refuse(task, timeout.clone());
        }
    }

    /// Whether anything waits for a connection; the supervisor is told when that, or the pool, ends or begins. `None`
    /// if the pool has been closed.
    pub(super) fn watch(&self, waker: &Waker) -> Option<bool> {
        let mut state = self.state.lock();
        state.supervisor = Some(waker.clone());
        match &state.connection {
            Connection::Closed => None,
            Connection::Up(_) => Some(false),
            Connection::Connecting(waiting) | Connection::Down(waiting, _) => {
                Some(!waiting.is_empty())
            }
        }
    }
}
