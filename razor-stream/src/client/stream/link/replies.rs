//! Matching replies under the lock, and errors that name the peer.
//!
//! Knows batches. Does not know what a reply means to its request: that is the matcher's.

use super::state::{Link, State};
use crate::client::stream::matcher::{Completed, Matcher};
use crate::client::{Completion, Response};
use crate::clock;
use crate::coroutine::wake;
use crate::error::{EncodedErr, RpcError};
use crate::isolation::discard;
use crate::proto::Ended;
use crate::transport::WriteHalf;
use std::task::Waker;

impl<K: Completion, W: WriteHalf> Link<K, W> {
    /// Matches replies under one lock, as many as `next` yields, and puts into `completed` what is to be completed
    /// outside of the lock.
    pub(in crate::client::stream) fn match_batch<E>(
        &self,
        completed: &mut Vec<Completed<K>>,
        mut next: impl FnMut(&mut Matcher<'_, K>) -> Result<bool, E>,
    ) -> Result<(), E> {
        let mut state = self.state.lock();
        let State { session, .. } = &mut *state;
        let mut matcher = Matcher::new(session, completed);
        let result = loop {
            match next(&mut matcher) {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        let State { session, gate, room, .. } = &mut *state;
        let (mut writer, mut waiters, mut discarded) = (None, Vec::new(), Vec::new());
        if session.queued() > 0 || !room.is_empty() {
            let mut ended = Vec::new();
            session.advance(clock::now(), &mut ended, &mut gate.outbox);
            discarded = session.take_discarded();
            completed.extend(ended.into_iter().map(|ended| self.failed(ended)));
            writer = state.gate.take_writer();
            waiters = state.admit();
        }
        drop(state);
        wake(writer);
        waiters.into_iter().for_each(Waker::wake);
        discard(discarded);
        result
    }

    /// A result whose error names the peer.
    pub(in crate::client::stream) fn with_peer(
        &self,
        result: Result<Response, RpcError<EncodedErr>>,
    ) -> Result<Response, RpcError<EncodedErr>> {
        match result {
            Err(RpcError::Rpc(error)) if error.peer().is_none() => {
                Err(error.with_peer(self.peer.to_string()).into())
            }
            result => result,
        }
    }

    /// What a request that ended without an answer is completed with.
    pub(super) fn failed(&self, ended: Ended<K>) -> Completed<K> {
        let error = match ended.error.peer() {
            Some(_) => ended.error,
            None => ended.error.with_peer(self.peer.to_string()),
        };
        (ended.task, Err(error.into()))
    }
}
