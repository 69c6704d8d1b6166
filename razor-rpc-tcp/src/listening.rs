//! How a listening socket is made, or taken over: addresses, options, the socket file.
//!
//! Does not accept: `server` does.

use crate::addr::{Endpoint, failed};
use crate::attempts::{Attempts, Failure};
use crate::names::Names;
use crate::options::{ConnectionOptions, connection_options};
use crate::server::{Listening, TcpServer, Watched};
use crate::unix;
use orb::prelude::AsyncRuntime;
use razor_stream::error::Stage;
use razor_stream::transport::TransportError;
use socket2::{Domain, Protocol, Socket as RawSocket, Type};
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::{SocketAddr as UnixAddr, UnixListener};

/// Options of a listener and of the connections that it accepts, made by [`TcpServer::options`]. The last call makes
/// the listener. Each method names its default.
///
/// On Linux, a TCP connection also has a `TCP_USER_TIMEOUT` of 20 s: a connection ends if its peer acknowledges no byte
/// for that time.
///
/// ```
/// use orb::prelude::*;
/// use orb_tokio::TokioRT;
/// use razor_rpc_tcp::TcpServer;
/// use std::time::Duration;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// TokioRT::current().block_on(async {
///     let options = TcpServer::options().backlog(64).keepalive(Duration::from_secs(300));
///     let listener: TcpServer<TokioRT> = options.bind("127.0.0.1:0").await?;
///     # drop(listener);
///     Ok(())
/// })
/// # }
/// ```
#[must_use = "it listens nowhere before `bind`"]
pub struct TcpServerOptions<RT: AsyncRuntime> {
    backlog: i32,
    reuse_port: bool,
    connection: ConnectionOptions,
    runtime: PhantomData<fn() -> RT>,
}

impl<RT: AsyncRuntime> TcpServerOptions<RT> {
    pub(crate) fn new() -> Self {
        let connection = ConnectionOptions::default();
        Self { backlog: BACKLOG, reuse_port: false, connection, runtime: PhantomData }
    }

    /// How many connections may wait to be accepted; the system may lower this number (on Linux to
    /// `net.core.somaxconn`). Default: 4,096. Without effect on a socket that is taken over.
    pub fn backlog(mut self, connections: u32) -> Self {
        self.backlog = i32::try_from(connections).unwrap_or(i32::MAX);
        self
    }

    /// Lets several listeners share the port, if all of them set this option (`SO_REUSEPORT`) and their processes
    /// belong to one user; the system spreads connections over them. Default: the port has one listener. Without effect
    /// on unix sockets, and on a socket that is taken over.
    pub fn reuse_port(mut self) -> Self {
        self.reuse_port = true;
        self
    }

    connection_options!();

    const fn connection_mut(&mut self) -> &mut ConnectionOptions {
        &mut self.connection
    }

    /// Listens at `addr`: as [`TcpServer::bind`] does, with these options.
    ///
    /// # Errors
    /// As [`TcpServer::bind`], and when the system refuses an option.
    ///
    /// # Cancellation
    /// Dropping the future leaves no socket and no file.
    pub async fn bind(self, addr: &str) -> Result<TcpServer<RT>, TransportError> {
        let listening = match Endpoint::parse(addr).map_err(failed(Stage::Resolve, addr))? {
            Endpoint::Unix(path) => {
                let listening = unix::listen(&path, self.backlog, &self.connection).await;
                listening.map(|(socket, file)| {
                    let socket =
                        Listening::Unix { _file: Some(file), socket: Watched::new(socket) };
                    TcpServer::new(socket, addr.to_owned(), self.connection)
                })
            }
            Endpoint::Inet(inet) => self.listen(inet).and_then(|socket| self.serves_inet(socket)),
            Endpoint::Name { host, port } => {
                let found = Names::system().look_up(&host, port).await;
                let found = found.map_err(failed(Stage::Resolve, addr))?;
                self.listen_any(&found).and_then(|socket| self.serves_inet(socket))
            }
        };
        listening.map_err(failed(Stage::Listen, addr))
    }

    /// Takes a TCP listener that exists already: as [`TcpServer::from_std`] does, with these options. Connections get
    /// their buffer sizes when they have been accepted: a receive buffer over 64 KiB is used in full only if the
    /// listener has this size already.
    ///
    /// # Errors
    /// As [`TcpServer::from_std`].
    pub fn from_std(self, listener: TcpListener) -> Result<TcpServer<RT>, TransportError> {
        let taken = listens(&listener, TCP).and_then(|()| {
            listener.set_nonblocking(true)?;
            self.serves_inet(listener)
        });
        taken.map_err(failed(Stage::Listen, "a listener that exists already"))
    }

    /// Takes a unix listener that exists already: as [`TcpServer::from_std_unix`] does, with these options.
    ///
    /// # Errors
    /// As [`TcpServer::from_std_unix`].
    pub fn from_std_unix(self, listener: UnixListener) -> Result<TcpServer<RT>, TransportError> {
        let taken = listens(&listener, UNIX).and_then(|()| {
            listener.set_nonblocking(true)?;
            let local_addr = text_of(&listener.local_addr()?);
            // The file belongs to the process that made it.
            let socket = Listening::Unix { _file: None, socket: Watched::new(listener) };
            Ok(TcpServer::new(socket, local_addr, self.connection))
        });
        taken.map_err(failed(Stage::Listen, "a listener that exists already"))
    }

    fn serves_inet(&self, listener: TcpListener) -> io::Result<TcpServer<RT>> {
        let local_addr = listener.local_addr()?.to_string();
        Ok(TcpServer::new(Listening::Tcp(Watched::new(listener)), local_addr, self.connection))
    }

    /// Listens at the first address at which that is possible.
    fn listen_any(&self, addrs: &[SocketAddr]) -> io::Result<TcpListener> {
        let mut attempts = Attempts::default();
        for addr in addrs.iter().take(MOST_ADDRESSES) {
            match self.listen(*addr) {
                Ok(listener) => return Ok(listener),
                Err(cause) => attempts.failed(*addr, Failure::Error(cause)),
            }
        }
        Err(attempts.into_error(addrs.len().saturating_sub(MOST_ADDRESSES)))
    }

    fn listen(&self, addr: SocketAddr) -> io::Result<TcpListener> {
        let socket = RawSocket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
        // A server that restarts can listen at its port again, although old connections are not gone yet.
        socket.set_reuse_address(true)?;
        if self.reuse_port {
            socket.set_reuse_port(true)?;
        }
        socket.set_nonblocking(true)?;
        self.connection.size((&socket).into())?;
        socket.bind(&addr.into())?;
        socket.listen(self.backlog)?;
        Ok(socket.into())
    }
}

impl<RT: AsyncRuntime> fmt::Debug for TcpServerOptions<RT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpServerOptions")
            .field("backlog", &self.backlog)
            .field("reuse_port", &self.reuse_port)
            .field("connection", &self.connection)
            .finish()
    }
}

/// What a listener is taken for: its families of addresses, and what is said of a socket that has another one.
type Kind = (&'static [Domain], &'static str);

const TCP: Kind = (&[Domain::IPV4, Domain::IPV6], "this is no TCP socket");
const UNIX: Kind = (&[Domain::UNIX], "this is no unix socket for streams");

/// A socket that is bound but does not listen would refuse every `accept`, and one that keeps packets apart would lose
/// what a read has no room for.
fn listens<'s, S>(socket: &'s S, (families, other): Kind) -> io::Result<()>
where
    &'s S: Into<socket2::SockRef<'s>>,
{
    let socket = socket.into();
    let family = socket.local_addr()?.domain();
    if !families.contains(&family) || socket.r#type()? != Type::STREAM {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, other));
    }
    #[cfg(target_os = "linux")]
    if !socket.is_listener()? {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the socket does not listen"));
    }
    Ok(())
}

/// The text for the address of a unix socket that was bound elsewhere.
fn text_of(addr: &UnixAddr) -> String {
    #[cfg(target_os = "linux")]
    if let Some(name) = std::os::linux::net::SocketAddrExt::as_abstract_name(addr) {
        return format!("@{}", name.escape_ascii());
    }
    match addr.as_pathname() {
        Some(path) => format!("unix:{}", path.display()),
        None => "unix:(unnamed)".to_owned(),
    }
}

/// The most addresses of a name that are tried.
const MOST_ADDRESSES: usize = 64;

/// The default number of connections that may wait to be accepted.
const BACKLOG: i32 = 4096;
