//! A transport that takes long to open a connection that it has accepted, and one that accepts without end.
//!
//! A handshake may hold up only its own connection.

use crate::desk::{Desk, ECHO};
use crate::net::{Read, Server, Write};
use crate::raw::{Answer, Peer, Request};
use crate::site::{Site, finished, with_addr};
use orb::prelude::AsyncRuntime;
use razor_stream::server::{RpcServer, ServerConfig};
use razor_stream::transport::{Connection, Listener};
use std::future::pending;
use std::io;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(600);

/// A listener whose first connections do not open as they should.
struct Odd<RT: AsyncRuntime> {
    server: Server<RT>,
    accepted: AtomicUsize,
}

/// How the opening of a connection goes.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Stalls,
    Fails,
    Opens,
}

/// The fates of the first connections, in the order of their acceptance; further connections open.
const FATES: [Fate; 3] = [Fate::Stalls, Fate::Fails, Fate::Opens];

impl<RT: AsyncRuntime> Listener for Odd<RT> {
    type RT = RT;
    type Read = Read<RT>;
    type Write = Write<RT>;
    type Accepted = (Fate, <Server<RT> as Listener>::Accepted);

    fn local_addr(&self) -> &str {
        self.server.local_addr()
    }

    async fn accept(&self) -> io::Result<Self::Accepted> {
        let accepted = self.server.accept().await?;
        let before = self.accepted.fetch_add(1, Ordering::Relaxed);
        Ok((FATES.get(before).copied().unwrap_or(Fate::Opens), accepted))
    }

    async fn open((fate, accepted): Self::Accepted) -> io::Result<Connection<Read<RT>, Write<RT>>> {
        match fate {
            Fate::Opens => Server::<RT>::open(accepted).await,
            Fate::Fails => Err(io::ErrorKind::InvalidData.into()),
            Fate::Stalls => {
                pending::<()>().await;
                drop(accepted);
                Err(io::ErrorKind::Other.into())
            }
        }
    }
}

fn serve<RT: AsyncRuntime>(site: &Site<RT>, config: ServerConfig) -> (RpcServer<RT>, String) {
    let addr = site.addr();
    site.run("a server that listens", async move {
        let server = Server::<RT>::bind(&addr).await.expect("a free address");
        let listener = Odd { server, accepted: AtomicUsize::new(0) };
        let server = RpcServer::bind(listener).with_config(config).dispatch(Desk::default());
        with_addr(server.expect("a runtime is around"))
    })
}

/// A connection whose opening stalls holds up no other; one whose opening fails ends alone.
pub fn a_connection_that_does_not_open_costs_nobody_else_anything<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (_server, addr) = serve(site, ServerConfig::default().with_handshake_timeout(LONG));
    let (_stalls, mut fails, mut opens) =
        (Peer::connect(&addr), Peer::connect(&addr), Peer::connect(&addr));
    opens.send(&Request::number(1, ECHO));
    assert_eq!(opens.answer(), Answer::success(1, b""));
    fails.ends_without_a_byte();
}

/// Case 82: a handshake that stalls ends when its time is over.
pub fn a_handshake_that_stalls_ends_after_its_time<RT: AsyncRuntime>(site: &Site<RT>) {
    let config = ServerConfig::default().with_handshake_timeout(Duration::from_millis(50));
    let (_server, addr) = serve(site, config);
    Peer::connect(&addr).ends_without_a_byte();
}

/// A server that closes does not wait for a handshake that stalls.
pub fn a_handshake_that_stalls_does_not_keep_a_server_from_closing<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let config = ServerConfig::default().with_handshake_timeout(LONG).with_drain_timeout(LONG);
    let (server, addr) = serve(site, config);
    let (mut stalls, _fails, mut opens) =
        (Peer::connect(&addr), Peer::connect(&addr), Peer::connect(&addr));
    opens.send(&Request::number(1, ECHO));
    assert_eq!(opens.answer(), Answer::success(1, b""));
    drop(opens);
    let closing = site.start(server.close());
    stalls.ends_without_a_byte();
    finished("the close", &closing);
}

/// A listener that always has another connection after its first; those connections have no client.
struct Flooded<RT: AsyncRuntime> {
    server: Server<RT>,
    accepted: AtomicBool,
}

impl<RT: AsyncRuntime> Listener for Flooded<RT> {
    type RT = RT;
    type Read = Read<RT>;
    type Write = Write<RT>;
    type Accepted = Option<<Server<RT> as Listener>::Accepted>;

    fn local_addr(&self) -> &str {
        self.server.local_addr()
    }

    async fn accept(&self) -> io::Result<Self::Accepted> {
        if self.accepted.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let first = self.server.accept().await?;
        self.accepted.store(true, Ordering::Relaxed);
        Ok(Some(first))
    }

    async fn open(accepted: Self::Accepted) -> io::Result<Connection<Read<RT>, Write<RT>>> {
        Server::<RT>::open(accepted.ok_or(io::ErrorKind::NotConnected)?).await
    }
}

/// Case 61: a connection is served, and the server closes, while others arrive without end.
pub fn a_flood_of_connections_leaves_the_others_their_turn<RT: AsyncRuntime>(site: &Site<RT>) {
    let config = ServerConfig::default().with_max_connections(NonZero::<usize>::MIN);
    let addr = site.addr();
    let (server, addr) = site.run("a server that listens", async move {
        let server = Server::<RT>::bind(&addr).await.expect("a free address");
        let listener = Flooded { server, accepted: AtomicBool::new(false) };
        let server = RpcServer::bind(listener).with_config(config).dispatch(Desk::default());
        with_addr(server.expect("a runtime is around"))
    });
    let mut peer = Peer::connect(&addr);
    for seq in 1..=3 {
        peer.send(&Request::number(seq, ECHO));
        assert_eq!(peer.answer(), Answer::success(seq, b""));
    }
    drop(peer);
    site.close(server);
}
