//! Encoding of whole frames.
//!
//! A request is rendered once, by its caller, without a `seq`; the connection stamps the `seq` when it takes the frame.
//! A response is encoded in place, behind the responses before it. Knows heads and limits. Does not know codecs.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

use super::head::{REQUEST_HEAD, RESPONSE_HEAD, RequestHead, ResponseHead};
use super::output::{INLINE_BLOB, LARGE_FRAME, Unwritten};
use super::{ActionError, FrameworkCode, Limit, Limits, Output, RpcAction};
use crate::error::EncodedErr;
use bytes::Bytes;

/// The longest error string that is sent (rule R7).
pub(crate) const MAX_ERROR_TEXT: usize = 4 << 10;

/// A request that is ready to be sent, except for its `seq`.
#[derive(Debug)]
pub struct RequestFrame {
    /// Head, action and message.
    bytes: Vec<u8>,
    blob: Option<Bytes>,
}

/// A message or blob over the sender's own limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message of {msg} bytes and a blob of {blob} bytes, over the limits of {} and {}", limits.msg, limits.blob)]
#[non_exhaustive]
pub struct FrameTooLarge {
    /// Bytes of the message.
    pub msg: usize,
    /// Bytes of the blob.
    pub blob: usize,
    /// The limits of the sender.
    pub limits: Limits,
}

/// Checks lengths before they are put into a header.
#[inline]
fn lengths(msg: usize, blob: usize, limits: &Limits) -> Result<(u32, u32), FrameTooLarge> {
    match (u32::try_from(msg), u32::try_from(blob)) {
        (Ok(msg), Ok(blob)) if limits.check(msg, blob) == Limit::Within => Ok((msg, blob)),
        _ => Err(FrameTooLarge { msg, blob, limits: *limits }),
    }
}

impl RequestFrame {
    /// Empties `buffer` and starts a frame in it: head and action. The caller appends the message.
    ///
    /// # Errors
    /// An action that the wire cannot express.
    #[inline(always)]
    pub fn begin(
        mut buffer: Vec<u8>,
        action: RpcAction<'_>,
        client_id: u64,
    ) -> Result<Vec<u8>, ActionError> {
        action.check()?;
        let (action, name) = match action {
            RpcAction::Num(number) => (number, ""),
            RpcAction::Str(name) => {
                let len =
                    u32::try_from(name.len()).map_err(|_| ActionError::TooLong(name.len()))?;
                (RequestHead::named(len), name)
            }
        };
        let head = RequestHead { format: 0, action, seq: 0, client_id, msg_len: 0, blob_len: 0 };
        let mut bytes = [0; REQUEST_HEAD];
        head.encode(&mut bytes);
        buffer.clear();
        buffer.extend_from_slice(&bytes);
        buffer.extend_from_slice(name.as_bytes());
        Ok(buffer)
    }

    /// Finishes a frame whose message has been appended to what [`begin`](Self::begin) returned.
    ///
    /// # Errors
    /// The message or the blob is over the limits; the buffer is lost.
    ///
    /// # Panics
    /// If `bytes` does not begin with what [`begin`](Self::begin) returned.
    #[inline(always)]
    pub fn finish(
        mut bytes: Vec<u8>,
        blob: Option<Bytes>,
        limits: &Limits,
    ) -> Result<Self, FrameTooLarge> {
        let head = head_of(&bytes);
        let before = REQUEST_HEAD + head.name_len().unwrap_or(0) as usize;
        let msg = bytes.len().saturating_sub(before);
        let (msg_len, blob_len) = lengths(msg, blob.as_ref().map_or(0, Bytes::len), limits)?;
        bytes[24..28].copy_from_slice(&msg_len.to_le_bytes());
        bytes[28..32].copy_from_slice(&blob_len.to_le_bytes());
        // A small blob is copied here: it is dropped once it is copied, and dropping may run code of the user. The
        // frame is appended under the lock of the connection, where such code must not run.
        let small =
            |blob: &Bytes| blob.len() < INLINE_BLOB && bytes.len() + blob.len() < LARGE_FRAME;
        let blob = match blob.filter(|blob| !blob.is_empty()) {
            Some(blob) if small(&blob) => {
                bytes.extend_from_slice(&blob);
                None
            }
            blob => blob,
        };
        Ok(Self { bytes, blob })
    }

    /// A ping. It carries a blob of one byte, so that no server holds its answer back (rule Q2).
    #[must_use]
    pub fn ping(client_id: u64) -> Self {
        let head = RequestHead { format: 0, action: 0, seq: 0, client_id, msg_len: 0, blob_len: 1 };
        // The blob is the last byte.
        let mut frame = [b'p'; REQUEST_HEAD + 1];
        if let Some(place) = frame.first_chunk_mut() {
            head.encode(place);
        }
        Self { bytes: frame.to_vec(), blob: None }
    }

    /// Makes a request of a frame that was appended to an output and not written whole.
    pub(super) fn again(unwritten: &Unwritten<'_>) -> Self {
        Self { bytes: unwritten.frame.to_vec(), blob: unwritten.blob.cloned() }
    }

    /// Bytes on the wire.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() + self.blob.as_ref().map_or(0, Bytes::len)
    }

    /// Always `false`: a frame has a head.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// Stamps the `seq`, appends the frame, and returns a buffer for the response.
    #[inline(always)]
    pub(super) fn append_to(mut self, output: &mut Output, seq: u64) -> Vec<u8> {
        self.bytes[8..16].copy_from_slice(&seq.to_le_bytes());
        output.push_buffer(self.bytes, self.blob)
    }
}

/// Decodes the head of a request frame.
fn head_of(frame: &[u8]) -> RequestHead {
    let bytes = frame.first_chunk().expect("a frame begins with its head");
    RequestHead::decode(bytes)
}

/// The lengths of the request frame that `bytes` begins with: of its head and body, and of its blob.
pub(super) fn request_lengths(bytes: &[u8]) -> (usize, usize) {
    let head = head_of(bytes);
    let body = head.name_len().unwrap_or(0) as usize + head.msg_len as usize;
    (REQUEST_HEAD + body, head.blob_len as usize)
}

/// The `seq` of the request frame that `bytes` begins with.
pub(super) fn request_seq(bytes: &[u8]) -> u64 {
    head_of(bytes).seq
}

/// An error, as a server answers with it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ErrorReply {
    /// An error of the framework.
    Framework(FrameworkCode),
    /// The method's own error.
    User(EncodedErr),
}

impl Output {
    /// Appends a successful response. `encode` appends its message to the buffer that it is given.
    ///
    /// # Errors
    /// The error that `encode` returns, or `E::from(FrameTooLarge)` for a result over the limits. Nothing is appended
    /// then.
    pub fn push_success<E: From<FrameTooLarge>>(
        &mut self,
        seq: u64,
        limits: &Limits,
        blob: Option<Bytes>,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let blob_len = blob.as_ref().map_or(0, Bytes::len);
        self.push_with(blob, |bytes| {
            let start = bytes.len();
            bytes.extend_from_slice(&[0; RESPONSE_HEAD]);
            encode(bytes)?;
            // An encoder that has removed bytes of earlier frames leaves no length that could be sent.
            let msg = bytes.len().checked_sub(start + RESPONSE_HEAD).unwrap_or(usize::MAX);
            let (msg_len, blob_len) = lengths(msg, blob_len, limits)?;
            let head = ResponseHead { flag: 0, msg_len, seq, blob_len: blob_len.cast_signed() };
            if let Some(place) = bytes.get_mut(start..).and_then(<[u8]>::first_chunk_mut) {
                head.encode(place);
            }
            Ok(())
        })
    }

    /// Appends an error. A method's own error that equals a reserved string goes out as the framework's code 8 (rule
    /// R6), one that is no text and over 4 KiB, or that could not be encoded, as code 9 (rule R7). Says which code went
    /// out instead.
    pub fn push_error(&mut self, seq: u64, error: &ErrorReply) -> Option<FrameworkCode> {
        let (instead, reply) = match error {
            ErrorReply::Framework(code) => (None, (2, code.number(), code.text().as_bytes())),
            ErrorReply::User(EncodedErr::Num(number)) => (None, (1, *number, &b""[..])),
            ErrorReply::User(user) => match admitted(user) {
                Ok(text) => (None, (2, 0, text)),
                Err(code) => (Some(code), (2, code.number(), code.text().as_bytes())),
            },
        };
        let (flag, msg_len, text) = reply;
        let blob_len = i32::try_from(text.len()).unwrap_or(0);
        let mut head = [0; RESPONSE_HEAD];
        ResponseHead { flag, msg_len, seq, blob_len }.encode(&mut head);
        let appended: Result<(), std::convert::Infallible> = self.push_with(None, |bytes| {
            bytes.extend_from_slice(&head);
            bytes.extend_from_slice(text);
            Ok(())
        });
        match appended {
            Ok(()) => instead,
        }
    }
}

/// The bytes that a user's error string may be sent as, or the code that goes out instead.
fn admitted(user: &EncodedErr) -> Result<&[u8], FrameworkCode> {
    let bytes = match user {
        EncodedErr::Text(text) => &text.as_bytes()[..text.floor_char_boundary(MAX_ERROR_TEXT)],
        EncodedErr::Bytes(bytes) if bytes.len() > MAX_ERROR_TEXT => {
            return Err(FrameworkCode::Unencodable);
        }
        EncodedErr::Bytes(bytes) => bytes,
        EncodedErr::Unencodable(_) => return Err(FrameworkCode::Unencodable),
        EncodedErr::Num(_) => &[],
    };
    if FrameworkCode::is_reserved(bytes) { Err(FrameworkCode::Internal) } else { Ok(bytes) }
}
