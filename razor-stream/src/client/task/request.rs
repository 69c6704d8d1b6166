//! What a request is made of, for programs that send requests of their own kinds.
//!
//! Knows the parts of a task. Does not know how it is sent.

use super::Completion;
use crate::codec::EncodeError;
use crate::proto::RpcAction;
use bytes::Bytes;
use std::time::Duration;

/// A request of a kind of your own: what it sends, and, as a [`Completion`], what becomes of its answer.
///
/// [`ClientStream::send_task`](crate::client::ClientStream::send_task) and
/// [`ClientPool::send_task`](crate::client::ClientPool::send_task) take one by value, and it is completed exactly once:
/// by the answer, an error of the method, its timeout, a lost connection, a closed client, or because it could not be
/// sent. [`#[client_task]`](macro@super::client_task) writes all of this for a struct; by hand it is:
///
/// ```
/// use razor_stream::bytes::Bytes;
/// use razor_stream::client::task::{ClientTask, Completion, Response};
/// use razor_stream::codec::EncodeError;
/// use razor_stream::error::{EncodedErr, RpcError};
/// use razor_stream::proto::RpcAction;
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// /// Stores a blob; its bytes are added to a total that all puts share.
/// struct Put {
///     blob: Bytes,
///     stored: Arc<AtomicU64>,
/// }
///
/// impl ClientTask for Put {
///     fn action(&self) -> RpcAction<'_> {
///         RpcAction::Num(1)
///     }
///     fn encode(&self, _: &mut Vec<u8>) -> Result<(), EncodeError> {
///         Ok(()) // A message of no bytes: the blob is all.
///     }
///     fn take_blob(&mut self) -> Option<Bytes> {
///         Some(self.blob.clone())
///     }
/// }
///
/// impl Completion for Put {
///     fn complete(self, result: Result<Response, RpcError<EncodedErr>>) {
///         if result.is_ok() {
///             self.stored.fetch_add(self.blob.len() as u64, Ordering::Relaxed);
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a task",
    label = "write `#[client_task]` on its struct, or `#[client_task_enum]` on its enum"
)]
pub trait ClientTask: Completion {
    /// The action that the task asks for. An action that the wire cannot express ([`RpcAction::check`]) ends the task
    /// with `Invalid`, outcome `NotSent`.
    fn action(&self) -> RpcAction<'_>;

    /// Appends the encoded message to `out`, in the coroutine of the sender, before anything is queued.
    ///
    /// # Errors
    /// The task ends with `Encode`, outcome `NotSent`, and nothing is written.
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// The blob to send, called once, after the message has been encoded. It is written from where it lies (one shorter
    /// than 4 KiB is copied behind the message) and released when it has left for the kernel, or with the connection.
    /// `None`, the default, and a blob of no bytes are equal on the wire.
    ///
    /// Memory of a type of your own goes out by [`Bytes::from_owner`].
    fn take_blob(&mut self) -> Option<Bytes> {
        None
    }

    /// What every task carries.
    fn common(&self) -> &ClientTaskCommon {
        const { &ClientTaskCommon::new() }
    }
}

/// What every task carries, whatever it asks for.
///
/// ```
/// use razor_stream::client::task::ClientTaskCommon;
/// use std::time::Duration;
///
/// let patient = ClientTaskCommon::new().with_timeout(Duration::from_secs(60));
/// assert_eq!(patient.timeout, Some(Duration::from_secs(60)));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientTaskCommon {
    /// How long the task may take, from its submission, time spent waiting for room included; at most one hour. `None`
    /// means the client's [`call_timeout`](crate::client::ClientConfig::call_timeout).
    pub timeout: Option<Duration>,
}

impl ClientTaskCommon {
    /// Only default values.
    #[must_use]
    pub const fn new() -> Self {
        Self { timeout: None }
    }

    /// Sets a timeout for this task alone.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}
