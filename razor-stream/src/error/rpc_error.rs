//! What a call returns when it fails: the method's own error, or the framework's.
//!
//! Knows the two cases. Does not know how either travels.

use super::{Outcome, RpcErrCodec, RpcErrKind, RpcIntErr};
use std::error::Error;
use std::fmt;

/// The error of a call: the method's own, or the framework's.
///
/// A handler returns `Err(its_error.into())`, or `Err(RpcError::User(e))`, or hands an error of either kind on by `?`; a
/// caller matches on both cases. A framework error that a handler returns is not forwarded as such: it reaches the caller as
/// [`RpcErrKind::Internal`], so that no handler can forge one.
///
/// ```
/// use razor_stream::error::RpcError;
/// let err: RpcError<String> = RpcError::User("no such account".into());
/// assert_eq!(err.user(), Some(&"no such account".to_string()));
/// ```
///
/// The method's own error becomes one of a call by itself, and so does the framework's:
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
    /// The method's own error, if it is one.
    pub const fn user(&self) -> Option<&E> {
        match self {
            Self::User(err) => Some(err),
            Self::Rpc(_) => None,
        }
    }

    /// The framework's error, if it is one.
    pub const fn rpc(&self) -> Option<&RpcIntErr> {
        match self {
            Self::User(_) => None,
            Self::Rpc(err) => Some(err),
        }
    }

    /// The class of the framework's error, if it is one.
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
}

impl<E: fmt::Debug> fmt::Display for RpcError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(err) => write!(f, "method failed: {err:?}"),
            Self::Rpc(err) => err.fmt(f),
        }
    }
}

impl<E: fmt::Debug> Error for RpcError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::User(_) => None,
            Self::Rpc(err) => err.source(),
        }
    }
}

impl<E> From<RpcIntErr> for RpcError<E> {
    fn from(err: RpcIntErr) -> Self {
        Self::Rpc(err)
    }
}

// Beside the one above because `RpcIntErr` is no error of a method: it has no `RpcErrCodec`, and cannot get one elsewhere.
impl<E: RpcErrCodec> From<E> for RpcError<E> {
    fn from(err: E) -> Self {
        Self::User(err)
    }
}

/// Whether it is the framework's error of this kind.
impl<E> PartialEq<RpcErrKind> for RpcError<E> {
    fn eq(&self, kind: &RpcErrKind) -> bool {
        self.kind() == Some(*kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Stage;

    #[test]
    fn it_is_an_error_for_every_error_type_also_for_unit() {
        let err: Box<dyn Error + Send + Sync> = Box::new(RpcError::User(()));
        assert_eq!(err.to_string(), "method failed: ()");
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
        let lost = RpcIntErr::new(RpcErrKind::IO, Outcome::Unknown, Stage::Wait);
        assert_eq!(handed_on(Err(lost.clone())), Err(RpcError::Rpc(lost.clone())));
        assert_eq!(handed_on(Err("own".to_string())), Err(RpcError::User("own".to_string())));
        assert_eq!(handed_on(Err(RpcError::Rpc(lost.clone()))), Err(RpcError::Rpc(lost)));
        assert_eq!(handed_on(Ok::<_, String>(1)), Ok(1));
    }

    #[test]
    fn a_method_error_means_that_the_method_ran() {
        assert_eq!(RpcError::User(7).outcome(), Outcome::Executed);
        let err = RpcError::<u8>::from(RpcIntErr::new(
            RpcErrKind::Timeout,
            Outcome::Unknown,
            Stage::Wait,
        ));
        assert_eq!(err.outcome(), Outcome::Unknown);
        assert_eq!(err, RpcErrKind::Timeout);
    }
}
