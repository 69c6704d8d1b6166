//! Listening, and accepting connections.
//!
//! Does not back off when no more connections can be opened: the library does.

use crate::addr::{Endpoint, failed};
use crate::attempts::{Attempts, Failure};
use crate::halves::{TcpRead, TcpWrite, split};
use crate::names::Names;
use crate::socket::Socket;
use crate::unix::{self, SocketFile};
use orb::prelude::{AsyncFd, AsyncIO, AsyncRuntime};
use razor_stream::error::Stage;
use razor_stream::transport::{Connection, PeerAddr, ServerTransport, TransportError};
use socket2::{Domain, Protocol, Socket as RawSocket, Type};
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{SocketAddr as UnixAddr, UnixListener, UnixStream};
use std::path::Path;

/// Listens at a TCP or unix socket. The [front page](crate) lists the forms of addresses.
///
/// With port 0 the system chooses a port; [`local_addr`](ServerTransport::local_addr) tells which. Of a name
/// that has several addresses, the first that can be listened at is taken; the error tells what became of each.
///
/// The file of a unix socket is for its owner alone (mode 0600), and is removed when the server is dropped.
/// At a path where a server is listening, or where there is a file that is no socket, `bind` is an error; the
/// socket of a server that died is replaced.
///
/// # Example
/// ```
/// use orb::prelude::*;
/// use orb_tokio::TokioRT;
/// use razor_rpc_tcp::TcpServer;
/// use razor_stream::transport::ServerTransport;
///
/// TokioRT::current().block_on(async {
///     let server = TcpServer::<TokioRT>::bind("127.0.0.1:0").await.unwrap();
///     assert_ne!(server.local_addr(), "127.0.0.1:0");
///
///     let taken = TcpServer::<TokioRT>::bind(server.local_addr()).await.unwrap_err();
///     assert_eq!(taken.cause.kind(), std::io::ErrorKind::AddrInUse);
/// });
/// ```
pub struct TcpServer<RT: AsyncRuntime> {
    listener: Listener<RT>,
    local_addr: String,
}

enum Listener<RT: AsyncRuntime> {
    Tcp(<RT as AsyncIO>::AsyncFd<TcpListener>),
    // The file goes before the socket is closed.
    Unix { _file: SocketFile, fd: <RT as AsyncIO>::AsyncFd<UnixListener> },
}

impl<RT: AsyncRuntime> ServerTransport for TcpServer<RT> {
    type RT = RT;
    type Read = TcpRead<RT>;
    type Write = TcpWrite<RT>;
    type Accepted = TcpAccepted;

    async fn bind(addr: &str) -> Result<Self, TransportError> {
        let listener = match Endpoint::parse(addr).map_err(failed(Stage::Resolve, addr))? {
            Endpoint::Unix(path) => listen_unix(&path, addr).await,
            Endpoint::Inet(inet) => listen_inet(inet).and_then(listening),
            Endpoint::Name { host, port } => {
                let found = Names::system().look_up(&host, port).await;
                listen_any(&found.map_err(failed(Stage::Resolve, addr))?)
            }
        };
        listener.map_err(failed(Stage::Listen, addr))
    }

    fn local_addr(&self) -> &str {
        &self.local_addr
    }

    async fn accept(&self) -> io::Result<TcpAccepted> {
        let accepted = match &self.listener {
            Listener::Tcp(fd) => {
                let accepted = fd.async_read(|tcp| not_aborted(|| tcp.accept())).await;
                accepted.map(|(stream, peer)| Stream::Tcp(stream, peer))
            }
            Listener::Unix { fd, .. } => {
                let accepted = fd.async_read(|unix| not_aborted(|| unix.accept())).await;
                accepted.map(|(stream, peer)| Stream::Unix(stream, peer))
            }
        };
        accepted.map(TcpAccepted)
    }

    async fn open(accepted: TcpAccepted) -> io::Result<Connection<TcpRead<RT>, TcpWrite<RT>>> {
        match accepted.0 {
            Stream::Tcp(stream, peer) => Ok(split(Socket::from_tcp(stream)?, PeerAddr::Inet(peer))),
            Stream::Unix(stream, peer) => {
                let peer = PeerAddr::Unix(peer.as_pathname().map(Path::to_path_buf));
                Ok(split(Socket::from_unix(stream)?, peer))
            }
        }
    }
}

/// An accepted socket that no runtime watches yet.
#[derive(Debug)]
pub struct TcpAccepted(Stream);

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream, UnixAddr),
}

impl<RT: AsyncRuntime> fmt::Debug for TcpServer<RT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpServer").field("local_addr", &self.local_addr).finish_non_exhaustive()
    }
}

async fn listen_unix<RT: AsyncRuntime>(path: &Path, addr: &str) -> io::Result<TcpServer<RT>> {
    let (listener, file) = unix::listen::<RT>(path, BACKLOG).await?;
    let fd = RT::to_async_fd_rd(listener)?;
    Ok(TcpServer { listener: Listener::Unix { _file: file, fd }, local_addr: addr.to_owned() })
}

/// Listens at the first address that can be listened at.
fn listen_any<RT: AsyncRuntime>(addrs: &[SocketAddr]) -> io::Result<TcpServer<RT>> {
    let mut attempts = Attempts::default();
    for addr in addrs.iter().take(MOST_ADDRESSES) {
        match listen_inet(*addr) {
            Ok(listener) => return listening(listener),
            Err(cause) => attempts.failed(*addr, Failure::Error(cause)),
        }
    }
    Err(attempts.into_error(addrs.len().saturating_sub(MOST_ADDRESSES)))
}

fn listening<RT: AsyncRuntime>(listener: TcpListener) -> io::Result<TcpServer<RT>> {
    let local_addr = listener.local_addr()?.to_string();
    let fd = RT::to_async_fd_rd(listener)?;
    Ok(TcpServer { listener: Listener::Tcp(fd), local_addr })
}

fn listen_inet(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = RawSocket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    // A server that restarts gets its port back, although connections of its past life linger.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// The next connection whose peer has not given up while it waited in the queue.
fn not_aborted<T>(mut accept: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match accept() {
            Err(gone) if gone.kind() == io::ErrorKind::ConnectionAborted => {}
            done => return done,
        }
    }
}

/// Of a name with more addresses than this, the others are not tried.
const MOST_ADDRESSES: usize = 64;

/// How many connections may wait to be accepted; the system may lower it.
const BACKLOG: i32 = 4096;
