//! A server and requests that arrive slowly, or never whole: each costs its own connection alone.
//!
//! Knows what a slow peer sends. Does not measure time: the pace of a slow peer is that of an honest one's calls, and
//! an end that does not come is caught by the safety net.

use crate::desk::ECHO;
use crate::raw::{Answer, Peer, Request};
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::clock;
use razor_stream::proto::Limits;
use razor_stream::server::ServerConfig;
use std::time::Duration;

/// How long a request may stand still.
const STALL: Duration = Duration::from_millis(20);
/// Bytes of a request's header.
const HEAD: usize = 32;

fn impatient() -> ServerConfig {
    ServerConfig::default().with_receive_stall(STALL).with_limits(Limits::new(1 << 20, 1 << 20))
}

/// A peer that calls as it should, and is answered each time.
struct Honest {
    peer: Peer,
    seq: u64,
}

impl Honest {
    fn connect(addr: &str) -> Self {
        Self { peer: Peer::connect(addr), seq: 0 }
    }

    fn is_answered(&mut self) {
        self.seq += 1;
        self.peer.send(&Request::number(self.seq, ECHO).msg(b"honest"));
        assert_eq!(self.peer.answer(), Answer::success(self.seq, b"honest"));
    }
}

/// The beginnings of requests: each stops inside of the header, after it, in the message, in a blob that is gathered,
/// or in a blob that is thrown away.
fn begun() -> Vec<Vec<u8>> {
    let small = Request::number(1, ECHO).msg(b"message").bytes();
    let blob = Request::number(1, ECHO).blob(&vec![7; 100_000]).bytes();
    let too_large = Request::number(1, ECHO).blob(&vec![7; (1 << 20) + 1]).bytes();
    let cuts =
        [(&small, 1), (&small, HEAD - 1), (&small, HEAD), (&small, HEAD + 3), (&blob, 50_000)];
    let cut = |(bytes, at): (&Vec<u8>, usize)| bytes[..at].to_vec();
    cuts.into_iter().chain([(&too_large, 90_000)]).map(cut).collect()
}

/// Case 6, case 7: a request that has begun and of which nothing more comes ends its connection, and no other.
pub fn a_request_that_is_begun_and_never_finished_ends_its_connection<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (_server, addr, desk) = site.serve(impatient());
    let mut honest = Honest::connect(&addr);
    for bytes in begun() {
        let mut slow = Peer::connect(&addr);
        slow.send_bytes(&bytes);
        honest.is_answered();
        slow.end();
        honest.is_answered();
    }
    assert_eq!(desk.dispatched() as u64, honest.seq);
}

/// Case 6: bytes of a header do not extend the time for the header.
pub fn a_header_that_comes_byte_by_byte_ends_its_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(impatient());
    let mut honest = Honest::connect(&addr);
    let mut slow = Peer::connect(&addr);
    // Each byte comes in less than the time in which a request may stand still, all of them in fifteen times as much.
    let ended = Request::number(1, ECHO).bytes()[..HEAD - 1].chunks(1).any(|byte| {
        let next = clock::now() + STALL / 2;
        let taken = slow.takes(byte);
        while clock::now() < next {
            honest.is_answered();
        }
        !taken
    });
    assert!(ended, "the connection lived as long as its header went on");
    honest.is_answered();
}

/// Case 7: a message that comes far below the rate ends its connection, though each of its bytes is progress.
pub fn a_body_that_comes_byte_by_byte_ends_its_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    let config = impatient().with_min_receive_rate(u32::MAX);
    let (_server, addr, desk) = site.serve(config);
    let mut honest = Honest::connect(&addr);
    let mut slow = Peer::connect(&addr);
    let bytes = Request::number(1, ECHO).blob(&vec![7; 1 << 20]).bytes();
    let mut sent = 0;
    while slow.takes(&bytes[sent..=sent]) {
        sent += 1;
        assert!(sent < bytes.len(), "a slow request was taken");
        honest.is_answered();
    }
    assert_eq!(desk.dispatched() as u64, honest.seq);
}

/// A connection between two requests may rest for any time.
pub fn a_connection_that_rests_between_requests_lives<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(impatient());
    let mut resting = Honest::connect(&addr);
    resting.is_answered();
    for _ in 0..3 {
        // When this connection has ended, the other one has rested for longer than a request may stand still.
        let mut slow = Peer::connect(&addr);
        slow.send_bytes(&Request::number(1, ECHO).bytes()[..5]);
        slow.end();
        resting.is_answered();
    }
}

/// Requests that come in pieces, each in time, are answered.
pub fn requests_that_come_in_pieces_are_answered<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let (mut honest, mut peer) = (Honest::connect(&addr), Peer::connect(&addr));
    for (seq, blob) in (1..).zip([0_usize, 10, 1000, 300_000]) {
        let request = Request::number(seq, ECHO).msg(b"pieces").blob(&vec![9; blob]).bytes();
        for piece in request.chunks(request.len().div_ceil(7)) {
            peer.send_bytes(piece);
            honest.is_answered();
        }
        assert_eq!(peer.answer().msg, b"pieces");
    }
}
