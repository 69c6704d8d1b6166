//! The server's side of the raw peer: it accepts when the scenario calls it.
//!
//! Knows kinds of connections. Does not know what a scenario expects.

use super::Peer;
use super::wire::{Wire, parse, wait};
use crate::SAFETY_NET;
use crate::net::{Kind, is_memory};
use crate::site::{Net, Site};
use orb::prelude::AsyncRuntime;
use orb_tokio::TokioRT;
use razor_stream::transport::Listener as _;
use razor_stream::transport::memory::MemoryServer;
use socket2::{Socket, Type};
use std::io::ErrorKind;
use std::time::Duration;

/// A listener that accepts when the scenario calls it.
#[derive(Debug)]
pub struct Listener {
    listening: Kind<Socket, MemoryServer<TokioRT>>,
    addr: String,
}

impl Listener {
    /// Listens at `addr`.
    ///
    /// # Panics
    /// It cannot listen there.
    #[must_use]
    pub fn bind(addr: &str) -> Self {
        Self::with_backlog(addr, 64)
    }

    /// Listens, with room for `backlog` connections that have not been accepted. In memory there is room for 128.
    ///
    /// # Panics
    /// It cannot listen there.
    #[must_use]
    pub fn with_backlog(addr: &str, backlog: i32) -> Self {
        if is_memory(addr) {
            let listening = Kind::Memory(MemoryServer::bind(addr).expect("a free name"));
            return Self { listening, addr: addr.to_owned() };
        }
        let (domain, wanted) = parse(addr);
        let socket = Socket::new(domain, Type::STREAM, None).expect("a socket");
        socket.bind(&wanted).expect("a free address");
        socket.listen(backlog).expect("a bound socket");
        // An accept that waits longer than this fails: on Linux the timeout for reading is also the timeout for
        // accepting.
        socket.set_read_timeout(Some(SAFETY_NET)).expect("a socket");
        let bound = socket.local_addr().expect("a bound socket");
        let addr = bound.as_socket().map_or_else(|| addr.to_owned(), |inet| inet.to_string());
        Self { listening: Kind::Socket(socket), addr }
    }

    /// The address to connect to.
    #[must_use]
    pub fn addr(&self) -> &str {
        &self.addr
    }

    /// Accepts the next connection.
    ///
    /// # Panics
    /// No connection comes.
    #[must_use]
    pub fn accept(&self) -> Peer {
        match &self.listening {
            Kind::Socket(socket) => {
                Peer::new(Wire::socket(socket.accept().expect("a connection").0))
            }
            Kind::Memory(server) => accepted(server, SAFETY_NET).expect("a connection"),
        }
    }

    /// Accepts a connection that waits already, if there is one.
    ///
    /// # Panics
    /// The socket is broken.
    #[must_use]
    pub fn accept_waiting(&self) -> Option<Peer> {
        let socket = match &self.listening {
            Kind::Socket(socket) => socket,
            Kind::Memory(server) => return accepted(server, Duration::ZERO),
        };
        socket.set_nonblocking(true).expect("a socket");
        let accepted = socket.accept();
        socket.set_nonblocking(false).expect("a socket");
        match accepted {
            Ok((socket, _)) => Some(Peer::new(Wire::socket(socket))),
            Err(none) if none.kind() == ErrorKind::WouldBlock => None,
            Err(error) => panic!("accepting: {error}"),
        }
    }
}

fn accepted(server: &MemoryServer<TokioRT>, patience: Duration) -> Option<Peer> {
    let connection = wait(server.accept(), patience).ok()?.expect("the listener is there");
    Some(Peer::new(Wire::memory(connection)))
}

/// An address at which no server listens or can listen.
#[derive(Debug)]
pub struct Refusing {
    /// Bound and not listening, so that the port is taken.
    _bound: Option<Socket>,
    addr: String,
}

impl Refusing {
    /// Takes an address at which connections are refused.
    ///
    /// # Panics
    /// There is no free port.
    #[must_use]
    pub fn bind<RT: AsyncRuntime>(site: &Site<RT>) -> Self {
        let addr = site.addr();
        if site.net() != Net::Tcp {
            return Self { _bound: None, addr };
        }
        let (domain, wanted) = parse(&addr);
        let socket = Socket::new(domain, Type::STREAM, None).expect("a socket");
        socket.bind(&wanted).expect("a free port");
        let bound = socket.local_addr().expect("a bound socket").as_socket();
        let addr = bound.expect("an IP address").to_string();
        Self { _bound: Some(socket), addr }
    }

    /// The address.
    #[must_use]
    pub fn addr(&self) -> &str {
        &self.addr
    }
}
