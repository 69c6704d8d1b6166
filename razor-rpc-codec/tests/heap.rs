//! How much memory a decode takes, seen by a counting allocator.
//!
//! Everything allocated during a decode is counted, freed or not, so the peak is not above the figures
//! compared here.
#![cfg(feature = "msgpack")]

use std::alloc::System;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};

use razor_rpc_codec::{Codec, MsgpCodec, RoomyMsgpCodec};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The allocator counts for all threads; the tests take turns.
static TURN: Mutex<()> = Mutex::new(());

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Wide {
    all: [u64; 32],
    more: [u64; 32],
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Untagged {
    #[expect(dead_code, reason = "only decoded")]
    Number(u64),
    #[expect(dead_code, reason = "only decoded")]
    List(Vec<Untagged>),
}

#[derive(Debug, Deserialize)]
struct Nested {
    #[expect(dead_code, reason = "only decoded")]
    #[serde(default)]
    pad: [u64; 30],
    #[expect(dead_code, reason = "only decoded")]
    kids: Vec<Nested>,
}

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn counted<'de, T: Deserialize<'de>>(codec: &impl Codec, bytes: &'de [u8]) -> (bool, Stats) {
    // A decode is the same every time: what only one of three counts is the test harness's.
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

fn bound(bytes: &[u8]) -> usize {
    64 * 1024 + 16 * bytes.len()
}

#[track_caller]
fn bounded<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> bool {
    let (accepted, stats) = counted::<T>(&MsgpCodec, bytes);
    below(stats.bytes_allocated, bytes);
    accepted
}

/// A hash table that has doubled until now allocated 1/2 + 1/4 + … of its size before. When it last
/// moved it existed together with the 1/2, which is 3/4 of all that was allocated.
#[track_caller]
fn table_bounded<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> bool {
    let (accepted, stats) = counted::<T>(&MsgpCodec, bytes);
    below(stats.bytes_allocated / 4 * 3, bytes);
    accepted
}

#[track_caller]
fn below(taken: usize, bytes: &[u8]) {
    let bound = bound(bytes);
    assert!(taken <= bound, "{taken} bytes of heap for {} bytes, bound {bound}", bytes.len());
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
            assert!(!bounded::<Vec<u64>>(&array));
            assert!(!bounded::<Vec<Wide>>(&array));
            assert!(!bounded::<Vec<Vec<Vec<Wide>>>>(&array));
            assert!(!bounded::<HashSet<u64>>(&array));
            assert!(!bounded::<ByteBuf>(&array));
            assert!(!bounded::<Untagged>(&array));
        }
        assert!(!bounded::<HashMap<u64, Wide>>(&map32(len, &[1, 0x80], 2)));
        assert!(!bounded::<BTreeMap<u64, Wide>>(&map32(len, &[1, 0x80], 2)));
    }
}

#[test]
fn lies_at_every_level_cost_no_more_than_their_bytes() {
    let _turn = turn();
    // Each list announces as many elements as its wide type would need a megabyte for.
    let level = b"\x81\xa4kids\xdd\x00\x01\x00\x00";
    assert!(!bounded::<Nested>(&level.repeat(60)));
    assert!(!bounded::<Nested>(&level.repeat(10_000)));
    assert!(!bounded::<IgnoredAny>(&[0xdd, 0, 1, 0, 0].repeat(60)));
}

#[test]
fn one_byte_elements_of_wide_types_are_refused_before_they_cost_too_much() {
    let _turn = turn();
    for count in [1_000_u32, 65_535, 1_000_000] {
        let n = count as usize;
        assert!(!bounded::<Vec<Wide>>(&array32(count, &[0x80], n)));
        assert!(!bounded::<Vec<Option<Wide>>>(&array32(count, &[0xc0], n)));
        assert!(!bounded::<Vec<Vec<Wide>>>(&array32(count, &[0x91, 0x80], n)));
        assert!(!bounded::<Vec<HashMap<u8, Wide>>>(&array32(count, &[0x81, 1, 0x80], n)));
    }
    assert!(!bounded::<Vec<Vec<u8>>>(&array32(1_000_000, &[0x90], 1_000_000)));
    assert!(!bounded::<Untagged>(&array32(1_000_000, &[0x01], 1_000_000)));

    let mut distinct = vec![0xde, 0, 255];
    for key in 0..255 {
        distinct.extend([0xcc, key, 0x80]);
    }
    assert!(!table_bounded::<HashMap<u8, Wide>>(&distinct));
}

#[test]
fn real_data_stays_below_the_bound() {
    let _turn = turn();
    for n in [1, 10, 1_000, 16_385, 65_537, 100_000_usize] {
        let small = MsgpCodec.encode(&vec![1_u64; n]).unwrap();
        assert!(bounded::<Vec<u64>>(&small));

        let names: Vec<String> = (0..n).map(|i| format!("n{i:05}")).collect();
        let names = MsgpCodec.encode(&names).unwrap();
        assert!(bounded::<Vec<String>>(&names));
        assert!(bounded::<Vec<&str>>(&names));

        let ids: HashMap<usize, u64> = (0..n).map(|i| (i, 1)).collect();
        let ids = MsgpCodec.encode(&ids).unwrap();
        assert!(table_bounded::<HashMap<u64, u64>>(&ids));
        assert!(bounded::<BTreeMap<u64, u64>>(&ids));

        let bin = MsgpCodec.encode(&ByteBuf::from(vec![7; n])).unwrap();
        assert!(bounded::<ByteBuf>(&bin));
    }
}

#[test]
fn a_sparse_list_of_ordinary_length_is_accepted() {
    let _turn = turn();
    let sparse: Vec<Option<u64>> = vec![None; 4_096];
    assert!(bounded::<Vec<Option<u64>>>(&MsgpCodec.encode(&sparse).unwrap()));
}

#[test]
fn a_roomy_codec_accepts_what_its_factor_allows() {
    let _turn = turn();
    let bytes = array32(10_000, &[0x80], 10_000);
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
    // As in `counted`: the smallest of three is ours.
    assert_eq!([once(), once(), once()].into_iter().min(), Some(0));
}
