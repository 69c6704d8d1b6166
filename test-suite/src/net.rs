//! One transport over all kinds of connections; the address says which kind.
//!
//! Knows TCP, unix sockets and memory. Does not know scenarios.

use orb::prelude::AsyncRuntime;
use razor_rpc_tcp::{TcpClient, TcpRead, TcpServer, TcpWrite};
use razor_stream::transport::memory::{MemoryClient, MemoryRead, MemoryServer, MemoryWrite};
use razor_stream::transport::{
    ClientTransport, Connection, Listener, ReadHalf, TransportError, WriteHalf,
};
use std::io::{self, IoSlice};
use std::marker::PhantomData;
use std::time::Duration;

/// Whether an address is a name in this process.
pub(crate) fn is_memory(addr: &str) -> bool {
    addr.starts_with("memory:")
}

/// A value for a socket, or its counterpart for memory.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Kind<S, M> {
    /// Over a socket.
    Socket(S),
    /// In memory.
    Memory(M),
}

/// The half of a connection that receives.
pub type Read<RT> = Kind<TcpRead<RT>, MemoryRead>;
/// The half of a connection that sends.
pub type Write<RT> = Kind<TcpWrite<RT>, MemoryWrite>;

impl<S: ReadHalf, M: ReadHalf> ReadHalf for Kind<S, M> {
    async fn read(&mut self, into: &mut Vec<u8>, reserve: usize) -> io::Result<usize> {
        match self {
            Self::Socket(half) => half.read(into, reserve).await,
            Self::Memory(half) => half.read(into, reserve).await,
        }
    }
}

impl<S: WriteHalf, M: WriteHalf> WriteHalf for Kind<S, M> {
    fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Socket(half) => half.try_write(bufs),
            Self::Memory(half) => half.try_write(bufs),
        }
    }

    async fn write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Socket(half) => half.write(bufs).await,
            Self::Memory(half) => half.write(bufs).await,
        }
    }

    fn shutdown_write(&self) -> io::Result<()> {
        match self {
            Self::Socket(half) => half.shutdown_write(),
            Self::Memory(half) => half.shutdown_write(),
        }
    }

    fn close(&self) {
        match self {
            Self::Socket(half) => half.close(),
            Self::Memory(half) => half.close(),
        }
    }
}

fn socket<RT: AsyncRuntime>(
    Connection { read, write, peer }: Connection<TcpRead<RT>, TcpWrite<RT>>,
) -> Connection<Read<RT>, Write<RT>> {
    Connection { read: Kind::Socket(read), write: Kind::Socket(write), peer }
}

fn memory<RT: AsyncRuntime>(
    Connection { read, write, peer }: Connection<MemoryRead, MemoryWrite>,
) -> Connection<Read<RT>, Write<RT>> {
    Connection { read: Kind::Memory(read), write: Kind::Memory(write), peer }
}

/// A client transport for every address of a site.
#[derive(Debug)]
pub struct Client<RT>(PhantomData<fn() -> RT>);

impl<RT> Client<RT> {
    /// Makes a client transport.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<RT> Default for Client<RT> {
    fn default() -> Self {
        Self::new()
    }
}

impl<RT> Clone for Client<RT> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<RT: AsyncRuntime> ClientTransport for Client<RT> {
    type RT = RT;
    type Read = Read<RT>;
    type Write = Write<RT>;

    fn check(&self, addr: &str) -> Result<(), TransportError> {
        if is_memory(addr) {
            return MemoryClient::<RT>::new().check(addr);
        }
        TcpClient::<RT>::new().check(addr)
    }

    async fn connect(
        &self,
        addr: &str,
    ) -> Result<Connection<Self::Read, Self::Write>, TransportError> {
        if is_memory(addr) {
            return MemoryClient::<RT>::new().connect(addr).await.map(memory);
        }
        TcpClient::<RT>::new().connect(addr).await.map(socket)
    }

    async fn connect_within(
        &self,
        addr: &str,
        limit: Duration,
    ) -> Result<Connection<Self::Read, Self::Write>, TransportError> {
        if is_memory(addr) {
            return MemoryClient::<RT>::new().connect_within(addr, limit).await.map(memory);
        }
        TcpClient::<RT>::new().connect_within(addr, limit).await.map(socket)
    }
}

/// A server transport for every address of a site.
pub type Server<RT> = Kind<TcpServer<RT>, MemoryServer<RT>>;

impl<RT: AsyncRuntime> Server<RT> {
    /// Listens at any address of a site.
    ///
    /// # Errors
    /// The text is no address, or the address is in use.
    pub async fn bind(addr: &str) -> Result<Self, TransportError> {
        if is_memory(addr) {
            return MemoryServer::bind(addr).map(Self::Memory);
        }
        TcpServer::bind(addr).await.map(Self::Socket)
    }
}

impl<RT: AsyncRuntime> Listener for Server<RT> {
    type RT = RT;
    type Read = Read<RT>;
    type Write = Write<RT>;
    type Accepted =
        Kind<<TcpServer<RT> as Listener>::Accepted, <MemoryServer<RT> as Listener>::Accepted>;

    fn local_addr(&self) -> &str {
        match self {
            Self::Socket(server) => server.local_addr(),
            Self::Memory(server) => server.local_addr(),
        }
    }

    async fn accept(&self) -> io::Result<Self::Accepted> {
        match self {
            Self::Socket(server) => server.accept().await.map(Kind::Socket),
            Self::Memory(server) => server.accept().await.map(Kind::Memory),
        }
    }

    async fn open(accepted: Self::Accepted) -> io::Result<Connection<Self::Read, Self::Write>> {
        match accepted {
            Kind::Socket(accepted) => TcpServer::<RT>::open(accepted).await.map(socket),
            Kind::Memory(accepted) => MemoryServer::<RT>::open(accepted).await.map(memory),
        }
    }
}
