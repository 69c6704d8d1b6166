//! A dispatcher under the control of a scenario: it echoes, holds requests until the scenario answers them, panics, and
//! drops answers.
//!
//! Knows the actions below. Does not know connections.

use crate::SAFETY_NET;
use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use razor_stream::proto::{FrameworkCode, RpcAction};
use razor_stream::server::dispatch::{Call, Dispatch, Flow};
use razor_stream::server::task::{Reply, RespNoti, Respond};
use std::collections::VecDeque;
use std::sync::Arc;

/// Answered at once by the message and the blob of the request.
pub const ECHO: u32 = 1;
/// Held until the scenario answers it.
pub const HOLD: u32 = 2;
/// Its answer is dropped.
pub const FORGET: u32 = 3;
/// The dispatcher panics.
pub const PANIC: u32 = 4;
/// Answered at once by 1,000 bytes.
pub const THOUSAND: u32 = 5;
/// The dispatcher panics after it has detached the answer.
pub const PANIC_DETACHED: u32 = 6;

/// A dispatcher, and the handle by which a scenario controls it. Clones are the same desk.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    dispatched: usize,
    seqs: Vec<u64>,
    held: VecDeque<RespNoti>,
}

impl Desk {
    /// The number of requests that have been dispatched.
    #[must_use]
    pub fn dispatched(&self) -> usize {
        self.shared.state.lock().dispatched
    }

    /// The first `seq`s in the order of their dispatch; at most 1,024 are kept.
    #[must_use]
    pub fn seqs(&self) -> Vec<u64> {
        self.shared.state.lock().seqs.clone()
    }

    /// Waits until `count` requests have been dispatched.
    ///
    /// # Panics
    /// They are not.
    pub fn wait_dispatched(&self, count: usize) {
        self.wait("dispatched requests", |state| (state.dispatched >= count).then_some(()));
    }

    /// Waits for a held request, the oldest first.
    ///
    /// # Panics
    /// No request is held.
    #[must_use]
    pub fn held(&self) -> RespNoti {
        self.wait("a held request", |state| state.held.pop_front())
    }

    /// The number of requests that are held.
    #[must_use]
    pub fn holds(&self) -> usize {
        self.shared.state.lock().held.len()
    }

    /// Records a dispatched request, and the reply of one that is held, in one step: so a scenario that waits for
    /// either sees both.
    fn note(&self, seq: u64, held: Option<RespNoti>) {
        let mut state = self.shared.state.lock();
        state.dispatched += 1;
        if state.seqs.len() < 1024 {
            state.seqs.push(seq);
        }
        state.held.extend(held);
        drop(state);
        self.shared.changed.notify_all();
    }

    fn wait<T>(&self, what: &str, mut look: impl FnMut(&mut State) -> Option<T>) -> T {
        let mut state = self.shared.state.lock();
        loop {
            if let Some(found) = look(&mut state) {
                return found;
            }
            let waited = self.shared.changed.wait_for(&mut state, SAFETY_NET);
            assert!(!waited.timed_out(), "no {what}; dispatched: {}", state.dispatched);
        }
    }
}

impl Dispatch for Desk {
    fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
        if matches!(call.action(), RpcAction::Num(HOLD)) {
            self.note(call.seq(), Some(reply.detach()));
            return Flow::Next;
        }
        self.note(call.seq(), None);
        match call.action() {
            RpcAction::Num(ECHO) => {
                let blob = Some(call.blob()).filter(|blob| !blob.is_empty());
                reply.success(call.msg(), blob.map(Bytes::copy_from_slice));
            }
            RpcAction::Num(FORGET) => drop(reply.detach()),
            RpcAction::Num(PANIC) => panic!("a scenario asked for this panic"),
            RpcAction::Num(PANIC_DETACHED) => {
                let _answer = reply.detach();
                panic!("a scenario asked for this panic");
            }
            RpcAction::Num(THOUSAND) => reply.success(&[7; 1000], None),
            RpcAction::Str("Desk.echo") => reply.success(call.msg(), None),
            _ => reply.framework_error(FrameworkCode::NoMethod),
        }
        Flow::Next
    }
}
