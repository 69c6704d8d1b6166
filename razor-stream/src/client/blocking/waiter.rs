//! The completion of a thread that waits.
//!
//! Knows one answer. Does not know how long its thread waits.

use crate::client::{Completion, Response};
use crate::error::{EncodedErr, RpcError};
use crossfire::oneshot::TxOneshot;
use std::fmt;

pub(super) type Answer = Result<Response, RpcError<EncodedErr>>;

/// The completion of a thread that waits for its answer: what a connection carries for
/// [`call_blocking`](crate::client::ClientCallerBlocking::call_blocking), as in `ClientPool<Waiter, _>`.
///
/// A connection that also carries other completions needs a type of its own, which can be made from a `Waiter`:
///
/// ```
/// use razor_stream::client::{Completion, Response, Waiter};
/// use razor_stream::error::{EncodedErr, RpcError};
///
/// enum Task {
///     Blocking(Waiter),
///     Logged,
/// }
///
/// impl From<Waiter> for Task {
///     fn from(waiter: Waiter) -> Self {
///         Self::Blocking(waiter)
///     }
/// }
///
/// impl Completion for Task {
///     fn complete(self, result: Result<Response, RpcError<EncodedErr>>) {
///         match self {
///             Self::Blocking(waiter) => waiter.complete(result),
///             Self::Logged => println!("{result:?}"),
///         }
///     }
/// }
/// ```
pub struct Waiter {
    pub(super) tx: TxOneshot<Answer>,
}

impl fmt::Debug for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter").finish_non_exhaustive()
    }
}

impl Completion for Waiter {
    fn complete(self, result: Answer) {
        self.tx.send(result);
    }

    fn is_abandoned(&self) -> bool {
        self.tx.is_disconnected()
    }
}
