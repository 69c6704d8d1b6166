//! The addresses to which a client may connect and at which a server may listen, and the errors for others.

use crate::rig::{Mount, accept, assert_connected, bind, connect, meet, on_each};
use razor_rpc_tcp::{TcpClient, TcpServer};
use razor_stream::error::Stage;
use razor_stream::transport::PeerAddr;
use std::io::ErrorKind;
use std::net::{Ipv6Addr, SocketAddr};

on_each!(
    a_server_at_port_0_tells_the_real_port,
    a_name_is_looked_up,
    ipv6_addresses_are_in_brackets,
    a_port_in_use_is_an_error_that_names_it,
    a_refused_connection_is_an_error_that_names_the_address,
    an_error_at_a_name_tells_of_its_addresses,
    what_is_no_address_is_an_error_that_names_it,
    a_name_that_does_not_resolve_is_an_error_that_names_it,
);

async fn a_server_at_port_0_tells_the_real_port<RT: Mount>() {
    let server: TcpServer<RT> = bind("127.0.0.1:0").await.unwrap();
    let local: SocketAddr = server.local_addr().parse().unwrap();
    assert_ne!(local.port(), 0);

    let mut ends = meet(&server).await;
    assert_eq!(ends.0.peer, PeerAddr::Inet(local));
    assert!(matches!(ends.1.peer, PeerAddr::Inet(peer) if peer.ip().is_loopback()));
    assert_connected(&mut ends).await;
}

async fn a_name_is_looked_up<RT: Mount>() {
    let server: TcpServer<RT> = bind("localhost:0").await.unwrap();
    let local: SocketAddr = server.local_addr().parse().unwrap();
    let here = connect(&format!("localhost:{}", local.port())).await.unwrap();
    assert_connected(&mut (here, accept(&server).await)).await;
}

async fn ipv6_addresses_are_in_brackets<RT: Mount>() {
    if let Err(cause) = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        println!("skipped, this host has no IPv6: {cause}");
        return;
    }
    let server: TcpServer<RT> = bind("[::1]:0").await.unwrap();
    assert!(server.local_addr().starts_with("[::1]:"), "{}", server.local_addr());
    assert_connected(&mut meet(&server).await).await;
}

async fn a_port_in_use_is_an_error_that_names_it<RT: Mount>() {
    let server: TcpServer<RT> = bind("127.0.0.1:0").await.unwrap();
    let taken = bind::<RT>(server.local_addr()).await.unwrap_err();
    assert_eq!(taken.stage, Stage::Listen);
    assert_eq!(taken.cause.kind(), ErrorKind::AddrInUse);
    assert!(taken.to_string().contains(server.local_addr()), "{taken}");
    assert_connected(&mut meet(&server).await).await;
}

async fn a_refused_connection_is_an_error_that_names_the_address<RT: Mount>() {
    let refused = connect::<RT>(NOBODY).await.unwrap_err();
    assert_eq!(refused.stage, Stage::Connect);
    assert_eq!(refused.cause.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(refused.cause.raw_os_error(), Some(111));
    assert!(refused.to_string().starts_with(&format!("connect {NOBODY}: ")), "{refused}");
}

async fn an_error_at_a_name_tells_of_its_addresses<RT: Mount>() {
    let refused = connect::<RT>("localhost:1").await.unwrap_err();
    assert_eq!(refused.stage, Stage::Connect);
    let text = refused.to_string();
    assert!(text.starts_with("connect localhost:1: "), "{text}");
    assert!(text.contains("127.0.0.1:1: ") || text.contains("[::1]:1: "), "{text}");
}

async fn what_is_no_address_is_an_error_that_names_it<RT: Mount>() {
    for addr in [
        "",
        ":",
        "localhost",
        ":80",
        "host:",
        "host:99999",
        "::1",
        "[::1]",
        "a b:1",
        "unix:",
        "http://a",
    ] {
        for error in [connect::<RT>(addr).await.unwrap_err(), bind::<RT>(addr).await.unwrap_err()] {
            assert_eq!(error.stage, Stage::Resolve, "{addr}");
            assert_eq!(error.cause.kind(), ErrorKind::InvalidInput, "{addr}");
            assert!(error.permanent(), "{addr}");
            assert!(error.to_string().starts_with(&format!("resolve {addr}: ")), "{error}");
        }
    }
}

async fn a_name_that_does_not_resolve_is_an_error_that_names_it<RT: Mount>() {
    // This is longer than any name, so the resolver refuses it without a query.
    let addr = format!("{}:80", "x".repeat(300));
    for error in [connect::<RT>(&addr).await.unwrap_err(), bind::<RT>(&addr).await.unwrap_err()] {
        assert_eq!(error.stage, Stage::Resolve);
        assert!(error.to_string().contains(&addr), "{error}");
    }
}

#[test]
fn a_client_is_cheap_to_clone_and_has_a_default() {
    let client = TcpClient::<orb_tokio::TokioRT>::default();
    assert!(size_of_val(&client) <= 3 * size_of::<usize>(), "clones share what it holds");
    assert_eq!(format!("{:?}", client.clone()), "TcpClient");
}

/// A loopback address that nothing uses.
const NOBODY: &str = "127.77.88.99:1";
