//! A server and lengths over its limits: a length a little over a limit costs an answer, a length far over it the
//! connection.
//!
//! Knows the table of errors of the protocol. Does not know handlers.

use crate::desk::{Desk, ECHO};
use crate::raw::{Answer, Closing, Peer, Request};
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::proto::Limits;
use razor_stream::server::{RpcServer, ServerConfig};

const MSG: u32 = 1000;
const BLOB: u32 = 50_000;

fn serve<RT: AsyncRuntime>(site: &Site<RT>) -> (RpcServer<RT>, String, Desk) {
    site.serve(ServerConfig::default().with_limits(Limits::new(MSG, BLOB)))
}

fn bytes(len: u32) -> Vec<u8> {
    (0..len).map(|at| u8::try_from(at % 251).expect("a byte")).collect()
}

/// Case 21: a message, a blob and a name of exactly the limit are taken.
pub fn a_frame_of_exactly_the_limits_is_taken<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = serve(site);
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, ECHO).msg(&bytes(MSG)).blob(&bytes(BLOB)));
    let answer = Answer { blob: bytes(BLOB), ..Answer::success(1, &bytes(MSG)) };
    assert!(peer.answer() == answer, "the echo differs");
    peer.send(&Request::name(2, &[b'x'; 256]));
    assert_eq!(peer.answer(), Answer::framework(2, 2), "a name of 256 bytes is only unknown");
    assert_eq!(desk.dispatched(), 2);
}

/// Rule S3: a frame with a length over its limit, up to twice the limit, is thrown away and answered by code 4; the
/// connection lives (case 9).
pub fn a_frame_over_a_limit_is_refused_and_the_connection_kept<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = serve(site);
    let mut peer = Peer::connect(&addr);
    let over = [(MSG + 1, 0), (2 * MSG, 7), (0, BLOB + 1), (3, 2 * BLOB), (2 * MSG, 2 * BLOB)];
    for (seq, (msg, blob)) in (1..).step_by(2).zip(over) {
        let mut both = Request::number(seq, ECHO).msg(&bytes(msg)).blob(&bytes(blob)).bytes();
        both.extend(Request::number(seq + 1, ECHO).msg(b"next").bytes());
        peer.send_bytes(&both);
        assert_eq!(peer.answer(), Answer::framework(seq, 4), "{msg} and {blob} bytes");
        assert_eq!(peer.answer(), Answer::success(seq + 1, b"next"));
    }
    assert_eq!(desk.dispatched(), over.len());
}

/// Rules S4 and E2: a length far over its limit is answered by code 4, and then the connection ends. Garbage that is
/// under way does not let a reset overtake the answer (cases 8, 9, 10 and 14).
pub fn a_frame_far_over_a_limit_is_answered_and_then_the_connection_ends<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (_server, addr, desk) = serve(site);
    let lies = [
        Request::number(9, ECHO).announce(2 * MSG + 1, 0),
        Request::number(9, ECHO).announce(0, 2 * BLOB + 1),
        Request::number(9, ECHO).announce(u32::MAX, 0),
        Request::number(9, ECHO).announce(0, 1 << 31),
        Request::number(9, ECHO).announce(0, (1 << 31) + 1),
        Request::number(9, ECHO).announce(0, u32::MAX),
        Request::number(9, ECHO).announce(u32::MAX, u32::MAX),
        Request::number(9, 0).announce(0, 8193),
        Request::name(9, &[b'x'; 257]),
        Request::number(9, ECHO).announce_name(0x7FFF_FFFF),
    ];
    for lie in lies {
        let mut peer = Peer::connect(&addr);
        peer.send(&Request::number(8, ECHO));
        assert_eq!(peer.answer(), Answer::success(8, b""));
        // The bytes that follow look like requests, and must not be taken for any.
        let mut bytes = lie.bytes();
        for seq in 10..10_000 {
            bytes.extend(Request::number(seq, ECHO).bytes());
        }
        peer.send_lossy(&bytes);
        assert_eq!(peer.answer(), Answer::framework(9, 4), "{lie:?}");
        assert_eq!(peer.ends_without_a_byte(), Closing::End, "{lie:?}");
    }
    assert_eq!(desk.dispatched(), 10, "one request of each connection");
}

/// Case 20: a message and a blob of no length are valid.
pub fn an_empty_request_is_valid<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = serve(site);
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, ECHO));
    assert_eq!(peer.answer(), Answer::success(1, b""));
}
