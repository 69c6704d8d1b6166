//! Replies find their requests, under the lock of their connection.
//!
//! Knows what a reply means to its request. Completes nothing: that is done outside of the lock.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

use crate::buffer;
use crate::client::task::{Blob, BufferTooSmall};
use crate::client::{Completion, Response};
use crate::error::{EncodedErr, RpcError, RpcIntErr, made};
use crate::isolation::isolated;
use crate::proto::{Body, FrameworkCode, Matched, ReplyFrame, Session};

/// A task, and the result that completes it.
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
    pub(super) const fn count(&self) -> usize {
        self.completed.len()
    }

    /// Matches one reply. Returns `false` if the connection has to be closed because of it.
    #[inline(always)]
    pub(super) fn reply(&mut self, reply: ReplyFrame<'_>) -> bool {
        // Only a success is reserved for control messages.
        let is_error_to_nothing = reply.seq() == 0 && !matches!(reply, ReplyFrame::Success { .. });
        let matched = match is_error_to_nothing {
            true => self.session.count_stray(),
            false => self.session.take_replied(reply.seq()),
        };
        match matched {
            Matched::Request(mut task, buffer) => {
                let result = result_of(&mut task, reply, buffer);
                self.completed.push((task, result));
                true
            }
            Matched::Unneeded | Matched::Stray => true,
            Matched::TooManyStrays => false,
        }
    }

    /// Fails the request whose reply is over a limit. Returns `false` if the connection has to be closed.
    pub(super) fn fail(&mut self, seq: u64) -> bool {
        match self.session.take_replied(seq) {
            Matched::Request(task, _) => {
                self.completed.push((task, Err(made::answer_over_limit().into())));
                true
            }
            Matched::Unneeded | Matched::Stray => true,
            Matched::TooManyStrays => false,
        }
    }
}

/// What a reply means to its request; `buffer` takes the message.
#[inline(always)]
fn result_of<K: Completion>(
    task: &mut K,
    reply: ReplyFrame<'_>,
    mut buffer: Vec<u8>,
) -> Result<Response, RpcError<EncodedErr>> {
    match reply {
        ReplyFrame::Success { msg, blob, .. } => {
            let msg = match msg {
                Body::Borrowed(bytes) => {
                    buffer.clear();
                    buffer.extend_from_slice(bytes);
                    buffer
                }
                large => {
                    buffer::give_back(buffer);
                    large.into_vec()
                }
            };
            let (blob, in_place) = blob_for(task, blob)?;
            Ok(Response { msg, blob, in_place })
        }
        ReplyFrame::Number { number, .. } => Err(RpcError::User(EncodedErr::Num(number))),
        ReplyFrame::Text { code, text, .. } => {
            Err(match FrameworkCode::error_from_wire(code, &text) {
                Some(error) => error.into(),
                None => RpcError::User(EncodedErr::Bytes(text.into_vec())),
            })
        }
    }
}

/// The blob of a response for its task, and how many bytes of it are in the task's own memory. Called under a lock.
#[inline(always)]
fn blob_for<K: Completion>(task: &mut K, blob: Body<'_>) -> Result<(Blob, usize), RpcIntErr> {
    let (len, room) = match &blob {
        Body::Borrowed([]) => return Ok((Blob::default(), 0)),
        Body::Elsewhere { len, room } => (*len, *room),
        Body::Borrowed(_) | Body::Owned(_) => {
            let copied = isolated(|| {
                task.blob_space(blob.len()).map(|space| {
                    if let Some(place) = space.get_mut(..blob.len()) {
                        place.copy_from_slice(&blob);
                    }
                    space.len()
                })
            });
            match copied.unwrap_or(Some(0)) {
                None => return Ok((owned(blob), 0)),
                Some(room) => (blob.len(), room),
            }
        }
    };
    if len <= room {
        return Ok((Blob::default(), len));
    }
    Err(made::buffer_too_small(BufferTooSmall { blob: len, room }))
}

fn owned(blob: Body<'_>) -> Blob {
    match blob {
        Body::Borrowed(bytes) => {
            let mut buffer = buffer::take_large(bytes.len());
            buffer.extend_from_slice(bytes);
            Blob::from(buffer)
        }
        blob => Blob::from(blob.into_vec()),
    }
}
