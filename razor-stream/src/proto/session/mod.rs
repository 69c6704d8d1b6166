//! A client's connection as a state machine: sequence numbers, the window, the queue before it, the table of
//! requests in flight, and what becomes of each when something goes wrong.
//!
//! Takes requests, replies and the time; returns what to complete. Knows no socket, channel, clock or coroutine; its
//! owner keeps it under one short lock.
//!
//! ```text
//!  submit ──► window open? ──yes──► seq, table, output ──► written ──► reply ──► completed
//!                  │ no                                      │ deadline
//!                  ▼                                         ▼
//!                queue (bounded) ── deadline ──► ended     abandoned: keeps its place until the reply
//! ```
//! A request is also abandoned, and a queued one ended, when nobody waits for it any more.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

mod arriving;
mod end;
mod parts;
mod spare;
mod sweep;
#[cfg(test)]
mod tests;

pub use parts::{
    Ended, Matched, NotTaken, Pending, SessionLimits, SessionStats, Submission, Submitted,
};

use super::frame::RequestFrame;
use super::{Deadline, InFlight, Outbox};
use crate::error::{RpcIntErr, made};
use spare::Spare;
use std::collections::VecDeque;
use std::time::Instant;

/// The last `seq` of a connection; then it is retired.
const LAST_SEQ: u64 = 1 << 63;
/// The number of replies that belong to no request after which the connection is closed.
const STRAYS: u32 = 16;

#[derive(Debug)]
enum Lifecycle {
    Open,
    /// Takes no more requests; those in flight are waited for.
    Retiring(RpcIntErr),
    Closed(RpcIntErr),
}

#[derive(Debug)]
struct Flight<T> {
    waiting: Waiting<T>,
    bytes: usize,
}

#[derive(Debug)]
enum Waiting<T> {
    For(T, Deadline),
    /// Its blob is arriving in memory of its task, so the reader has the task.
    Arriving,
    /// The deadline has passed, or nobody waits. The peer may still work on the request, so its place stays taken.
    Abandoned,
    Ping,
}

#[derive(Debug)]
struct Queued<T> {
    submission: Submission<T>,
    late: bool,
}

/// A client's connection.
#[derive(Debug)]
pub struct Session<T> {
    limits: SessionLimits,
    lifecycle: Lifecycle,
    was_retired: bool,
    next_seq: u64,
    table: InFlight<Flight<T>>,
    abandoned: usize,
    pings: usize,
    bytes_in_flight: usize,
    spare: Spare,
    queue: VecDeque<Queued<T>>,
    queue_bytes: usize,
    /// The frames of requests that ended in the queue. Their blobs may belong to a user, so they are not dropped here.
    discarded: Vec<RequestFrame>,
    stats: SessionStats,
}

impl<T: Pending> Session<T> {
    /// A new connection.
    #[must_use]
    pub fn new(limits: SessionLimits) -> Self {
        Self {
            limits,
            lifecycle: Lifecycle::Open,
            was_retired: false,
            next_seq: 1,
            table: InFlight::default(),
            abandoned: 0,
            pings: 0,
            bytes_in_flight: 0,
            spare: Spare::default(),
            queue: VecDeque::new(),
            queue_bytes: 0,
            discarded: Vec::new(),
            stats: SessionStats::default(),
        }
    }

    /// Returns why the connection takes no more requests, or `None` while it takes them.
    #[must_use]
    pub const fn refusal(&self) -> Option<&RpcIntErr> {
        match &self.lifecycle {
            Lifecycle::Open => None,
            Lifecycle::Retiring(cause) | Lifecycle::Closed(cause) => Some(cause),
        }
    }

    /// Whether the connection has ended.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.lifecycle, Lifecycle::Closed(_))
    }

    /// Whether this side stopped using the connection before it ended.
    #[must_use]
    pub const fn was_retired(&self) -> bool {
        self.was_retired
    }

    /// Whether the connection takes no more requests and has answered all it took.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(self.lifecycle, Lifecycle::Retiring(_)) && self.nobody_waits()
    }

    /// Whether nobody waits for an answer: only pings and abandoned requests are in flight, and the queue is empty.
    #[must_use]
    pub fn nobody_waits(&self) -> bool {
        self.queue.is_empty() && self.table.len() == self.abandoned + self.pings
    }

    /// The number of further requests for which the queue has room.
    #[must_use]
    pub fn room(&self) -> usize {
        if self.queue_bytes >= self.limits.queue_bytes {
            0
        } else {
            self.limits.queue.saturating_sub(self.queue.len())
        }
    }

    /// The number of requests in flight, including abandoned ones.
    #[must_use]
    pub const fn in_flight(&self) -> usize {
        self.table.len()
    }

    /// The number of requests that wait for a place in the window.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Counts of replies that nobody waited for.
    #[must_use]
    pub const fn stats(&self) -> SessionStats {
        self.stats
    }

    /// Takes a request; it goes to `outbox` as soon as the window allows.
    ///
    /// # Errors
    /// The request comes back when there is no room for it, or when the connection takes no more requests.
    #[inline(always)]
    pub fn submit(
        &mut self,
        submission: Submission<T>,
        outbox: &mut Outbox,
    ) -> Result<Submitted, NotTaken<T>> {
        if let Some(cause) = self.refusal() {
            let cause = cause.clone();
            return Err(NotTaken::Closed(submission, cause));
        }
        if self.queue.is_empty() && self.has_place() {
            let Submission { frame, task, deadline } = submission;
            self.append(frame, Waiting::For(task, deadline), outbox);
            let flush = outbox.waiting() >= self.flush_at() && !outbox.is_writing();
            return Ok(Submitted::Appended { flush });
        }
        let bytes = self.queue_bytes + submission.frame.len();
        if self.queue.len() >= self.limits.queue
            || bytes > self.limits.queue_bytes && !self.queue.is_empty()
        {
            return Err(NotTaken::Full(submission));
        }
        Ok(self.enqueue(submission))
    }

    /// Takes a request that was taken before, by a connection that did not send it or by a pool without a connection.
    /// There is always room for it: it was within a limit then.
    ///
    /// # Errors
    /// The request comes back when the connection takes no more requests, with the reason.
    pub fn submit_again(
        &mut self,
        submission: Submission<T>,
        outbox: &mut Outbox,
    ) -> Result<Submitted, (Submission<T>, RpcIntErr)> {
        match self.submit(submission, outbox) {
            Ok(submitted) => Ok(submitted),
            Err(NotTaken::Full(submission)) => Ok(self.enqueue(submission)),
            Err(NotTaken::Closed(submission, cause)) => Err((submission, cause)),
        }
    }

    fn enqueue(&mut self, submission: Submission<T>) -> Submitted {
        self.queue_bytes += submission.frame.len();
        self.queue.push_back(Queued { submission, late: false });
        Submitted::Queued
    }

    /// Sends a ping, whose answer shows that the server lives. It takes a place in the window as a request does.
    /// Returns `false`, and sends nothing, if there is no place or the connection takes no more requests.
    pub fn ping(&mut self, client_id: u64, outbox: &mut Outbox) -> bool {
        let can = self.refusal().is_none() && self.has_place();
        if can {
            self.append(RequestFrame::ping(client_id), Waiting::Ping, outbox);
            self.pings += 1;
        }
        can
    }

    const fn has_place(&self) -> bool {
        self.table.len() < self.limits.window
    }

    #[inline(always)]
    fn append(&mut self, frame: RequestFrame, waiting: Waiting<T>, outbox: &mut Outbox) {
        let (seq, bytes) = (self.next_seq, frame.len());
        self.next_seq += 1;
        self.bytes_in_flight += bytes;
        self.spare.put(frame.append_to(outbox.front(), seq));
        self.table.insert(seq, Flight { waiting, bytes });
        if self.next_seq >= LAST_SEQ {
            self.retire(made::takes_no_more());
        }
    }

    /// Half the bytes in flight, so that both sides work at once instead of taking turns; between 4 and 64 KiB,
    /// so that a write pays for its wake and a batch stays in the cache (figures: docs/PERFORMANCE.md).
    fn flush_at(&self) -> usize {
        (self.bytes_in_flight / 2).clamp(4 << 10, 64 << 10)
    }

    /// Takes out the request that this reply answers, and frees its place.
    #[inline(always)]
    pub fn take_replied(&mut self, seq: u64) -> Matched<T> {
        let Some(flight) = self.table.remove(seq) else {
            // `seq` 0 is reserved for control messages of version 2: such a reply is skipped and not counted.
            return if seq == 0 { Matched::Unneeded } else { self.count_stray() };
        };
        self.bytes_in_flight -= flight.bytes;
        match flight.waiting {
            Waiting::For(task, _) => Matched::Request(task, self.spare.take()),
            Waiting::Ping => {
                self.pings -= 1;
                Matched::Unneeded
            }
            Waiting::Arriving => Matched::Unneeded,
            Waiting::Abandoned => {
                self.abandoned -= 1;
                self.stats.late_replies += 1;
                Matched::Unneeded
            }
        }
    }

    /// Counts a reply that belongs to no request.
    pub const fn count_stray(&mut self) -> Matched<T> {
        self.stats.stray_replies += 1;
        if self.stats.stray_replies >= STRAYS { Matched::TooManyStrays } else { Matched::Stray }
    }

    /// Moves queued requests to the places that have become free, in their order. Requests past their deadline end, and
    /// so do requests that nobody waits for.
    pub fn advance(&mut self, now: Instant, ended: &mut Vec<Ended<T>>, outbox: &mut Outbox) {
        while self.has_place()
            && let Some(Queued { submission, .. }) = self.queue.pop_front()
        {
            let Submission { frame, task, mut deadline } = submission;
            self.queue_bytes -= frame.len();
            if task.is_abandoned() {
                self.discarded.push(frame);
                // Returned rather than dropped here: dropping the task may call this connection.
                ended.push(Ended { task, error: made::unwanted_in_queue() });
                continue;
            }
            if deadline.has_passed(now) {
                self.discarded.push(frame);
                ended.push(Ended { task, error: made::queued_too_long() });
                continue;
            }
            self.append(frame, Waiting::For(task, deadline), outbox);
        }
    }

    /// Stops taking requests; requests in flight and in the queue are finished.
    pub fn retire(&mut self, cause: RpcIntErr) {
        if matches!(self.lifecycle, Lifecycle::Open) {
            self.lifecycle = Lifecycle::Retiring(cause);
            self.was_retired = true;
        }
    }

    /// Takes out the frames of requests that ended without being sent, to be dropped outside of the lock.
    #[must_use]
    pub fn take_discarded(&mut self) -> Vec<RequestFrame> {
        std::mem::take(&mut self.discarded)
    }

    /// Gives memory back; for a connection that has been idle for a while.
    pub fn release_memory(&mut self) {
        self.table.release_memory();
        self.spare = Spare::default();
        if self.queue.is_empty() {
            self.queue = VecDeque::new();
        }
    }
}
