//! A server and requests that are wrong: each costs its own connection at most.
//!
//! Knows which answer the protocol has for each mistake. Does not know lengths over a limit.

use crate::desk::{Desk, ECHO, HOLD};
use crate::raw::{Answer, Closing, Peer, Request};
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::server::task::Respond;
use razor_stream::server::{RpcServer, ServerConfig};

fn serve<RT: AsyncRuntime>(site: &Site<RT>) -> (RpcServer<RT>, String, Desk) {
    site.serve(ServerConfig::default())
}

/// Checks that a connection lives: one more request is answered.
fn lives(peer: &mut Peer, seq: u64) {
    peer.send(&Request::number(seq, ECHO).msg(b"alive"));
    assert_eq!(peer.answer(), Answer::success(seq, b"alive"));
}

/// Rule S1: wrong magic closes the connection without an answer (case 1).
pub fn wrong_magic_closes_at_once_without_an_answer<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = serve(site);
    for hello in
        [&b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"[..], &[22; 64], &[0; 32], &[0xFF; 32]]
    {
        let mut peer = Peer::connect(&addr);
        peer.send_bytes(hello);
        peer.ends_without_a_byte();
    }
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, ECHO).magic(0x254D));
    peer.ends_without_a_byte();
    assert_eq!(desk.dispatched(), 0);
    lives(&mut Peer::connect(&addr), 1);
}

/// Rules S2 and E2: an unknown version is answered by code 5, and then the stream ends, without a reset that could
/// overtake the answer (case 2).
pub fn an_unknown_version_is_answered_and_then_the_connection_ends<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (_server, addr, desk) = serve(site);
    for version in [0, 2, 255] {
        let mut peer = Peer::connect(&addr);
        let mut bytes = Request::number(77, ECHO).version(version).bytes();
        bytes.extend_from_slice(&[0xAA; 300_000]);
        peer.send_lossy(&bytes);
        assert_eq!(peer.answer(), Answer::framework(77, 5));
        assert_eq!(peer.ends_without_a_byte(), Closing::End);
    }
    assert_eq!(desk.dispatched(), 0);
}

/// Rule Q1: a `seq` that is 0 or does not rise is a framing error; a gap is not (cases 23 and 24).
pub fn a_seq_that_does_not_rise_closes_and_gaps_do_not<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = serve(site);
    let mut zero = Peer::connect(&addr);
    zero.send(&Request::number(0, ECHO));
    zero.ends_without_a_byte();
    assert_eq!(desk.dispatched(), 0);
    for (rising, falling) in [(1, 1), (9, 8), (u64::MAX, 1)] {
        let mut peer = Peer::connect(&addr);
        lives(&mut peer, rising);
        peer.send(&Request::number(falling, ECHO));
        peer.ends_without_a_byte();
    }
    let mut gaps = Peer::connect(&addr);
    for seq in [3, 4, 1 << 40, u64::MAX] {
        lives(&mut gaps, seq);
    }
}

/// Rule S5: a `format` that is not 0 is answered by code 3, and the connection kept (case 3).
pub fn another_format_is_refused_and_the_connection_kept<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = serve(site);
    let mut peer = Peer::connect(&addr);
    for (seq, format) in [(1, 1), (2, 128), (3, 255)] {
        peer.send(&Request::number(seq, ECHO).format(format).msg(b"m").blob(b"b"));
        assert_eq!(peer.answer(), Answer::framework(seq, 3));
    }
    lives(&mut peer, 4);
    assert_eq!(desk.dispatched(), 1);
}

/// Rule S5: an invalid action is answered by its code, and the connection is kept (case 15).
pub fn an_action_that_is_none_is_refused_and_the_connection_kept<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (_server, addr, _desk) = serve(site);
    let mut peer = Peer::connect(&addr);
    let cases = [
        (Request::name(1, b"\xFF\xFE.x").msg(b"m"), 3),
        (Request::name(2, b"").msg(b"m"), 2),
        (Request::name(3, b"No.such"), 2),
        (Request::number(4, 4711), 2),
        (Request::number(5, 0x7FFF_0000), 2),
        (Request::number(6, 0x7FFF_FFFF).msg(b"m"), 2),
        (Request::number(7, 0).msg(b"hello"), 2),
        (Request::number(8, 0).msg(b"hello").blob(b"b"), 2),
        (Request::name(9, b"nul\0\x1b[2J\xE2\x80\xAE"), 2),
    ];
    for (seq, (request, code)) in (1..).zip(cases) {
        peer.send(&request);
        assert_eq!(peer.answer(), Answer::framework(seq, code), "{request:?}");
    }
    peer.send(&Request::name(10, b"Desk.echo").msg(b"by name"));
    assert_eq!(peer.answer(), Answer::success(10, b"by name"));
    lives(&mut peer, 11);
}

/// Rule S1: a connection that ends inside of a frame gets no answer, wherever the frame is cut (case 5).
pub fn a_request_cut_at_each_byte_is_never_dispatched<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = serve(site);
    let bytes = Request::name(2, b"Desk.echo").msg(b"message").blob(b"blob").bytes();
    for cut in 0..bytes.len() {
        let mut peer = Peer::connect(&addr);
        lives(&mut peer, 1);
        peer.send_bytes(&bytes[..cut]);
        peer.half_close();
        assert_eq!(peer.ends_without_a_byte(), Closing::End, "cut at {cut}");
        assert_eq!(desk.dispatched(), cut + 1, "cut at {cut}");
    }
}

/// Case 18: requests in one segment, and in segments of one byte, mean the same.
pub fn requests_mean_the_same_however_they_are_cut<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = serve(site);
    let mut bytes = Request::number(1, ECHO).msg(b"one").bytes();
    bytes.extend(Request::number(2, ECHO).blob(b"two").bytes());
    bytes.extend(Request::name(3, b"Desk.echo").msg(b"three").bytes());
    for step in [bytes.len(), 1, 7, 33] {
        let mut peer = Peer::connect(&addr);
        for part in bytes.chunks(step) {
            peer.send_bytes(part);
        }
        assert_eq!(peer.answer(), Answer::success(1, b"one"));
        let two = Answer { blob: b"two".to_vec(), ..Answer::success(2, b"") };
        assert_eq!(peer.answer(), two);
        assert_eq!(peer.answer(), Answer::success(3, b"three"));
    }
}

/// Case 22, promise 11: bytes out of step end their own connection; what its handlers answer later is thrown away, and
/// other connections do not notice.
pub fn garbage_ends_its_own_connection_alone<RT: AsyncRuntime>(site: &Site<RT>) {
    let (server, addr, desk) = serve(site);
    let (mut good, mut bad) = (Peer::connect(&addr), Peer::connect(&addr));
    good.send(&Request::number(1, HOLD));
    let held = desk.held();
    lives(&mut bad, 1);
    bad.send(&Request::number(2, HOLD));
    let orphan = desk.held();
    bad.send_lossy(&[0x5A; 20_000]);
    bad.end();
    lives(&mut good, 2);
    assert_eq!(desk.dispatched(), 4);
    orphan.success(b"nobody reads this", None);
    held.success(b"kept", None);
    assert_eq!(good.answer(), Answer::success(1, b"kept"));
    lives(&mut good, 3);
    drop(good);
    site.close(server);
}
