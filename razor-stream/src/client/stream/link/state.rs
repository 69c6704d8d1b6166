//! What the lock of a connection guards.
//!
//! Knows the session and everything that waits. Does not know the operations: the files beside it do.

use super::flushers::{Awaited, Flushers};
use super::heir::Heir;
use crate::LogControl;
use crate::client::stream::room::Room;
use crate::client::{ClientConfig, Completion};
use crate::coroutine::wake;
use crate::error::{RpcIntErr, made};
use crate::proto::{Looks, Session, SessionStats};
use crate::transport::WriteHalf;
use crate::writer::Gate;
use parking_lot::Mutex;
use std::io;
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::Duration;

/// The shared half of a client's connection.
pub(in crate::client) struct Link<K: Completion, W> {
    pub(super) state: Mutex<State<K>>,
    pub(super) write: Arc<W>,
    pub(super) peer: Arc<str>,
    pub(super) log: LogControl,
    pub(super) awaited: Awaited,
    /// Gets the requests that this connection could not send.
    pub(super) heir: Option<Weak<dyn Heir<K>>>,
}

pub(super) struct State<K> {
    pub(super) session: Session<K>,
    pub(super) gate: Gate,
    pub(super) reader: Option<Waker>,
    /// When the reader looks at deadlines.
    pub(super) looks: Looks,
    /// Submissions that found the queue full, in their order.
    pub(super) room: Room,
    pub(super) flushers: Flushers,
    /// Woken when the connection has ended or takes no more requests.
    pub(super) supervisor: Option<Waker>,
}

/// The least time that a caller has to take up room that was promised to it; later the next caller gets the room.
pub(super) const PROMISE: Duration = Duration::from_millis(20);

impl<K: Completion, W: WriteHalf> Link<K, W> {
    pub(in crate::client) fn new(
        config: &ClientConfig,
        write: W,
        peer: String,
        heir: Option<Weak<dyn Heir<K>>>,
    ) -> Self {
        Self {
            state: Mutex::new(State {
                session: Session::new(config.session()),
                gate: Gate::default(),
                reader: None,
                looks: Looks::new(config.resolution),
                room: Room::default(),
                flushers: Flushers::default(),
                supervisor: None,
            }),
            write: Arc::new(write),
            peer: peer.into(),
            log: config.log.clone(),
            awaited: Awaited::default(),
            heir,
        }
    }

    pub(in crate::client) const fn write_half(&self) -> &Arc<W> {
        &self.write
    }

    pub(in crate::client) const fn log(&self) -> &LogControl {
        &self.log
    }

    pub(in crate::client) fn peer(&self) -> &str {
        &self.peer
    }

    pub(in crate::client) fn ping(&self, client_id: u64) -> bool {
        let mut state = self.state.lock();
        let State { session, gate, .. } = &mut *state;
        let sent = session.ping(client_id, &mut gate.outbox);
        let writer = state.gate.take_writer();
        let reader = if state.looks.any_time() { state.reader.take() } else { None };
        drop(state);
        wake(reader);
        wake(writer);
        sent
    }

    pub(in crate::client) fn window(&self) -> (usize, usize, SessionStats) {
        let state = self.state.lock();
        (state.session.in_flight(), state.session.queued(), state.session.stats())
    }

    /// The cause of an end by an error of the transport.
    pub(in crate::client) fn lost(&self, cause: io::Error) -> RpcIntErr {
        made::connection_lost(cause).with_peer(self.peer.to_string())
    }
}

impl<K: Completion> State<K> {
    /// Promises the room that is free to the callers that wait for it, and returns their wakers. A look at deadlines,
    /// which also withdraws promises, comes soon.
    pub(super) fn admit(&mut self) -> Vec<Waker> {
        let room = if self.session.refusal().is_some() { usize::MAX } else { self.session.room() };
        let mut admitted = self.room.admit(room);
        if !admitted.is_empty() && self.looks.submitted(PROMISE * 20) {
            admitted.extend(self.reader.take());
        }
        admitted
    }
}
