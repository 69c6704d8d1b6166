//! Making connections: every address of a name is tried, and the error tells of each.
//!
//! Does not limit the whole time: the caller does, by dropping the future.

use crate::addr::{Endpoint, failed, look_up};
use crate::halves::{TcpRead, TcpWrite, split};
use crate::socket::Socket;
use crate::unix;
use orb::prelude::AsyncRuntime;
use razor_stream::error::Stage;
use razor_stream::transport::{ClientTransport, Connection, PeerAddr, TransportError};
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

/// Connects to TCP and unix sockets. The [front page](crate) lists the forms of addresses.
///
/// A name may have several addresses. They are tried in the order of the resolver, each for a second at
/// most if another is left.
///
/// TCP connections have `TCP_NODELAY`. On Linux they also have a `TCP_USER_TIMEOUT` of 20 s: a peer that
/// acknowledges nothing for so long is gone.
///
/// # Example
/// ```
/// use orb::prelude::*;
/// use orb_tokio::TokioRT;
/// use razor_rpc_tcp::TcpClient;
/// use razor_stream::transport::ClientTransport;
///
/// let client = TcpClient::<TokioRT>::new();
/// let refused = TokioRT::current().block_on(async move { client.connect("nowhere").await });
/// let refused = refused.unwrap_err();
/// assert!(refused.permanent());
/// assert!(refused.to_string().starts_with("resolve nowhere: there is no port; expected host:port"));
/// ```
pub struct TcpClient<RT: AsyncRuntime> {
    runtime: PhantomData<fn() -> RT>,
}

impl<RT: AsyncRuntime> TcpClient<RT> {
    /// A client. It holds nothing: clone it, or make another.
    #[must_use]
    pub const fn new() -> Self {
        Self { runtime: PhantomData }
    }
}

impl<RT: AsyncRuntime> Default for TcpClient<RT> {
    fn default() -> Self {
        Self::new()
    }
}

impl<RT: AsyncRuntime> Clone for TcpClient<RT> {
    fn clone(&self) -> Self {
        Self::new()
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
        let connected = match Endpoint::parse_peer(addr).map_err(failed(Stage::Resolve, addr))? {
            Endpoint::Unix(path) => connect_unix(path),
            Endpoint::Inet(inet) => connect_inet(inet).await,
            Endpoint::Name { host, port } => {
                let found = look_up::<RT>(host, port).await;
                connect_any(&found.map_err(failed(Stage::Resolve, addr))?).await
            }
        };
        let (socket, peer) = connected.map_err(failed(Stage::Connect, addr))?;
        Ok(split(socket, peer))
    }
}

fn connect_unix<RT: AsyncRuntime>(path: PathBuf) -> io::Result<(Socket<RT>, PeerAddr)> {
    let stream = unix::connect(&path)?;
    Ok((Socket::from_unix(stream)?, PeerAddr::Unix(Some(path))))
}

async fn connect_inet<RT: AsyncRuntime>(addr: SocketAddr) -> io::Result<(Socket<RT>, PeerAddr)> {
    let stream = RT::connect_tcp(&addr).await?;
    if is_own_peer(&stream) {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok((Socket::watched_tcp(stream)?, PeerAddr::Inet(addr)))
}

async fn connect_any<RT: AsyncRuntime>(addrs: &[SocketAddr]) -> io::Result<(Socket<RT>, PeerAddr)> {
    let mut attempts = Vec::new();
    for (i, addr) in addrs.iter().enumerate() {
        let connected = if i + 1 < addrs.len() {
            let limited = RT::timeout(ATTEMPT, connect_inet(*addr)).await;
            limited.unwrap_or_else(|()| Err(io::ErrorKind::TimedOut.into()))
        } else {
            connect_inet(*addr).await
        };
        match connected {
            Ok(connected) => return Ok(connected),
            Err(cause) => attempts.push((*addr, cause)),
        }
    }
    let kind = attempts.last().map_or(io::ErrorKind::NotFound, |(_, cause)| cause.kind());
    Err(io::Error::new(kind, Attempts(attempts)))
}

/// The kernel connects a socket to itself when the port asked for is in its range of ephemeral ports, nobody
/// listens there, and it happens to give the socket that very port.
fn is_own_peer(stream: &TcpStream) -> bool {
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(own), Ok(peer)) if own == peer)
}

/// What became of each address of a name.
#[derive(Debug)]
struct Attempts(Vec<(SocketAddr, io::Error)>);

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (addr, cause)) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{addr}: {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Attempts {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.last().map(|(_, cause)| cause as _)
    }
}

/// How long one address may take while another is left.
const ATTEMPT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use orb::prelude::*;
    use orb_tokio::TokioRT;
    use socket2::{Domain, Socket as RawSocket, Type};
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

    #[test]
    fn the_next_address_is_tried_after_one_that_refuses() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let addrs = [refusing(), listener.local_addr().unwrap()];
        let peer = TokioRT::current()
            .block_on(async move { connect_any::<TokioRT>(&addrs).await.map(|(_, peer)| peer) });
        assert_eq!(peer.unwrap(), PeerAddr::Inet(addrs[1]));
    }

    #[test]
    fn the_error_tells_of_every_address() {
        let addrs = [refusing(), refusing()];
        let error = TokioRT::current()
            .block_on(async move { connect_any::<TokioRT>(&addrs).await.map(|_| ()) })
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        for addr in addrs {
            assert!(error.to_string().contains(&format!("{addr}: Connection refused")), "{error}");
        }
    }

    /// An address at which nobody listens: port 1 of a loopback address that nothing uses.
    fn refusing() -> SocketAddr {
        SocketAddr::from((Ipv4Addr::new(127, 77, 88, 99), 1))
    }
}
