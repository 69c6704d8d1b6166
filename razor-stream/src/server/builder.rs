//! What a server is made of, before it runs: listeners, limits, executors.
//!
//! Knows what a user can choose. Does not know how it is used: `running` and `listener` do.

use super::dispatch::MakeDispatch;
use super::running::Parts;
use super::{RpcServer, ServerConfig};
use crate::transport::{Listener, TransportError};
use orb::prelude::AsyncRuntime;
use std::fmt;
use std::sync::Arc;

/// The executor of the runtime that a listener works on.
type ExecOf<L> = <<L as Listener>::RT as AsyncRuntime>::Exec;

/// A server that does not run yet: its listeners, its limits and its executors. [`RpcServer::bind`] makes one.
///
/// The last call chooses what is served, and starts the server: [`dispatch`](Self::dispatch) takes a dispatcher; with
/// razor-rpc, `serve` takes a service. Until then the listeners have their addresses, and connections wait to be
/// accepted. If it is dropped before that, its listeners close.
#[must_use = "it accepts no connection before `dispatch` starts it"]
pub struct ServerBuilder<L: Listener> {
    first: L,
    others: Vec<L>,
    config: ServerConfig,
    execs: Vec<ExecOf<L>>,
}

impl<L: Listener> fmt::Debug for ServerBuilder<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = self.others.iter().map(Listener::local_addr);
        let listeners = std::iter::once(self.first.local_addr()).chain(others);
        f.debug_struct("ServerBuilder")
            .field("listeners", &listeners.collect::<Vec<_>>())
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl<L: Listener> ServerBuilder<L> {
    pub(super) fn new(listener: L) -> Self {
        let (others, execs) = (Vec::new(), Vec::new());
        Self { first: listener, others, config: ServerConfig::default(), execs }
    }

    /// The limits and times of the server. Default: [`ServerConfig::default`].
    pub fn with_config(mut self, config: ServerConfig) -> Self {
        self.config = config;
        self
    }

    /// Adds a listener of the type of the first one, for instance a unix socket beside a TCP port. The server serves
    /// there what it serves at the first. A listener of another type, or a listener that serves something else, is
    /// [added](RpcServer::add) to the running server.
    ///
    /// ```
    /// # use razor_stream::server::dispatch::{Flow, per_call};
    /// use orb::prelude::*;
    /// use orb_tokio::TokioRT;
    /// use razor_stream::server::RpcServer;
    /// use razor_stream::transport::memory::MemoryServer;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # let echo = per_call(|_, _| Flow::Next);
    /// # TokioRT::current().block_on(async {
    /// let north: MemoryServer<TokioRT> = MemoryServer::bind("north gate")?;
    /// let server = RpcServer::bind(north).and(MemoryServer::bind("south gate")?).dispatch(echo)?;
    /// assert_eq!(server.local_addr(), "north gate");
    /// # Ok(())
    /// # })
    /// # }
    /// ```
    pub fn and(mut self, listener: L) -> Self {
        self.others.push(listener);
        self
    }

    /// Lets the server run on this executor. Default: the runtime around the call that starts it.
    ///
    /// For code that runs under another executor, or on a plain thread. The server keeps the handle. On tokio, the last
    /// handle of an executor must not be dropped in async code: keep your own handle until the server is gone.
    ///
    /// ```
    /// # use razor_stream::server::dispatch::{Flow, per_call};
    /// use orb::prelude::*;
    /// use orb_tokio::TokioRT;
    /// use razor_stream::server::RpcServer;
    /// use razor_stream::transport::memory::MemoryServer;
    /// # let echo = per_call(|_, _| Flow::Next);
    ///
    /// // A plain thread, without a runtime.
    /// let exec = TokioRT::one();
    /// let listener: MemoryServer<TokioRT> = MemoryServer::bind("back office").expect("a free name");
    /// let server = RpcServer::bind(listener).with_executor(&exec).dispatch(echo).expect("it has an executor");
    /// exec.block_on(server.close());
    /// ```
    pub fn with_executor(mut self, exec: &ExecOf<L>) -> Self {
        self.execs = vec![exec.clone()];
        self
    }

    /// Lets the server run on several executors: each connection gets the executor that has the fewest connections, and
    /// stays there. The first executor also runs the listeners. Without any executor in the list, the server runs on
    /// the runtime around.
    ///
    /// With an executor of one thread for each core, on tokio nothing of a connection goes from core to core, and no
    /// executor wakes another; on smol they share one reactor. That is for handlers that do not block: a connection
    /// waits for those of its executor, also while another executor is idle. A client gets its executor by
    /// `connect_with_executor`.
    ///
    /// Each executor must be driven as long as the server is there. Connections of one that is not (a `current()` whose
    /// `block_on` has returned, a handler that blocks its only thread) are not served, and [`RpcServer::close`] waits
    /// for them. An executor that has ended gets no more connections. The server keeps the handles: see
    /// [`with_executor`](Self::with_executor).
    ///
    /// ```
    /// # use razor_stream::server::dispatch::{Flow, per_call};
    /// use orb::prelude::*;
    /// use orb_tokio::TokioRT;
    /// use razor_stream::server::RpcServer;
    /// use razor_stream::transport::memory::MemoryServer;
    /// # let echo = per_call(|_, _| Flow::Next);
    ///
    /// let cores = [TokioRT::one(), TokioRT::one()];
    /// let listener: MemoryServer<TokioRT> = MemoryServer::bind("on two cores").expect("a free name");
    /// let server = RpcServer::bind(listener).with_executors(&cores).dispatch(echo).expect("it has executors");
    /// cores[0].block_on(server.close());
    /// ```
    pub fn with_executors(mut self, execs: &[ExecOf<L>]) -> Self {
        self.execs = execs.to_vec();
        self
    }

    /// Starts the server: it accepts connections, and serves each with the dispatcher that `make` makes for it.
    ///
    /// # Errors
    /// Outside of a runtime, if the server has no [executor](Self::with_executor). The addresses are free then.
    pub fn dispatch<D: MakeDispatch>(self, make: D) -> Result<RpcServer<L::RT>, TransportError> {
        let Self { first, others, config, execs } = self;
        let parts = Parts::new(config, execs);
        let addr = first.local_addr().into();
        // If a listener cannot start, the listeners that were started before it end with this handle.
        let server = RpcServer::new(parts, addr);
        let make = Arc::new(make);
        for listener in std::iter::once(first).chain(others) {
            server.start(listener, make.clone())?;
        }
        Ok(server)
    }
}

/// A further listener of a server that runs; made by [`RpcServer::add`]. The next call chooses what is served there.
///
/// If it is dropped before that, the listener closes.
#[must_use = "it accepts no connection before `dispatch` starts it"]
pub struct AddedListener<'a, L: Listener> {
    server: &'a RpcServer<L::RT>,
    listener: L,
}

impl<L: Listener> fmt::Debug for AddedListener<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddedListener")
            .field("listener", &self.listener.local_addr())
            .finish_non_exhaustive()
    }
}

impl<'a, L: Listener> AddedListener<'a, L> {
    pub(super) const fn new(server: &'a RpcServer<L::RT>, listener: L) -> Self {
        Self { server, listener }
    }

    /// Accepts connections at this listener too, and serves each with the dispatcher that `make` makes for it. Returns
    /// the address.
    ///
    /// # Errors
    /// There is no runtime around, and the server was made without an executor. The address is free then.
    pub fn dispatch<D: MakeDispatch>(self, make: D) -> Result<String, TransportError> {
        let addr = self.listener.local_addr().to_string();
        self.server.start(self.listener, Arc::new(make))?;
        Ok(addr)
    }
}
