//! A client and its replies: in any order, over a limit, for no call, and so wrong that the connection has to be
//! closed.
//!
//! Knows the result that each reply gives its call. Does not know deadlines.

use crate::raw::{Pair, answer};
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::client::ClientConfig;
use razor_stream::error::{EncodedErr, Outcome, RpcErrKind, RpcError};
use razor_stream::proto::Limits;

fn pair<RT: AsyncRuntime>(site: &Site<RT>) -> Pair<RT> {
    Pair::new(site, ClientConfig::default().with_limits(Limits::new(1000, 2000)))
}

/// Rules R1 and Q1: requests are written in the order of submission, `seq` from 1; replies come in any order (case 30).
pub fn replies_find_their_calls_in_any_order<RT: AsyncRuntime>(site: &Site<RT>) {
    let mut pair = pair(site);
    let mut asked = pair.calls_received(60);
    for (seq, (number, (_, asked))) in (1..).zip((0..).zip(&asked)) {
        assert_eq!((asked.seq, asked.action, &asked.msg), (seq, 1, &vec![number]));
    }
    asked.reverse();
    asked.rotate_left(17);
    for (_, asked) in &asked {
        pair.peer.send_bytes(&asked.success(&[asked.msg[0], 7]));
    }
    for (call, asked) in asked {
        assert_eq!(pair.calls.message(call), [asked.msg[0], 7]);
    }
    pair.calls.all_ended();
}

/// Checks that `reply` ends every pending call with outcome `Unknown`, and ends the connection.
fn breaks<RT: AsyncRuntime>(site: &Site<RT>, reply: &[u8], kind: RpcErrKind) {
    let mut pair = pair(site);
    let pending = pair.calls_received(3);
    pair.peer.send_bytes(reply);
    for (call, _) in pending {
        pair.calls.fails(call, kind, Outcome::Unknown);
    }
    pair.peer.end();
    let late = pair.call(b"late");
    assert_eq!(pair.calls.failure(late).outcome(), Outcome::NotSent);
    pair.calls.all_ended();
}

/// Rule C1: a header that is wrong ends every pending call and the connection (cases 1, 2, 9 and 11).
pub fn a_broken_header_ends_the_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    let magic = answer(0, 0, 1, 0, b"").iter().map(|byte| !byte).collect::<Vec<_>>();
    breaks(site, &magic, RpcErrKind::Protocol);
    breaks(site, &answer(0, 0, 1, -1, b""), RpcErrKind::Protocol);
    breaks(site, &answer(2, 0, 1, i32::MIN, b""), RpcErrKind::Protocol);
    breaks(site, &answer(0, 2001, 1, 0, b""), RpcErrKind::Protocol);
    breaks(site, &answer(0, u32::MAX, 1, 0, b""), RpcErrKind::Protocol);
    breaks(site, &answer(0, 0, 1, 4001, b""), RpcErrKind::Protocol);
    breaks(site, &answer(2, 0, 1, i32::MAX, b""), RpcErrKind::Protocol);
    for version in [0, 2, 255] {
        let mut other = answer(0, 0, 1, 0, b"");
        other[2] = version;
        breaks(site, &other, RpcErrKind::Version);
    }
}

/// Rule C1: no flag over 2 is known (case 4).
pub fn an_unknown_flag_ends_the_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    for flag in 3..=255 {
        breaks(site, &answer(flag, 0, 1, 0, b""), RpcErrKind::Protocol);
    }
}

/// Rule C2: a reply over a limit, up to twice the limit, fails its own call; the connection lives (case 9).
pub fn a_reply_over_a_limit_fails_its_own_call<RT: AsyncRuntime>(site: &Site<RT>) {
    let mut pair = pair(site);
    for (msg, blob) in [(1001, 0), (2000, 5), (3, 2001), (2000, 4000)] {
        let asked = pair.calls_received(2);
        let tail = vec![0x25; usize::try_from(msg).expect("small") + blob];
        let blob = i32::try_from(blob).expect("small");
        pair.peer.send_bytes(&answer(0, msg, asked[0].1.seq, blob, &tail));
        pair.peer.send_bytes(&asked[1].1.success(b"next"));
        pair.calls.fails(asked[0].0, RpcErrKind::TooLarge, Outcome::Executed);
        assert_eq!(pair.calls.message(asked[1].0), b"next");
    }
    let asked = pair.calls_received(1);
    pair.peer.send_bytes(&answer(2, 0, asked[0].1.seq, 1500, &[b'e'; 1500]));
    pair.calls.fails(asked[0].0, RpcErrKind::TooLarge, Outcome::Executed);
    pair.lives();
    pair.calls.all_ended();
}

/// Rule C3: replies for no call are skipped and counted; the sixteenth closes the connection (cases 26 and 27).
pub fn sixteen_replies_to_nothing_close_the_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    let mut pair = pair(site);
    pair.lives();
    let strays = [1, 1000, 1001, u64::MAX, 1 << 40];
    for at in 0..15 {
        pair.peer.send_bytes(&answer(0, 3, strays[at % strays.len()], 2, b"stray"));
    }
    pair.lives();
    assert_eq!(pair.client.stats().stray_replies, 15);
    let (pending, _) = pair.calls_received(1).remove(0);
    pair.peer.send_bytes(&answer(0, 0, 1, 0, b""));
    pair.calls.fails(pending, RpcErrKind::Protocol, Outcome::Unknown);
    pair.peer.end();
    pair.calls.all_ended();
}

/// Rule C4: `seq` 0 is reserved for control: the reply is skipped by its lengths, and not counted.
pub fn seq_zero_is_ignored<RT: AsyncRuntime>(site: &Site<RT>) {
    let mut pair = pair(site);
    for _ in 0..100 {
        pair.peer.send_bytes(&answer(0, 3, 0, 4, b"control"));
    }
    pair.lives();
    assert_eq!(pair.client.stats().stray_replies, 0);
}

/// Rule R3: an error number is delivered as it is, also a number that looks like a length of 4 GiB (case 12).
pub fn an_error_number_is_delivered_as_it_is<RT: AsyncRuntime>(site: &Site<RT>) {
    let mut pair = pair(site);
    for number in [0, 1, 0x7FFF_FFFF, 0x8000_0000, u32::MAX] {
        let (call, asked) = pair.calls_received(1).remove(0);
        pair.peer.send_bytes(&answer(1, number, asked.seq, 0, b""));
        match pair.calls.end(call) {
            Err(RpcError::User(EncodedErr::Num(got))) => assert_eq!(got, number),
            other => panic!("{number}: {other:?}"),
        }
    }
    pair.lives();
}

/// Rules R4 and R5: a code decides, whatever the text is; without a code only the exact strings are the framework's
/// (case 81).
pub fn the_code_decides_and_without_one_the_exact_string<RT: AsyncRuntime>(site: &Site<RT>) {
    use Outcome::{Executed, Refused, Unknown};
    let mut pair = pair(site);
    let framework = [
        (1, "rpc_service_notfound", RpcErrKind::Service, Refused),
        (2, "rpc_method_notfound", RpcErrKind::Method, Refused),
        (3, "rpc_decode", RpcErrKind::Decode, Refused),
        (4, "rpc_decode", RpcErrKind::TooLarge, Refused),
        (5, "rpc_invalid_ver", RpcErrKind::Version, Refused),
        (6, "rpc_unreachable", RpcErrKind::Overloaded, Refused),
        (7, "rpc_unreachable", RpcErrKind::Closing, Refused),
        (8, "rpc_internal_err", RpcErrKind::Internal, Executed),
        (9, "rpc_encode", RpcErrKind::Encode, Executed),
        (10, "rpc_timeout", RpcErrKind::Timeout, Executed),
        (6, "any text", RpcErrKind::Overloaded, Refused),
        (11, "rpc_timeout", RpcErrKind::Internal, Unknown),
        (u32::MAX, "", RpcErrKind::Internal, Unknown),
        (0, "rpc_timeout", RpcErrKind::Timeout, Unknown),
        (0, "rpc_io_err", RpcErrKind::IO, Unknown),
    ];
    for (code, text, kind, outcome) in framework {
        let (call, asked) = pair.calls_received(1).remove(0);
        let len = i32::try_from(text.len()).expect("short");
        pair.peer.send_bytes(&answer(2, code, asked.seq, len, text.as_bytes()));
        pair.calls.fails(call, kind, outcome);
    }
    for text in ["", "rpc_", "rpc_timeouts", "RPC_TIMEOUT", "no funds"] {
        let (call, asked) = pair.calls_received(1).remove(0);
        let len = i32::try_from(text.len()).expect("short");
        pair.peer.send_bytes(&answer(2, 0, asked.seq, len, text.as_bytes()));
        match pair.calls.end(call) {
            Err(RpcError::User(error)) => assert_eq!(error.as_bytes(), Some(text.as_bytes())),
            other => panic!("{text:?}: {other:?}"),
        }
    }
}

/// Case 18: replies in one segment, and in segments of one byte, mean the same.
pub fn replies_mean_the_same_however_they_are_cut<RT: AsyncRuntime>(site: &Site<RT>) {
    let mut pair = pair(site);
    for step in [1, 7, 21, 1000] {
        let asked = pair.calls_received(3);
        let bytes: Vec<u8> = asked
            .iter()
            .flat_map(|(call, asked)| asked.success(call.to_string().as_bytes()))
            .collect();
        bytes.chunks(step).for_each(|part| pair.peer.send_bytes(part));
        for (call, _) in asked {
            assert_eq!(pair.calls.message(call), call.to_string().as_bytes());
        }
    }
}
