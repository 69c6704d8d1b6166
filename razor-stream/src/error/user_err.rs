//! `?` in a handler, for errors that are not the method's own yet.
//!
//! Knows the two ways to convert an error: by `From`, and to a text. Does not know how errors travel.

use super::{RpcErrCodec, RpcError};
use std::fmt::Display;

/// Turns the error of a `Result` into the method's own, so that a handler hands it on by `?`.
///
/// An error that is of the method's own type needs none of this: `Err(BankError::NoAccount)?` and
/// `.ok_or(BankError::NoAccount)?` work as they are. For any other error, the type of the method's own error decides:
///
/// | the method's own error | write |
/// |---|---|
/// | implements `From` for the other error, for instance by thiserror's `#[from]` | `.user_err()?` |
/// | is a `String` | `.user_text()?` |
///
/// ```
/// use razor_stream::RpcErr;
/// use razor_stream::error::{RpcError, UserErr};
/// use std::num::ParseIntError;
///
/// #[derive(Debug, Clone, PartialEq, RpcErr)]
/// enum BankError {
///     NoAccount,
///     NoNumber,
/// }
///
/// impl From<ParseIntError> for BankError {
///     fn from(_: ParseIntError) -> Self {
///         Self::NoNumber
///     }
/// }
///
/// fn balance(account: &str) -> Result<u32, RpcError<BankError>> {
///     let number: u32 = account.parse().user_err()?;
///     let found = (number == 7).then_some(4200).ok_or(BankError::NoAccount)?;
///     Ok(found)
/// }
///
/// assert_eq!(balance("7"), Ok(4200));
/// assert_eq!(balance("8"), Err(RpcError::User(BankError::NoAccount)));
/// assert_eq!(balance("x"), Err(RpcError::User(BankError::NoNumber)));
/// ```
pub trait UserErr<T, F> {
    /// Turns the error into the method's own by `From`.
    ///
    /// # Errors
    /// [`RpcError::User`] with the converted error, if the result was an error.
    fn user_err<E: RpcErrCodec + From<F>>(self) -> Result<T, RpcError<E>>;

    /// Turns the error into its text, for a method whose own error is a `String`. The text is written with `{:#}`; for
    /// an error of anyhow that is the error with all of its causes.
    ///
    /// The caller gets this text, so it must not contain what the caller must not know. A text over 4 KiB is cut.
    ///
    /// ```
    /// use razor_stream::error::{RpcError, UserErr};
    ///
    /// fn parsed(number: &str) -> Result<u32, RpcError<String>> {
    ///     number.parse().user_text()
    /// }
    ///
    /// let error = parsed("x").expect_err("it is no number");
    /// assert_eq!(error.to_string(), "invalid digit found in string");
    /// ```
    ///
    /// # Errors
    /// [`RpcError::User`] with the text, if the result was an error.
    fn user_text(self) -> Result<T, RpcError<String>>
    where
        F: Display;
}

impl<T, F> UserErr<T, F> for Result<T, F> {
    fn user_err<E: RpcErrCodec + From<F>>(self) -> Result<T, RpcError<E>> {
        self.map_err(|error| RpcError::User(error.into()))
    }

    fn user_text(self) -> Result<T, RpcError<String>>
    where
        F: Display,
    {
        self.map_err(|error| RpcError::User(format!("{error:#}")))
    }
}
