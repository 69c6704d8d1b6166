//! Headers that are wrong, numbers that do not rise, and streams that end too early.
//!
//! Knows what ends a connection. Does not know lengths over a limit; `limits` does.

use crate::decoding::{Event, Filling, Reader, Side, replies, requests};
use crate::frames::{RawReply, RawRequest};
use razor_stream::proto::machines::{Decoder, Replies, Requests};
use razor_stream::proto::{FrameError, Limits};

fn sequence(numbers: &[u64]) -> Vec<Event> {
    let bytes: Vec<u8> =
        numbers.iter().flat_map(|seq| RawRequest::num(*seq, 1, b"m", b"").bytes()).collect();
    requests(Limits::default(), &bytes)
}

/// Rule Q1: it may skip, and rises.
///
/// Case 23, case 24
#[test]
fn a_sequence_number_may_skip_and_has_to_rise() {
    let seen = sequence(&[1, 2, 5, 1 << 63, u64::MAX]);
    assert_eq!(seen.len(), 5);
    assert!(seen.iter().all(|event| matches!(event, Event::Request(_))));
    for (numbers, seq, last) in [
        (&[0][..], 0, 0),
        (&[1, 1], 1, 1),
        (&[1, 5, 4], 4, 5),
        (&[3, 0], 0, 3),
        (&[u64::MAX, 0], 0, u64::MAX),
    ] {
        let seen = sequence(numbers);
        assert_eq!(seen.len(), numbers.len(), "{numbers:?}");
        let error = FrameError::Sequence { seq, last };
        assert_eq!(seen.last(), Some(&Event::Broken(error)), "{numbers:?}");
    }
}

/// Rule Q1: pings and refused requests have their numbers too.
#[test]
fn a_ping_and_a_refused_request_use_up_their_sequence_numbers() {
    let limits = Limits::new(10, 10);
    for before in [RawRequest::num(4, 0, b"", b""), RawRequest::num(4, 1, &[0; 11], b"")] {
        for again in [4, 3] {
            let after = RawRequest::num(again, 1, b"m", b"");
            let seen = requests(limits, &[before.bytes(), after.bytes()].concat());
            let error = FrameError::Sequence { seq: again, last: 4 };
            assert_eq!(seen.last(), Some(&Event::Broken(error)));
        }
    }
}

/// Rules S1 and C1: what does not begin as a header ends the connection.
///
/// Case 1
#[test]
fn a_wrong_magic_ends_the_connection() {
    let http = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n";
    let magic = u16::from_le_bytes(*b"GE");
    let error = FrameError::Magic { magic, began: *b"GET /" };
    assert_eq!(error.to_string(), "wrong magic 0x4547, it begins with \"GET /\"");
    assert_eq!(requests(Limits::default(), http), [Event::Broken(error)]);
    assert_eq!(replies(Limits::default(), http), [Event::Broken(error)]);
    for bit in 0..16 {
        let magic = 0x4D25 ^ (1 << bit);
        let request = RawRequest { magic, ..RawRequest::num(1, 1, b"m", b"") };
        let reply = RawReply { magic, ..RawReply::success(1, b"m", b"") };
        let (request, reply) = (request.bytes(), reply.bytes());
        let error = |began| Event::Broken(FrameError::Magic { magic, began });
        assert_eq!(requests(Limits::default(), &request), [error(began(&request))]);
        assert_eq!(replies(Limits::default(), &reply), [error(began(&reply))]);
        // The bytes that follow a frame are not kept, because a user may have sent them.
        let after = |first: Vec<u8>, second: &[u8]| [first, second.to_vec()].concat();
        let first = RawRequest::num(1, 1, b"m", b"").bytes();
        let seen = requests(Limits::default(), &after(first, &request));
        assert_eq!(seen.last(), Some(&error([0; 5])));
        let first = RawReply::success(1, b"m", b"").bytes();
        let seen = replies(Limits::default(), &after(first, &reply));
        assert_eq!(seen.last(), Some(&error([0; 5])));
    }
}

fn began(bytes: &[u8]) -> [u8; 5] {
    *bytes.first_chunk().expect("a header")
}

/// Rules S2 and C1: the error has the version, and the `seq` that has to be answered.
///
/// Case 2
#[test]
fn an_unknown_version_ends_the_connection_and_is_told_with_its_seq() {
    for version in (0..=u8::MAX).filter(|version| *version != 1) {
        let error = Event::Broken(FrameError::Version { version, seq: 77 });
        let request = RawRequest { version, ..RawRequest::num(77, 1, b"m", b"") };
        assert_eq!(requests(Limits::default(), &request.bytes()), std::slice::from_ref(&error));
        let reply = RawReply { version, ..RawReply::success(77, b"m", b"") };
        assert_eq!(replies(Limits::default(), &reply.bytes()), [error]);
    }
}

/// Rule C1: 253 flags are unknown.
///
/// Case 4
#[test]
fn an_unknown_flag_ends_the_connection() {
    for flag in 3..=u8::MAX {
        let reply = RawReply::head(flag, 1, 0, 0).bytes();
        let seen = replies(Limits::default(), &reply);
        assert_eq!(seen, [Event::Broken(FrameError::Flag(flag))]);
    }
}

/// Rule C1: a negative length.
///
/// Case 11
#[test]
fn a_negative_blob_length_ends_the_connection_whatever_the_flag() {
    for flag in 0..3 {
        for len in [-1, -20, i32::MIN] {
            let reply = RawReply::head(flag, 1, 0, len).bytes();
            let seen = replies(Limits::default(), &reply);
            assert_eq!(seen, [Event::Broken(FrameError::Negative(len))]);
        }
    }
}

/// Rule R3: the number stands in the place of a length, and is not read as a length.
///
/// Case 12
#[test]
fn an_error_number_is_never_taken_for_a_length() {
    for number in [0, 1, 255, 0x7FFF_FFFF, 0x8000_0000, u32::MAX] {
        let bytes =
            [RawReply::head(1, 1, number, 0).bytes(), RawReply::success(2, b"next", b"").bytes()];
        let next = Event::Success { seq: 2, msg: b"next".to_vec(), blob: Vec::new() };
        let seen = replies(Limits::new(10, 10), &bytes.concat());
        assert_eq!(seen, [Event::Number { seq: 1, number }, next]);
    }
}

/// Case 20
#[test]
fn a_frame_without_message_and_blob_is_a_frame() {
    let seen = requests(Limits::default(), &RawRequest::num(1, 1, b"", b"").bytes());
    assert!(matches!(&seen[..], [Event::Request(asked)] if asked.msg.is_empty() && !asked.ping));
    let seen = replies(Limits::default(), &RawReply::success(1, b"", b"").bytes());
    assert_eq!(seen, [Event::Success { seq: 1, msg: Vec::new(), blob: Vec::new() }]);
}

/// Ends the stream after every number of bytes; `boundaries` are the ends of frames.
fn ends_everywhere<S: Side>(limits: Limits, bytes: &[u8], boundaries: &[usize]) {
    for at in 0..=bytes.len() {
        let mut reader = Reader::<S>::new(limits);
        reader.arrive(&bytes[..at], Filling::Exact);
        let whole = boundaries.iter().filter(|end| (1..=at).contains(*end)).count();
        let frames =
            reader.events.iter().filter(|event| !matches!(event, Event::Refused { .. })).count();
        assert_eq!(frames, whole, "only whole frames come out of {at} bytes");
        let expected = if boundaries.contains(&at) { Ok(()) } else { Err(FrameError::Truncated) };
        assert_eq!(reader.end(), expected, "the end after {at} bytes");
    }
}

/// Rule S1: the connection ends inside a frame.
///
/// Case 5
#[test]
fn an_end_of_the_stream_is_clean_only_between_frames() {
    let first = RawRequest::named(1, b"Service.method", b"message", b"blob").bytes();
    let ping = RawRequest::num(2, 0, b"", b"p").bytes();
    let boundaries = [0, first.len(), first.len() + ping.len()];
    ends_everywhere::<Decoder<Requests>>(Limits::default(), &[first, ping].concat(), &boundaries);
    let first = RawReply::success(1, b"message", b"blob").bytes();
    let error = RawReply::text(2, 3, b"rpc_decode").bytes();
    let boundaries = [0, first.len(), first.len() + error.len()];
    ends_everywhere::<Decoder<Replies>>(Limits::default(), &[first, error].concat(), &boundaries);
}

/// Rule S1: also inside a frame that is gathered in buffers of its own, or thrown away.
///
/// Case 5
#[test]
fn an_end_inside_a_large_or_a_refused_frame_is_told() {
    let large = RawRequest::num(1, 1, &[1; 40 << 10], &[2; 40 << 10]).bytes();
    for at in [31, 32, 33, 32 + (40 << 10), large.len() - 1, large.len()] {
        let mut reader = Reader::<Decoder<Requests>>::new(Limits::default());
        reader.arrive(&large[..at], Filling::Exact);
        assert_eq!(reader.end().is_ok(), at == large.len(), "{at}");
    }
    let refused = RawRequest::num(1, 1, &[1; 15], b"").bytes();
    for at in 32..=refused.len() {
        let mut reader = Reader::<Decoder<Requests>>::new(Limits::new(10, 10));
        reader.arrive(&refused[..at], Filling::Exact);
        assert_eq!(reader.events, [Event::Refused { seq: 1 }]);
        assert_eq!(reader.end().is_ok(), at == refused.len(), "{at}");
    }
}
