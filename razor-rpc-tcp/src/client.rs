//! Making connections: a name is looked up, its addresses are tried, and the error tells how each attempt failed.
//!
//! Does not know the order and the pace of attempts: `order` and `race` do.

use crate::addr::{Endpoint, failed};
use crate::halves::{TcpRead, TcpWrite, split};
use crate::limit::Limit;
use crate::names::Names;
use crate::options::{ConnectionOptions, connection_options};
use crate::order::{Record, in_turns};
use crate::race::{PACE, first_of};
use crate::socket::Socket;
use crate::unix;
use orb::prelude::{AsyncFd, AsyncIO, AsyncRuntime};
use razor_stream::clock;
use razor_stream::error::Stage;
use razor_stream::transport::{ClientTransport, Connection, PeerAddr, TransportError};
use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket as RawSocket, Type};
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// Connects to TCP and unix sockets. The [front page](crate) lists the forms of addresses.
///
/// # Names
///
/// A name is looked up for each connection, and its addresses are tried as RFC 8305 ("Happy Eyeballs") recommends:
///
/// - IPv6 and IPv4 addresses take turns, each kind in the order of the resolver.
/// - The next address is tried as soon as one has failed, or 250 ms after the attempt before; earlier attempts go on
///   meanwhile.
/// - The first connection that is made is taken, and the other attempts are closed.
/// - At most 8 addresses are tried at once, and 64 for one connection. A ninth attempt ends the oldest one.
/// - An address that has failed in the last ten minutes is tried after the others, so the next attempt starts
///   elsewhere. All clones of a client remember this together.
/// - The error lists the addresses that were tried, and how each attempt ended.
///
/// A look-up cannot be interrupted. It runs on a thread for look-ups, of which a process has at most 32. A client waits
/// for a look-up at most as long as it may take to connect; the end of a runtime or of a program does not wait for it.
///
/// # Options
///
/// The methods that take and return the client set options of the sockets; each names its default. On Linux, a TCP
/// connection also has a `TCP_USER_TIMEOUT` of 20 s: a connection ends if its peer acknowledges no byte for that time.
///
/// # Example
/// ```
/// use orb::prelude::*;
/// use orb_tokio::TokioRT;
/// use razor_rpc_tcp::TcpClient;
/// use razor_stream::transport::ClientTransport;
/// use std::time::Duration;
///
/// let client: TcpClient<TokioRT> = TcpClient::new().keepalive(Duration::from_secs(60));
/// let refused = TokioRT::current().block_on(async move { client.connect("nowhere").await });
/// let refused = refused.unwrap_err();
/// assert!(refused.permanent());
/// assert!(refused.to_string().starts_with("resolve nowhere: there is no port; expected host:port"));
/// ```
#[must_use = "it makes no connection by itself"]
pub struct TcpClient<RT: AsyncRuntime> {
    names: Names,
    record: Arc<Record>,
    connection: Arc<ConnectionOptions>,
    runtime: PhantomData<fn() -> RT>,
}

impl<RT: AsyncRuntime> TcpClient<RT> {
    /// Makes a client that looks names up by the resolver of the system.
    pub fn new() -> Self {
        let (record, connection) = (Arc::default(), Arc::default());
        Self { names: Names::system(), record, connection, runtime: PhantomData }
    }

    connection_options!();

    fn connection_mut(&mut self) -> &mut ConnectionOptions {
        Arc::make_mut(&mut self.connection)
    }

    /// Lets the client look names up by a function of yours, for instance in a fixed list, in a registry of services,
    /// or for a test.
    ///
    /// `look_up` gets the host and the port as they stand in the address, and returns all addresses, the best one
    /// first. The first 1,024 of them are considered. It may block, as it runs on a thread for look-ups; while 32 calls
    /// in a process have not returned, further calls wait. So `look_up` must not connect by a name itself. Clients that
    /// ask for the same name at the same time share one call. When it returns an error or panics, that attempt to
    /// connect fails, and the next one calls it again.
    ///
    /// IP addresses, paths of unix sockets and IPv6 addresses with an interface do not go through it.
    ///
    /// ```
    /// use orb_tokio::TokioRT;
    /// use razor_rpc_tcp::TcpClient;
    /// use std::io;
    /// use std::net::SocketAddr;
    ///
    /// let client: TcpClient<TokioRT> = TcpClient::new().resolve_with(|host, port| match host {
    ///     "db" => Ok(vec![SocketAddr::from(([10, 0, 0, 1], port)), SocketAddr::from(([10, 0, 0, 2], port))]),
    ///     _ => Err(io::Error::new(io::ErrorKind::NotFound, "no such host here")),
    /// });
    /// ```
    pub fn resolve_with(
        mut self,
        look_up: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        self.names = Names::by(look_up);
        self
    }

    async fn dial(
        &self,
        addr: &str,
        mut limit: Limit,
    ) -> Result<Connection<TcpRead<RT>, TcpWrite<RT>>, TransportError> {
        let options = *self.connection;
        let connect = |addr| connect_inet(addr, options);
        let connected = match Endpoint::parse_peer(addr).map_err(failed(Stage::Resolve, addr))? {
            Endpoint::Unix(path) => connect_unix(path, &options),
            Endpoint::Inet(inet) => {
                let connected = limit.hold(pin!(connect(inet))).await;
                connected.unwrap_or_else(|| Err(limit.passed("no answer")))
            }
            Endpoint::Name { host, port } => {
                let found = self.look_up(&host, port, &mut limit).await;
                let mut addrs = in_turns(&found.map_err(failed(Stage::Resolve, addr))?);
                self.record.sort(&mut addrs, clock::now());
                first_of::<RT, _, _>(&addrs, PACE, &self.record, &mut limit, connect).await
            }
        };
        let (socket, peer) = connected.map_err(failed(Stage::Connect, addr))?;
        Ok(split(socket, peer))
    }

    async fn look_up(
        &self,
        host: &str,
        port: u16,
        limit: &mut Limit,
    ) -> io::Result<Arc<[SocketAddr]>> {
        // Only the system knows the names of interfaces.
        let names = if host.contains('%') { &Names::system() } else { &self.names };
        let mut answer = pin!(names.look_up(host, port));
        limit.hold(answer.as_mut()).await.unwrap_or_else(|| {
            Err(limit.passed(if answer.has_begun() {
                "the look-up has not ended"
            } else {
                "the look-up waits for others that have not ended"
            }))
        })
    }
}

impl<RT: AsyncRuntime> Default for TcpClient<RT> {
    fn default() -> Self {
        Self::new()
    }
}

impl<RT: AsyncRuntime> Clone for TcpClient<RT> {
    fn clone(&self) -> Self {
        let (names, record) = (self.names.clone(), self.record.clone());
        Self { names, record, connection: self.connection.clone(), runtime: PhantomData }
    }
}

impl<RT: AsyncRuntime> fmt::Debug for TcpClient<RT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TcpClient")
    }
}

impl<RT: AsyncRuntime> ClientTransport for TcpClient<RT> {
    type RT = RT;
    type Read = TcpRead<RT>;
    type Write = TcpWrite<RT>;

    fn check(&self, addr: &str) -> Result<(), TransportError> {
        Endpoint::parse_peer(addr).map(drop).map_err(failed(Stage::Resolve, addr))
    }

    async fn connect(
        &self,
        addr: &str,
    ) -> Result<Connection<TcpRead<RT>, TcpWrite<RT>>, TransportError> {
        self.dial(addr, Limit::none()).await
    }

    async fn connect_within(
        &self,
        addr: &str,
        limit: Duration,
    ) -> Result<Connection<TcpRead<RT>, TcpWrite<RT>>, TransportError> {
        self.dial(addr, Limit::after::<RT>(limit)).await
    }
}

fn connect_unix<RT: AsyncRuntime>(
    path: PathBuf,
    options: &ConnectionOptions,
) -> io::Result<(Socket<RT>, PeerAddr)> {
    let stream = unix::connect(&path)?;
    Ok((Socket::from_unix(stream, options)?, PeerAddr::Unix(Some(path))))
}

async fn connect_inet<RT: AsyncRuntime>(
    addr: SocketAddr,
    options: ConnectionOptions,
) -> io::Result<(Socket<RT>, PeerAddr)> {
    let stream = match options.has_buffers() {
        false => RT::connect_tcp(&addr).await?,
        true => connect_sized::<RT>(addr, &options).await?,
    };
    if is_own_peer(&stream) {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok((Socket::watched_tcp(stream, &options)?, PeerAddr::Inet(addr)))
}

/// Connects a socket whose buffer sizes are set before: the runtime's own function to connect cannot do that.
async fn connect_sized<RT: AsyncRuntime>(
    addr: SocketAddr,
    options: &ConnectionOptions,
) -> io::Result<<RT as AsyncIO>::AsyncFd<TcpStream>> {
    let socket = RawSocket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    options.size((&socket).into())?;
    match socket.connect(&addr.into()) {
        Err(begun) if begun.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error()) => {}
        done => done?,
    }
    let fd = RT::to_async_fd_rw(TcpStream::from(socket))?;
    // When the socket is writable, it is connected or has failed.
    fd.async_write(|stream| match (stream.take_error()?, stream.peer_addr()) {
        (Some(failed), _) => Err(failed),
        (None, Err(error)) if error.kind() == io::ErrorKind::NotConnected => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        (None, connected) => connected.map(drop),
    })
    .await?;
    Ok(fd)
}

/// Whether the kernel has connected a socket to itself. That happens if the port is one of the ephemeral ports, nothing
/// listens there, and the kernel gives the socket this port by chance.
fn is_own_peer(stream: &TcpStream) -> bool {
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(own), Ok(peer)) if own == peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpListener};

    #[test]
    fn a_socket_connected_to_itself_is_noticed() {
        let raw = RawSocket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        raw.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        raw.connect(&raw.local_addr().unwrap()).unwrap();
        assert!(is_own_peer(&raw.into()));

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(!is_own_peer(&stream));
    }
}
