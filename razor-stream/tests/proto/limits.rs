//! Lengths at, over and far over a limit: what is taken, what is refused, and what ends the connection.
//!
//! Knows the boundaries. Does not know memory; `announced_lengths_cost_nothing.rs` does.

use crate::decoding::{Action, Event, replies, requests};
use crate::frames::{NAMED, RawReply, RawRequest, len32};
use razor_stream::bytes::Bytes;
use razor_stream::proto::machines::{Output, RequestFrame};
use razor_stream::proto::{
    ActionError, FrameError, FrameTooLarge, FrameworkCode, Limit, Limits, RpcAction,
};

const MSG: u32 = 100;
const BLOB: u32 = 300;

fn small() -> Limits {
    Limits::new(MSG, BLOB)
}

/// What becomes of a frame by its lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Taken,
    Refused,
    Closes,
}

/// Each length around its boundaries, alone and together with one of the other part.
fn boundaries() -> Vec<(u32, u32, Fate)> {
    let fate = |len: u32, limit: u32| match len {
        _ if len <= limit => Fate::Taken,
        _ if len <= 2 * limit => Fate::Refused,
        _ => Fate::Closes,
    };
    let around = |limit| [0, limit - 1, limit, limit + 1, 2 * limit - 1, 2 * limit, 2 * limit + 1];
    let mut all = Vec::new();
    for msg in around(MSG) {
        for blob in around(BLOB) {
            let worst = match (fate(msg, MSG), fate(blob, BLOB)) {
                (Fate::Closes, _) | (_, Fate::Closes) => Fate::Closes,
                (Fate::Refused, _) | (_, Fate::Refused) => Fate::Refused,
                _ => Fate::Taken,
            };
            all.push((msg, blob, worst));
        }
    }
    all
}

/// Rules S3 and S4: up to twice a limit the frame is refused and the next one is taken; beyond, it is the end.
///
/// Case 9, case 21
#[test]
fn a_request_at_each_side_of_the_limits_meets_its_fate_and_the_next_one_is_intact() {
    for (msg, blob, fate) in boundaries() {
        let body = |len: u32| vec![0x4D; len as usize];
        let first = RawRequest::num(1, 5, &body(msg), &body(blob)).bytes();
        let second = RawRequest::named(2, b"S.m", b"next", b"intact").bytes();
        let seen = requests(small(), &[first, second].concat());
        let (last, others) = seen.split_last().expect("something happens");
        match (fate, others, last) {
            (Fate::Taken, [Event::Request(first)], Event::Request(next)) => {
                assert_eq!(
                    (first.seq, first.msg.len(), first.blob.len()),
                    (1, msg as usize, blob as usize)
                );
                assert_eq!(
                    (next.seq, &next.msg[..], &next.blob[..]),
                    (2, &b"next"[..], &b"intact"[..])
                );
            }
            (Fate::Refused, [Event::Refused { seq: 1 }], Event::Request(next)) => {
                assert_eq!(
                    (next.seq, &next.msg[..], &next.blob[..]),
                    (2, &b"next"[..], &b"intact"[..])
                );
            }
            (Fate::Closes, [], Event::Broken(error)) => {
                assert_eq!(*error, FrameError::Length { seq: 1, action: 0, msg, blob });
            }
            _ => panic!("message {msg}, blob {blob}: {fate:?}, but {seen:?}"),
        }
    }
}

/// Rule C2: a reply over a limit fails its call and the connection goes on. Beyond twice the limit it ends.
///
/// Case 9, case 21
#[test]
fn a_reply_at_each_side_of_the_limits_meets_its_fate_and_the_next_one_is_intact() {
    for (msg, blob, fate) in boundaries() {
        let body = |len: u32| vec![0x4D; len as usize];
        let first = RawReply::success(8, &body(msg), &body(blob)).bytes();
        let second = RawReply::success(2, b"next", b"intact").bytes();
        let next = Event::Success { seq: 2, msg: b"next".to_vec(), blob: b"intact".to_vec() };
        let expected = match fate {
            Fate::Taken => vec![Event::Success { seq: 8, msg: body(msg), blob: body(blob) }, next],
            Fate::Refused => vec![Event::Refused { seq: 8 }, next],
            Fate::Closes => {
                vec![Event::Broken(FrameError::Length { seq: 8, action: 0, msg, blob })]
            }
        };
        assert_eq!(replies(small(), &[first, second].concat()), expected, "{msg}, {blob}");
    }
}

/// Rule R7: a client accepts error strings up to its message limit; one over it concerns that call only.
#[test]
fn an_error_string_is_limited_like_a_message() {
    let next = RawReply::head(1, 2, 5, 0).bytes();
    let then = Event::Number { seq: 2, number: 5 };
    for (len, taken) in [(MSG - 1, true), (MSG, true), (MSG + 1, false), (2 * MSG, false)] {
        let text = vec![b'e'; len as usize];
        let seen = replies(small(), &[RawReply::text(1, 0, &text).bytes(), next.clone()].concat());
        let first =
            if taken { Event::Text { seq: 1, code: 0, text } } else { Event::Refused { seq: 1 } };
        assert_eq!(seen, [first, then.clone()], "{len}");
    }
    let beyond = RawReply::text(1, 0, &[b'e'; 2 * MSG as usize + 1]).bytes();
    let error = FrameError::Length { seq: 1, action: 0, msg: 0, blob: 2 * MSG + 1 };
    assert_eq!(replies(small(), &beyond), [Event::Broken(error)]);
}

/// Rule S4: an action string over 256 bytes is never read.
///
/// Case 14, case 21
#[test]
fn an_action_string_of_256_bytes_is_taken_and_one_byte_more_ends_the_connection() {
    for len in [1, 255, 256] {
        let name = "a".repeat(len);
        let seen = requests(small(), &RawRequest::named(1, name.as_bytes(), b"m", b"b").bytes());
        let [Event::Request(asked)] = &seen[..] else { panic!("{len}: {seen:?}") };
        assert_eq!(asked.action, Ok(Action::Str(name)));
        assert_eq!((&asked.msg[..], &asked.blob[..]), (&b"m"[..], &b"b"[..]));
    }
    for len in [257, 512, 4096, 0x7FFF_FFFF] {
        let head = RawRequest::announcing(1, NAMED | len, 0, 0).bytes();
        let error = FrameError::Length { seq: 1, action: len, msg: 0, blob: 0 };
        assert_eq!(requests(small(), &head), [Event::Broken(error)], "{len}");
    }
}

/// Rule S5: these are errors of one request.
///
/// Case 3, case 15
#[test]
fn an_action_that_means_nothing_is_told_and_the_connection_goes_on() {
    let mut format = RawRequest::num(5, 1, b"m", b"");
    format.format = 9;
    let bytes = [
        RawRequest::named(1, b"", b"m", b"").bytes(),
        RawRequest::named(2, b"S.\xff\xfe", b"m", b"").bytes(),
        RawRequest::num(3, 0x7FFF_0000, b"m", b"").bytes(),
        RawRequest::num(4, 0, b"not a ping", b"").bytes(),
        format.bytes(),
        RawRequest::named(6, "S.\0\u{202e}\x1b".as_bytes(), b"m", b"").bytes(),
    ];
    let seen = requests(small(), &bytes.concat());
    let actions: Vec<_> = seen
        .into_iter()
        .map(|event| match event {
            Event::Request(asked) => {
                assert!(!asked.ping, "{asked:?}");
                asked.action
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let odd = Action::Str("S.\0\u{202e}\x1b".to_string());
    let (method, decode) = (Err(FrameworkCode::NoMethod), Err(FrameworkCode::Undecodable));
    let expected = [method.clone(), decode.clone(), method.clone(), method, decode, Ok(odd)];
    assert_eq!(actions, expected);
}

/// Rule Q2: the blob of a ping may have 4 KiB, whatever the limits of requests are.
#[test]
fn the_blob_of_a_ping_has_a_limit_of_its_own() {
    for limits in [Limits::new(10, 10), Limits::default()] {
        for (len, taken) in
            [(0, true), (1, true), (4095, true), (4096, true), (4097, false), (8192, false)]
        {
            let ping = RawRequest::num(1, 0, b"", &vec![0x25; len]).bytes();
            let next = RawRequest::num(2, 1, b"next", b"").bytes();
            let seen = requests(limits, &[ping, next].concat());
            match &seen[..] {
                [Event::Request(ping), Event::Request(next)] if taken => {
                    assert!(ping.ping && ping.seq == 1 && !next.ping && next.seq == 2);
                }
                [Event::Refused { seq: 1 }, Event::Request(next)] if !taken => {
                    assert_eq!(next.seq, 2);
                }
                _ => panic!("{len}: {seen:?}"),
            }
        }
        let beyond = RawRequest::announcing(1, 0, 0, 8193).bytes();
        let error = FrameError::Length { seq: 1, action: 0, msg: 0, blob: 8193 };
        assert_eq!(requests(limits, &beyond), [Event::Broken(error)]);
    }
}

/// Case 8, case 10, case 13: a length is unsigned, and the sum of two does not wrap around.
#[test]
fn lengths_that_a_narrower_number_would_take_wrongly_end_the_connection() {
    let huge = [0x8000_0000, 0x8000_0001, u32::MAX - 31, u32::MAX];
    let cases = huge.iter().flat_map(|huge| [(*huge, 0), (0, *huge), (*huge, *huge), (*huge, 33)]);
    for (msg, blob) in cases {
        for action in [1, NAMED | 3, 0] {
            let bytes = RawRequest::announcing(1, action, msg, blob).bytes();
            let action = if action & NAMED == 0 { 0 } else { action & !NAMED };
            let error = FrameError::Length { seq: 1, action, msg, blob };
            assert_eq!(requests(Limits::default(), &bytes), [Event::Broken(error)]);
        }
        if let (msg, Ok(blob_len)) = (msg, i32::try_from(blob)) {
            let bytes = RawReply::head(0, 1, msg, blob_len).bytes();
            let error = FrameError::Length { seq: 1, action: 0, msg, blob };
            assert_eq!(replies(Limits::default(), &bytes), [Event::Broken(error)]);
        }
    }
}

/// Case 10: what follows a header whose lengths are refused is never taken for a frame.
#[test]
fn no_frame_is_smuggled_in_the_tail_of_a_refused_one() {
    let smuggled = RawRequest::named(1000, b"Admin.delete", b"all", b"").bytes();
    let reply = RawReply::success(1000, b"smuggled", b"").bytes();
    for tail in [smuggled, reply] {
        // Discarded whole: only what comes after it is a frame.
        let blob = [&tail[..], &vec![0; 400 - tail.len()][..]].concat();
        let honest = RawRequest::num(2, 1, b"honest", b"").bytes();
        let seen = requests(small(), &[RawRequest::num(1, 1, b"", &blob).bytes(), honest].concat());
        assert!(
            matches!(&seen[..], [Event::Refused { seq: 1 }, Event::Request(next)] if next.seq == 2),
            "{seen:?}"
        );
        // Not discarded, because it is too much: nothing comes after it.
        for blob_len in [0x8000_0000, 0x8000_0001, u32::MAX] {
            let mut lying = RawRequest::announcing(1, 1, 0, blob_len);
            lying.body.clone_from(&tail);
            let seen = requests(small(), &lying.bytes());
            assert!(matches!(seen[..], [Event::Broken(FrameError::Length { .. })]), "{seen:?}");
        }
        // A negative length, seen from the client.
        let mut lying = RawReply::head(0, 1, 0, -len32(tail.len()).cast_signed());
        lying.body.clone_from(&tail);
        let seen = replies(small(), &lying.bytes());
        assert!(matches!(seen[..], [Event::Broken(FrameError::Negative(_))]), "{seen:?}");
    }
}

/// Case 16, case 21: the sender's own limits.
#[test]
fn a_sender_refuses_what_is_over_its_own_limits() {
    let finish = |msg: u32, blob: u32| {
        let mut frame = RequestFrame::begin(Vec::new(), RpcAction::Num(1), 0).unwrap();
        frame.resize(frame.len() + msg as usize, 7);
        RequestFrame::finish(frame, Some(Bytes::from(vec![8; blob as usize])), &small())
    };
    for (msg, blob) in [(MSG - 1, BLOB - 1), (MSG, BLOB), (0, 0)] {
        assert_eq!(finish(msg, blob).unwrap().len(), 32 + (msg + blob) as usize);
    }
    for (msg, blob) in [(MSG + 1, 0), (0, BLOB + 1), (MSG + 1, BLOB + 1)] {
        let error = finish(msg, blob).unwrap_err();
        assert_eq!((error.msg, error.blob, error.limits), (msg as usize, blob as usize, small()));
    }
    let long = "x".repeat(257);
    for (action, error) in [
        (RpcAction::Num(0), ActionError::Reserved(0)),
        (RpcAction::Num(0x7FFF_0000), ActionError::Reserved(0x7FFF_0000)),
        (RpcAction::Num((-1_i32).cast_unsigned()), ActionError::Reserved(u32::MAX)),
        (RpcAction::Str(""), ActionError::Empty),
        (RpcAction::Str(&long), ActionError::TooLong(257)),
    ] {
        assert_eq!(RequestFrame::begin(Vec::new(), action, 0).unwrap_err(), error);
    }
}

/// Case 71: nothing is appended for a result over the limit, and the answers around it stay whole.
#[test]
fn a_result_over_the_limit_leaves_no_trace_in_the_output() {
    let mut output = Output::default();
    let mut push = |seq, msg: u32, blob: u32| {
        let blob = Some(Bytes::from(vec![2; blob as usize]));
        output.push_success::<FrameTooLarge>(seq, &small(), blob, |bytes| {
            bytes.resize(bytes.len() + msg as usize, 1);
            Ok(())
        })
    };
    assert_eq!(push(1, MSG, BLOB), Ok(()));
    assert!(push(2, MSG + 1, 0).is_err());
    assert!(push(3, 0, BLOB + 1).is_err());
    assert_eq!(push(4, 0, 0), Ok(()));
    assert_eq!((output.frames(), output.len()), (2, 40 + (MSG + BLOB) as usize));
}

/// Case 10: a blob's length has 31 bits, whatever the configuration says.
#[test]
fn a_blob_limit_is_cut_to_what_the_wire_can_express() {
    assert_eq!(Limits::new(1, u32::MAX).blob, 0x7FFF_FFFF);
    assert_eq!(Limits::new(1, 0x7FFF_FFFE).blob, 0x7FFF_FFFE);
    let mut set_later = Limits::default();
    set_later.blob = u32::MAX;
    for limits in [Limits::new(0, u32::MAX), set_later] {
        assert_eq!(limits.check(0, 0x7FFF_FFFF), Limit::Within);
        assert_eq!(limits.check(0, 0x8000_0000), Limit::Discard);
        assert_eq!(limits.check(0, u32::MAX), Limit::Close);
    }
}

/// Case 13: twice a limit may be more than 32 bits can hold.
#[test]
fn twice_a_large_limit_does_not_wrap_around() {
    for limit in [0x8000_0000, 0x8000_0001, 0xC000_0000, u32::MAX - 1] {
        let limits = Limits::new(limit, 0);
        assert_eq!(limits.check(limit, 0), Limit::Within);
        assert_eq!(limits.check(limit + 1, 0), Limit::Discard);
        assert_eq!(limits.check(u32::MAX, 0), Limit::Discard);
    }
}
