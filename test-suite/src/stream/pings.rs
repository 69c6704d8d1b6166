//! A server and pings: which pings are answered at once, and which wait.
//!
//! Knows rule Q2. Does not know clients.

use crate::desk::{ECHO, HOLD};
use crate::raw::{Answer, Peer, Request};
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::server::ServerConfig;
use razor_stream::server::task::Respond;

const PING: u32 = 0;

/// Rule Q2: with no request in hand every ping is answered by an empty success, whatever its blob.
pub fn a_ping_is_answered_by_an_empty_success<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let mut peer = Peer::connect(&addr);
    for (seq, len) in (1..).zip([0, 1, 4096]) {
        peer.send(&Request::number(seq, PING).blob(&vec![9; len]));
        assert_eq!(peer.answer(), Answer::success(seq, b""), "a blob of {len} bytes");
    }
    peer.send(&Request::number(4, PING).blob(&[9; 4097]));
    assert_eq!(peer.answer(), Answer::framework(4, 4));
    assert_eq!(desk.dispatched(), 0);
}

/// Rule Q2: a ping without a blob waits for the calls before it, a ping with a blob does not.
pub fn a_bare_ping_waits_for_earlier_calls_and_one_with_a_blob_does_not<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, HOLD));
    peer.send(&Request::number(2, HOLD));
    peer.send(&Request::number(3, PING));
    peer.send(&Request::number(4, PING).blob(b"p"));
    peer.send(&Request::number(5, ECHO).msg(b"overtakes"));
    peer.send(&Request::number(6, HOLD));
    let (first, second, later) = (desk.held(), desk.held(), desk.held());
    assert_eq!(peer.answer(), Answer::success(4, b""));
    assert_eq!(peer.answer(), Answer::success(5, b"overtakes"));
    second.success(b"second", None);
    assert_eq!(peer.answer(), Answer::success(2, b"second"));
    peer.send(&Request::number(7, PING).blob(b"p"));
    assert_eq!(peer.answer(), Answer::success(7, b""), "the bare ping still waits");
    first.success(b"first", None);
    assert_eq!(peer.answer(), Answer::success(1, b"first"));
    assert_eq!(peer.answer(), Answer::success(3, b""));
    later.success(b"later", None);
    assert_eq!(peer.answer(), Answer::success(6, b"later"));
}

/// Case 40: ten thousand pings of each kind are answered, one answer each, and no slot is lost.
pub fn a_flood_of_pings_is_answered<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let mut peer = Peer::connect(&addr);
    let mut flood = peer.duplicate();
    let sender = std::thread::spawn(move || {
        for from in (1..10_000).step_by(100) {
            let bytes = (from..from + 100).flat_map(|seq| {
                let blob: &[u8] = if seq % 2 == 0 { b"p" } else { b"" };
                Request::number(seq, PING).blob(blob).bytes()
            });
            flood.send_bytes(&bytes.collect::<Vec<_>>());
        }
    });
    for seq in 1..=10_000 {
        assert_eq!(peer.answer(), Answer::success(seq, b""));
    }
    sender.join().expect("the flood was sent");
    peer.send(&Request::number(10_001, ECHO).msg(b"after"));
    assert_eq!(peer.answer(), Answer::success(10_001, b"after"));
}

/// Case 40: bare pings that have to wait take slots: behind a call that is not answered, the server stops reading the
/// connection.
pub fn bare_pings_that_wait_are_bounded<RT: AsyncRuntime>(site: &Site<RT>) {
    let config = ServerConfig::default()
        .with_max_in_flight_per_connection(std::num::NonZero::new(64).expect("not 0"))
        .with_overload_after(std::time::Duration::from_millis(20));
    let (_server, addr, desk) = site.serve(config);
    let mut peer = Peer::connect(&addr);
    peer.shrink_buffers();
    peer.send(&Request::number(1, HOLD));
    let held = desk.held();
    // More bytes than all buffers between the two sides hold while the server does not read.
    let pings: Vec<u8> = (2..100_000).flat_map(|seq| Request::number(seq, PING).bytes()).collect();
    let sent = peer.send_until_stalled(&pings, std::time::Duration::from_millis(500));
    assert!(sent < pings.len(), "all {sent} bytes were taken, although none could be answered");
    held.success(b"at last", None);
    assert_eq!(peer.answer(), Answer::success(1, b"at last"));
    assert_eq!(peer.answer(), Answer::success(2, b""));
}
