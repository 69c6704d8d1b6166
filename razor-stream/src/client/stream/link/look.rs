//! The reader's looks at the deadlines of a connection.
//!
//! Knows what waits on this connection. Does not know how the reader waits.

use super::state::{Link, PROMISE};
use crate::client::Completion;
use crate::client::stream::matcher::Completed;
use crate::clock;
use crate::coroutine::wake;
use crate::error::{Outcome, RpcIntErr};
use crate::isolation::discard;
use crate::transport::WriteHalf;
use std::task::Waker;
use std::time::{Duration, Instant};

/// What the reader does next.
pub(in crate::client::stream) enum Tick {
    /// Something waits: look again after this time.
    Look(Duration),
    /// Nothing waits: the reader is woken when that changes.
    Rest,
    /// The connection takes no more requests, and nobody waits for those it took.
    Finished(RpcIntErr),
}

/// What the reader learns before it waits.
pub(in crate::client::stream) enum Watch {
    /// The connection goes on. The next look at deadlines is due within this time, if that has changed.
    Look(Option<Duration>),
    /// The connection has ended, or is finished.
    Over(RpcIntErr),
}

impl<K: Completion, W: WriteHalf> Link<K, W> {
    /// Looks at the deadlines of everything that waits, and ends what is past its deadline. `elsewhere` is the deadline
    /// of a request that is with the reader.
    pub(in crate::client::stream) fn sweep(
        &self,
        completed: &mut Vec<Completed<K>>,
        elsewhere: Option<Instant>,
    ) -> Tick {
        let mut state = self.state.lock();
        let (now, mut ended) = (clock::now(), Vec::new());
        let in_session = state.session.sweep(now, &mut ended);
        // A connection that is given up sends nothing more.
        let unsent =
            if state.session.is_stuck() { state.session.take_unsent() } else { Vec::new() };
        let (mut waiters, in_room) = state.room.expire(now);
        waiters.extend(state.admit());
        let retired =
            if state.session.refusal().is_some() { state.supervisor.take() } else { None };
        let discarded = state.session.take_discarded();
        let (written, stays) = (state.gate.outbox.is_empty(), state.session.refusal().cloned());
        let nothing_waits = state.session.nobody_waits() && state.room.is_empty() && written;
        let tick = match stays {
            Some(cause) if state.session.is_finished() && written => {
                Tick::Finished(ended_by(cause))
            }
            _ if nothing_waits => {
                state.looks.rest();
                state.session.release_memory();
                state.gate.outbox.release_memory();
                Tick::Rest
            }
            _ => {
                let promised = state.room.has_promised().then(|| now + PROMISE);
                let deadlines = in_session.into_iter().chain(in_room).chain(elsewhere);
                let earliest = deadlines.chain(promised).min();
                Tick::Look(state.looks.looked(now, earliest))
            }
        };
        drop(state);
        completed.extend(ended.into_iter().map(|ended| self.failed(ended)));
        // Before the callers are woken that have waited for room: their requests come after these.
        self.hand_on(unsent);
        wake(retired);
        waiters.into_iter().for_each(Waker::wake);
        discard(discarded);
        tick
    }

    /// Returns what the reader has to know before it waits. If `waker` is given, it is woken when that changes.
    pub(in crate::client::stream) fn watch_reader(&self, waker: Option<&Waker>) -> Watch {
        let mut state = self.state.lock();
        let finished = state.session.is_finished() && state.gate.outbox.is_empty();
        if (finished || state.session.is_closed())
            && let Some(cause) = state.session.refusal()
        {
            return Watch::Over(ended_by(cause.clone()));
        }
        if let Some(waker) = waker
            && !state.reader.as_ref().is_some_and(|reader| reader.will_wake(waker))
        {
            state.reader = Some(waker.clone());
        }
        Watch::Look(state.looks.take_change())
    }

    /// Plans a look although nothing waits, because memory is in use and the next look gives it back.
    pub(in crate::client::stream) fn look_again(&self) {
        let mut state = self.state.lock();
        state.looks.any_time();
    }
}

/// Why requests end that were sent on a connection which took no more requests for this reason.
fn ended_by(refusal: RpcIntErr) -> RpcIntErr {
    refusal.with_outcome(Outcome::Unknown)
}
