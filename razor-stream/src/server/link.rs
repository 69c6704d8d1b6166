//! One connection of a server, as its reader, its writer and its handlers share it: slots and output.
//!
//! A slot is held from the decoding of a request until its response has left for the kernel. Requests that are answered
//! in place hold their slots in the reader's own batch, and cost nothing here. Knows no transport and no dispatcher.

use super::ServerConfig;
use super::cancel::CancelReason;
use super::info::Shared;
use super::slots::Slots;
use crate::coroutine::wake;
use crate::isolation::discard;
use crate::proto::{Left, Limits, Output};
use crate::transport::PeerAddr;
use crate::writer::{Gate, Sender};
use crate::{LogControl, clock, log};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Waker;
use std::time::{Duration, Instant};

/// Once this number of bytes waits to be written, no more requests are dispatched.
const HIGH_WATER: usize = 4 << 20;
/// Once the requests that wait for their answer have this number of bytes, no more requests are dispatched.
const IN_HAND: usize = 8 << 20;

/// The part of a server's connection that its reader, its writer and its handlers share.
#[derive(Debug)]
pub(crate) struct Link {
    limits: Limits,
    log: LogControl,
    /// Set once the connection is open.
    peer: OnceLock<PeerAddr>,
    /// What its handlers share.
    shared: Shared,
    max_in_flight: usize,
    /// The slots of the whole server: one for each request that was detached and has not been answered.
    server: Arc<Slots>,
    /// Slots of requests that were detached and of responses that the writer has; the responses in the reader's batch
    /// are not counted. Relaxed: it is a bound, and publishes nothing.
    slots: AtomicUsize,
    /// Bytes of the requests that were detached and have not been answered. Relaxed, like all counters here.
    in_hand: AtomicUsize,
    /// Bytes that wait to be written; those in the reader's batch are not counted.
    queued: AtomicUsize,
    /// The phase is no longer `Serving`. A reader that never waits looks here. Relaxed: the phase itself is under the
    /// lock.
    ending: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    gate: Gate,
    /// The waker of the reader while it reads; called when the connection ends.
    reader: Option<Waker>,
    /// The waker of the reader while it waits for a slot, for room in the output, or until every response has been
    /// written.
    waiting: Option<Waker>,
    pongs: Pongs,
    phase: Phase,
    /// The time at which the server began to close.
    draining: Option<Instant>,
}

/// What the reader may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Dispatch requests.
    Serving,
    /// Refuse requests, until the requests in hand have been answered.
    Draining,
    /// Nothing: the connection has ended.
    Closed,
}

/// Pings without a blob: each is answered once every request before it has been answered (rule Q2).
///
/// Requests are counted in epochs; each ping ends an epoch.
#[derive(Debug, Default)]
struct Pongs {
    /// The number of the oldest epoch that a waiting ping has ended; if no ping waits, of the current epoch.
    oldest: u64,
    /// The `seq` of each ping that waits, with the number of unanswered requests in the epoch that it ended.
    waiting: VecDeque<(u64, usize)>,
    /// Unanswered requests of the current epoch.
    current: usize,
}

impl Pongs {
    fn outstanding(&self) -> bool {
        !self.waiting.is_empty() || self.current > 0
    }

    fn begin(&mut self) -> u64 {
        self.current += 1;
        self.oldest + self.waiting.len() as u64
    }

    fn wait(&mut self, seq: u64) {
        let before = std::mem::take(&mut self.current);
        self.waiting.push_back((seq, before));
    }

    /// Records that a request of `epoch` has been answered, and calls `pong` with each ping that may be answered now.
    fn answered(&mut self, epoch: u64, mut pong: impl FnMut(u64)) {
        let place = usize::try_from(epoch.saturating_sub(self.oldest)).unwrap_or(usize::MAX);
        match self.waiting.get_mut(place) {
            Some((_, outstanding)) => *outstanding = outstanding.saturating_sub(1),
            None => self.current = self.current.saturating_sub(1),
        }
        while let Some((seq, 0)) = self.waiting.front().copied() {
            self.waiting.pop_front();
            self.oldest += 1;
            pong(seq);
        }
    }
}

impl Link {
    pub(super) fn new(config: &ServerConfig, server: Arc<Slots>) -> Self {
        Self {
            limits: config.limits,
            log: config.log.clone(),
            peer: OnceLock::new(),
            shared: Shared::new(),
            max_in_flight: config.in_flight.get(),
            server,
            slots: AtomicUsize::new(0),
            in_hand: AtomicUsize::new(0),
            queued: AtomicUsize::new(0),
            ending: AtomicBool::new(false),
            state: Mutex::new(State {
                gate: Gate::default(),
                reader: None,
                waiting: None,
                pongs: Pongs::default(),
                phase: Phase::Serving,
                draining: None,
            }),
        }
    }

    pub(super) const fn log(&self) -> &LogControl {
        &self.log
    }

    /// Records that the connection is open, and the address of its peer.
    pub(super) fn opened(&self, peer: PeerAddr) {
        let _opened_once = self.peer.set(peer);
    }

    /// The address of the peer.
    pub(super) fn peer(&self) -> &PeerAddr {
        static UNKNOWN: PeerAddr = PeerAddr::Other(String::new());
        self.peer.get().unwrap_or(&UNKNOWN)
    }

    pub(super) const fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) const fn server(&self) -> &Arc<Slots> {
        &self.server
    }

    pub(super) const fn reply_limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes a slot for a request of this number of bytes that is answered later, and returns its epoch.
    pub(super) fn detach(&self, bytes: usize) -> u64 {
        self.server.take();
        self.slots.fetch_add(1, Ordering::Relaxed);
        self.in_hand.fetch_add(bytes, Ordering::Relaxed);
        self.state.lock().pongs.begin()
    }

    /// Returns whether a ping without a blob may be answered now. If not, the ping takes a slot and is answered later.
    pub(super) fn pong_or_wait(&self, seq: u64) -> bool {
        let mut state = self.state.lock();
        if !state.pongs.outstanding() {
            return true;
        }
        self.slots.fetch_add(1, Ordering::Relaxed);
        state.pongs.wait(seq);
        false
    }

    /// Records that a detached request of this number of bytes has been answered, and hands its answer to the writer.
    pub(super) fn answered(&self, output: &mut Output, epoch: u64, bytes: usize) {
        self.server.give_back();
        self.in_hand.fetch_sub(bytes, Ordering::Relaxed);
        let mut state = self.state.lock();
        if state.phase == Phase::Closed {
            return;
        }
        let State { gate, pongs, .. } = &mut *state;
        let before = gate.outbox.len();
        gate.outbox.front().append(output);
        pongs.answered(epoch, |seq| push_pong(gate.outbox.front(), seq));
        self.queued.fetch_add(gate.outbox.len() - before, Ordering::Relaxed);
        let wakers = [gate.take_writer(), state.waiting.take()];
        drop(state);
        wakers.into_iter().for_each(wake);
    }

    /// Takes the right to write the reader's batch and returns its frames, unless other frames have to be written
    /// first: then the batch is left to the writer.
    pub(super) fn claim_for(&self, batch: &mut Output) -> Option<Output> {
        let mut state = self.state.lock();
        if state.phase == Phase::Closed {
            drop(state);
            discard(std::mem::take(batch));
            return None;
        }
        self.slots.fetch_add(batch.frames(), Ordering::Relaxed);
        self.queued.fetch_add(batch.len(), Ordering::Relaxed);
        let claimed = state.gate.outbox.claim_for(batch);
        let waker = if claimed.is_some() { None } else { state.gate.take_writer() };
        drop(state);
        wake(waker);
        claimed
    }

    /// Whether one more request may be dispatched, beside the `batch` responses in the reader's batch.
    pub(super) fn has_slot(&self, batch: usize) -> bool {
        self.slots.load(Ordering::Relaxed) + batch < self.max_in_flight
            && self.in_hand.load(Ordering::Relaxed) < IN_HAND
            && !self.is_choked()
    }

    /// Whether one more request may be refused, beside the `batch` responses in the reader's batch. Refusals may take
    /// as many slots again as requests.
    pub(super) fn has_slot_for_refusals(&self, batch: usize) -> bool {
        self.slots.load(Ordering::Relaxed) + batch < 2 * self.max_in_flight && !self.is_choked()
    }

    /// Whether too many bytes wait to be written, so that no more requests may be answered.
    pub(super) fn is_choked(&self) -> bool {
        self.queued.load(Ordering::Relaxed) >= HIGH_WATER
    }

    /// Whether the connection has a free slot, or ends. The reader is woken when that may have changed.
    pub(super) fn poll_slot(&self, waker: &Waker) -> bool {
        let mut state = self.state.lock();
        // The check comes after the registration: a slot that becomes free in between is seen here, or wakes the
        // reader.
        state.waiting = Some(waker.clone());
        state.phase != Phase::Serving || self.has_slot(0)
    }

    /// The phase of the connection. The reader is woken when it changes.
    pub(super) fn poll_phase(&self, waker: &Waker) -> Phase {
        let mut state = self.state.lock();
        if !state.reader.as_ref().is_some_and(|reader| reader.will_wake(waker)) {
            state.reader = Some(waker.clone());
        }
        state.phase
    }

    /// Whether every request in hand has been answered and every response written. The reader is woken when that may
    /// have changed.
    pub(super) fn poll_drained(&self, waker: &Waker) -> bool {
        let mut state = self.state.lock();
        state.waiting = Some(waker.clone());
        let nothing_in_hand = self.slots.load(Ordering::Relaxed) == 0;
        state.phase == Phase::Closed || nothing_in_hand && state.gate.outbox.is_empty()
    }

    /// Whether every response so far has been written. The reader is woken when that may have changed.
    pub(super) fn poll_flushed(&self, waker: &Waker) -> bool {
        let mut state = self.state.lock();
        state.waiting = Some(waker.clone());
        state.phase == Phase::Closed || state.gate.outbox.is_empty()
    }

    /// Whether the reader has to look at the phase.
    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    pub(super) fn phase(&self) -> Phase {
        self.state.lock().phase
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.phase() == Phase::Closed
    }

    /// Begins to drain the connection: from now on the reader refuses requests.
    pub(super) fn drain(&self) {
        let mut state = self.state.lock();
        if state.phase == Phase::Serving {
            state.phase = Phase::Draining;
            state.draining = Some(clock::now());
        }
        self.ending.store(true, Ordering::Relaxed);
        let wakers = [state.reader.take(), state.waiting.take()];
        drop(state);
        wakers.into_iter().for_each(wake);
        self.shared.cancel.cancel(CancelReason::Draining);
    }

    /// The part of `whole`, the time that requests in hand have once the server closes, that is left.
    pub(super) fn drain_time(&self, whole: Duration) -> Duration {
        let since = self.state.lock().draining;
        since.map_or(whole, |since| whole.saturating_sub(clock::now().duration_since(since)))
    }

    /// Ends the connection. Answers that come later are thrown away.
    pub(super) fn close(&self) {
        self.close_first();
    }

    /// Ends the connection; returns whether it had not ended before.
    fn close_first(&self) -> bool {
        let mut state = self.state.lock();
        let first = std::mem::replace(&mut state.phase, Phase::Closed) != Phase::Closed;
        self.ending.store(true, Ordering::Relaxed);
        let wakers = [state.gate.take_writer(), state.reader.take(), state.waiting.take()];
        let gate = std::mem::take(&mut state.gate);
        drop(state);
        wakers.into_iter().flatten().for_each(Waker::wake);
        discard(gate);
        self.shared.cancel.cancel(CancelReason::Disconnected);
        first
    }

    /// Frees unused buffers of a connection that has been idle for a while.
    pub(super) fn release_memory(&self) {
        self.state.lock().gate.outbox.release_memory();
    }
}

/// The answer to a ping: an empty success.
pub(super) fn push_pong(output: &mut Output, seq: u64) {
    let empty = Limits::new(0, 0);
    let pushed = output.push_success::<crate::proto::FrameTooLarge>(seq, &empty, None, |_| Ok(()));
    debug_assert!(pushed.is_ok(), "an empty message is within every limit");
}

impl Sender for Link {
    fn with_gate<R>(&self, look: impl FnOnce(&mut Gate, usize) -> R) -> Option<R> {
        let mut state = self.state.lock();
        let in_hand = self.slots.load(Ordering::Relaxed);
        if state.phase == Phase::Closed { None } else { Some(look(&mut state.gate, in_hand)) }
    }

    fn left(&self, left: Left) {
        self.slots.fetch_sub(left.frames, Ordering::Relaxed);
        self.queued.fetch_sub(left.bytes, Ordering::Relaxed);
        let waiting = self.state.lock().waiting.take();
        wake(waiting);
    }

    fn broken(&self, error: io::Error) {
        if self.close_first() {
            let told = format_args!("lost the connection of {}: {error}", self.peer());
            log::server::LOST.info(&self.log, told);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rule Q2: a ping without a blob is answered only when every earlier request has been.
    #[test]
    fn a_bare_ping_waits_for_earlier_requests_and_for_no_later_ones() {
        let mut pongs = Pongs::default();
        assert!(!pongs.outstanding());
        let (first, second) = (pongs.begin(), pongs.begin());
        pongs.wait(3);
        let later = pongs.begin();
        pongs.wait(5);
        let mut answered = Vec::new();
        pongs.answered(later, |seq| answered.push(seq));
        pongs.answered(second, |seq| answered.push(seq));
        assert!(answered.is_empty(), "{answered:?}");
        pongs.answered(first, |seq| answered.push(seq));
        assert_eq!(answered, [3, 5]);
        assert!(!pongs.outstanding());
        assert_eq!(pongs.begin(), 2);
    }
}
