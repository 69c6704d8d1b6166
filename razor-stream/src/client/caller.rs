//! What sends requests: one connection, a pool, or a type of a user.
//!
//! Object-safe, so that a client can be stored without naming its transport. Knows submissions. Does not know connections.

use super::{ClientConfig, Completion, Submission};
use crate::error::RpcIntErr;
use crate::proto::{Deadline, RequestFrame};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// A wait for a connection: see [`ClientCaller::ready_within`].
pub type Ready<'a> = Pin<Box<dyn Future<Output = Result<(), RpcIntErr>> + Send + 'a>>;

/// Sends requests, each with the task that gets its answer.
pub trait ClientCaller<K: Completion>: Send + Sync + 'static {
    /// The limits and deadlines in force.
    fn config(&self) -> &ClientConfig;

    /// A request that has the [timeout](ClientConfig::call_timeout) of this caller.
    #[inline]
    fn submission(&self, frame: RequestFrame, task: K) -> Submission<K> {
        Submission { frame, task, deadline: Deadline::after(self.config().call_timeout()) }
    }

    /// The server's address, as it was given.
    fn addr(&self) -> &str;

    /// Whether there is a connection that takes requests. This is what was true a moment ago.
    fn is_connected(&self) -> bool;

    /// Takes no more requests. Those in flight run to their end, at the latest their deadline; those that wait for a
    /// connection end now.
    fn close(&self);

    /// Waits until there is a connection that takes requests, at most for `timeout` (one hour if that is longer), also
    /// through attempts to connect that fail, whatever [`WhenDown`](super::WhenDown) says of calls.
    ///
    /// ```
    /// use razor_stream::client::{ClientCaller, Completion};
    /// use razor_stream::error::RpcIntErr;
    /// use std::time::Duration;
    ///
    /// /// Gives a server that is just being started half a minute.
    /// async fn wait_for_server<K: Completion>(client: &impl ClientCaller<K>) -> Result<(), RpcIntErr> {
    ///     client.ready_within(Duration::from_secs(30)).await
    /// }
    /// ```
    ///
    /// # Errors
    /// With outcome `NotSent`: `Timeout`, with the error of the last attempt as its cause if there is one; `Closing` when
    /// the client has been closed; the transport's error when it is [permanent](RpcIntErr::permanent): no further attempt
    /// is made then. A single connection that has ended gives the reason of its end.
    ///
    /// # Cancellation
    /// Dropping the future changes nothing: attempts to connect go on.
    fn ready_within(&self, timeout: Duration) -> Ready<'_>;

    /// [`ready_within`](Self::ready_within) the time that a call may take
    /// ([`call_timeout`](ClientConfig::call_timeout)).
    ///
    /// # Errors
    /// As [`ready_within`](Self::ready_within).
    ///
    /// # Cancellation
    /// As [`ready_within`](Self::ready_within).
    fn ready(&self) -> Ready<'_> {
        self.ready_within(self.config().call_timeout())
    }

    /// Submits a request, if there is room for it. Its task gets the answer, or the reason why there is none.
    ///
    /// # Errors
    /// The request is given back if there is no room now; [`submit`](Self::submit) waits for room.
    fn try_submit(&self, request: Submission<K>) -> Result<(), Submission<K>>;

    /// Submits a request, and waits for room if there is none; at most until the request's deadline. However it ends, the
    /// task is completed: it gets the answer, or the reason why there is none.
    ///
    /// # Cancellation
    /// Dropped before it has been polled, or while it waits for room, the request is not sent: its task gets `Closing`,
    /// outcome `NotSent`.
    fn submit(&self, request: Submission<K>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
