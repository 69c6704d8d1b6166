//! A server without free slots, and a peer that does not read its answers.
//!
//! The scenarios check what bounds a server. Another test, with an allocator of its own, counts memory.

use crate::desk::{Desk, ECHO, HOLD, THOUSAND};
use crate::raw::{Answer, Peer, Request};
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::server::task::Respond;
use razor_stream::server::{RpcServer, ServerConfig};
use std::num::NonZero;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(600);

fn serve<RT: AsyncRuntime>(
    site: &Site<RT>,
    slots: usize,
    overload_after: Duration,
) -> (RpcServer<RT>, String, Desk) {
    let slots = NonZero::new(slots).expect("not 0");
    let config = ServerConfig::default()
        .with_max_in_flight_per_connection(slots)
        .with_overload_after(overload_after)
        .with_write_stall(LONG);
    site.serve(config)
}

/// Case 34: a connection with all its slots taken is not read; with each answer one more request is dispatched.
pub fn without_a_free_slot_nothing_is_dispatched<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = serve(site, 4, LONG);
    let mut peer = Peer::connect(&addr);
    let flood: Vec<u8> = (1..=10).flat_map(|seq| Request::number(seq, HOLD).bytes()).collect();
    peer.send_bytes(&flood);
    desk.wait_dispatched(4);
    // Another connection is served meanwhile: by its answer, the first would have dispatched more.
    let mut other = Peer::connect(&addr);
    for answered in 0..6 {
        other.send(&Request::number(answered + 1, ECHO));
        assert_eq!(other.answer(), Answer::success(answered + 1, b""));
        assert_eq!(desk.holds(), 4, "after {answered} answers");
        let held = desk.held();
        assert_eq!(held.seq(), answered + 1, "requests are dispatched in their order");
        held.success(b"", None);
        assert_eq!(peer.answer(), Answer::success(answered + 1, b""));
        let echoes = usize::try_from(answered).expect("small") + 1;
        desk.wait_dispatched(4 + 2 * echoes);
    }
    for seq in 7..=10 {
        desk.held().success(b"", None);
        assert_eq!(peer.answer(), Answer::success(seq, b""));
    }
}

/// Case 34, promise 9: after a while without a slot requests are refused by code 6, so that the client sees life; once
/// there is a slot again they are dispatched.
pub fn after_a_while_without_a_slot_requests_are_refused<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = serve(site, 2, Duration::from_millis(50));
    let mut peer = Peer::connect(&addr);
    for seq in 1..=5 {
        peer.send(&Request::number(seq, HOLD));
    }
    for seq in 3..=5 {
        assert_eq!(peer.answer(), Answer::framework(seq, 6));
    }
    assert_eq!(desk.dispatched(), 2);
    desk.held().success(b"first", None);
    assert_eq!(peer.answer(), Answer::success(1, b"first"));
    // A slot is free once its answer has left for the kernel; until then a request may still be refused.
    let mut seq = 6;
    let echoed = loop {
        peer.send(&Request::number(seq, ECHO));
        match peer.answer() {
            refused if refused == Answer::framework(seq, 6) && seq < 1000 => seq += 1,
            other => break other,
        }
    };
    assert_eq!(echoed, Answer::success(seq, b""));
    desk.held().success(b"second", None);
    assert_eq!(peer.answer(), Answer::success(2, b"second"));
}

/// Cases 34 and 36: a peer that floods and does not read is not read either; once it reads, all answers arrive.
pub fn a_peer_that_does_not_read_is_not_read<RT: AsyncRuntime>(site: &Site<RT>) {
    const REQUESTS: u64 = 100_000;
    let (_server, addr, desk) = serve(site, 2048, LONG);
    let mut peer = Peer::connect(&addr);
    peer.shrink_buffers();
    let flood: Vec<u8> = (1..=REQUESTS)
        .flat_map(|seq| Request::number(seq, THOUSAND).msg(&[1; 200]).bytes())
        .collect();
    let sent = peer.send_until_stalled(&flood, Duration::from_millis(200));
    assert!(sent < flood.len(), "the server took everything and could answer nothing");
    // 2,048 answers in hand, a batch, and the bytes that the kernel holds: at most some MB in answers of 1 kB.
    let bound = 2048 + 20_000;
    assert!(desk.dispatched() < bound, "{} were dispatched", desk.dispatched());
    let (mut rest, tail) = (peer.duplicate(), flood[sent..].to_vec());
    let sender = std::thread::spawn(move || rest.send_bytes(&tail));
    for seq in 1..=REQUESTS {
        let answer = peer.answer();
        assert_eq!((answer.flag, answer.seq, answer.msg.len()), (0, seq, 1000));
        let read = usize::try_from(seq).expect("64 bit");
        assert!(desk.dispatched() < read + bound, "{} after {read}", desk.dispatched());
    }
    sender.join().expect("the flood was sent");
}

/// Case 36: a peer that does not read for too long loses its connection, and only that.
pub fn a_write_without_progress_ends_the_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    let config = ServerConfig::default().with_write_stall(Duration::from_millis(100));
    let (server, addr, desk) = site.serve(config);
    let mut peer = Peer::connect(&addr);
    peer.shrink_buffers();
    // All buffers together hold the requests, but not the answers.
    let flood: Vec<u8> =
        (1..=20_000).flat_map(|seq| Request::number(seq, THOUSAND).bytes()).collect();
    peer.send_lossy(&flood);
    desk.wait_dispatched(1);
    // Sending fails once the connection has ended; the test does not read a byte before that.
    peer.send_until_broken();
    let mut other = Peer::connect(&addr);
    other.send(&Request::number(1, ECHO));
    assert_eq!(other.answer(), Answer::success(1, b""));
    drop(other);
    site.close(server);
}
