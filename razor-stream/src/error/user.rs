//! How a method's own error travels: as a number, or as a string of bytes.
//!
//! Knows the two wire forms of PROTOCOL R3 and the types that have one built in. Does not know frames.

use razor_rpc_codec::Codec;
use std::borrow::Cow;
use std::fmt;

/// A method's own error as it travels (rule R3 of the protocol).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodedErr {
    /// A number; signed ones in two's complement, sign-extended.
    Num(u32),
    /// A text. One longer than 4 KiB is cut at a character boundary.
    Text(Cow<'static, str>),
    /// Any other encoding. One longer than 4 KiB is not sent: the caller gets `Encode`, `Executed`.
    Bytes(Vec<u8>),
}

impl EncodedErr {
    /// The bytes of a text or of another encoding; `None` for a number.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Num(_) => None,
            Self::Text(text) => Some(text.as_bytes()),
            Self::Bytes(bytes) => Some(bytes),
        }
    }
}

/// An error of a method that arrived and is not of the type that the caller expects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the method's error is not of the expected type: {0}")]
pub struct ErrDecodeError(Cow<'static, str>);

impl ErrDecodeError {
    /// Says in what the error differs from what was expected.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self(reason.into())
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

/// How a method's own error travels.
///
/// Implemented for `i8 u8 i16 u16 i32 u32`, `()`, `String`, and for `nix::errno::Errno` with the feature
/// `errno`. Your own type chooses a number, a text or bytes:
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
///             other => Err(ErrDecodeError::new(format!("{other:?}"))),
///         }
///     }
/// }
/// ```
pub trait RpcErrCodec: fmt::Debug + Send + Sized + 'static {
    /// The error as it travels.
    fn encode<C: Codec>(&self, codec: &C) -> EncodedErr;

    /// The error as it arrived. Strings arrive as [`EncodedErr::Bytes`], whatever they were sent as.
    ///
    /// # Errors
    /// When what arrived is not an error of this type.
    fn decode<C: Codec>(codec: &C, err: EncodedErr) -> Result<Self, ErrDecodeError>;

    /// Whether, and where, the call should be sent again after this error.
    fn should_failover(&self) -> Failover<'_> {
        Failover::No
    }
}

fn number(err: &EncodedErr) -> Result<u32, ErrDecodeError> {
    match err {
        EncodedErr::Num(number) => Ok(*number),
        EncodedErr::Text(_) | EncodedErr::Bytes(_) => {
            Err(ErrDecodeError::new("a string instead of a number"))
        }
    }
}

macro_rules! number_codec {
    ($($ty:ty: $widen:expr, $narrow:expr;)*) => {$(
        impl RpcErrCodec for $ty {
            fn encode<C: Codec>(&self, _: &C) -> EncodedErr {
                EncodedErr::Num($widen(*self))
            }
            fn decode<C: Codec>(_: &C, err: EncodedErr) -> Result<Self, ErrDecodeError> {
                let number = number(&err)?;
                $narrow(number).map_err(|_| {
                    ErrDecodeError::new(format!("{number} is no {}", stringify!($ty)))
                })
            }
        }
    )*};
}

number_codec! {
    u8: u32::from, Self::try_from;
    u16: u32::from, Self::try_from;
    u32: u32::from, Self::try_from;
    i8: |number| i32::from(number).cast_unsigned(), |number: u32| Self::try_from(number.cast_signed());
    i16: |number| i32::from(number).cast_unsigned(), |number: u32| Self::try_from(number.cast_signed());
    i32: i32::cast_unsigned, |number: u32| Ok::<_, std::convert::Infallible>(number.cast_signed());
}

impl RpcErrCodec for () {
    fn encode<C: Codec>(&self, _: &C) -> EncodedErr {
        EncodedErr::Num(0)
    }
    fn decode<C: Codec>(_: &C, err: EncodedErr) -> Result<Self, ErrDecodeError> {
        number(&err).map(drop)
    }
}

impl RpcErrCodec for String {
    fn encode<C: Codec>(&self, _: &C) -> EncodedErr {
        EncodedErr::Text(Cow::Owned(self.clone()))
    }
    fn decode<C: Codec>(_: &C, err: EncodedErr) -> Result<Self, ErrDecodeError> {
        match err {
            EncodedErr::Num(number) => {
                Err(ErrDecodeError::new(format!("the number {number} instead of a string")))
            }
            EncodedErr::Text(text) => Ok(text.into_owned()),
            EncodedErr::Bytes(bytes) => Self::from_utf8(bytes)
                .map_err(|_| ErrDecodeError::new("a string that is not UTF-8")),
        }
    }
}

#[cfg(feature = "errno")]
impl RpcErrCodec for nix::errno::Errno {
    fn encode<C: Codec>(&self, _: &C) -> EncodedErr {
        EncodedErr::Num((*self as i32).cast_unsigned())
    }
    fn decode<C: Codec>(_: &C, err: EncodedErr) -> Result<Self, ErrDecodeError> {
        number(&err).map(|number| Self::from_raw(number.cast_signed()))
    }
}
