//! Who waits for the answer of a request, and what an answer is.
//!
//! Knows responses. Does not know requests, nor connections.

use super::Blob;
use crate::error::{EncodedErr, RpcError};
use crate::isolation::isolated;
use crate::proto::Pending;

/// Something that waits for the answer of a request. It is completed exactly once, whatever happens: by the answer, an
/// error of the method, a timeout, a lost connection, a closed pool.
///
/// ```
/// use razor_stream::client::{Completion, Response};
/// use razor_stream::error::{EncodedErr, RpcError};
///
/// /// Hands the answer to a callback.
/// struct Then<F>(F);
///
/// impl<F> Completion for Then<F>
/// where
///     F: FnOnce(Result<Response, RpcError<EncodedErr>>) + Send + 'static,
/// {
///     fn complete(self, result: Result<Response, RpcError<EncodedErr>>) {
///         self.0(result);
///     }
/// }
/// ```
pub trait Completion: Send + 'static {
    /// Hands over the answer. Called by a coroutine of the connection, outside its locks: it must not block,
    /// and may submit further requests.
    fn complete(self, result: Result<Response, RpcError<EncodedErr>>);

    /// Whether nobody waits for the answer any more. A request that has not been sent is then never sent.
    ///
    /// Called under a lock of the connection: it must be quick, and must not use the connection.
    fn is_abandoned(&self) -> bool {
        false
    }

    /// Memory of this task in which its response's blob, of `len` bytes, is to be received; `None`, the default, if the
    /// library is to find some.
    ///
    /// It is asked when the head of the response has arrived, and again before each read into it; it has to return the
    /// same memory each time. A large blob is received straight there; one that came into the connection's read buffer
    /// together with its head is copied from there. Room for less than `len` ends the task with
    /// [`BufferTooSmall`](crate::error::RpcErrKind::BufferTooSmall), outcome `Executed`; the blob is skipped, and the
    /// connection lives on.
    ///
    /// The task keeps its memory all the time. If its deadline passes, or the connection is lost, while the blob is
    /// arriving, it is completed with that error, and the content of its memory is not specified.
    ///
    /// Called by the reader of the connection, possibly under a lock of the connection: it must be quick, and must not
    /// use the connection. Nothing should be allocated here for a length that a peer only announces, unless the peer is
    /// trusted; `len` is never over the limit for blobs.
    fn blob_space(&mut self, len: usize) -> Option<&mut [u8]> {
        let _ = len;
        None
    }
}

/// A successful answer.
#[derive(Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The message, as the codec encoded it. Its buffer may be given back with
    /// [`buffer::give_back`](crate::buffer::give_back).
    pub msg: Vec<u8>,
    /// The blob. A large one was received in a buffer of its own, and not copied. Empty if the blob was received in
    /// place.
    pub blob: Blob,
    /// Bytes of the blob that were received in the task's own memory, see [`Completion::blob_space`]: either the whole
    /// blob, or 0.
    pub in_place: usize,
}

impl<T: Completion> Pending for T {
    fn is_abandoned(&self) -> bool {
        // A panic that was not caught here would drop the task under the lock. The task counts as waited for.
        isolated(|| Completion::is_abandoned(self)).unwrap_or(false)
    }
}
