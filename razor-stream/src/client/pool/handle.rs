//! A client of one address that survives its connections.
//!
//! Knows its handles. What they share is in `shared`; connecting is the supervisor's work.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

use super::send::submit_when_connected;
use super::shared::{Shared, closed, dropped};
use super::supervisor::supervise;
use crate::client::stream::check;
use crate::client::task::ClientTask;
use crate::client::unsent::{Unencoded, Unsent};
use crate::client::{ClientCaller, ClientConfig, Completion, Ready};
use crate::clock;
use crate::coroutine::{Coroutine, spawn_here};
use crate::error::RpcIntErr;
use crate::proto::{Deadline, Submission};
use crate::transport::ClientTransport;
use orb::prelude::{AsyncExec, AsyncRuntime};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A client of one address: it connects, and connects again with backoff when the connection is lost.
///
/// It connects as soon as it is made. [`WhenDown`](crate::client::WhenDown) decides what calls do while there is no
/// connection; they never wait beyond their deadline, which runs from their submission. When a connection ends, a call
/// whose request it had not begun to write goes on to the next connection. So does a call whose request was partly
/// written when the connection was given up because the server does not read. A request that was being written
/// otherwise ends with the outcome `Unknown`.
///
/// When more than half of a connection's window is taken by calls that were given up (they timed out, or their callers
/// are gone) and that the server has not answered, the pool makes another connection. Calls that are still waited for
/// stay on the old one until they end; of such old connections there are at most four, and the oldest of more is
/// closed.
///
/// Clones share the pool. When the last clone is dropped, the pool ends at once, and with it every call on it.
/// [`close`](Self::close) lets calls finish.
pub struct ClientPool<K: Completion, T: ClientTransport> {
    handle: Arc<Handle<K, T>>,
}

struct Handle<K: Completion, T: ClientTransport>(Arc<Shared<K, T>>);

impl<K: Completion, T: ClientTransport> Clone for ClientPool<K, T> {
    fn clone(&self) -> Self {
        Self { handle: self.handle.clone() }
    }
}

impl<K: Completion, T: ClientTransport> fmt::Debug for ClientPool<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientPool").field("addr", &self.handle.0.addr).finish_non_exhaustive()
    }
}

impl<K: Completion, T: ClientTransport> Drop for Handle<K, T> {
    fn drop(&mut self) {
        let dropped = dropped(&self.0.addr);
        let links = self.0.end(&dropped).or_else(|| self.0.finishing());
        for link in links.into_iter().chain(self.0.take_replaced()) {
            link.close(&dropped);
        }
    }
}

impl<K: Completion, T: ClientTransport> ClientPool<K, T> {
    /// Makes a pool on the runtime in which this function is called.
    ///
    /// # Errors
    /// With outcome `NotSent`: [permanently](RpcIntErr::permanent) when the address is malformed, and nothing is
    /// dialled then; `NoRuntime` when there is no runtime around; use [`with_executor`](Self::with_executor) there.
    pub fn new(
        transport: T,
        addr: impl Into<String>,
        config: ClientConfig,
    ) -> Result<Self, RpcIntErr> {
        let (pool, supervisor) = Self::parts(transport, addr.into(), config)?;
        spawn_here::<T::RT>(supervisor)?;
        Ok(pool)
    }

    /// Makes a pool whose coroutines run on `exec`: for plain threads, and for code that runs under another executor.
    ///
    /// # Errors
    /// [Permanently](RpcIntErr::permanent) when the address is malformed; nothing is dialled then.
    pub fn with_executor(
        transport: T,
        addr: impl Into<String>,
        config: ClientConfig,
        exec: &<T::RT as AsyncRuntime>::Exec,
    ) -> Result<Self, RpcIntErr> {
        let (pool, supervisor) = Self::parts(transport, addr.into(), config)?;
        exec.spawn_detach(supervisor);
        Ok(pool)
    }

    fn parts(
        transport: T,
        addr: String,
        config: ClientConfig,
    ) -> Result<(Self, Coroutine), RpcIntErr> {
        check(&transport, &addr)?;
        let shared = Arc::new(Shared::new(transport, addr, config));
        let supervisor = Box::pin(supervise(shared.clone()));
        Ok((Self { handle: Arc::new(Handle(shared)) }, supervisor))
    }

    /// The server's address, as it was given.
    #[must_use]
    pub fn addr(&self) -> &str {
        &self.handle.0.addr
    }

    /// Whether there is a connection that takes requests. The answer may be outdated when it is returned.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.handle.0.is_connected()
    }

    /// Waits until there is a connection, at most as long as a call may take
    /// ([`call_timeout`](ClientConfig::call_timeout)), and also while attempts fail, whatever
    /// [`WhenDown`](crate::client::WhenDown) is set to: that is for calls alone.
    ///
    /// ```
    /// use razor_stream::client::{ClientConfig, ClientPool, Completion};
    /// use razor_stream::error::RpcIntErr;
    /// use razor_stream::transport::ClientTransport;
    ///
    /// /// Makes a pool, and waits until it is connected.
    /// async fn connected<K: Completion, T: ClientTransport>(
    ///     transport: T,
    /// ) -> Result<ClientPool<K, T>, RpcIntErr> {
    ///     let pool = ClientPool::new(transport, "db:7000", ClientConfig::default())?;
    ///     pool.ready().await?;
    ///     Ok(pool)
    /// }
    /// ```
    ///
    /// # Errors
    /// With outcome `NotSent`: `Timeout`, with the error of the last attempt as its cause if there is one; `Closing`
    /// when the pool has been closed; the transport's error when it is [permanent](RpcIntErr::permanent), and no
    /// further attempt is made.
    ///
    /// # Cancellation
    /// Dropping the future changes nothing: attempts to connect go on.
    pub async fn ready(&self) -> Result<(), RpcIntErr> {
        self.ready_within(self.config().call_timeout()).await
    }

    /// Waits as [`ready`](Self::ready) does, at most for `timeout` (one hour if that is longer).
    ///
    /// # Errors
    /// As [`ready`](Self::ready).
    ///
    /// # Cancellation
    /// As [`ready`](Self::ready).
    pub async fn ready_within(&self, timeout: Duration) -> Result<(), RpcIntErr> {
        self.handle.0.ready(clock::now() + timeout.min(Deadline::LONGEST)).await
    }

    /// Stops taking requests. Requests in flight run to their end, at the latest their deadline; requests that wait for
    /// a connection end now.
    pub fn close(&self) {
        let closed = closed(&self.handle.0.addr);
        if let Some(link) = self.handle.0.end(&closed) {
            link.retire(closed);
        }
    }

    fn shared(&self) -> &Shared<K, T> {
        &self.handle.0
    }
}

impl<K: ClientTask, T: ClientTransport> ClientPool<K, T> {
    /// Sends a task. The future encodes the task when it is first polled, and then waits while the connection has no
    /// room for it, at most until the task's deadline. The task is completed whatever happens, and gets the error if
    /// there is one. While there is no connection, the task waits or ends at once, as
    /// [`WhenDown`](crate::client::WhenDown) decides.
    ///
    /// # Cancellation
    /// If the future is dropped before it has been polled, or while it waits for room, the task is not sent, and is
    /// completed with `Closing`, outcome `NotSent`.
    pub fn send_task(&self, task: K) -> impl Future<Output = ()> + Send {
        let unencoded = Unencoded::new(task, self.config());
        async move {
            let Some(request) = unencoded.encode() else { return };
            submit_when_connected(self.shared(), Unsent::new(request, self.config())).await;
        }
    }
}

impl<K: Completion, T: ClientTransport> ClientCaller<K> for ClientPool<K, T> {
    fn config(&self) -> &ClientConfig {
        &self.handle.0.config
    }

    fn addr(&self) -> &str {
        self.addr()
    }

    fn is_connected(&self) -> bool {
        self.is_connected()
    }

    fn close(&self) {
        self.close();
    }

    fn ready_within(&self, timeout: Duration) -> Ready<'_> {
        Box::pin(self.ready_within(timeout))
    }

    #[inline(always)]
    fn try_submit(&self, request: Submission<K>) -> Result<(), Submission<K>> {
        self.handle.0.submit(request)
    }

    fn submit(&self, request: Submission<K>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let unsent = Unsent::new(request, self.config());
        Box::pin(submit_when_connected(self.shared(), unsent))
    }
}
