//! Responses, as a client reads them.
//!
//! Knows flags and lengths of a response's header. Does not know requests.

use super::sealed::{Announced, Sealed};
use super::{Body, Direction, FrameError};
use crate::proto::head::{
    MAGIC, RESPONSE_HEAD, ResponseHead, VERSION, first_bytes, magic_and_version,
};
use crate::proto::{Limit, Limits};

/// The direction from server to client.
#[derive(Debug)]
pub struct Replies {
    /// A header has been read: what follows it may hold what a user has sent.
    begun: bool,
}

impl Replies {
    pub(super) const fn new() -> Self {
        Self { begun: false }
    }
}

impl Direction for Replies {}

/// A response, as it arrived.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the three flags of the wire; others are framing errors"
)]
pub enum ReplyFrame<'a> {
    /// Flag 0.
    Success {
        /// The `seq` of the request that it answers.
        seq: u64,
        /// The message, as the codec encoded it.
        msg: Body<'a>,
        /// The blob.
        blob: Body<'a>,
    },
    /// Flag 1.
    Number {
        /// The `seq` of the request that it answers.
        seq: u64,
        /// The error's number.
        number: u32,
    },
    /// Flag 2.
    Text {
        /// The `seq` of the request that it answers.
        seq: u64,
        /// The code of a framework error, or 0.
        code: u32,
        /// The error string.
        text: Body<'a>,
    },
}

impl ReplyFrame<'_> {
    /// Whose it is.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        match self {
            Self::Success { seq, .. } | Self::Number { seq, .. } | Self::Text { seq, .. } => *seq,
        }
    }
}

impl Sealed for Replies {
    const HEAD: usize = RESPONSE_HEAD;
    type Head = ResponseHead;
    type Frame<'a> = ReplyFrame<'a>;

    #[inline]
    fn announced(
        &mut self,
        head: &[u8],
        limits: &Limits,
    ) -> Result<Announced<ResponseHead>, FrameError> {
        let head = head.first_chunk().ok_or(FrameError::Truncated)?;
        let (magic, version) = magic_and_version(head);
        if magic != MAGIC {
            let began = if self.begun { [0; 5] } else { first_bytes(head) };
            return Err(FrameError::Magic { magic, began });
        }
        self.begun = true;
        let head = ResponseHead::decode(head);
        if version != VERSION {
            return Err(FrameError::Version { version, seq: head.seq });
        }
        if head.flag > 2 {
            return Err(FrameError::Flag(head.flag));
        }
        let blob = u32::try_from(head.blob_len).map_err(|_| FrameError::Negative(head.blob_len))?;
        let (msg, limit) = match head.flag {
            0 => (head.msg_len, limits.check(head.msg_len, blob)),
            // `msg_len` is a number. A blob has no meaning here; it is limited like an error string.
            _ => (0, limits.check(blob, 0)),
        };
        if limit == Limit::Close {
            return Err(FrameError::Length { seq: head.seq, action: 0, msg, blob });
        }
        Ok(Announced { head, seq: head.seq, body: msg as usize, blob: blob as usize, limit })
    }

    #[inline]
    fn frame<'a>(head: ResponseHead, body: Body<'a>, blob: Body<'a>) -> ReplyFrame<'a> {
        let ResponseHead { flag, msg_len, seq, .. } = head;
        match flag {
            0 => ReplyFrame::Success { seq, msg: body, blob },
            1 => ReplyFrame::Number { seq, number: msg_len },
            _ => ReplyFrame::Text { seq, code: msg_len, text: blob },
        }
    }
}
