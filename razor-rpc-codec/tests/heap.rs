//! The memory that a decode takes, seen by a counting allocator.
//!
//! Every allocation during a decode is counted, freed or not, so the peak is not above the figures compared here.
#![cfg(feature = "msgpack")]

use std::alloc::System;
use std::collections::{BTreeMap, HashMap, HashSet, LinkedList, VecDeque};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use razor_rpc_codec::{Codec, MsgpCodec, RoomyMsgpCodec};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The allocator counts for all threads, so only the test that holds this lock runs.
static TURN: Mutex<()> = Mutex::new(());

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Wide {
    all: [u64; 32],
    more: [u64; 32],
    name: String,
}

#[derive(Debug, Deserialize)]
struct Nested {
    #[expect(dead_code, reason = "only decoded")]
    #[serde(default)]
    pad: [u64; 30],
    #[expect(dead_code, reason = "only decoded")]
    kids: Vec<Nested>,
}

#[derive(Debug, Deserialize)]
enum Either {
    #[expect(dead_code, reason = "only decoded")]
    W(Box<Wide>),
}

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn counted<'de, T: Deserialize<'de>>(codec: &impl Codec, bytes: &'de [u8]) -> (bool, Stats) {
    // A decode allocates the same bytes every time; bytes that only one of three runs counts belong to the test
    // harness.
    let once = || {
        let region = Region::new(GLOBAL);
        let result = codec.decode::<T>(bytes);
        let stats = region.change();
        (result.is_ok(), stats)
    };
    [once(), once(), once()]
        .into_iter()
        .min_by_key(|(_, stats)| stats.bytes_allocated)
        .expect("three counts")
}

/// The bytes that values of wide types may take: 64 for each of `elements`, and the share of the message.
fn bound(bytes: &[u8], elements: usize) -> usize {
    (4 << 20) + 16 * bytes.len() + 64 * elements
}

#[track_caller]
fn bounded<'de, T: Deserialize<'de>>(bytes: &'de [u8], elements: usize) -> bool {
    let (accepted, stats) = counted::<T>(&MsgpCodec, bytes);
    let (taken, bound) = (stats.bytes_allocated, bound(bytes, elements));
    assert!(taken <= bound, "{taken} bytes of heap for {} bytes, bound {bound}", bytes.len());
    accepted
}

/// Checks that the message is refused before anything is allocated for an element; the error takes a little.
#[track_caller]
fn refused_at_once<'de, T: Deserialize<'de>>(bytes: &'de [u8]) {
    let (accepted, stats) = counted::<T>(&MsgpCodec, bytes);
    let taken = stats.bytes_allocated;
    assert!(!accepted && taken < 1024, "{accepted}, {taken} bytes for {} bytes", bytes.len());
}

/// Checks that the message is accepted, and takes at most `each` bytes of heap per element.
#[track_caller]
fn costs<'de, T: Deserialize<'de>>(bytes: &'de [u8], elements: usize, each: usize) {
    let (accepted, stats) = counted::<T>(&MsgpCodec, bytes);
    let taken = stats.bytes_allocated;
    assert!(accepted, "{elements} elements in {} bytes", bytes.len());
    assert!(taken <= 256 + elements * each, "{taken} bytes of heap for {elements} elements");
}

fn array32(len: u32, element: &[u8], elements: usize) -> Vec<u8> {
    [&[0xdd], &len.to_be_bytes()[..], &element.repeat(elements)].concat()
}

fn map32(len: u32, entry: &[u8], entries: usize) -> Vec<u8> {
    [&[0xdf], &len.to_be_bytes()[..], &entry.repeat(entries)].concat()
}

#[test]
fn an_announced_length_costs_nothing() {
    let _turn = turn();
    for len in [1_000, 1_000_000, u32::MAX] {
        for array in [array32(len, &[], 0), array32(len, &[0x01], 3), array32(len, &[0xdd], 1)] {
            assert!(!bounded::<Vec<u64>>(&array, 0));
            assert!(!bounded::<Vec<Wide>>(&array, 0));
            assert!(!bounded::<Vec<Vec<Vec<Wide>>>>(&array, 0));
            assert!(!bounded::<HashSet<u64>>(&array, 0));
            assert!(!bounded::<ByteBuf>(&array, 0));
        }
        assert!(!bounded::<HashMap<u64, Wide>>(&map32(len, &[1, 0x80], 2), 0));
        assert!(!bounded::<BTreeMap<u64, Wide>>(&map32(len, &[1, 0x80], 2), 0));
    }
}

#[test]
fn lies_at_every_level_cost_no_more_than_their_bytes() {
    let _turn = turn();
    // Each list announces as many elements as its wide type would need a megabyte for.
    let level = b"\x81\xa4kids\xdd\x00\x01\x00\x00";
    assert!(!bounded::<Nested>(&level.repeat(60), 0));
    assert!(!bounded::<Nested>(&level.repeat(10_000), 0));
    assert!(!bounded::<IgnoredAny>(&[0xdd, 0, 1, 0, 0].repeat(60), 0));
}

#[test]
fn one_byte_elements_of_wide_types_are_refused_before_they_cost_too_much() {
    let _turn = turn();
    for count in [20_000_u32, 65_535, 1_000_000] {
        let n = count as usize;
        refused_at_once::<Vec<Wide>>(&array32(count, &[0x80], n));
        refused_at_once::<Vec<(u8, Wide)>>(&array32(count, &[0x92, 1, 0x80], n));
        refused_at_once::<Vec<Option<Wide>>>(&array32(count, &[0xc0], n));
        refused_at_once::<VecDeque<Wide>>(&array32(count, &[0x80], n));
        refused_at_once::<LinkedList<Wide>>(&array32(count, &[0x80], n));
        refused_at_once::<BTreeMap<u64, Wide>>(&map32(count, &[1, 0x80], n));
        refused_at_once::<HashMap<u64, Wide>>(&map32(count, &[1, 0x80], n));
        assert!(!bounded::<Vec<Vec<Wide>>>(&array32(count, &[0x91, 0x80], n), 2 * n));
        assert!(!bounded::<Vec<HashMap<u8, Wide>>>(&array32(count, &[0x81, 1, 0x80], n), 3 * n));
    }
}

#[test]
fn wide_values_in_boxes_are_refused_before_they_cost_too_much() {
    let _turn = turn();
    for count in [20_000_u32, 65_535] {
        let n = count as usize;
        let empty = array32(count, &[0x80], n);
        assert!(!bounded::<Vec<Box<Wide>>>(&empty, n));
        // An `Arc` takes its value out of a box, which is then freed.
        let (accepted, stats) = counted::<Vec<Arc<Wide>>>(&MsgpCodec, &empty);
        assert!(!accepted && stats.bytes_allocated / 2 <= bound(&empty, n));
        assert!(!bounded::<Vec<Option<Box<Wide>>>>(&empty, n));
        assert!(!bounded::<Vec<(u8, Box<Wide>)>>(&array32(count, &[0x92, 1, 0x80], n), 3 * n));
        assert!(!bounded::<Vec<Either>>(&array32(count, b"\x81\xa1W\x80", n), 3 * n));
        assert!(!bounded::<BTreeMap<u8, Box<Wide>>>(&map32(count, &[1, 0x80], n), 2 * n));
    }
    // A long absent box costs nothing.
    costs::<Vec<Option<Box<Wide>>>>(&array32(100_000, &[0xc0], 100_000), 100_000, 2 * 8 + 8);
}

#[test]
fn small_elements_cost_what_their_type_takes() {
    let _turn = turn();
    for count in [1_u32, 5, 1_000, 65_537, 1_000_000] {
        let n = count as usize;
        // A list that has just grown has room for twice as many elements.
        costs::<Vec<u64>>(&array32(count, &[1], n), n, 2 * 8);
        costs::<Vec<Option<u64>>>(&array32(count, &[0xc0], n), n, 2 * 16);
        costs::<Vec<String>>(&array32(count, &[0xa0], n), n, 2 * 24);
        costs::<Vec<Vec<u8>>>(&array32(count, &[0x90], n), n, 2 * 24);
        // A list has room for four elements from the first on.
        costs::<Vec<Vec<String>>>(&array32(count, &[0x91, 0xa0], n), n, 2 * 24 + 4 * 24);
        // A hash table has just doubled at 7/8, and the counter includes its memory from before.
        let table: HashMap<u64, u64> = (0..u64::from(count)).map(|i| (i, 1)).collect();
        let table = MsgpCodec.encode(&table).unwrap();
        costs::<HashMap<u64, u64>>(&table, n, 2 * 40);
        costs::<BTreeMap<u64, u64>>(&table, n, 2 * 24);
    }
}

#[test]
fn bytes_and_text_cost_their_length() {
    let _turn = turn();
    for n in [1, 1_000, 1_000_000] {
        let bin = MsgpCodec.encode(&ByteBuf::from(vec![7; n])).unwrap();
        costs::<ByteBuf>(&bin, n, 1);
        let text = MsgpCodec.encode(&"x".repeat(n)).unwrap();
        costs::<String>(&text, n, 1);
    }
}

/// A value that is wide in memory may have a tenth of its length on the wire, and 4 MiB more are always free.
#[test]
fn wide_rows_are_accepted_up_to_their_share() {
    let _turn = turn();
    // 536 bytes are 472 more than the bytes that are free for an element: 29.5 bytes of the message, less the 4 that
    // the floor gives.
    const ROWS: u32 = 1 << 16;
    let rows = |name: usize| {
        let row = [&b"\x81\xa4name"[..], &[0xa0 | u8::try_from(name).unwrap()], &vec![b'x'; name]];
        array32(ROWS, &row.concat(), 1 << 16)
    };
    assert!(bounded::<Vec<Wide>>(&rows(19), 2 << 16));
    refused_at_once::<Vec<Wide>>(&rows(18));
    assert!(bounded::<Vec<Wide>>(&array32(8_000, &[0x80], 8_000), 8_000));
}

#[test]
fn a_roomy_codec_accepts_what_its_factor_allows() {
    let _turn = turn();
    let bytes = array32(100_000, &[0x80], 100_000);
    assert!(!counted::<Vec<Wide>>(&RoomyMsgpCodec::<64>, &bytes).0);
    assert!(counted::<Vec<Wide>>(&RoomyMsgpCodec::<1024>, &bytes).0);
}

#[test]
fn a_byte_string_is_decoded_with_one_allocation_and_borrowed_with_none() {
    let _turn = turn();
    let bytes = MsgpCodec.encode(&ByteBuf::from(vec![7; 64])).unwrap();
    assert_eq!(counted::<ByteBuf>(&MsgpCodec, &bytes).1.allocations, 1);
    assert_eq!(counted::<&[u8]>(&MsgpCodec, &bytes).1.allocations, 0);
    assert_eq!(counted::<(u64, &str)>(&MsgpCodec, b"\x92\x01\xa1x").1.allocations, 0);
}

#[test]
fn encoding_into_a_buffer_with_room_allocates_nothing() {
    let _turn = turn();
    let value = Wide::default();
    let mut out = Vec::with_capacity(1024);
    let mut once = || {
        out.clear();
        let region = Region::new(GLOBAL);
        MsgpCodec.encode_into(&value, &mut out).unwrap();
        region.change().allocations
    };
    // As in `counted`, the smallest of three runs is the one without the harness.
    assert_eq!([once(), once(), once()].into_iter().min(), Some(0));
}
