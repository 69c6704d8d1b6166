//! The end of a client's connection: requests that were sent end with it, and requests that were not sent can be taken
//! out before.
//!
//! Knows the output. Does not know where unsent requests go.

use super::{Lifecycle, Pending, Session, Submission, Waiting};
use crate::error::{Outcome, RpcIntErr};
use crate::proto::frame::{request_lengths, request_seq};
use crate::proto::{Deadline, Ended, Outbox};
use std::collections::HashSet;

impl<T: Pending> Session<T> {
    /// Takes out the requests that wait for a place in the window: they were never sent, so another connection may send
    /// them.
    #[must_use]
    pub fn take_unsent(&mut self) -> Vec<Submission<T>> {
        self.queue_bytes = 0;
        std::mem::take(&mut self.queue).into_iter().map(|queued| queued.submission).collect()
    }

    /// Takes the requests in flight whose last byte provably never left, in their order, with their `seq`. Their frames
    /// are what [`Outbox::unwritten_requests`] returns.
    ///
    /// For an owner that closes the session next: their places stay taken.
    #[must_use]
    pub fn take_unwritten(&mut self, outbox: &Outbox) -> Vec<(u64, T, Deadline)> {
        let mut taken = Vec::new();
        outbox.unwritten(request_lengths, |unwritten| {
            let seq = request_seq(unwritten.frame);
            let Some(flight) = self.table.get_mut(seq) else { return };
            match std::mem::replace(&mut flight.waiting, Waiting::Abandoned) {
                Waiting::For(task, deadline) => {
                    self.abandoned += 1;
                    taken.push((seq, task, deadline));
                }
                other => flight.waiting = other,
            }
        });
        taken
    }

    /// Ends the connection and everything that waits for it. A request whose last byte provably never left
    /// gets `NotSent`, any other that was sent `Unknown`.
    ///
    /// A second call does nothing. The content of `outbox` is left to the owner.
    #[must_use]
    pub fn close(&mut self, cause: &RpcIntErr, outbox: &mut Outbox) -> Vec<Ended<T>> {
        if self.is_closed() {
            return Vec::new();
        }
        self.lifecycle = Lifecycle::Closed(cause.clone().with_outcome(Outcome::NotSent));
        let mut unsent = HashSet::new();
        outbox.unwritten(request_lengths, |unwritten| {
            unsent.insert(request_seq(unwritten.frame));
        });
        let mut ended = Vec::new();
        for (seq, flight) in self.table.drain() {
            if let Waiting::For(task, _) = flight.waiting {
                let sent = !unsent.contains(&seq);
                let outcome = if sent { Outcome::Unknown } else { Outcome::NotSent };
                ended.push(Ended { task, error: cause.clone().with_outcome(outcome) });
            }
        }
        for Submission { frame, task, .. } in self.take_unsent() {
            let error = cause.clone().with_outcome(Outcome::NotSent);
            self.discarded.push(frame);
            ended.push(Ended { task, error });
        }
        (self.abandoned, self.pings) = (0, 0);
        ended
    }
}
