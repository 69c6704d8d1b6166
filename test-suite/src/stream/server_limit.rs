//! A server with the largest number of requests in hand that it allows to all its connections together.
//!
//! The scenarios check which requests are dispatched then, in which order, and which are refused. The line itself has
//! tests of its own.

use crate::desk::{Desk, ECHO, HOLD};
use crate::raw::{Answer, Peer, Request};
use crate::site::{Site, finished};
use orb::prelude::AsyncRuntime;
use razor_stream::server::task::Respond;
use razor_stream::server::{RpcServer, ServerConfig};
use std::num::NonZero;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(600);

fn serve<RT: AsyncRuntime>(
    site: &Site<RT>,
    limit: usize,
    overload_after: Duration,
) -> (RpcServer<RT>, String, Desk) {
    let limit = NonZero::new(limit).expect("not 0");
    let config = ServerConfig::default().with_max_in_flight_per_server(limit);
    site.serve(config.with_overload_after(overload_after))
}

fn holds(seqs: std::ops::RangeInclusive<u64>) -> Vec<u8> {
    seqs.flat_map(|seq| Request::number(seq, HOLD).bytes()).collect()
}

/// All connections together have no more requests in hand than the server may have; with each answer one more is
/// dispatched. Requests of another server do not count.
pub fn requests_of_all_connections_together_are_bounded<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = serve(site, 3, LONG);
    let (_another, elsewhere, _) = serve(site, 1, LONG);
    let (mut one, mut other) = (Peer::connect(&addr), Peer::connect(&addr));
    // Both connections are served.
    for peer in [&mut one, &mut other] {
        peer.send(&Request::number(1, ECHO));
        assert_eq!(peer.answer(), Answer::success(1, b""));
    }
    one.send_bytes(&holds(2..=11));
    desk.wait_dispatched(2 + 3);
    other.send_bytes(&holds(102..=111));
    // By the time of this answer, the server would have dispatched more.
    let mut third = Peer::connect(&elsewhere);
    for seq in 1..=20 {
        third.send(&Request::number(seq, ECHO));
        assert_eq!(third.answer(), Answer::success(seq, b""));
    }
    for answered in 1..=20 {
        assert_eq!(desk.holds(), usize::min(3, 21 - answered), "after {} answers", answered - 1);
        desk.held().success(b"", None);
        desk.wait_dispatched(usize::min(2 + 3 + answered, 22));
    }
    for (peer, first) in [(&mut one, 2), (&mut other, 102)] {
        let mut seqs: Vec<_> = (0..10).map(|_| peer.answer().seq).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, (first..first + 10).collect::<Vec<_>>());
    }
}

/// Case 43: a connection with endless requests does not keep others from their turn.
pub fn connections_take_turns<RT: AsyncRuntime>(site: &Site<RT>) {
    const FLOOD: u64 = 20_000;
    let (_server, addr, desk) = serve(site, 2, LONG);
    let (mut flooding, mut modest) = (Peer::connect(&addr), Peer::connect(&addr));
    modest.send(&Request::number(1, ECHO));
    assert_eq!(modest.answer(), Answer::success(1, b""));
    flooding.send(&Request::number(1, ECHO));
    assert_eq!(flooding.answer(), Answer::success(1, b""));
    let mut sender = flooding.duplicate();
    let sending = std::thread::spawn(move || sender.send_lossy(&holds(2..=FLOOD)));
    desk.wait_dispatched(4);
    modest.send(&Request::number(FLOOD + 1, HOLD));
    let mut before = 0;
    loop {
        let held = desk.held();
        if held.seq() == FLOOD + 1 {
            break;
        }
        held.success(b"", None);
        before += 1;
        assert!(before < FLOOD - 2, "the flood was served first");
    }
    drop(flooding);
    drop(_server);
    sending.join().expect("a connection that has ended is not written to");
}

/// After a while without a slot requests are refused by code 6, and every further request at once; as soon as a slot is
/// free they are dispatched.
pub fn after_a_while_without_a_slot_requests_are_refused<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = serve(site, 1, Duration::from_millis(50));
    let (mut one, mut other) = (Peer::connect(&addr), Peer::connect(&addr));
    one.send(&Request::number(1, HOLD));
    let held = desk.held();
    for seq in 1..=3 {
        other.send(&Request::number(seq, ECHO));
        assert_eq!(other.answer(), Answer::framework(seq, 6));
    }
    one.send(&Request::number(2, ECHO));
    assert_eq!(one.answer(), Answer::framework(2, 6));
    assert_eq!(desk.dispatched(), 1);
    held.success(b"", None);
    assert_eq!(one.answer(), Answer::success(1, b""));
    for peer in [&mut one, &mut other] {
        peer.send(&Request::number(4, ECHO));
        assert_eq!(peer.answer(), Answer::success(4, b""));
    }
}

/// A request keeps its slot when its connection has ended, and until it is answered: its handler still runs.
pub fn a_slot_outlives_its_connection_and_not_its_handler<RT: AsyncRuntime>(site: &Site<RT>) {
    let config = ServerConfig::default()
        .with_max_in_flight_per_server(NonZero::<usize>::MIN)
        .with_overload_after(Duration::from_millis(50))
        .with_drain_timeout(Duration::from_millis(50));
    let (_server, addr, desk) = site.serve(config);
    let mut gone = Peer::connect(&addr);
    gone.send(&Request::number(1, HOLD));
    let held = desk.held();
    drop(gone);
    let mut other = Peer::connect(&addr);
    other.send(&Request::number(1, ECHO));
    assert_eq!(other.answer(), Answer::framework(1, 6));
    drop(held);
    other.send(&Request::number(2, HOLD));
    desk.held().success(b"free", None);
    assert_eq!(other.answer(), Answer::success(2, b"free"));
}

/// A server that closes refuses requests that wait in line, and ends.
pub fn who_stands_in_line_is_refused_when_the_server_closes<RT: AsyncRuntime>(site: &Site<RT>) {
    let (server, addr, desk) = serve(site, 2, LONG);
    let mut peers = [Peer::connect(&addr), Peer::connect(&addr)];
    let held = peers.each_mut().map(|peer| {
        peer.send(&Request::number(1, HOLD));
        desk.held()
    });
    for peer in &mut peers {
        peer.send(&Request::number(2, HOLD));
    }
    let closing = site.start(server.close());
    for peer in &mut peers {
        assert_eq!(peer.answer(), Answer::framework(2, 7));
    }
    for (peer, held) in peers.iter_mut().zip(held) {
        held.success(b"", None);
        assert_eq!(peer.answer(), Answer::success(1, b""));
    }
    drop(peers);
    finished("the close", &closing);
    assert_eq!(desk.dispatched(), 2);
}
