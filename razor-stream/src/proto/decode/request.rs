//! Requests, as a server reads them.
//!
//! Knows the order of the checks on a request's header. Does not know services.

use super::sealed::{Announced, Sealed};
use super::{Body, Direction, FrameError};
use crate::buffer;
use crate::proto::head::{
    MAGIC, REQUEST_HEAD, RequestHead, VERSION, first_bytes, magic_and_version,
};
use crate::proto::{FrameworkCode, Limit, Limits, RpcAction};

/// The longest blob of a ping, which is thrown away (rule Q2).
const PING_BLOB: u32 = 4 << 10;

/// The direction from client to server.
#[derive(Debug)]
pub struct Requests {
    last: u64,
}

impl Requests {
    pub(super) const fn new() -> Self {
        Self { last: 0 }
    }
}

impl Direction for Requests {}

impl Sealed for Requests {
    const HEAD: usize = REQUEST_HEAD;
    type Head = RequestHead;
    type Frame<'a> = Request<'a>;

    #[inline]
    fn announced(
        &mut self,
        head: &[u8],
        limits: &Limits,
    ) -> Result<Announced<RequestHead>, FrameError> {
        let head = head.first_chunk().ok_or(FrameError::Truncated)?;
        let (magic, version) = magic_and_version(head);
        if magic != MAGIC {
            let began = if self.last == 0 { first_bytes(head) } else { [0; 5] };
            return Err(FrameError::Magic { magic, began });
        }
        let head = RequestHead::decode(head);
        if version != VERSION {
            return Err(FrameError::Version { version, seq: head.seq });
        }
        if head.seq <= self.last {
            return Err(FrameError::Sequence { seq: head.seq, last: self.last });
        }
        self.last = head.seq;
        let name = head.name_len().unwrap_or(0);
        let limit = if is_ping(&head) {
            Limits::new(0, PING_BLOB).check(0, head.blob_len)
        } else {
            limits.check(head.msg_len, head.blob_len).max(Limits::check_name(name))
        };
        if limit == Limit::Close {
            let (msg, blob) = (head.msg_len, head.blob_len);
            return Err(FrameError::Length { seq: head.seq, action: name, msg, blob });
        }
        let body = name as usize + head.msg_len as usize;
        Ok(Announced { head, seq: head.seq, body, blob: head.blob_len as usize, limit })
    }

    #[inline]
    fn frame<'a>(head: RequestHead, body: Body<'a>, blob: Body<'a>) -> Request<'a> {
        Request { head, body, blob }
    }
}

const fn is_ping(head: &RequestHead) -> bool {
    head.action == 0 && head.msg_len == 0 && head.format == 0
}

/// A request, as it arrived.
#[derive(Debug)]
pub struct Request<'a> {
    head: RequestHead,
    /// Name and message.
    body: Body<'a>,
    blob: Body<'a>,
}

impl Drop for Request<'_> {
    /// Keeps the buffers of a large request for later use.
    fn drop(&mut self) {
        for part in [&mut self.body, &mut self.blob] {
            if let Body::Owned(bytes) = part {
                buffer::give_back(std::mem::take(bytes));
            }
        }
    }
}

impl<'a> Request<'a> {
    /// Identifies the request on its connection.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.head.seq
    }

    /// Bytes of action, message and blob.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.body.len() + self.blob.len()
    }

    /// A label chosen by the client; never an identity.
    #[must_use]
    pub const fn client_id(&self) -> u64 {
        self.head.client_id
    }

    /// Whether it is a ping (rule Q2).
    #[must_use]
    pub const fn is_ping(&self) -> bool {
        is_ping(&self.head)
    }

    /// The number or the name that the request asks for.
    ///
    /// # Errors
    /// The code to answer with: `format` is not 0, the name is not UTF-8, the name is empty, or the number is reserved.
    pub fn action(&self) -> Result<RpcAction<'_>, FrameworkCode> {
        if self.head.format != 0 {
            return Err(FrameworkCode::Undecodable);
        }
        let action = match self.head.name_len() {
            None => RpcAction::Num(self.head.action),
            Some(len) => {
                let name = &self.body[..len as usize];
                RpcAction::Str(std::str::from_utf8(name).map_err(|_| FrameworkCode::Undecodable)?)
            }
        };
        action.check().map_err(|_| FrameworkCode::NoMethod)?;
        Ok(action)
    }

    /// The message, as the codec encoded it.
    #[must_use]
    pub fn msg(&self) -> &[u8] {
        &self.body[self.head.name_len().unwrap_or(0) as usize..]
    }

    /// The blob.
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// Takes the blob out. Afterwards the request has an empty one.
    #[must_use]
    pub const fn take_blob(&mut self) -> Body<'a> {
        std::mem::replace(&mut self.blob, Body::Borrowed(&[]))
    }
}
