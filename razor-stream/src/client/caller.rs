//! What sends requests: one connection, a pool, or a type of a user.
//!
//! Object-safe, so that a client can be stored without naming its transport. Knows submissions. Does not know
//! connections.

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

    /// Makes a request that has the [timeout](ClientConfig::call_timeout) of this caller.
    #[inline]
    fn submission(&self, frame: RequestFrame, task: K) -> Submission<K> {
        Submission { frame, task, deadline: Deadline::after(self.config().call_timeout()) }
    }

    /// The server's address, as it was given.
    fn addr(&self) -> &str;

    /// Whether there is a connection that takes requests. The answer may be outdated when it is returned.
    fn is_connected(&self) -> bool;

    /// Stops taking requests. Requests in flight run to their end, at the latest their deadline; requests that wait for
    /// a connection end now.
    fn close(&self);

    /// Waits until there is a connection that takes requests, at most for `timeout` (one hour if that is longer). When
    /// an attempt to connect fails it goes on waiting, whatever [`WhenDown`](super::WhenDown) is set to: that is for
    /// calls alone.
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
    /// With outcome `NotSent`: `Timeout`, with the error of the last attempt as its cause if there is one; `Closing`
    /// when the client has been closed; the transport's error when it is [permanent](RpcIntErr::permanent): no further
    /// attempt is made then. A single connection that has ended gives the reason of its end.
    ///
    /// # Cancellation
    /// Dropping the future changes nothing: attempts to connect go on.
    fn ready_within(&self, timeout: Duration) -> Ready<'_>;

    /// Waits as [`ready_within`](Self::ready_within) does, at most the time that a call may take
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

    /// Submits a request. If there is no room for it, this waits for room, at most until the request's deadline. The
    /// task is completed whatever happens: it gets the answer, or the reason why there is none.
    ///
    /// # Cancellation
    /// If the future is dropped before it has been polled, or while it waits for room, the request is not sent, and its
    /// task gets `Closing`, outcome `NotSent`.
    fn submit(&self, request: Submission<K>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
