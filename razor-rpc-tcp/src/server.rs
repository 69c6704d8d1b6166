//! A listening socket, and the connections that it accepts.
//!
//! Does not know how the socket was made. It does not wait after an error of `accept`: the server does.

use crate::halves::{TcpRead, TcpWrite, split};
use crate::listening::TcpServerOptions;
use crate::options::ConnectionOptions;
use crate::socket::Socket;
use crate::unix::SocketFile;
use orb::prelude::{AsyncFd, AsyncIO, AsyncRuntime};
use razor_stream::transport::{Connection, Listener, PeerAddr, TransportError};
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::{SocketAddr as UnixAddr, UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Listens at a TCP or unix socket. The [front page](crate) lists the forms of addresses.
///
/// It is a value that a server takes: `RpcServer::bind(listener)`. No runtime has to be around where it is made; the
/// server's executor watches the socket from the first [`accept`](Listener::accept) on. Its drop closes the socket.
///
/// # Example
/// ```
/// use orb::prelude::*;
/// use orb_tokio::TokioRT;
/// use razor_rpc_tcp::{TcpClient, TcpServer};
/// use razor_stream::transport::{ClientTransport, Listener};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// TokioRT::current().block_on(async {
///     let listener: TcpServer<TokioRT> = TcpServer::bind("127.0.0.1:0").await?;
///     assert_ne!(listener.local_addr(), "127.0.0.1:0");
///
///     let client: TcpClient<TokioRT> = TcpClient::new();
///     let (connected, accepted) = (client.connect(listener.local_addr()).await?, listener.accept().await?);
///     # drop((connected, accepted));
///     Ok(())
/// })
/// # }
/// ```
pub struct TcpServer<RT: AsyncRuntime> {
    socket: Listening<RT>,
    local_addr: String,
    options: ConnectionOptions,
}

/// The socket.
pub(crate) enum Listening<RT: AsyncRuntime> {
    Tcp(Watched<RT, TcpListener>),
    // The file is removed before the socket is closed.
    Unix { _file: Option<SocketFile>, socket: Watched<RT, UnixListener> },
}

impl<RT: AsyncRuntime> TcpServer<RT> {
    /// Listens at `addr`, with the default [options](Self::options).
    ///
    /// With port 0 the system chooses a port; [`local_addr`](Self::local_addr) tells which. If a name has several
    /// addresses, the server listens at the first one at which that is possible; the error tells how each attempt
    /// ended.
    ///
    /// The file of a unix socket is for its owner alone (mode 0600), and is removed when the listener is dropped.
    /// At a path where a server is listening, or where there is a file that is no socket, `bind` is an error; the
    /// socket of a server that died is replaced.
    ///
    /// # Errors
    /// `addr` is no address ([permanently](TransportError::permanent)), does not resolve, or is in use.
    ///
    /// # Cancellation
    /// Dropping the future leaves no socket and no file.
    ///
    /// ```
    /// use orb::prelude::*;
    /// use orb_tokio::TokioRT;
    /// use razor_rpc_tcp::TcpServer;
    ///
    /// type Server = TcpServer<TokioRT>;
    ///
    /// TokioRT::current().block_on(async {
    ///     let first = Server::bind("127.0.0.1:0").await.expect("a free port");
    ///     let taken = Server::bind(first.local_addr()).await.expect_err("it has one owner");
    ///     assert_eq!(taken.cause.kind(), std::io::ErrorKind::AddrInUse);
    /// });
    /// ```
    pub async fn bind(addr: &str) -> Result<Self, TransportError> {
        Self::options().bind(addr).await
    }

    /// Takes a TCP listener that exists already: for instance one that a supervisor, or the previous process of this
    /// program, has bound and handed over.
    ///
    /// The listener may be in blocking mode or not; afterwards it is non-blocking. All processes that have a descriptor
    /// of this socket share this mode, and the queue of connections that wait to be accepted: each of them accepts some
    /// of these connections.
    ///
    /// # Errors
    /// It is not a TCP socket, or does not listen.
    ///
    /// ```
    /// use orb_tokio::TokioRT;
    /// use razor_rpc_tcp::TcpServer;
    ///
    /// let theirs = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    /// let port = theirs.local_addr().expect("it has one").port();
    /// let listener: TcpServer<TokioRT> = TcpServer::from_std(theirs).expect("it listens");
    /// assert_eq!(listener.local_addr(), format!("127.0.0.1:{port}"));
    /// ```
    pub fn from_std(listener: TcpListener) -> Result<Self, TransportError> {
        Self::options().from_std(listener)
    }

    /// Takes a unix listener that exists already, as [`from_std`](Self::from_std) takes a TCP one.
    ///
    /// The file of the socket is never removed, not even when the listener is dropped: it belongs to the process that
    /// made it. An abstract socket has the local address `@name`, which no client of this crate takes.
    ///
    /// # Errors
    /// It is not a unix socket for streams (`SOCK_STREAM`), or does not listen.
    ///
    /// ```
    /// use orb_tokio::TokioRT;
    /// use razor_rpc_tcp::TcpServer;
    /// use std::os::unix::net::UnixListener;
    ///
    /// let path = std::env::temp_dir().join(format!("razor-from-std-{}.sock", std::process::id()));
    /// let theirs = UnixListener::bind(&path).expect("a free path");
    /// let listener: TcpServer<TokioRT> = TcpServer::from_std_unix(theirs).expect("it listens");
    /// assert_eq!(listener.local_addr(), format!("unix:{}", path.display()));
    /// drop(listener);
    /// std::fs::remove_file(&path).expect("it is still there");
    /// ```
    pub fn from_std_unix(listener: UnixListener) -> Result<Self, TransportError> {
        Self::options().from_std_unix(listener)
    }

    /// Options of the listener and of the connections that it accepts. The last call makes the listener:
    /// `TcpServer::options().backlog(64).bind(addr)`.
    pub fn options() -> TcpServerOptions<RT> {
        TcpServerOptions::new()
    }

    /// The address listened at, in the form in which a client can use it: with the real port, where 0 was asked for.
    #[must_use]
    pub fn local_addr(&self) -> &str {
        &self.local_addr
    }

    pub(crate) const fn new(
        socket: Listening<RT>,
        local_addr: String,
        options: ConnectionOptions,
    ) -> Self {
        Self { socket, local_addr, options }
    }
}

impl<RT: AsyncRuntime> Listener for TcpServer<RT> {
    type RT = RT;
    type Read = TcpRead<RT>;
    type Write = TcpWrite<RT>;
    type Accepted = TcpAccepted;

    fn local_addr(&self) -> &str {
        &self.local_addr
    }

    async fn accept(&self) -> io::Result<TcpAccepted> {
        let stream = match &self.socket {
            Listening::Tcp(socket) => {
                let fd = socket.watched()?;
                let (stream, peer) = fd.async_read(|tcp| not_aborted(|| tcp.accept())).await?;
                Stream::Tcp(stream, peer)
            }
            Listening::Unix { socket, .. } => {
                let fd = socket.watched()?;
                let (stream, peer) = fd.async_read(|unix| not_aborted(|| unix.accept())).await?;
                Stream::Unix(stream, peer)
            }
        };
        Ok(TcpAccepted { stream, options: self.options })
    }

    async fn open(accepted: TcpAccepted) -> io::Result<Connection<TcpRead<RT>, TcpWrite<RT>>> {
        let TcpAccepted { stream, options } = accepted;
        match stream {
            Stream::Tcp(stream, peer) => {
                Ok(split(Socket::from_tcp(stream, &options)?, PeerAddr::Inet(peer)))
            }
            Stream::Unix(stream, peer) => {
                let peer = PeerAddr::Unix(peer.as_pathname().map(Path::to_path_buf));
                Ok(split(Socket::from_unix(stream, &options)?, peer))
            }
        }
    }
}

/// The descriptor, to set socket options, or to hand the socket over to another process.
impl<RT: AsyncRuntime> AsFd for TcpServer<RT> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Listening::Tcp(socket) => socket.socket.as_fd(),
            Listening::Unix { socket, .. } => socket.socket.as_fd(),
        }
    }
}

impl<RT: AsyncRuntime> fmt::Debug for TcpServer<RT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpServer").field("local_addr", &self.local_addr).finish_non_exhaustive()
    }
}

/// An accepted socket that no runtime watches yet.
#[derive(Debug)]
pub struct TcpAccepted {
    stream: Stream,
    options: ConnectionOptions,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream, UnixAddr),
}

/// A socket that the runtime watches from its first use on.
pub(crate) struct Watched<RT: AsyncIO, T: AsRawFd + AsFd + Send + Sync + 'static> {
    // Deregistered before it is closed.
    fd: OnceLock<RT::AsyncFd<Arc<T>>>,
    socket: Arc<T>,
    registering: Mutex<()>,
}

impl<RT: AsyncIO, T: AsRawFd + AsFd + Send + Sync + 'static> Watched<RT, T> {
    /// Takes a socket that is in non-blocking mode.
    pub(crate) fn new(socket: T) -> Self {
        Self { fd: OnceLock::new(), socket: Arc::new(socket), registering: Mutex::default() }
    }

    /// Registers the socket with the runtime around, unless that has been done.
    fn watched(&self) -> io::Result<&RT::AsyncFd<Arc<T>>> {
        if let Some(fd) = self.fd.get() {
            return Ok(fd);
        }
        // To register a socket twice is an error.
        let _alone = self.registering.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fd) = self.fd.get() {
            return Ok(fd);
        }
        let fd = RT::to_async_fd_rd(self.socket.clone())?;
        Ok(self.fd.get_or_init(|| fd))
    }
}

/// Accepts the next connection, and skips connections whose peers have given up while they waited in the queue.
fn not_aborted<T>(mut accept: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match accept() {
            Err(gone) if gone.kind() == io::ErrorKind::ConnectionAborted => {}
            done => return done,
        }
    }
}
