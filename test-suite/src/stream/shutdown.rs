//! A server that closes: requests in hand are answered, later ones are refused, and no further connection is served.
//!
//! Knows promise 8. Does not know clients.

use crate::desk::{Desk, ECHO, HOLD};
use crate::net::Server;
use crate::raw::{Answer, Closing, Peer, Request};
use crate::site::{Site, finished};
use orb::prelude::AsyncRuntime;
use razor_stream::server::task::Respond;
use razor_stream::server::{RpcServer, ServerConfig};
use std::time::Duration;

const PING: u32 = 0;

/// Promise 8: requests in hand finish, later ones are refused by code 7, then the connection ends.
pub fn requests_in_hand_finish_and_later_ones_are_refused<RT: AsyncRuntime>(site: &Site<RT>) {
    let (server, addr, desk) = site.serve(ServerConfig::default());
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, HOLD));
    let held = desk.held();
    let closing = site.start(server.close());
    let seq = wait_until_refused(&mut peer, 2);
    assert!(closing.try_recv().is_err(), "a request is in hand");
    peer.send(&Request::number(seq, PING).blob(b"p"));
    assert_eq!(peer.answer(), Answer::success(seq, b""), "pings are answered until the end");
    held.success(b"finished", None);
    assert_eq!(peer.answer(), Answer::success(1, b"finished"));
    assert_eq!(peer.ends_without_a_byte(), Closing::End);
    drop(peer);
    finished("the close", &closing);
}

/// Rule Q2 holds to the end: a bare ping during a close waits for the call before it.
pub fn a_bare_ping_waits_also_while_the_server_closes<RT: AsyncRuntime>(site: &Site<RT>) {
    let (server, addr, desk) = site.serve(ServerConfig::default());
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, HOLD));
    let held = desk.held();
    let closing = site.start(server.close());
    let seq = wait_until_refused(&mut peer, 2);
    peer.send(&Request::number(seq, PING));
    peer.send(&Request::number(seq + 1, ECHO));
    assert_eq!(peer.answer(), Answer::framework(seq + 1, 7), "the ping waits");
    held.success(b"first", None);
    assert_eq!(peer.answer(), Answer::success(1, b"first"));
    assert_eq!(peer.answer(), Answer::success(seq, b""));
    drop(peer);
    finished("the close", &closing);
}

/// Case 53 during a close: a client that sends nothing more still gets the answers to its requests in hand.
pub fn a_client_that_stops_sending_during_the_close_gets_its_answer<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (server, addr, desk) = site.serve(ServerConfig::default());
    let (mut peer, mut other) = (Peer::connect(&addr), Peer::connect(&addr));
    peer.send(&Request::number(1, HOLD));
    let held = desk.held();
    other.send(&Request::number(1, HOLD));
    let other_held = desk.held();
    let closing = site.start(server.close());
    wait_until_refused(&mut peer, 2);
    peer.half_close();
    // By the time these requests are refused, the server has seen the half-close.
    let mut seq = 2;
    for _ in 0..20 {
        seq = wait_until_refused(&mut other, seq);
    }
    held.success(b"in hand", None);
    assert_eq!(peer.answer(), Answer::success(1, b"in hand"));
    assert_eq!(peer.ends_without_a_byte(), Closing::End);
    other_held.success(b"", None);
    assert_eq!(other.answer(), Answer::success(1, b""));
    drop((peer, other));
    finished("the close", &closing);
}

/// Sends requests until one is refused because the server closes; returns the next `seq`.
fn wait_until_refused(peer: &mut Peer, mut seq: u64) -> u64 {
    for _ in 0..1_000_000 {
        peer.send(&Request::number(seq, ECHO));
        let answer = peer.answer();
        seq += 1;
        if answer == Answer::framework(seq - 1, 7) {
            return seq;
        }
        assert_eq!(answer, Answer::success(seq - 1, b""));
    }
    panic!("the server does not close");
}

/// Promise 8: idle connections are closed, and after the close the address is free.
pub fn idle_connections_end_and_nobody_listens_any_more<RT: AsyncRuntime>(site: &Site<RT>) {
    let (server, addr, _desk) = site.serve(ServerConfig::default());
    let mut idle = [Peer::connect(&addr), Peer::connect(&addr)];
    for peer in &mut idle {
        peer.send(&Request::number(1, ECHO));
        assert_eq!(peer.answer(), Answer::success(1, b""));
    }
    let closing = site.start(server.close());
    for mut peer in idle {
        assert_eq!(peer.ends_without_a_byte(), Closing::End);
    }
    finished("the close", &closing);
    Peer::try_connect(&addr).expect_err("nobody listens");
    let desk = crate::desk::Desk::default();
    let (_server, _addr) = site.serve_at(addr.clone(), ServerConfig::default(), desk);
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, ECHO));
    assert_eq!(peer.answer(), Answer::success(1, b""));
}

/// Promise 8: a server without connections closes too, and its address is free afterwards.
pub fn a_server_without_connections_closes_and_frees_its_address<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (mut addr, desk) = (site.addr(), crate::desk::Desk::default());
    for _ in 0..20 {
        let (server, bound) = site.serve_at(addr, ServerConfig::default(), desk.clone());
        site.close(server);
        Peer::try_connect(&bound).expect_err("nobody listens");
        addr = bound;
    }
}

/// Promise 8: a handler that does not finish delays a close by the drain timeout and no longer.
pub fn a_close_does_not_wait_for_ever<RT: AsyncRuntime>(site: &Site<RT>) {
    let config = ServerConfig::default().with_drain_timeout(Duration::from_millis(50));
    let (server, addr, desk) = site.serve(config);
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, HOLD));
    let held = desk.held();
    let closing = site.start(server.close());
    peer.end();
    drop(peer);
    finished("the close", &closing);
    assert!(held.is_abandoned());
}

/// A server that is dropped ends its connections at once.
pub fn a_server_that_is_dropped_ends_its_connections<RT: AsyncRuntime>(site: &Site<RT>) {
    let (server, addr, desk) = site.serve(ServerConfig::default());
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, HOLD));
    let held = desk.held();
    drop(server);
    peer.end();
    drop(held);
}

/// The address of a dropped server is free once its executor has run the listener once more, without a wait for that,
/// and at the latest when the executor is gone.
pub fn a_server_that_is_dropped_frees_its_address<RT: AsyncRuntime>(site: &Site<RT>) {
    let (server, addr, _desk) = site.serve(ServerConfig::default());
    drop(server);
    let again = (0..10_000).find_map(|_| {
        let addr = addr.clone();
        let listening = site.run("a server that listens", async move {
            let listener = Server::<RT>::bind(&addr).await?;
            RpcServer::bind(listener).dispatch(Desk::default())
        });
        listening.ok()
    });
    assert!(again.is_some(), "the address does not become free");
    let other = Site::<RT>::new(site.net(), RT::multi(1));
    let (server, addr, _desk) = other.serve(ServerConfig::default());
    let there = other.exec().clone();
    // The executor ends first, so nothing runs the listener any more.
    drop(other);
    drop(there);
    drop(server);
    let refused = (0..10_000).any(|_| Peer::try_connect(&addr).is_err());
    assert!(refused, "somebody listens still");
}
