//! However a stream of frames is cut, the same frames come out.
//!
//! Knows how to cut. Does not know what the frames mean.

use crate::decoding::{Event, Filling, Side, events};
use crate::frames::{RawReply, RawRequest};
use crate::golden::{connections, stream};
use proptest::prelude::*;
use razor_stream::proto::Limits;
use razor_stream::proto::machines::{Decoder, Replies, Requests};

/// Cuts at every position into two, and into single bytes.
fn is_the_same_however_cut<S: Side>(limits: Limits, bytes: &[u8]) -> Vec<Event> {
    let whole = events::<S>(limits, bytes, &[], Filling::Exact);
    for at in 1..bytes.len() {
        assert_eq!(events::<S>(limits, bytes, &[at, bytes.len()], Filling::Exact), whole, "{at}");
    }
    assert_eq!(events::<S>(limits, bytes, &[1], Filling::Exact), whole);
    whole
}

/// Case 18
#[test]
fn captured_frames_are_the_same_however_they_are_cut() {
    for connection in connections() {
        let requests = stream(&connection, "request");
        let seen = is_the_same_however_cut::<Decoder<Requests>>(Limits::default(), &requests);
        assert_eq!(seen.len(), connection.len());
        let replies = stream(&connection, "response");
        let seen = is_the_same_however_cut::<Decoder<Replies>>(Limits::default(), &replies);
        assert_eq!(seen.len(), connection.len());
    }
}

/// Case 18: with frames among them that are refused.
#[test]
fn refused_frames_are_the_same_however_they_are_cut() {
    let limits = Limits::new(40, 60);
    let requests = [
        RawRequest::num(1, 1, b"within", b"").bytes(),
        RawRequest::num(2, 1, &[1; 41], b"with a blob").bytes(),
        RawRequest::named(3, b"S.m", b"within", &[2; 120]).bytes(),
        RawRequest::named(9, b"S.m", &[3; 40], &[4; 60]).bytes(),
    ]
    .concat();
    let seen = is_the_same_however_cut::<Decoder<Requests>>(limits, &requests);
    assert!(matches!(
        &seen[..],
        [
            Event::Request(_),
            Event::Refused { seq: 2 },
            Event::Refused { seq: 3 },
            Event::Request(_)
        ]
    ));
    let replies = [
        RawReply::success(7, &[1; 41], b"").bytes(),
        RawReply::text(3, 0, &[b'e'; 80]).bytes(),
        RawReply::success(2, b"", &[5; 61]).bytes(),
        RawReply::head(1, 1, u32::MAX, 0).bytes(),
    ]
    .concat();
    let seen = is_the_same_however_cut::<Decoder<Replies>>(limits, &replies);
    let refused = |seq| Event::Refused { seq };
    let last = Event::Number { seq: 1, number: u32::MAX };
    assert_eq!(seen, [refused(7), refused(3), refused(2), last]);
}

/// Lengths around everything that decides how a part is kept: nothing, small, as large as the largest frame
/// that stays in the read buffer, as the buffer, beyond.
fn length() -> impl Strategy<Value = usize> {
    prop_oneof![
        3 => Just(0),
        8 => 1usize..300,
        2 => (32usize << 10) - 60..(32 << 10) + 60,
        2 => (64usize << 10) - 60..(64 << 10) + 60,
        2 => 33usize << 10..300 << 10,
    ]
}

/// Pieces of one kind: single bytes, small, of the size of a segment, of several buffers.
fn pieces() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        prop::collection::vec(1usize..60, 1..20),
        prop::collection::vec(1usize..3000, 1..20),
        prop::collection::vec(1usize..200_000, 1..20),
    ]
}

fn filling() -> impl Strategy<Value = Filling> {
    prop_oneof![Just(Filling::Exact), Just(Filling::Overshooting)]
}

/// Bytes in which a frame that was read at the wrong place would show.
fn pattern(len: usize, salt: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from((at * 31 + at / 251 + salt) % 256).expect("a byte")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Case 18: large frames, of which some parts get buffers of their own.
    #[test]
    fn large_and_small_requests_are_the_same_however_they_are_cut(
        frames in prop::collection::vec((any::<bool>(), length(), length()), 1..6),
        pieces in pieces(),
        filling in filling(),
    ) {
        let mut bytes = Vec::new();
        for (index, (named, msg, blob)) in frames.iter().enumerate() {
            let seq = index as u64 + 1;
            let (msg, blob) = (pattern(*msg, index), pattern(*blob, index + 100));
            bytes.extend(if *named {
                RawRequest::named(seq, b"Service.method", &msg, &blob).bytes()
            } else {
                RawRequest::num(seq, 7, &msg, &blob).bytes()
            });
        }
        let seen = events::<Decoder<Requests>>(Limits::default(), &bytes, &pieces, filling);
        prop_assert_eq!(seen.len(), frames.len());
        for (index, (event, (_, msg, blob))) in seen.iter().zip(&frames).enumerate() {
            let Event::Request(asked) = event else { panic!("{event:?}") };
            prop_assert_eq!(asked.seq, index as u64 + 1);
            prop_assert!(asked.msg == pattern(*msg, index) && asked.blob == pattern(*blob, index + 100));
        }
    }

    /// Case 18: and the same for replies, with refused ones among them.
    #[test]
    fn large_and_small_replies_are_the_same_however_they_are_cut(
        frames in prop::collection::vec((0u8..4, length(), length()), 1..6),
        pieces in pieces(),
        filling in filling(),
    ) {
        // About one part in ten is over the limits, and none by so much that the connection is closed.
        let limits = Limits::new(200 << 10, 200 << 10);
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for (index, (kind, msg, blob)) in frames.iter().enumerate() {
            let seq = 1000 - index as u64;
            let (msg, blob) = (pattern(*msg, index), pattern(*blob, index + 100));
            let over = |part: &[u8]| part.len() > 200 << 10;
            let (frame, event) = match kind {
                0 => (RawReply::head(1, seq, 0xFFFF_FFF0, 0), Event::Number { seq, number: 0xFFFF_FFF0 }),
                1 if over(&blob) => (RawReply::text(seq, 0, &blob), Event::Refused { seq }),
                1 => (RawReply::text(seq, 0, &blob), Event::Text { seq, code: 0, text: blob }),
                _ if over(&msg) || over(&blob) => (RawReply::success(seq, &msg, &blob), Event::Refused { seq }),
                _ => (RawReply::success(seq, &msg, &blob), Event::Success { seq, msg, blob }),
            };
            bytes.extend(frame.bytes());
            expected.push(event);
        }
        let seen = events::<Decoder<Replies>>(limits, &bytes, &pieces, filling);
        prop_assert!(seen == expected, "{} events, {} expected", seen.len(), expected.len());
    }
}
