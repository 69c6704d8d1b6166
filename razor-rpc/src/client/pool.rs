//! A pool without the type of its transport.
//!
//! Knows that a caller takes requests. Does not know what it does with them.

use super::call::ApiCall;
use razor_stream::client::{ClientCaller, ClientConfig, Ready, Submission};
use razor_stream::error::RpcIntErr;
use razor_stream::proto::machines::{Deadline, RequestFrame};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A [`ClientPool`](super::ClientPool), or any other [`ClientCaller`], without its type.
///
/// It is a type of its own rather than an `Arc<dyn …>`, whose hidden lifetime would keep the compiler from seeing
/// that calls are `Send`.
#[derive(Clone)]
pub struct AnyPool {
    pool: Arc<dyn ClientCaller<ApiCall>>,
    /// The deadline that the configuration gives to a call, kept here so that no call needs a second indirect call for
    /// it.
    deadline: Deadline,
}

impl AnyPool {
    /// Hides the type of `pool`.
    #[must_use]
    pub fn new(pool: impl ClientCaller<ApiCall>) -> Self {
        let deadline = Deadline::after(pool.config().call_timeout());
        Self { pool: Arc::new(pool), deadline }
    }

    /// The server's address, as it was given.
    #[must_use]
    pub fn addr(&self) -> &str {
        self.pool.addr()
    }

    /// Whether there is a connection that takes requests. The answer may be outdated when it is returned.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.pool.is_connected()
    }

    /// Stops taking calls. Calls in flight run to their end, at the latest their deadline; calls that wait for a
    /// connection end now.
    pub fn close(&self) {
        self.pool.close();
    }

    /// Waits until there is a connection, at most as long as a call may take
    /// ([`call_timeout`](ClientConfig::call_timeout)), and also while attempts fail, whatever
    /// [`WhenDown`](super::WhenDown) is set to: that is for calls alone. A thread that may block calls
    /// [`ready_blocking`](super::ClientCallerBlocking::ready_blocking).
    ///
    /// ```
    /// use razor_rpc::client::Caller;
    /// use razor_rpc::error::RpcIntErr;
    ///
    /// /// Whether there is a server at the address of this caller.
    /// async fn probe(caller: &Caller) -> Result<(), RpcIntErr> {
    ///     caller.connection().ready().await
    /// }
    /// ```
    ///
    /// # Errors
    /// With outcome `NotSent`: `Timeout`, with the error of the last attempt as its cause if there is one; `Closing`
    /// when it has been closed; the transport's error when it is
    /// [permanent](razor_stream::error::RpcIntErr::permanent), and no further attempt is made.
    ///
    /// # Cancellation
    /// Dropping the future changes nothing: attempts to connect go on.
    pub async fn ready(&self) -> Result<(), RpcIntErr> {
        self.pool.ready().await
    }

    /// Waits as [`ready`](Self::ready) does, at most for `timeout` (one hour if that is longer).
    ///
    /// # Errors
    /// As [`ready`](Self::ready).
    ///
    /// # Cancellation
    /// As [`ready`](Self::ready).
    pub async fn ready_within(&self, timeout: Duration) -> Result<(), RpcIntErr> {
        self.pool.ready_within(timeout).await
    }
}

impl fmt::Debug for AnyPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnyPool").field(self.pool.config()).finish()
    }
}

impl ClientCaller<ApiCall> for AnyPool {
    fn config(&self) -> &ClientConfig {
        self.pool.config()
    }

    #[inline]
    fn submission(&self, frame: RequestFrame, call: ApiCall) -> Submission<ApiCall> {
        Submission { frame, task: call, deadline: self.deadline }
    }

    fn addr(&self) -> &str {
        self.pool.addr()
    }

    fn is_connected(&self) -> bool {
        self.pool.is_connected()
    }

    fn close(&self) {
        self.pool.close();
    }

    fn ready_within(&self, timeout: Duration) -> Ready<'_> {
        self.pool.ready_within(timeout)
    }

    fn try_submit(&self, request: Submission<ApiCall>) -> Result<(), Submission<ApiCall>> {
        self.pool.try_submit(request)
    }

    fn submit(
        &self,
        request: Submission<ApiCall>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.pool.submit(request)
    }
}
