//! A server whose handlers panic, drop their answer, or answer when the client sends nothing more.
//!
//! Knows what the client receives then. Does not know slots.

use crate::desk::{ECHO, FORGET, HOLD, PANIC, PANIC_DETACHED};
use crate::raw::{Answer, Closing, Peer, Request};
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::error::EncodedErr;
use razor_stream::server::ServerConfig;
use razor_stream::server::task::Respond;
use std::time::Duration;

/// Rules S5 and R4: a panic costs one call, which gets code 8; the connection lives (case 66).
pub fn a_dispatcher_that_panics_costs_one_call<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let mut peer = Peer::connect(&addr);
    for (seq, action) in [(1, PANIC), (3, PANIC_DETACHED), (5, PANIC)] {
        peer.send(&Request::number(seq, action));
        assert_eq!(peer.answer(), Answer::framework(seq, 8));
        peer.send(&Request::number(seq + 1, ECHO).msg(b"lives"));
        assert_eq!(peer.answer(), Answer::success(seq + 1, b"lives"));
    }
}

/// Case 68: an answer that is dropped, by the dispatcher or later on another thread, is code 8.
pub fn an_answer_that_is_dropped_is_an_internal_error<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, FORGET));
    assert_eq!(peer.answer(), Answer::framework(1, 8));
    peer.send(&Request::number(2, HOLD));
    drop(desk.held());
    assert_eq!(peer.answer(), Answer::framework(2, 8));
}

/// Rule R6: no handler forges an error of the framework, and only the exact strings are kept from it (case 81,
/// promise 4).
pub fn no_handler_forges_an_error_of_the_framework<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let mut peer = Peer::connect(&addr);
    let own = |seq, text: &str| Answer {
        flag: 2,
        number: 0,
        seq,
        msg: Vec::new(),
        blob: text.as_bytes().to_vec(),
    };
    let cases =
        [("rpc_timeout", Answer::framework(1, 8)), ("rpc_timeouts", own(2, "rpc_timeouts"))];
    for (seq, (text, answer)) in (1..).zip(cases) {
        peer.send(&Request::number(seq, HOLD));
        desk.held().user_error(EncodedErr::Text(text.into()));
        assert_eq!(peer.answer(), answer);
    }
}

/// Case 53: a client that sends nothing more gets every answer, and then the end.
pub fn a_client_that_stops_sending_gets_all_answers_and_then_the_end<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let mut peer = Peer::connect(&addr);
    for seq in 1..=3 {
        peer.send(&Request::number(seq, HOLD));
    }
    for seq in 4..=100 {
        peer.send(&Request::number(seq, ECHO).msg(b"in place"));
    }
    peer.half_close();
    for seq in 4..=100 {
        assert_eq!(peer.answer(), Answer::success(seq, b"in place"));
    }
    for held in [desk.held(), desk.held(), desk.held()] {
        let seq = held.seq();
        assert!(!held.is_abandoned(), "the client still reads");
        held.success(b"held", None);
        assert_eq!(peer.answer(), Answer::success(seq, b"held"));
    }
    assert_eq!(peer.ends_without_a_byte(), Closing::End);
}

/// Case 72: handlers of a client that is gone run on; their answers are thrown away.
pub fn a_client_that_is_gone_abandons_its_handlers<RT: AsyncRuntime>(site: &Site<RT>) {
    let config = ServerConfig::default().with_drain_timeout(Duration::from_millis(50));
    let (server, addr, desk) = site.serve(config);
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, HOLD));
    let held = desk.held();
    drop(peer);
    // Other connections are served; this one ends when its drain has taken too long.
    let mut other = Peer::connect(&addr);
    other.send(&Request::number(1, ECHO));
    assert_eq!(other.answer(), Answer::success(1, b""));
    drop(other);
    site.close(server);
    assert!(held.is_abandoned(), "all connections have ended");
    held.success(b"nobody reads this", None);
}

/// A blob that panics when it is dropped.
struct Bomb(Vec<u8>);

impl AsRef<[u8]> for Bomb {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "a blob of a user panics when it is dropped");
    }
}

/// An answer that cannot be sent any more gives its slot back once, also if its blob panics when it is dropped.
pub fn a_blob_that_panics_when_it_is_dropped_unsent_costs_nobody_else_anything<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let config = ServerConfig::default().with_drain_timeout(Duration::from_millis(50));
    let (_server, addr, desk) = site.serve(config);
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, HOLD));
    let held = desk.held();
    drop(peer);
    while !held.is_abandoned() {
        std::thread::yield_now();
    }
    held.success(b"nobody reads this", Some(bytes::Bytes::from_owner(Bomb(vec![1; 8192]))));
    let mut other = Peer::connect(&addr);
    other.send(&Request::number(1, ECHO));
    assert_eq!(other.answer(), Answer::success(1, b""));
}
