//! Random bytes and damaged frames: nothing that a peer sends makes a decoder panic or misbehave.
//!
//! Knows how to damage. Does not know what should come out, only what must not.

use crate::decoding::{Event, Filling, Reader, Side, events};
use crate::frames::{RawReply, RawRequest};
use proptest::prelude::*;
use proptest::sample::Index;
use razor_stream::proto::Limits;
use razor_stream::proto::machines::{Decoder, Replies, Requests};

/// Damage to a valid stream.
#[derive(Debug, Clone)]
enum Damage {
    Set(Index, u8),
    Flip(Index, u8),
    Cut(Index),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (any::<Index>(), 0u8..8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), prop::collection::vec(any::<u8>(), 1..40))
            .prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (any::<Index>(), 1usize..40).prop_map(|(at, len)| Damage::Remove(at, len)),
    ]
}

fn damaged(mut bytes: Vec<u8>, list: &[Damage]) -> Vec<u8> {
    for damage in list {
        if bytes.is_empty() {
            break;
        }
        let len = bytes.len();
        match damage {
            Damage::Set(at, byte) => bytes[at.index(len)] = *byte,
            Damage::Flip(at, bit) => bytes[at.index(len)] ^= 1 << bit,
            Damage::Cut(at) => bytes.truncate(at.index(len)),
            Damage::Insert(at, more) => {
                let at = at.index(len);
                bytes.splice(at..at, more.iter().copied());
            }
            Damage::Remove(at, count) => {
                let at = at.index(len);
                bytes.drain(at..len.min(at + count));
            }
        }
    }
    bytes
}

fn requests() -> Vec<u8> {
    let frames = [
        RawRequest::num(1, 1, b"message", b"blob"),
        RawRequest::named(2, b"Service.method", &[7; 90], b""),
        RawRequest::num(3, 0, b"", b"p"),
        RawRequest::named(4, b"S.m", b"", &[8; 200]),
        RawRequest::num(5, 2, &[9; 40 << 10], &[6; 300]),
    ];
    frames.iter().flat_map(RawRequest::bytes).collect()
}

fn replies() -> Vec<u8> {
    let frames = [
        RawReply::success(1, b"message", b"blob"),
        RawReply::head(1, 2, u32::MAX, 0),
        RawReply::text(3, 0, b"an error of the method"),
        RawReply::text(4, 8, b"rpc_internal_err"),
        RawReply::success(5, &[9; 300], &[6; 40 << 10]),
    ];
    frames.iter().flat_map(RawReply::bytes).collect()
}

/// Bytes in what came out; no frame can hold more than arrived.
fn bytes_out(events: &[Event]) -> usize {
    let size = |event: &Event| match event {
        Event::Request(asked) => 32 + asked.msg.len() + asked.blob.len(),
        Event::Success { msg, blob, .. } => 20 + msg.len() + blob.len(),
        Event::Text { text, .. } => 20 + text.len(),
        Event::Number { .. } | Event::Refused { .. } => 20,
        Event::Broken(_) => 0,
    };
    events.iter().map(size).sum()
}

/// Checks that there is no panic, that the result does not depend on how the bytes are cut, that no more bytes come out
/// than went in, and that no event follows the end.
fn holds<S: Side>(bytes: &[u8], pieces: &[usize], filling: Filling) {
    for limits in [Limits::default(), Limits::new(100, 200)] {
        let whole = events::<S>(limits, bytes, &[], Filling::Exact);
        let cut = events::<S>(limits, bytes, pieces, filling);
        assert_eq!(cut, whole, "the pieces make a difference");
        assert!(bytes_out(&whole) <= bytes.len(), "more came out than went in");
        let mut reader = Reader::<S>::new(limits);
        reader.arrive(bytes, filling);
        if !reader.is_broken() {
            // It must not panic at the end; its result does not matter.
            let _: Result<(), _> = reader.end();
        }
    }
}

fn pieces() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        prop::collection::vec(1usize..50, 1..10),
        prop::collection::vec(1usize..20_000, 1..10)
    ]
}

fn filling() -> impl Strategy<Value = Filling> {
    prop_oneof![Just(Filling::Exact), Just(Filling::Overshooting)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Case 1, case 22
    #[test]
    fn random_bytes_do_no_harm(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        magic in any::<bool>(),
        pieces in pieces(),
        filling in filling(),
    ) {
        let start: &[u8] = if magic { b"\x25\x4d\x01" } else { b"" };
        let bytes = [start, &bytes].concat();
        holds::<Decoder<Requests>>(&bytes, &pieces, filling);
        holds::<Decoder<Replies>>(&bytes, &pieces, filling);
    }

    /// Case 1: a header in which every field is random but begins right.
    #[test]
    fn random_headers_do_no_harm(
        fields in (any::<u32>(), any::<u64>(), any::<u32>(), any::<u32>(), 0u8..4),
        small in any::<bool>(),
        tail in prop::collection::vec(any::<u8>(), 0..500),
        pieces in pieces(),
    ) {
        let (action, seq, msg_len, blob_len, flag) = fields;
        let cap = if small { 300 } else { u32::MAX };
        let mut request = RawRequest::announcing(seq, action, msg_len % cap, blob_len % cap);
        request.body.clone_from(&tail);
        holds::<Decoder<Requests>>(&request.bytes(), &pieces, Filling::Exact);
        let mut reply = RawReply::head(flag, seq, msg_len % cap, (blob_len % cap).cast_signed());
        reply.body = tail;
        holds::<Decoder<Replies>>(&reply.bytes(), &pieces, Filling::Exact);
    }

    /// Case 19, case 22
    #[test]
    fn damaged_frames_do_no_harm(
        damage in prop::collection::vec(damage(), 1..6),
        pieces in pieces(),
        filling in filling(),
    ) {
        holds::<Decoder<Requests>>(&damaged(requests(), &damage), &pieces, filling);
        holds::<Decoder<Replies>>(&damaged(replies(), &damage), &pieces, filling);
    }
}
