//! The handle of a server that runs.
//!
//! Knows how the listeners of a server are started, and how the server ends. Does not know what is served.

use super::dispatch::MakeDispatch;
use super::lanes::Lanes;
use super::listener::accept_loop;
use super::roll::Roll;
use super::slots::Slots;
use super::{AddedListener, ServerBuilder, ServerConfig};
use crate::coroutine::spawn_here;
use crate::error::Stage;
use crate::transport::{Listener, TransportError};
use orb::prelude::{AsyncExec, AsyncRuntime};
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;

/// A server that runs: any number of listeners, each with what it serves. [`bind`](Self::bind) begins one.
///
/// Its runtime is the runtime of its first listener. When it is dropped, it stops accepting and ends its connections at
/// once; [`close`](Self::close) lets requests finish. Its addresses are not free yet when the drop returns, but as soon
/// as its executor has run each listener once more, or is gone: mostly within a millisecond. After a `close` they are
/// free.
///
/// # Example
/// ```
/// use orb::prelude::*;
/// use orb_tokio::TokioRT;
/// use razor_stream::server::RpcServer;
/// use razor_stream::server::dispatch::{Flow, per_call};
/// use razor_stream::server::task::Respond;
/// use razor_stream::transport::memory::MemoryServer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// TokioRT::current().block_on(async {
///     let echo = per_call(|call, reply| {
///         reply.success(call.msg(), None);
///         Flow::Next
///     });
///     let listener: MemoryServer<TokioRT> = MemoryServer::bind("front desk")?;
///     let server = RpcServer::bind(listener).dispatch(echo)?;
///     assert_eq!((server.local_addr(), server.connections()), ("front desk", 0));
///     server.close().await;
///     Ok(())
/// })
/// # }
/// ```
pub struct RpcServer<RT: AsyncRuntime> {
    parts: Parts<RT>,
    /// The address of the first listener.
    addr: Box<str>,
}

/// What all listeners of a server share.
pub(super) struct Parts<RT: AsyncRuntime> {
    config: Arc<ServerConfig>,
    /// The executors. If there is none, the runtime around is used. The first one runs the listeners.
    execs: Vec<RT::Exec>,
    /// The lanes, if there are several executors.
    lanes: Option<Arc<Lanes>>,
    roll: Arc<Roll>,
}

impl<RT: AsyncRuntime> Parts<RT> {
    pub(super) fn new(config: ServerConfig, execs: Vec<RT::Exec>) -> Self {
        let slots = Arc::new(Slots::new(config.in_flight_per_server.get()));
        let lanes = (execs.len() > 1).then(|| Arc::new(Lanes::new::<RT>(&execs)));
        Self { config: Arc::new(config), execs, lanes, roll: Arc::new(Roll::new(slots)) }
    }
}

impl<RT: AsyncRuntime> fmt::Debug for RpcServer<RT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcServer")
            .field("local_addr", &self.addr)
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}

impl<RT: AsyncRuntime> RpcServer<RT> {
    /// Begins a server that accepts connections at `listener`.
    ///
    /// The server runs once [`dispatch`](ServerBuilder::dispatch) has been called, which chooses what it serves; with
    /// razor-rpc, `serve` does that for a service.
    pub fn bind<L: Listener<RT = RT>>(listener: L) -> ServerBuilder<L> {
        ServerBuilder::new(listener)
    }

    pub(super) const fn new(parts: Parts<RT>, addr: Box<str>) -> Self {
        Self { parts, addr }
    }

    /// Adds a listener to the running server. It may be of any type that works on this runtime, and may serve something
    /// else. It shares the limits, the executors and the count of connections of the server.
    ///
    /// ```
    /// # use razor_stream::server::dispatch::{Flow, per_call};
    /// use orb::prelude::*;
    /// use orb_tokio::TokioRT;
    /// use razor_stream::server::RpcServer;
    /// use razor_stream::transport::memory::MemoryServer;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # let (calls, statistics) = (per_call(|_, _| Flow::Next), per_call(|_, _| Flow::Next));
    /// # TokioRT::current().block_on(async {
    /// let public: MemoryServer<TokioRT> = MemoryServer::bind("public")?;
    /// let server = RpcServer::bind(public).dispatch(calls)?;
    /// let addr = server.add(MemoryServer::bind("internal")?).dispatch(statistics)?;
    /// assert_eq!(addr, "internal");
    /// # Ok(())
    /// # })
    /// # }
    /// ```
    pub const fn add<L: Listener<RT = RT>>(&self, listener: L) -> AddedListener<'_, L> {
        AddedListener::new(self, listener)
    }

    /// Starts to accept at `listener`.
    pub(super) fn start<L, D>(&self, listener: L, make: Arc<D>) -> Result<(), TransportError>
    where
        L: Listener<RT = RT>,
        D: MakeDispatch,
    {
        let Parts { config, execs, lanes, roll } = &self.parts;
        let addr = listener.local_addr().to_string();
        let accepting = accept_loop(listener, make, config.clone(), roll.clone(), lanes.clone());
        match execs.first() {
            Some(exec) => exec.spawn_detach(accepting),
            None => spawn_here::<RT>(accepting).map_err(|error| TransportError {
                stage: Stage::Listen,
                addr: addr.clone(),
                cause: std::io::Error::other(error),
            })?,
        }
        crate::log::server::listening(&config.log, &addr);
        Ok(())
    }

    /// The address of the first listener, in the form in which a client can use it: with the real port, where 0 was
    /// asked for.
    #[must_use]
    pub fn local_addr(&self) -> &str {
        &self.addr
    }

    /// The number of connections that are open now, at all listeners. Connections that are being refused do not count.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.parts.roll.connections()
    }

    /// Stops accepting, refuses further requests, and waits until the requests in hand are finished and their answers
    /// have been sent, at most for [`drain_timeout`](ServerConfig::drain_timeout). Connections that have not ended by
    /// then are cut. Afterwards the addresses are free. Each connection keeps this time by itself, so `close` waits
    /// longer for a connection whose executor does not run.
    ///
    /// # Cancellation
    /// Dropping the future cuts all connections at once.
    pub async fn close(mut self) {
        // Connections that no executor has started end here, with the lanes.
        self.parts.lanes = None;
        for link in self.parts.roll.close() {
            link.drain();
        }
        // Each connection looks at the clock by itself, so this needs no timer and runs under any executor.
        poll_fn(|cx| self.parts.roll.poll_over(cx.waker())).await;
    }
}

impl<RT: AsyncRuntime> Drop for RpcServer<RT> {
    fn drop(&mut self) {
        for link in self.parts.roll.abandon() {
            link.close();
        }
    }
}
