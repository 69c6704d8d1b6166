//! A pool whose transport nobody has to name.
//!
//! Knows that requests go somewhere. Does not know where.

use super::call::ApiCall;
use razor_stream::client::{ClientCaller, ClientConfig, Ready, Submission};
use razor_stream::error::RpcIntErr;
use razor_stream::proto::machines::{Deadline, RequestFrame};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A [`ClientPool`](razor_stream::client::ClientPool), or any other [`ClientCaller`], without its type.
///
/// It is a type of its own rather than an `Arc<dyn …>`, whose hidden lifetime would keep the compiler from seeing
/// that calls are `Send`.
#[derive(Clone)]
pub struct AnyPool {
    pool: Arc<dyn ClientCaller<ApiCall>>,
    /// That of a call by its configuration, so that no call asks for it by a second indirect call.
    deadline: Deadline,
}

impl AnyPool {
    /// Forgets what `pool` is.
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

    /// Whether there is a connection that takes requests. This is what was true a moment ago.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.pool.is_connected()
    }

    /// Takes no more calls. Those in flight run to their end, at the latest their deadline; those that wait for a
    /// connection end now.
    pub fn close(&self) {
        self.pool.close();
    }

    /// Waits until there is a connection, at most as long as a call may take
    /// ([`call_timeout`](ClientConfig::call_timeout)), also through attempts that fail, whatever
    /// [`WhenDown`](razor_stream::client::WhenDown) says of calls. A thread that may block calls
    /// [`ready_blocking`](razor_stream::client::ClientCallerBlocking::ready_blocking).
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
    /// With outcome `NotSent`: `Timeout`, with the error of the last attempt as its cause if there is one; `Closing` when
    /// it has been closed; the transport's error when it is [permanent](razor_stream::error::RpcIntErr::permanent), and no
    /// further attempt is made.
    ///
    /// # Cancellation
    /// Dropping the future changes nothing: attempts to connect go on.
    pub async fn ready(&self) -> Result<(), RpcIntErr> {
        self.pool.ready().await
    }

    /// [`ready`](Self::ready), but at most for `timeout` (one hour if that is longer).
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
