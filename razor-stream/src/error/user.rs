//! How a method's own error travels: as a number, or as a string of bytes.
//!
//! Knows the two wire forms of rule R3. Does not know frames, nor which types have a form built in.

use super::ErrDecodeError;
use razor_rpc_codec::{Codec, EncodeError};
use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// A method's own error as it travels (rule R3 of the protocol).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodedErr {
    /// A number. A signed number is in two's complement, sign-extended.
    Num(u32),
    /// A text. A text longer than 4 KiB is cut at a character boundary.
    Text(Cow<'static, str>),
    /// Any other encoding. An encoding longer than 4 KiB is not sent: the caller gets `Encode`, `Executed`.
    Bytes(Vec<u8>),
    /// The codec could not encode the error, for this reason. The caller gets `Encode`, `Executed`; the reason is
    /// logged at the server and not sent.
    Unencodable(String),
}

impl EncodedErr {
    /// Makes this from the result of a codec: the bytes, or the reason why there are none.
    ///
    /// ```
    /// use razor_stream::Codec;
    /// use razor_stream::codec::MsgpCodec;
    /// use razor_stream::error::EncodedErr;
    ///
    /// assert_eq!(EncodedErr::from_codec(MsgpCodec.encode(&7)), EncodedErr::Bytes(vec![7]));
    /// ```
    #[must_use]
    pub fn from_codec(encoded: Result<Vec<u8>, EncodeError>) -> Self {
        match encoded {
            Ok(bytes) => Self::Bytes(bytes),
            Err(error) => Self::Unencodable(error.to_string()),
        }
    }

    /// The bytes of a text or of another encoding; `None` for a number, and for an error that could not be encoded.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Num(_) | Self::Unencodable(_) => None,
            Self::Text(text) => Some(text.as_bytes()),
            Self::Bytes(bytes) => Some(bytes),
        }
    }
}

/// Where a call should go after this error of its method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failover<'a> {
    /// Nowhere: the error is the answer.
    No,
    /// To another address.
    Next,
    /// To this address: the one that the method named, for instance a leader.
    To(&'a str),
}

/// How a method's own error travels, how it is shown, and whether another server should be asked after it.
///
/// `#[derive(RpcErr)]`, at the root of razor-rpc and of razor-stream, implements it for your own enums and structs. It
/// is implemented for `i8 u8 i16 u16 i32 u32`, `()`, `String`, [`EncodedErr`] (an error that is handed on as it
/// arrived), and for `nix::errno::Errno` with the feature `errno`.
///
/// An implementation by hand chooses a number, a text or bytes:
///
/// ```
/// use razor_stream::Codec;
/// use razor_stream::error::{EncodedErr, ErrDecodeError, RpcErrCodec};
///
/// #[derive(Debug, PartialEq)]
/// enum BankError {
///     NoFunds,
///     NoAccount,
/// }
///
/// impl RpcErrCodec for BankError {
///     fn encode<C: Codec>(&self, _: &C) -> EncodedErr {
///         EncodedErr::Num(match self {
///             Self::NoFunds => 1,
///             Self::NoAccount => 2,
///         })
///     }
///     fn decode<C: Codec>(_: &C, err: EncodedErr) -> Result<Self, ErrDecodeError> {
///         match err {
///             EncodedErr::Num(1) => Ok(Self::NoFunds),
///             EncodedErr::Num(2) => Ok(Self::NoAccount),
///             other => Err(ErrDecodeError::new("no error of a bank").with_received(other)),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no error of a method",
    label = "this type does not say how it travels",
    note = "write `#[derive(RpcErr)]` on it, or implement `RpcErrCodec`"
)]
pub trait RpcErrCodec: fmt::Debug + Send + Sized + 'static {
    /// The error as it travels.
    fn encode<C: Codec>(&self, codec: &C) -> EncodedErr;

    /// The error as it arrived. Strings arrive as [`EncodedErr::Bytes`], whatever they were sent as.
    ///
    /// # Errors
    /// What arrived is not an error of this type. The caller then gets the framework's error of the kind `Decode`,
    /// outcome `Executed`, whose source is the [`ErrDecodeError`] that is returned here.
    fn decode<C: Codec>(codec: &C, err: EncodedErr) -> Result<Self, ErrDecodeError>;

    /// Whether, and where, the call should be sent again after this error.
    ///
    /// An error should say so only if the method did nothing: for instance, a server that is not the leader refuses and
    /// names the leader.
    fn should_failover(&self) -> Failover<'_> {
        Failover::No
    }

    /// The error as a standard error, if its type is one: `Some(self)`. The [`RpcError`](super::RpcError) around it
    /// then has its text and its source.
    fn as_error(&self) -> Option<&(dyn Error + 'static)> {
        None
    }

    /// Writes the text of the error for people; the `Display` of the [`RpcError`](super::RpcError) around it calls
    /// this.
    ///
    /// By default it is the `Display` of [`as_error`](Self::as_error), or `Debug` if that returns `None`.
    ///
    /// # Errors
    /// When the formatter fails.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_error() {
            Some(error) => fmt::Display::fmt(error, f),
            None => fmt::Debug::fmt(self, f),
        }
    }
}
