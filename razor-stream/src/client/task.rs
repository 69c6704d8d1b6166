//! What a client hands to a connection, and what it gets back.
//!
//! Knows requests, responses and who waits for them. Does not know connections.

use crate::error::{EncodedErr, RpcError};
use crate::proto::Pending;
use bytes::Bytes;

/// Whoever waits for the answer of a request. It is completed exactly once, on every path: the answer, an
/// error of the method, a timeout, a lost connection, a closed pool.
pub trait Completion: Send + 'static {
    /// Hands over the answer. Called by a coroutine of the connection, outside its locks: it must not block,
    /// and may submit further requests.
    fn complete(self, result: Result<Response, RpcError<EncodedErr>>);

    /// Whether nobody waits any more; then the request is not sent if it has not been.
    ///
    /// Called under a lock of the connection: it must be quick, and must not use the connection.
    fn is_abandoned(&self) -> bool {
        false
    }
}

/// A successful answer.
#[derive(Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The message, as the codec encoded it. Its buffer may be given back with
    /// [`buffer::give_back`](crate::buffer::give_back).
    pub msg: Vec<u8>,
    /// The blob. A large one was received in a buffer of its own, and not copied.
    pub blob: Bytes,
}

impl<T: Completion> Pending for T {
    fn is_abandoned(&self) -> bool {
        Completion::is_abandoned(self)
    }
}
