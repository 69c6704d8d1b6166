//! What `#[derive(RpcErr)]` checks and calls.
//!
//! Knows the wire forms of an error, and finds out whether a type is a standard error. Does not know variants.

use super::{EncodedErr, ErrDecodeError};
use crate::proto::{FrameworkCode, MAX_ERROR_TEXT};
use razor_rpc_codec::Codec;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// The number of a variant on the wire, from its discriminant; `others` are the numbers of the variants before it. The
/// compiler evaluates this, and reports a panic as an error at the variant.
///
/// ```compile_fail,E0080
/// #[derive(Debug, razor_stream::RpcErr)]
/// #[repr(u64)]
/// enum TooLarge {
///     Number = 1 << 32,
/// }
/// ```
#[must_use]
#[track_caller]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "both ends have been checked; a negative number travels in two's complement"
)]
pub const fn error_number(value: i128, others: &[u32]) -> u32 {
    assert!(
        value >= i32::MIN as i128 && value <= u32::MAX as i128,
        "the number of an error has 32 bits: write one from -0x8000_0000 to 0xFFFF_FFFF"
    );
    let number = value as u32;
    let mut at = 0;
    while at < others.len() {
        assert!(
            others[at] != number,
            "another variant is the same number on the wire, where -1 is 0xFFFF_FFFF: give each its own"
        );
        at += 1;
    }
    number
}

/// The text of a variant on the wire; `others` are the texts of the variants before it. The compiler evaluates this,
/// and reports a panic as an error at the variant.
#[must_use]
#[track_caller]
pub const fn error_text(text: &'static str, others: &[&str]) -> &'static str {
    assert!(
        text.len() <= MAX_ERROR_TEXT,
        "the text of an error has at most 4 KiB: write a shorter one"
    );
    assert!(
        !FrameworkCode::is_reserved(text.as_bytes()),
        "this text is one of the framework's own errors: write another by `#[rpc(text = \"…\")]`"
    );
    let mut at = 0;
    while at < others.len() {
        assert!(
            !FrameworkCode::are_equal(others[at].as_bytes(), text.as_bytes()),
            "another variant has the same text: give each its own"
        );
        at += 1;
    }
    text
}

/// A variant's text as it travels. The text is not copied.
#[must_use]
pub const fn error_of_text(text: &'static str) -> EncodedErr {
    EncodedErr::Text(Cow::Borrowed(text))
}

/// The number that arrived; `None` if a string arrived.
#[must_use]
pub const fn number_of(error: &EncodedErr) -> Option<u32> {
    match error {
        EncodedErr::Num(number) => Some(*number),
        _ => None,
    }
}

/// The text that arrived; `None` if a number arrived, or bytes that are not UTF-8.
#[must_use]
pub fn text_of(error: &EncodedErr) -> Option<&str> {
    str::from_utf8(error.as_bytes()?).ok()
}

/// The error that says that what arrived is no error of `ty`.
#[must_use]
pub fn unknown_error(ty: &str, received: EncodedErr) -> ErrDecodeError {
    ErrDecodeError::unknown(ty, received)
}

/// The error as the codec encodes it.
pub fn encode_error<C: Codec, E: Serialize>(codec: &C, error: &E) -> EncodedErr {
    EncodedErr::from_codec(codec.encode(error))
}

/// Decodes an error of the type `ty` from the bytes that the codec made of it.
///
/// # Errors
/// A number arrived, or bytes that do not decode as an error of this type.
pub fn decode_own<C: Codec, E: DeserializeOwned>(
    codec: &C,
    ty: &str,
    received: EncodedErr,
) -> Result<E, ErrDecodeError> {
    let Some(bytes) = received.as_bytes() else {
        return Err(ErrDecodeError::unknown(ty, received));
    };
    codec
        .decode(bytes)
        .map_err(|error| ErrDecodeError::new(format!("`{ty}`: {error}")).with_received(received))
}

/// A value of which the compiler finds out whether its type is a standard error, and whether it has a text.
///
/// Rust prefers a method of the type itself to a method of a trait, where the bounds of the method hold.
#[derive(Debug)]
pub struct Shown<'a, T>(pub &'a T);

impl<'a, T: Error + 'static> Shown<'a, T> {
    /// The value as a standard error.
    #[must_use]
    pub const fn as_error(&self) -> Option<&'a (dyn Error + 'static)> {
        Some(self.0)
    }
}

/// For types that are no standard errors.
pub trait ShownAsNoError<'a> {
    /// Returns `None`: the type is no standard error.
    fn as_error(&self) -> Option<&'a (dyn Error + 'static)> {
        None
    }
}

impl<'a, T> ShownAsNoError<'a> for Shown<'a, T> {}

impl<T: fmt::Display> Shown<'_, T> {
    /// Writes the text of the value.
    ///
    /// # Errors
    /// When the formatter fails.
    pub fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

/// For types without a text.
pub trait ShownByDebug {
    /// Writes the value by `Debug`.
    ///
    /// # Errors
    /// When the formatter fails.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<T: fmt::Debug> ShownByDebug for Shown<'_, T> {
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::catch_unwind;

    #[test]
    fn a_number_has_32_bits_and_one_variant() {
        assert_eq!(error_number(0, &[]), 0);
        assert_eq!(error_number(-1, &[1]), u32::MAX);
        assert_eq!(error_number(u32::MAX.into(), &[]), u32::MAX);
        assert_eq!(error_number(i32::MIN.into(), &[]), 1 << 31);
        let below = i128::from(i32::MIN) - 1;
        for (value, others) in [(1 << 32, &[][..]), (below, &[]), (7, &[1, 7]), (-1, &[u32::MAX])] {
            assert!(catch_unwind(|| error_number(value, others)).is_err(), "{value}");
        }
    }

    /// Rule R6: no error of a method looks like one of the framework's; rule R7: a text has at most 4 KiB.
    #[test]
    fn a_text_is_none_of_the_frameworks_has_at_most_4_kib_and_one_variant() {
        assert_eq!(error_text("rpc_timeouts", &["rpc"]), "rpc_timeouts");
        let longest: &'static str = "x".repeat(4096).leak();
        assert_eq!(error_text(longest, &[]), longest);
        let too_long: &'static str = "x".repeat(4097).leak();
        for (text, others) in
            [("rpc_timeout", &[][..]), ("rpc_io_err", &[]), ("A", &["B", "A"]), (too_long, &[])]
        {
            assert!(catch_unwind(|| error_text(text, others)).is_err(), "{text}");
        }
    }
}
