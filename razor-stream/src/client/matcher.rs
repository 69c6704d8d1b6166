//! Replies find their requests, under the lock of their connection.
//!
//! Knows what a reply means to its request. Completes nothing: that is done outside of the lock.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

use super::{Completion, Response};
use crate::error::{EncodedErr, Outcome, RpcErrKind, RpcError, RpcIntErr, Stage};
use crate::proto::{Matched, ReplyFrame, Session};

/// What completes a request.
pub(super) type Completed<K> = (K, Result<Response, RpcError<EncodedErr>>);

/// The session, while replies are matched.
pub(super) struct Matcher<'a, K> {
    session: &'a mut Session<K>,
    completed: &'a mut Vec<Completed<K>>,
}

impl<'a, K: Completion> Matcher<'a, K> {
    pub(super) const fn new(
        session: &'a mut Session<K>,
        completed: &'a mut Vec<Completed<K>>,
    ) -> Self {
        Self { session, completed }
    }

    /// How many requests are to be completed outside the lock.
    pub(super) const fn matched(&self) -> usize {
        self.completed.len()
    }

    /// Matches one reply; `false` if the connection has to be closed for it.
    #[inline(always)]
    pub(super) fn reply(&mut self, reply: ReplyFrame<'_>) -> bool {
        // Only a success is reserved for control messages.
        let is_error_to_nothing = reply.seq() == 0 && !matches!(reply, ReplyFrame::Success { .. });
        let matched = match is_error_to_nothing {
            true => self.session.stray(),
            false => self.session.matched(reply.seq()),
        };
        match matched {
            Matched::Request(mut task, buffer) => {
                let result = super::reader::result_of(&mut task, reply, buffer);
                self.completed.push((task, result));
                true
            }
            Matched::Unneeded | Matched::Stray => true,
            Matched::TooManyStrays => false,
        }
    }

    /// A reply over a limit: its request fails.
    pub(super) fn refused(&mut self, seq: u64) -> bool {
        match self.session.matched(seq) {
            Matched::Request(task, _) => {
                let error = RpcIntErr::new(RpcErrKind::TooLarge, Outcome::Executed, Stage::Reply);
                self.completed.push((task, Err(error.into())));
                true
            }
            Matched::Unneeded | Matched::Stray => true,
            Matched::TooManyStrays => false,
        }
    }
}
