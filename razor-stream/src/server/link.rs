//! One connection of a server, as its reader, its writer and its handlers share it: slots and output.
//!
//! A slot is held from the decoding of a request until its response has left for the kernel. Requests answered in
//! place hold theirs in the reader's own batch and cost nothing here. Knows no transport and no dispatcher.

use super::ServerConfig;
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

/// Bytes waiting to be written, from which on no more requests are dispatched.
const HIGH_WATER: usize = 4 << 20;
/// Bytes of requests that wait for their answer, from which on no more are dispatched.
const IN_HAND: usize = 8 << 20;

/// The shared half of a server's connection.
#[derive(Debug)]
pub(crate) struct Link {
    limits: Limits,
    log: LogControl,
    /// Known once the connection is open.
    peer: OnceLock<PeerAddr>,
    max_in_flight: usize,
    /// Those of the whole server: one for each request that was detached and not answered.
    server: Arc<Slots>,
    /// Slots of requests that were detached and of responses that the writer has; those in the reader's batch
    /// are not among them. Relaxed: it is a bound, and publishes nothing.
    slots: AtomicUsize,
    /// Bytes of the requests that were detached and not answered. Relaxed, like all of these.
    in_hand: AtomicUsize,
    /// Bytes that wait to be written, those of the reader's batch not among them.
    queued: AtomicUsize,
    /// The phase is no longer `Serving`; for a reader that never waits. Relaxed: the phase itself is under the lock.
    ending: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    gate: Gate,
    /// Reads, and is told of the end.
    reader: Option<Waker>,
    /// The same reader, while it waits for a slot, for room in the output, or for everything to be written.
    waiting: Option<Waker>,
    pongs: Pongs,
    phase: Phase,
    /// Since when the server closes.
    draining: Option<Instant>,
}

/// What the reader may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Dispatch.
    Serving,
    /// Refuse what comes, until what is in hand has been answered.
    Draining,
    /// Nothing: the connection has ended.
    Closed,
}

/// Pings without a blob: each is answered once every request before it has been (rule Q2).
///
/// Requests are counted in epochs; a ping ends one.
#[derive(Debug, Default)]
struct Pongs {
    /// The number of the oldest epoch that still counts.
    oldest: u64,
    /// The pings that wait, with the unanswered requests of the epoch before each.
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

    /// A request of `epoch` has been answered: the pings that may be answered now.
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
            max_in_flight: config.in_flight,
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

    /// The connection is open: this is who is at the other end.
    pub(super) fn opened(&self, peer: PeerAddr) {
        let _opened_once = self.peer.set(peer);
    }

    /// Who is at the other end.
    pub(super) fn peer(&self) -> &PeerAddr {
        static UNKNOWN: PeerAddr = PeerAddr::Other(String::new());
        self.peer.get().unwrap_or(&UNKNOWN)
    }

    pub(super) const fn server(&self) -> &Arc<Slots> {
        &self.server
    }

    pub(super) const fn reply_limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes a slot for a request of so many bytes that is answered later; returns its epoch.
    pub(super) fn detach(&self, bytes: usize) -> u64 {
        self.server.take();
        self.slots.fetch_add(1, Ordering::Relaxed);
        self.in_hand.fetch_add(bytes, Ordering::Relaxed);
        self.state.lock().pongs.begin()
    }

    /// A ping without a blob: `true` if it may be answered now, otherwise it will be.
    pub(super) fn may_pong(&self, seq: u64) -> bool {
        let mut state = self.state.lock();
        if !state.pongs.outstanding() {
            return true;
        }
        self.slots.fetch_add(1, Ordering::Relaxed);
        state.pongs.wait(seq);
        false
    }

    /// A detached request of so many bytes has been answered: the answer goes to the writer.
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

    /// The reader's batch: to be written by the reader itself, unless something has to go before it.
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

    /// Whether one more request may be dispatched beside `batch`.
    pub(super) fn has_slot(&self, batch: usize) -> bool {
        self.slots.load(Ordering::Relaxed) + batch < self.max_in_flight
            && self.in_hand.load(Ordering::Relaxed) < IN_HAND
            && !self.is_choked()
    }

    /// Whether one more request may be refused beside `batch`: as many again as may be dispatched.
    pub(super) fn has_slot_for_refusals(&self, batch: usize) -> bool {
        self.slots.load(Ordering::Relaxed) + batch < 2 * self.max_in_flight && !self.is_choked()
    }

    /// Whether so much waits to be written that nothing more should be answered.
    pub(super) fn is_choked(&self) -> bool {
        self.queued.load(Ordering::Relaxed) >= HIGH_WATER
    }

    /// Registers the reader for being told of a slot or of the end, unless there is one.
    pub(super) fn poll_slot(&self, waker: &Waker) -> bool {
        let mut state = self.state.lock();
        // Looked at after the registration: a slot that becomes free meanwhile is seen or tells.
        state.waiting = Some(waker.clone());
        state.phase != Phase::Serving || self.has_slot(0)
    }

    /// Registers the reader for being told of the end, or of the begin of it.
    pub(super) fn poll_phase(&self, waker: &Waker) -> Phase {
        let mut state = self.state.lock();
        if !state.reader.as_ref().is_some_and(|reader| reader.will_wake(waker)) {
            state.reader = Some(waker.clone());
        }
        state.phase
    }

    /// Registers the reader for being told when everything in hand has been answered and written.
    pub(super) fn poll_drained(&self, waker: &Waker) -> bool {
        let mut state = self.state.lock();
        state.waiting = Some(waker.clone());
        let nothing_in_hand = self.slots.load(Ordering::Relaxed) == 0;
        state.phase == Phase::Closed || nothing_in_hand && state.gate.outbox.is_empty()
    }

    /// Registers the reader for being told when everything answered so far has been written.
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

    /// The reader refuses what comes from now on.
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
    }

    /// What is left of the time that requests in hand have, once the server closes.
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
        first
    }

    /// Gives memory back; for a connection that has been idle for a while.
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
