//! The handle of one connection.
//!
//! Knows how to make a connection and its two coroutines. Does not reconnect: that is the pool's business.

use super::link::{Heir, Link, NotTaken};
use super::room::Ticket;
use super::send::{Unsent, submit_to_stream};
use super::{ClientCaller, ClientConfig, Completion, reader};
use crate::LogControl;
use crate::clock;
use crate::coroutine::{NoRuntime, in_time, run_on, spawn_here};
use crate::error::{Outcome, RpcIntErr, made};
use crate::proto::{RequestFrame, SessionStats};
use crate::transport::{ClientTransport, Connection, TransportError, WriteHalf};
use crate::writer::write_loop;
use orb::prelude::AsyncRuntime;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::Duration;

/// One connection to a server: any number of requests at once, each answered by its completion.
///
/// Requests are written in the order of their submission. Clones share the connection; when the last one is
/// dropped it ends at once, and so does everything that waits for it. [`close`](Self::close) lets calls finish.
///
/// | step | when it is dropped |
/// |---|---|
/// | [`connect`](Self::connect) | no connection |
/// | [`submit`](ClientCaller::submit), not polled yet or waiting for room | the request is not sent; its completion gets `Closing`, `NotSent` |
/// | [`send_task`](Self::send_task), not polled yet or waiting for room | the same |
/// | [`flush`](Self::flush) | what has gathered leaves all the same |
/// | a completion that is abandoned | not sent if still queued; otherwise its answer is thrown away |
pub struct ClientStream<K: Completion, T: ClientTransport> {
    handle: Arc<Handle<K, T>>,
}

/// How full a connection is.
///
/// ```
/// use razor_stream::client::stream::Window;
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
        f.debug_struct("ClientStream").field("peer", &self.peer()).finish_non_exhaustive()
    }
}

impl<K: Completion, T: ClientTransport> Drop for Handle<K, T> {
    fn drop(&mut self) {
        self.link.close(&made::dropped());
    }
}

impl<K: Completion, T: ClientTransport> ClientStream<K, T> {
    /// Connects, and spawns the connection's two coroutines on the runtime this is polled in.
    ///
    /// # Errors
    /// With outcome `NotSent`: an address that is malformed ([permanently](RpcIntErr::permanent), and nothing is dialled) or
    /// does not resolve, nobody there, no answer in time, no runtime.
    ///
    /// # Cancellation
    /// The attempt goes on for at most its timeout; a connection that it makes is closed at once.
    pub async fn connect(
        transport: &T,
        addr: &str,
        config: ClientConfig,
    ) -> Result<Self, RpcIntErr> {
        Self::connect_by(None, transport.clone(), addr.to_string(), config).await
    }

    /// The same, where the coroutines are to run on `exec`.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), but for the runtime.
    pub async fn connect_on(
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

    pub(super) fn link(&self) -> &Link<K, T::Write> {
        &self.handle.link
    }

    /// The server's address.
    #[must_use]
    pub fn peer(&self) -> &str {
        self.handle.link.peer()
    }

    /// How full the connection is. This is what was true a moment ago: others may send meanwhile.
    #[must_use]
    pub fn window(&self) -> Window {
        let (in_flight, queued, _) = self.handle.link.window();
        Window { in_flight, queued, limit: self.handle.config.session.window }
    }

    /// Hands what has gathered to the kernel now, and waits until it has left this process: everything submitted before
    /// this call, but for what waits for a place in the window. It says nothing about answers.
    ///
    /// There is no need to: what has been submitted leaves by itself as soon as the writer gets its turn. This is for
    /// those who want to know when it has.
    ///
    /// ```
    /// use razor_stream::client::stream::ClientStream;
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
    /// When the connection has ended.
    ///
    /// # Cancellation
    /// What has been written has been; the rest leaves by itself.
    pub async fn flush(&self) -> Result<(), RpcIntErr> {
        self.handle.link.flush().await
    }

    /// Replies that came too late or to nothing.
    #[must_use]
    pub fn stats(&self) -> SessionStats {
        self.handle.link.window().2
    }

    /// Sends a ping; says whether there was a place for it in the window. It waits for nothing: that the server lives
    /// shows by its answer, which the connection takes like any other.
    pub fn ping(&self) -> bool {
        self.handle.link.ping(self.handle.config.client_id)
    }

    /// Takes no more requests. Those in flight and queued run to their end, at the latest their deadline. It waits for
    /// nothing: the end of each shows at its completion. Dropping the last handle ends them all at once.
    pub fn close(&self) {
        self.handle.link.retire(made::takes_no_more());
    }
}

/// What to tell a user where there is no runtime.
impl From<NoRuntime> for RpcIntErr {
    fn from(_: NoRuntime) -> Self {
        made::no_runtime()
    }
}

/// Refuses a malformed address, before anything is started for it.
pub(super) fn check<T: ClientTransport>(transport: &T, addr: &str) -> Result<(), RpcIntErr> {
    transport.check(addr).map_err(|error| unreachable(addr, error))
}

/// What a client says when there is no connection to `addr`.
fn unreachable(addr: &str, error: TransportError) -> RpcIntErr {
    let permanent = error.permanent();
    let unreachable = made::unreachable(error.stage, error.cause).with_peer(addr.to_string());
    if permanent { unreachable.permanently() } else { unreachable }
}

/// Connects within the timeout and spawns the coroutines. What the connection will not have sent at its end goes to `heir`.
pub(super) async fn open<K: Completion, T: ClientTransport>(
    transport: &T,
    addr: &str,
    config: &ClientConfig,
    heir: Option<Weak<dyn Heir<K>>>,
) -> Result<Arc<Link<K, T::Write>>, RpcIntErr> {
    let Connection { read, write, .. } = connect_in_time(transport, addr, config).await?;
    let link = Arc::new(Link::new(config, write, addr.to_string(), heir));
    let reader = reader::read_loop::<T::RT, _, _, _>(link.clone(), read, config.limits);
    let write = link.write_half().clone();
    spawn_here::<T::RT>(Box::pin(reader))?;
    let writer = write_loop::<T::RT, _, _>(link.clone(), write, config.write_stall);
    spawn_here::<T::RT>(Box::pin(writer))?;
    Ok(link)
}

async fn connect_in_time<T: ClientTransport>(
    transport: &T,
    addr: &str,
    config: &ClientConfig,
) -> Result<Connection<T::Read, T::Write>, RpcIntErr> {
    let limit = config.connect_timeout;
    // It ends by itself, and knows best why. But what a user wrote may not.
    let connecting = transport.connect_within(addr, limit);
    let connected = in_time::<T::RT, _>(connecting, limit.saturating_add(GRACE)).await;
    connected
        .unwrap_or_else(|| Err(TransportError::no_answer(addr, limit)))
        .map_err(|error| unreachable(addr, error))
}

/// A transport may end its attempt to connect so much later than it was told to.
const GRACE: Duration = Duration::from_millis(500);

/// Completes a request that no connection took.
pub(super) fn refuse<K: Completion>(completion: K, cause: RpcIntErr, control: &LogControl) {
    let cause = cause.with_outcome(Outcome::NotSent);
    let peer = cause.peer().unwrap_or("(nobody yet)").to_string();
    reader::complete(completion, Err(cause.into()), control, &peer);
}

impl<K: Completion, T: ClientTransport> ClientCaller<K> for ClientStream<K, T> {
    fn config(&self) -> &ClientConfig {
        &self.handle.config
    }

    fn try_submit(&self, frame: RequestFrame, completion: K) -> Result<(), (RequestFrame, K)> {
        let deadline = self.handle.config.deadline();
        match self.handle.link.submit(frame, completion, deadline) {
            Ok(()) => Ok(()),
            Err(NotTaken::Full(frame, completion)) => Err((frame, completion)),
            Err(NotTaken::Closed(_, completion, cause)) => {
                refuse(completion, cause, &self.handle.config.log);
                Ok(())
            }
        }
    }

    fn submit(
        &self,
        frame: RequestFrame,
        completion: K,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let config = &self.handle.config;
        let deadline = clock::now() + config.call_timeout;
        let unsent = Unsent::new(completion, config);
        Box::pin(submit_to_stream(&*self.handle.link, frame, unsent, deadline))
    }
}

/// A place among those who wait for room, given up when it is dropped.
pub(super) struct Place<'a, K: Completion, W: WriteHalf> {
    link: &'a Link<K, W>,
    ticket: Ticket,
}

impl<'a, K: Completion, W: WriteHalf> Place<'a, K, W> {
    pub(super) const fn new(link: &'a Link<K, W>) -> Self {
        Self { link, ticket: None }
    }

    pub(super) const fn ticket(&mut self) -> &mut Ticket {
        &mut self.ticket
    }

    /// Whether to try again; otherwise it will be woken.
    pub(super) fn poll(&self, waker: &Waker) -> bool {
        self.link.poll_room(self.ticket, waker)
    }
}

impl<K: Completion, W: WriteHalf> Drop for Place<'_, K, W> {
    fn drop(&mut self) {
        self.link.leave_room(self.ticket);
    }
}
