//! What a call returns when it fails: the method's own error, or the framework's.
//!
//! Knows the two cases. Does not know how these errors travel.

use super::{Outcome, RpcErrCodec, RpcErrKind, RpcIntErr};
use std::error::Error;
use std::fmt;

/// The error of a call: the method's own, or the framework's.
///
/// A handler returns `Err(its_error.into())`, or `Err(RpcError::User(e))`, or hands an error of either kind on by `?`;
/// a caller matches on both cases. A framework error that a handler returns is not forwarded as such: it reaches the
/// caller as [`RpcErrKind::Internal`], so that no handler can forge one.
///
/// ```
/// use razor_stream::error::RpcError;
/// let err: RpcError<String> = RpcError::User("no such account".into());
/// assert_eq!(err.user(), Some(&"no such account".to_string()));
/// ```
///
/// `?` turns the method's own error, and the framework's, into an error of a call:
///
/// ```
/// use razor_stream::error::{RpcError, RpcIntErr};
///
/// fn withdraw(balance: u32, amount: u32) -> Result<u32, String> {
///     balance.checked_sub(amount).ok_or_else(|| format!("{amount} is more than {balance}"))
/// }
///
/// fn transfer(amount: u32, connected: Result<(), RpcIntErr>) -> Result<u32, RpcError<String>> {
///     connected?;
///     Ok(withdraw(10, amount)?)
/// }
///
/// assert_eq!(transfer(7, Ok(())), Ok(3));
/// assert_eq!(transfer(70, Ok(())), Err("70 is more than 10".to_string().into()));
/// ```
///
/// [`UserErr`](super::UserErr) turns another error into the method's own.
///
/// # As a standard error
///
/// Its text and its source are the text and the source of the error in it, so a printed chain of errors repeats
/// nothing. The method's own error has a source where its type is a [standard error](RpcErrCodec::as_error), as with
/// thiserror; `#[derive(RpcErr)]` finds that out. `?` turns an `RpcError<E>` into `Box<dyn Error>` and into
/// `anyhow::Error`, whose `downcast_ref::<RpcError<E>>()` gives it back.
///
/// # What to repeat
///
/// [`is_safe_to_repeat`](Self::is_safe_to_repeat) tells that a repeat cannot execute the call twice, and
/// [`permanent`](Self::permanent) that a repeat is useless. After an outcome of `Unknown` only an idempotent method may
/// be called again. After the method's own error the method has run: only its service knows whether it may be called
/// again.
///
/// ```
/// use razor_stream::error::RpcError;
///
/// /// Calls at most `most` times, as long as a repeat is safe.
/// fn repeated<T, E>(
///     most: u32,
///     mut call: impl FnMut() -> Result<T, RpcError<E>>,
/// ) -> Result<T, RpcError<E>> {
///     let mut left = most;
///     loop {
///         left -= 1;
///         match call() {
///             Err(error) if left > 0 && error.is_safe_to_repeat() && !error.permanent() => {}
///             end => return end,
///         }
///     }
/// }
///
/// let mut calls = 0;
/// let refused = repeated(3, || {
///     calls += 1;
///     Err::<(), _>(RpcError::User("no such account".to_string()))
/// });
/// assert!(refused.is_err());
/// assert_eq!(calls, 1, "the method has answered");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "callers match on both cases, and there will be no third"
)]
pub enum RpcError<E> {
    /// The method's own error.
    User(E),
    /// The framework's error.
    Rpc(RpcIntErr),
}

impl<E> RpcError<E> {
    /// The method's own error; `None` if this is the framework's.
    pub const fn user(&self) -> Option<&E> {
        match self {
            Self::User(err) => Some(err),
            Self::Rpc(_) => None,
        }
    }

    /// The framework's error; `None` if this is the method's own.
    pub const fn rpc(&self) -> Option<&RpcIntErr> {
        match self {
            Self::User(_) => None,
            Self::Rpc(err) => Some(err),
        }
    }

    /// The class of the framework's error; `None` if this is the method's own.
    pub const fn kind(&self) -> Option<RpcErrKind> {
        match self {
            Self::User(_) => None,
            Self::Rpc(err) => Some(err.kind()),
        }
    }

    /// What may have happened to the request. The method's own error means that it ran.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::User(_) => Outcome::Executed,
            Self::Rpc(err) => err.outcome(),
        }
    }

    /// Whether a repeat cannot execute the request twice: no handler has seen it. It is never `true` for the method's
    /// own error. [`permanent`](Self::permanent) tells whether a repeat is useless.
    pub const fn is_safe_to_repeat(&self) -> bool {
        self.outcome().is_safe_to_repeat()
    }

    /// Whether a repeat is useless, because every server will refuse this request again. It is `false` for the method's
    /// own error, of which the framework does not know that.
    pub const fn permanent(&self) -> bool {
        match self {
            Self::User(_) => false,
            Self::Rpc(err) => err.permanent(),
        }
    }

    /// The address of the peer, where the framework's error names it. The method's own error names no peer.
    pub fn peer(&self) -> Option<&str> {
        self.rpc()?.peer()
    }
}

impl<E: RpcErrCodec> fmt::Display for RpcError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(err) => err.describe(f),
            Self::Rpc(err) => err.fmt(f),
        }
    }
}

impl<E: RpcErrCodec> Error for RpcError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::User(err) => err.as_error()?.source(),
            Self::Rpc(err) => err.source(),
        }
    }
}

impl<E> From<RpcIntErr> for RpcError<E> {
    fn from(err: RpcIntErr) -> Self {
        Self::Rpc(err)
    }
}

// This does not overlap with the implementation above: `RpcIntErr` does not implement `RpcErrCodec`, and no other crate
// can implement it for that type.
impl<E: RpcErrCodec> From<E> for RpcError<E> {
    fn from(err: E) -> Self {
        Self::User(err)
    }
}

/// Equal if this is a framework error of this kind.
impl<E> PartialEq<RpcErrKind> for RpcError<E> {
    fn eq(&self, kind: &RpcErrKind) -> bool {
        self.kind() == Some(*kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{EncodedErr, ErrDecodeError, made};
    use razor_rpc_codec::Codec;

    /// An error as thiserror would derive it.
    #[derive(Debug, thiserror::Error)]
    #[error("the disk failed")]
    struct Disk(#[source] std::num::ParseIntError);

    impl RpcErrCodec for Disk {
        fn encode<C: Codec>(&self, _: &C) -> EncodedErr {
            EncodedErr::Num(1)
        }
        fn decode<C: Codec>(_: &C, err: EncodedErr) -> Result<Self, ErrDecodeError> {
            Err(ErrDecodeError::new("never").with_received(err))
        }
        fn as_error(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }

    fn told(error: impl Error + 'static) -> (String, Option<String>) {
        let error: Box<dyn Error> = Box::new(error);
        (error.to_string(), error.source().map(ToString::to_string))
    }

    #[test]
    fn it_is_an_error_for_every_error_type_and_its_text_is_that_of_the_error_in_it() {
        assert_eq!(told(RpcError::User(())), ("()".into(), None));
        assert_eq!(told(RpcError::User(-7_i32)), ("-7".into(), None));
        assert_eq!(told(RpcError::User("no account".to_string())), ("no account".into(), None));
        let cause = "x".parse::<u8>().expect_err("it is no number");
        let shown = ("the disk failed".into(), Some(cause.to_string()));
        assert_eq!(told(RpcError::User(Disk(cause))), shown);
        let lost = made::connection_lost("reset").with_peer("db:1");
        assert_eq!(told(RpcError::<()>::Rpc(lost.clone())), told(lost));
    }

    /// Hands on whatever comes.
    fn handed_on<E>(result: Result<u8, E>) -> Result<u8, RpcError<String>>
    where
        RpcError<String>: From<E>,
    {
        Ok(result?)
    }

    #[test]
    fn an_error_of_either_kind_becomes_one_of_a_call_by_itself() {
        let lost = made::connection_lost("reset");
        assert_eq!(handed_on(Err(lost.clone())), Err(RpcError::Rpc(lost.clone())));
        assert_eq!(handed_on(Err("own".to_string())), Err(RpcError::User("own".to_string())));
        assert_eq!(handed_on(Err(RpcError::Rpc(lost.clone()))), Err(RpcError::Rpc(lost)));
        assert_eq!(handed_on(Ok::<_, String>(1)), Ok(1));
    }

    #[test]
    fn a_method_error_means_that_the_method_ran_and_is_never_safe_to_repeat() {
        let own = RpcError::User(7);
        assert_eq!((own.outcome(), own.is_safe_to_repeat()), (Outcome::Executed, false));
        assert_eq!((own.permanent(), own.peer(), own.kind()), (false, None, None));
    }

    #[test]
    fn what_is_asked_of_it_is_asked_of_the_frameworks_error_in_it() {
        let late = made::no_answer_in_time();
        let error = RpcError::<u8>::from(late.clone());
        assert_eq!(error, RpcErrKind::Timeout);
        assert_eq!((error.outcome(), error.is_safe_to_repeat()), (Outcome::Unknown, false));
        assert!(!late.is_safe_to_repeat());
        let malformed = made::inexpressible(RpcErrKind::Invalid).with_peer("db:1");
        let error = RpcError::<u8>::from(malformed.clone());
        assert_eq!((error.is_safe_to_repeat(), error.permanent()), (true, true));
        assert_eq!((malformed.is_safe_to_repeat(), malformed.permanent()), (true, true));
        assert_eq!((error.peer(), malformed.peer()), (Some("db:1"), Some("db:1")));
    }
}
