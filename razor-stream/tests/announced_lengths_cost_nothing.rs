//! Memory is allocated for bytes that a peer sends, not for lengths that it announces (rule E1), measured by a counting
//! allocator.
//!
//! One test, in a program of its own, so that nothing else allocates meanwhile.

use razor_stream::proto::Limits;
use razor_stream::proto::machines::{Decoder, Direction, Input, Replies, Requests};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The read buffer of a connection.
const READ_BUFFER: usize = 64 << 10;
/// The most bytes that are reserved at once for an announced length.
const AHEAD: usize = 64 << 10;
/// The most bytes for everything that is not a buffer.
const SMALL: usize = 1 << 10;
const MIB: usize = 1 << 20;

fn request(action: u32, msg_len: u32, blob_len: u32) -> Vec<u8> {
    let mut head = b"\x25\x4d\x01\0".to_vec();
    head.extend_from_slice(&action.to_le_bytes());
    head.extend_from_slice(&1u64.to_le_bytes());
    head.extend_from_slice(&0u64.to_le_bytes());
    head.extend_from_slice(&msg_len.to_le_bytes());
    head.extend_from_slice(&blob_len.to_le_bytes());
    head
}

fn reply(flag: u8, msg_len: u32, blob_len: i32) -> Vec<u8> {
    let mut head = b"\x25\x4d\x01".to_vec();
    head.push(flag);
    head.extend_from_slice(&msg_len.to_le_bytes());
    head.extend_from_slice(&1u64.to_le_bytes());
    head.extend_from_slice(&blob_len.to_le_bytes());
    head
}

/// The bytes that are held, and the most that were held, after some bytes have arrived.
struct Held {
    now: usize,
    at_most: usize,
    /// Whether the connection has to be closed.
    broken: bool,
}

fn held_by(region: &Region<'_, System>) -> usize {
    let stats = region.change();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

/// Feeds a header and then `body` bytes, as a driver does: no more than the buffer has room for.
fn fed<D: Direction>(mut decoder: Decoder<D>, head: &[u8], body: usize, piece: usize) -> Held {
    let zeros = vec![0; piece];
    let region = Region::new(GLOBAL);
    let mut input = Input::default();
    let mut held = Held { now: 0, at_most: 0, broken: false };
    let (mut head, mut left) = (head, body);
    while !held.broken && (left > 0 || !head.is_empty()) {
        let (buffer, reserve) = decoder.target(&mut input);
        if buffer.capacity() == buffer.len() {
            buffer.reserve_exact(reserve);
        }
        let room = buffer.capacity() - buffer.len();
        if head.is_empty() {
            let here = left.min(piece).min(room);
            buffer.extend_from_slice(&zeros[..here]);
            left -= here;
        } else {
            buffer.extend_from_slice(head);
            head = &[];
        }
        decoder.filled(&mut input);
        loop {
            match decoder.next(&mut input) {
                Ok(razor_stream::proto::machines::Step::Read) => break,
                Ok(_) => {}
                Err(_) => {
                    held.broken = true;
                    break;
                }
            }
        }
        held.at_most = held.at_most.max(held_by(&region));
    }
    // The count includes room for the bytes that come next.
    if !held.broken {
        let (buffer, reserve) = decoder.target(&mut input);
        if buffer.capacity() == buffer.len() {
            buffer.reserve_exact(reserve);
        }
    }
    held.now = held_by(&region);
    held.at_most = held.at_most.max(held.now);
    held
}

fn requests(head: &[u8], body: usize, piece: usize) -> Held {
    fed::<Requests>(Decoder::requests(Limits::default()), head, body, piece)
}

fn replies(head: &[u8], body: usize, piece: usize) -> Held {
    fed::<Replies>(Decoder::replies(Limits::default()), head, body, piece)
}

fn announced_and_sent_in_part() {
    let blob = 64 << 20;
    let msg = 4 << 20;
    for body in [0, 1, 100, 1000, 65_535, 65_536, 65_537, 200_000, MIB, 3 * MIB] {
        for piece in [1000, 65_536] {
            let bound = READ_BUFFER + AHEAD + 2 * body + SMALL;
            for held in [
                requests(&request(1, 0, blob), body, piece),
                requests(&request(1, msg, blob), body, piece),
                requests(&request(1, msg, 0), body, piece),
                replies(&reply(0, 0, blob.cast_signed()), body, piece),
                replies(&reply(0, msg, blob.cast_signed()), body, piece),
                replies(&reply(2, 0, msg.cast_signed()), body, piece),
            ] {
                assert!(!held.broken);
                assert!(held.at_most <= bound, "{} for {body} bytes of {piece}", held.at_most);
                assert!(held.now >= body.min(3 * MIB), "what has arrived is kept: {}", held.now);
            }
        }
    }
}

fn thrown_away() {
    // Over a limit, up to twice the limit: no byte is kept, even if all arrive.
    let (blob, msg) = (64 << 20, 4 << 20);
    for body in [0, 1000, 4 * MIB] {
        for held in [
            requests(&request(1, 0, 2 * blob), body, 65_536),
            requests(&request(1, msg + 1, 0), body, 65_536),
            requests(&request(0, 0, 8192), body.min(8192), 65_536),
            replies(&reply(0, 2 * msg, 0), body, 65_536),
            replies(&reply(2, 0, 2 * msg.cast_signed()), body, 65_536),
        ] {
            assert!(!held.broken);
            assert!(held.at_most <= READ_BUFFER + SMALL, "{} for {body} bytes", held.at_most);
        }
    }
}

fn refused_at_once() {
    let named = |len: u32| request(1 << 31 | len, 0, 0);
    let requests = [
        request(1, u32::MAX, 0),
        request(1, u32::MAX, u32::MAX),
        request(1, 0, 0x8000_0000),
        request(1, 0, 0x8000_0001),
        request(1, 0, u32::MAX),
        request(0, 0, 8193),
        named(257),
        named(0x7FFF_FFFF),
    ]
    .map(|head| requests(&head, 1000, 1000));
    let replies = [
        reply(0, u32::MAX, 0),
        reply(0, 0, i32::MAX),
        reply(0, 0, -1),
        reply(1, 5, i32::MIN),
        reply(2, 0, i32::MAX),
        reply(7, u32::MAX, i32::MAX),
    ]
    .map(|head| replies(&head, 1000, 1000));
    for held in requests.into_iter().chain(replies) {
        assert!(held.broken);
        assert!(held.at_most <= READ_BUFFER, "only the read buffer: {}", held.at_most);
    }
}

fn a_number_is_no_length() {
    for number in [u32::MAX, 0x8000_0000, 1 << 20] {
        let held = replies(&reply(1, number, 0), 0, 1);
        assert!(!held.broken);
        assert!(held.at_most <= READ_BUFFER, "only the read buffer: {}", held.at_most);
    }
}

/// Rule E1: 64 KiB and twice what has arrived, and nothing for lengths that are refused.
///
/// Case 8, case 9, case 11, case 12, case 14
#[test]
fn nothing_is_allocated_for_bytes_that_were_only_announced() {
    announced_and_sent_in_part();
    thrown_away();
    refused_at_once();
    a_number_is_no_length();
}
