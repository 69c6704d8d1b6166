//! The handle of one connection.
//!
//! Knows what a user can ask of a connection. Does not reconnect: that is the pool's business.

use super::link::Link;
use super::open::{check, open};
use super::wait::submit_when_room;
use crate::client::complete::refuse;
use crate::client::task::ClientTask;
use crate::client::unsent::{Unencoded, Unsent};
use crate::client::{ClientCaller, ClientConfig, Completion, Ready};
use crate::clock;
use crate::coroutine::run_on;
use crate::error::{Outcome, RpcIntErr, made};
use crate::proto::{NotTaken, SessionStats, Submission};
use crate::transport::ClientTransport;
use orb::prelude::AsyncRuntime;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// One connection to a server: any number of requests at once, each with a completion that gets its answer.
///
/// Requests are written in the order of their submission. Clones share the connection. When the last clone is dropped,
/// the connection ends at once, and with it every call on it. [`close`](Self::close) lets calls finish.
///
/// | step | when it is dropped |
/// |---|---|
/// | [`connect`](Self::connect) | no connection is made, or it is closed at once |
/// | [`submit`](ClientCaller::submit), not polled yet or waiting for room | the request is not sent; its completion gets `Closing`, `NotSent` |
/// | [`send_task`](Self::send_task), not polled yet or waiting for room | the task is not sent; it is completed with `Closing`, `NotSent` |
/// | [`flush`](Self::flush) | nothing changes: requests that have gathered leave by themselves |
/// | a completion that is abandoned | its request is not sent if it is still queued; otherwise its answer is thrown away |
pub struct ClientStream<K: Completion, T: ClientTransport> {
    handle: Arc<Handle<K, T>>,
}

/// How full a connection is.
///
/// ```
/// use razor_stream::client::Window;
///
/// /// Whether one more request would leave at once.
/// fn has_place(window: Window) -> bool {
///     window.queued == 0 && window.in_flight < window.limit
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Window {
    /// Requests that have been sent and not been answered, those included whose deadline has passed.
    pub in_flight: usize,
    /// Requests that wait for a place in the window.
    pub queued: usize,
    /// Places in the window.
    pub limit: usize,
}

struct Handle<K: Completion, T: ClientTransport> {
    link: Arc<Link<K, T::Write>>,
    config: ClientConfig,
}

impl<K: Completion, T: ClientTransport> Clone for ClientStream<K, T> {
    fn clone(&self) -> Self {
        Self { handle: self.handle.clone() }
    }
}

impl<K: Completion, T: ClientTransport> fmt::Debug for ClientStream<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientStream").field("addr", &self.addr()).finish_non_exhaustive()
    }
}

impl<K: Completion, T: ClientTransport> Drop for Handle<K, T> {
    fn drop(&mut self) {
        self.link.close(&made::dropped());
    }
}

impl<K: Completion, T: ClientTransport> ClientStream<K, T> {
    /// Connects, and spawns the connection's two coroutines on the runtime in which this future is polled.
    ///
    /// # Errors
    /// With outcome `NotSent`: the address is malformed ([permanently](RpcIntErr::permanent), and nothing is dialled)
    /// or does not resolve; nothing listens there; the server does not answer in time; there is no runtime.
    ///
    /// # Cancellation
    /// If the future is dropped, the attempt goes on for at most its timeout, and a connection that it makes is closed
    /// at once.
    pub async fn connect(
        transport: &T,
        addr: &str,
        config: ClientConfig,
    ) -> Result<Self, RpcIntErr> {
        Self::connect_by(None, transport.clone(), addr.to_string(), config).await
    }

    /// Connects as [`connect`](Self::connect) does; the connection's coroutines run on `exec`.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), but for the runtime.
    pub async fn connect_with_executor(
        transport: &T,
        addr: &str,
        config: ClientConfig,
        exec: &<T::RT as AsyncRuntime>::Exec,
    ) -> Result<Self, RpcIntErr> {
        Self::connect_by(Some(exec), transport.clone(), addr.to_string(), config).await
    }

    /// Connects on the runtime, since this may be polled outside of it.
    async fn connect_by(
        exec: Option<&<T::RT as AsyncRuntime>::Exec>,
        transport: T,
        addr: String,
        config: ClientConfig,
    ) -> Result<Self, RpcIntErr> {
        check(&transport, &addr)?;
        let connecting = async move {
            let link = open(&transport, &addr, &config, None).await?;
            Ok(Self { handle: Arc::new(Handle { link, config }) })
        };
        run_on::<T::RT, _>(exec, connecting).await?
    }

    /// The server's address, as it was given.
    #[must_use]
    pub fn addr(&self) -> &str {
        self.handle.link.peer()
    }

    /// Whether the connection takes requests. A connection that has ended, or was closed, never does again.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.handle.link.refusal().is_none()
    }

    /// How full the connection is. The answer may be outdated when it is returned, because others may send meanwhile.
    #[must_use]
    pub fn window(&self) -> Window {
        let (in_flight, queued, _) = self.handle.link.window();
        Window { in_flight, queued, limit: self.handle.config.max_in_flight.get() }
    }

    /// Hands the requests that have gathered to the kernel, and waits until they have left this process. These are all
    /// requests that were submitted before, except those that wait for a place in the window. It does not wait for
    /// answers.
    ///
    /// A program needs this only to know when its requests have left: without it, they leave as soon as the writer gets
    /// its turn.
    ///
    /// ```
    /// use razor_stream::client::ClientStream;
    /// use razor_stream::client::task::ClientTask;
    /// use razor_stream::error::RpcIntErr;
    /// use razor_stream::transport::ClientTransport;
    ///
    /// async fn send_all<K: ClientTask, T: ClientTransport>(
    ///     client: &ClientStream<K, T>,
    ///     tasks: Vec<K>,
    /// ) -> Result<(), RpcIntErr> {
    ///     for task in tasks {
    ///         client.send_task(task).await;
    ///     }
    ///     client.flush().await
    /// }
    /// ```
    ///
    /// # Errors
    /// The connection has ended.
    ///
    /// # Cancellation
    /// If the future is dropped, the requests that have not left yet leave by themselves.
    pub async fn flush(&self) -> Result<(), RpcIntErr> {
        self.handle.link.flush().await
    }

    /// Counts of replies that came too late, and of replies that belong to no request.
    #[must_use]
    pub fn stats(&self) -> SessionStats {
        self.handle.link.window().2
    }

    /// Sends a ping, and returns whether there was a place for it in the window. It does not wait for the answer; when
    /// that arrives, the place is free again.
    pub fn ping(&self) -> bool {
        self.handle.link.ping(self.handle.config.client_id)
    }

    /// Stops taking requests. Requests in flight and in the queue run to their end, at the latest their deadline. This
    /// function does not wait for that: the completion of each request tells its end. Dropping the last handle ends all
    /// of them at once.
    pub fn close(&self) {
        self.handle.link.retire(made::takes_no_more());
    }

    /// Submits a request for which there was no room, once there is.
    async fn wait(&self, mut unsent: Unsent<'_, K>) {
        if let Err(cause) = submit_when_room(&*self.handle.link, &mut unsent).await {
            unsent.refuse(cause);
        }
    }
}

impl<K: ClientTask, T: ClientTransport> ClientStream<K, T> {
    /// Sends a task. The future encodes the task when it is first polled, and then waits while there is no room for it,
    /// at most until the task's deadline. The task is completed whatever happens, and gets the error if there is one.
    ///
    /// ```
    /// use razor_stream::client::{ClientConfig, ClientStream};
    /// use razor_stream::client::task::client_task;
    /// use razor_stream::crossfire::oneshot::{TxOneshot, oneshot};
    /// use razor_stream::error::{RpcError, RpcIntErr};
    /// use razor_stream::transport::ClientTransport;
    ///
    /// /// Asks for the length of what is stored under a key.
    /// #[client_task("Store.len")]
    /// struct Len {
    ///     #[field(req)]
    ///     key: String,
    ///     #[field(resp)]
    ///     len: Option<u64>,
    ///     #[field(res)]
    ///     res: Option<Result<(), RpcError<String>>>,
    ///     #[field(noti)]
    ///     noti: Option<TxOneshot<Len>>,
    /// }
    ///
    /// async fn len<T: ClientTransport>(transport: &T, key: String) -> Result<Option<u64>, RpcIntErr> {
    ///     let client = ClientStream::connect(transport, "db:7000", ClientConfig::default()).await?;
    ///     let (tx, ended) = oneshot();
    ///     client.send_task(Len { key, len: None, res: None, noti: Some(tx) }).await;
    ///     Ok(ended.await.expect("each task ends").len)
    /// }
    /// ```
    ///
    /// When the future is ready, the task is on its way; it may not have been written ([`flush`](Self::flush)) or
    /// answered. Tasks are written in the order in which their futures became ready.
    ///
    /// # Cancellation
    /// If the future is dropped before it has been polled, or while it waits for room, the task is not sent, and is
    /// completed with `Closing`, outcome `NotSent`.
    pub fn send_task(&self, task: K) -> impl Future<Output = ()> + Send {
        let unencoded = Unencoded::new(task, self.config());
        async move {
            let Some(request) = unencoded.encode() else { return };
            match self.handle.link.submit(request) {
                Ok(()) => {}
                Err(NotTaken::Closed(back, cause)) => refuse(back, cause, &self.config().log),
                Err(NotTaken::Full(back)) => self.wait(Unsent::new(back, self.config())).await,
            }
        }
    }
}

impl<K: Completion, T: ClientTransport> ClientCaller<K> for ClientStream<K, T> {
    fn config(&self) -> &ClientConfig {
        &self.handle.config
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

    fn ready_within(&self, _: Duration) -> Ready<'_> {
        let ready = match self.handle.link.refusal() {
            None => Ok(()),
            Some(cause) => Err(cause.with_outcome(Outcome::NotSent)),
        };
        Box::pin(std::future::ready(ready))
    }

    fn try_submit(&self, request: Submission<K>) -> Result<(), Submission<K>> {
        match self.handle.link.submit(request) {
            Ok(()) => Ok(()),
            Err(NotTaken::Full(back)) => Err(back),
            Err(NotTaken::Closed(back, cause)) => {
                refuse(back, cause, &self.handle.config.log);
                Ok(())
            }
        }
    }

    fn submit(&self, request: Submission<K>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut unsent = Unsent::new(request, &self.handle.config);
        let _until = unsent.start(clock::now());
        Box::pin(self.wait(unsent))
    }
}
