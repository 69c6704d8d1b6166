//! An error of a method that its caller cannot read.
//!
//! Knows what arrived and why it does not decode. Does not know types or codecs.

use super::EncodedErr;
use std::borrow::Cow;

/// An error of a method that arrived and does not decode as the type that the caller expects.
///
/// A newer server may have errors that an older client does not know. The call then ends with the framework's error of
/// the kind `Decode`, outcome `Executed`, whose source is this error. It keeps what arrived:
///
/// ```
/// use razor_stream::client::task::decode_error;
/// use razor_stream::codec::MsgpCodec;
/// use razor_stream::error::{EncodedErr, ErrDecodeError, RpcError};
/// use std::error::Error;
///
/// let newer = RpcError::User(EncodedErr::Num(700));
/// let error: RpcError<u8> = decode_error(&MsgpCodec, newer);
/// let unknown = error.source().and_then(<dyn Error>::downcast_ref::<ErrDecodeError>);
/// let received = unknown.and_then(ErrDecodeError::received);
/// assert_eq!(received, Some(&EncodedErr::Num(700)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the method's error is not of the expected type: {reason}")]
pub struct ErrDecodeError {
    reason: Cow<'static, str>,
    received: Option<EncodedErr>,
}

impl ErrDecodeError {
    /// Makes an error; `reason` tells how what arrived differs from what was expected.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), received: None }
    }

    /// Adds what arrived.
    #[must_use]
    pub fn with_received(mut self, received: EncodedErr) -> Self {
        self.received = Some(received);
        self
    }

    /// The number or the bytes that arrived, unless [`RpcErrCodec::decode`](super::RpcErrCodec::decode) did not keep
    /// them.
    #[must_use]
    pub const fn received(&self) -> Option<&EncodedErr> {
        self.received.as_ref()
    }

    /// The error for a number or a text that `ty` does not have. A short text is shown in it.
    #[cold]
    pub(crate) fn unknown(ty: &str, received: EncodedErr) -> Self {
        let reason = match &received {
            EncodedErr::Num(number) => format!("`{ty}` has no error of the number {number}"),
            other => match other.as_bytes().map(str::from_utf8) {
                Some(Ok(text)) if text.len() <= MAX_SHOWN => {
                    format!("`{ty}` has no error of the text \"{}\"", text.escape_debug())
                }
                bytes => {
                    let len = other.as_bytes().map_or(0, <[u8]>::len);
                    let what = if matches!(bytes, Some(Ok(_))) { "text" } else { "encoding" };
                    format!("`{ty}` has no error of this {what} of {len} bytes")
                }
            },
        };
        Self::new(reason).with_received(received)
    }
}

/// The longest text that is shown, in bytes.
const MAX_SHOWN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_shown_if_it_is_short_and_kept_in_any_case() {
        let long = "é".repeat(40);
        for (received, shown) in [
            (EncodedErr::Num(7), "the number 7"),
            (EncodedErr::Bytes(b"Fro\x1bzen".to_vec()), "the text \"Fro\\u{1b}zen\""),
            (EncodedErr::Text(long.into()), "this text of 80 bytes"),
            (EncodedErr::Bytes(vec![0xFF; 3]), "this encoding of 3 bytes"),
        ] {
            let error = ErrDecodeError::unknown("BankError", received.clone());
            assert!(
                error.to_string().ends_with(&format!("`BankError` has no error of {shown}")),
                "{error}"
            );
            assert_eq!(error.received(), Some(&received));
        }
    }
}
