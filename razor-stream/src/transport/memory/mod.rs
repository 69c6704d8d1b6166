//! A transport inside of one process: for tests that open no port, and for clients whose server runs in their own
//! process.
//!
//! A server listens at a name, clients of the same process connect to it, and everything above is what it is over a
//! socket: packets, windows, deadlines, back-pressure, the end of a connection. Each direction of a connection holds a
//! bounded number of bytes, 64 KiB unless the client sets another; a writer that finds it full waits.
//!
//! It needs nothing of a runtime, so client and server may run on any runtime, also on different ones. It has no
//! network addresses, no delays and no resets: a connection whose peer is gone ends.
//!
//! | name | means |
//! |---|---|
//! | `""`, where a server listens | a name that nobody else has; [`MemoryServer::local_addr`] returns it |
//! | `""`, where a client connects | no address: the client refuses it |
//! | any other text | itself; one listener of the process may have it at a time |
//!
//! # Example
//!
//! A server and a client in one process; the dispatcher answers each request with its own message.
//!
//! ```
//! use orb::prelude::*;
//! use orb_tokio::TokioRT;
//! use razor_stream::client::ClientStream;
//! use razor_stream::client::{ClientCaller, ClientConfig, Completion, Response, render};
//! use razor_stream::error::{EncodedErr, RpcError};
//! use razor_stream::proto::RpcAction;
//! use razor_stream::server::dispatch::{Call, Dispatch, Flow};
//! use razor_stream::server::task::{Reply, Respond};
//! use razor_stream::server::RpcServer;
//! use razor_stream::transport::memory::{MemoryClient, MemoryServer};
//!
//! #[derive(Clone)]
//! struct Echo;
//!
//! impl Dispatch for Echo {
//!     fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
//!         reply.success(call.msg(), None);
//!         Flow::Next
//!     }
//! }
//!
//! /// Waits for the answer of one request.
//! struct Waiting(crossfire::oneshot::TxOneshot<Result<Response, RpcError<EncodedErr>>>);
//!
//! impl Completion for Waiting {
//!     fn complete(self, result: Result<Response, RpcError<EncodedErr>>) {
//!         self.0.send(result);
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! TokioRT::current().block_on(async {
//!     let listener: MemoryServer<TokioRT> = MemoryServer::bind("")?;
//!     let server = RpcServer::bind(listener).dispatch(Echo)?;
//!
//!     let transport: MemoryClient<TokioRT> = MemoryClient::new();
//!     let name = server.local_addr().to_string();
//!     let client = ClientStream::connect(&transport, &name, ClientConfig::default()).await?;
//!     let request = render(client.config(), RpcAction::Num(1), None, |out| {
//!         out.extend_from_slice(b"hello");
//!         Ok::<(), std::io::Error>(())
//!     })?;
//!     let (tx, rx) = crossfire::oneshot::oneshot();
//!     client.submit(client.submission(request, Waiting(tx))).await;
//!     assert_eq!(rx.await??.msg, b"hello");
//!
//!     server.close().await;
//!     let refused = transport.connect(&name).await.expect_err("nobody listens any more");
//!     assert_eq!(refused.cause.kind(), std::io::ErrorKind::ConnectionRefused);
//!     Ok(())
//! })
//! # }
//! # use razor_stream::transport::ClientTransport;
//! ```

mod halves;
mod names;
mod pipe;

pub use halves::{MemoryRead, MemoryWrite};

use super::{ClientTransport, Connection, Listener, TransportError};
use crate::error::Stage;
use names::Taken;
use orb::prelude::AsyncRuntime;
use std::fmt;
use std::io::{self, ErrorKind};
use std::marker::PhantomData;
use std::num::NonZeroUsize;

/// Bytes that one direction of a connection holds, unless the client sets another number.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(64 << 10).expect("not 0");

/// Connects to listeners of this process, by name. The [module](self) has an example.
///
/// Up to 128 connections wait for a listener that does not accept them. A further connection waits for room, at most
/// for the client's time to connect.
pub struct MemoryClient<RT> {
    capacity: NonZeroUsize,
    runtime: PhantomData<fn() -> RT>,
}

impl<RT: AsyncRuntime> MemoryClient<RT> {
    /// A client with the default capacity. Every client, and every clone of one, reaches every listener of the process.
    #[must_use]
    pub const fn new() -> Self {
        Self { capacity: CAPACITY, runtime: PhantomData }
    }

    /// Sets how many bytes each direction of a connection holds before a writer has to wait. Default: 64 KiB.
    ///
    /// ```
    /// use orb_tokio::TokioRT;
    /// use razor_stream::transport::memory::MemoryClient;
    /// use std::num::NonZero;
    ///
    /// // Every frame is cut: a test can find out whether the program copes with that.
    /// let three = NonZero::new(3).expect("not 0");
    /// let narrow: MemoryClient<TokioRT> = MemoryClient::new().capacity(three);
    /// ```
    #[must_use]
    pub const fn capacity(mut self, bytes: NonZeroUsize) -> Self {
        self.capacity = bytes;
        self
    }
}

impl<RT: AsyncRuntime> Default for MemoryClient<RT> {
    fn default() -> Self {
        Self::new()
    }
}

impl<RT> Clone for MemoryClient<RT> {
    fn clone(&self) -> Self {
        Self { capacity: self.capacity, runtime: PhantomData }
    }
}

impl<RT> fmt::Debug for MemoryClient<RT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryClient").field("capacity", &self.capacity).finish()
    }
}

impl<RT: AsyncRuntime> ClientTransport for MemoryClient<RT> {
    type RT = RT;
    type Read = MemoryRead;
    type Write = MemoryWrite;

    fn check(&self, addr: &str) -> Result<(), TransportError> {
        // A server that binds to the empty name gets another name, so no listener ever has the empty one.
        if addr.is_empty() {
            let cause = io::Error::new(ErrorKind::InvalidInput, "expected a name; got \"\"");
            return Err(TransportError { stage: Stage::Resolve, addr: addr.to_string(), cause });
        }
        Ok(())
    }

    async fn connect(
        &self,
        addr: &str,
    ) -> Result<Connection<MemoryRead, MemoryWrite>, TransportError> {
        self.check(addr)?;
        let refused = || failed(Stage::Connect, addr, ErrorKind::ConnectionRefused);
        let listener = names::find(addr).ok_or_else(refused)?;
        let peers = [addr.to_string(), format!("{addr}#{}", names::number())];
        let [here, there] = halves::connection(self.capacity, peers);
        listener.send(there).await.map_err(|_| refused())?;
        Ok(here)
    }
}

/// Listens at a name of this process. The [module](self) has an example.
///
/// When it is dropped, its name is free again, and connections that it has not accepted end. Accepted connections live
/// on. The peer address of a client is the name with a number behind it.
pub struct MemoryServer<RT> {
    taken: Taken,
    runtime: PhantomData<fn() -> RT>,
}

impl<RT> fmt::Debug for MemoryServer<RT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryServer").field("name", &self.taken.name()).finish_non_exhaustive()
    }
}

impl<RT: AsyncRuntime> MemoryServer<RT> {
    /// Listens at `name`; at a name that nobody else has, if that is empty.
    ///
    /// # Errors
    /// When another listener of the process has the name.
    pub fn bind(name: &str) -> Result<Self, TransportError> {
        let in_use = || failed(Stage::Listen, name, ErrorKind::AddrInUse);
        Ok(Self { taken: Taken::new(name).ok_or_else(in_use)?, runtime: PhantomData })
    }

    /// The name, which clients connect to.
    #[must_use]
    pub fn local_addr(&self) -> &str {
        self.taken.name()
    }
}

impl<RT: AsyncRuntime> Listener for MemoryServer<RT> {
    type RT = RT;
    type Read = MemoryRead;
    type Write = MemoryWrite;
    type Accepted = Connection<MemoryRead, MemoryWrite>;

    fn local_addr(&self) -> &str {
        self.taken.name()
    }

    async fn accept(&self) -> io::Result<Self::Accepted> {
        // The table of names holds a sender of this channel, so receiving does not fail while the listener lives.
        self.taken.backlog().recv().await.map_err(|_| ErrorKind::BrokenPipe.into())
    }

    async fn open(accepted: Self::Accepted) -> io::Result<Connection<MemoryRead, MemoryWrite>> {
        Ok(accepted)
    }
}

fn failed(stage: Stage, addr: &str, cause: ErrorKind) -> TransportError {
    TransportError { stage, addr: addr.to_string(), cause: cause.into() }
}
