//! The types of the standard library, and `Errno`, as errors of a method (rule R3).
//!
//! Knows what each of them is on the wire. Does not know frames.

use super::{EncodedErr, ErrDecodeError, RpcErrCodec};
use razor_rpc_codec::Codec;
use std::borrow::Cow;
use std::fmt;

/// The number that arrived; an error if a string arrived.
fn number(err: EncodedErr) -> Result<u32, ErrDecodeError> {
    match err {
        EncodedErr::Num(number) => Ok(number),
        other => Err(ErrDecodeError::new("a string instead of a number").with_received(other)),
    }
}

macro_rules! number_codec {
    ($($ty:ty: $widen:expr, $narrow:expr;)*) => {$(
        impl RpcErrCodec for $ty {
            fn encode<C: Codec>(&self, _: &C) -> EncodedErr {
                EncodedErr::Num($widen(*self))
            }
            fn decode<C: Codec>(_: &C, err: EncodedErr) -> Result<Self, ErrDecodeError> {
                let number = number(err)?;
                $narrow(number).map_err(|_| {
                    ErrDecodeError::new(format!("{number} is no {}", stringify!($ty)))
                        .with_received(EncodedErr::Num(number))
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
        number(err).map(drop)
    }
}

impl RpcErrCodec for String {
    fn encode<C: Codec>(&self, _: &C) -> EncodedErr {
        EncodedErr::Text(Cow::Owned(self.clone()))
    }
    fn decode<C: Codec>(_: &C, err: EncodedErr) -> Result<Self, ErrDecodeError> {
        match err {
            EncodedErr::Text(text) => Ok(text.into_owned()),
            EncodedErr::Bytes(bytes) => Self::from_utf8(bytes).map_err(|error| {
                ErrDecodeError::new("a string that is not UTF-8")
                    .with_received(EncodedErr::Bytes(error.into_bytes()))
            }),
            EncodedErr::Num(number) => {
                Err(ErrDecodeError::new(format!("the number {number} instead of a string"))
                    .with_received(err))
            }
            EncodedErr::Unencodable(_) => Err(ErrDecodeError::new("no string").with_received(err)),
        }
    }
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

/// An error that is handed on as it arrived, so that a proxy need not know its type.
impl RpcErrCodec for EncodedErr {
    fn encode<C: Codec>(&self, _: &C) -> EncodedErr {
        self.clone()
    }
    fn decode<C: Codec>(_: &C, err: EncodedErr) -> Result<Self, ErrDecodeError> {
        Ok(err)
    }
}

#[cfg(feature = "errno")]
impl RpcErrCodec for nix::errno::Errno {
    fn encode<C: Codec>(&self, _: &C) -> EncodedErr {
        EncodedErr::Num((*self as i32).cast_unsigned())
    }
    fn decode<C: Codec>(_: &C, err: EncodedErr) -> Result<Self, ErrDecodeError> {
        number(err).map(|number| Self::from_raw(number.cast_signed()))
    }
    fn as_error(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self)
    }
}
