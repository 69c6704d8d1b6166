//! The memory that a decode of JSON and of postcard takes, seen by a counting allocator; and random bytes, decoded by
//! every codec.
//!
//! Everything allocated during a decode is counted, freed or not, so the peak is not above the figures compared here.
//! `heap.rs` and `buffered.rs` test msgpack in this way.
#![cfg(all(feature = "msgpack", feature = "json", feature = "postcard"))]

use std::alloc::System;
use std::collections::{BTreeMap, HashMap, LinkedList, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use proptest::collection::vec;
use proptest::prelude::*;
use razor_rpc_codec::{Codec, JsonCodec, MsgpCodec, PostcardCodec};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The allocator counts for all threads; the tests take turns.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A row of 536 bytes, all of whose fields may be absent in JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Wide {
    all: [u64; 32],
    more: [u64; 32],
    name: String,
}

/// A row of 512 bytes whose fields are skipped in every format.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Unsent {
    #[expect(dead_code, reason = "only its width matters")]
    #[serde(skip)]
    all: [[u64; 32]; 2],
}

/// A row of 64 bytes whose fields are skipped; 64 bytes are free for each element.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Narrow {
    #[expect(dead_code, reason = "only its width matters")]
    #[serde(skip)]
    all: [u64; 8],
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

/// Checks that the message is refused before more than `most` bytes are allocated.
#[track_caller]
fn refused<'de, T: Deserialize<'de>>(codec: &impl Codec, bytes: &'de [u8], most: usize) {
    let (accepted, stats) = counted::<T>(codec, bytes);
    let taken = stats.bytes_allocated;
    let name = std::any::type_name::<T>();
    assert!(!accepted, "{name} of {} bytes is accepted", bytes.len());
    assert!(taken <= most, "{name}: {taken} bytes of heap for {}, bound {most}", bytes.len());
}

/// Checks that the message is accepted, and takes at most `each` bytes of heap per element.
#[track_caller]
fn costs<'de, T: Deserialize<'de>>(
    codec: &impl Codec,
    bytes: &'de [u8],
    elements: usize,
    each: usize,
) {
    let (accepted, stats) = counted::<T>(codec, bytes);
    let taken = stats.bytes_allocated;
    assert!(accepted, "{elements} elements in {} bytes", bytes.len());
    assert!(taken <= 256 + elements * each, "{taken} bytes of heap for {elements} elements");
}

/// `[element,element,…]`.
fn array(elements: usize, element: &str) -> Vec<u8> {
    let more = format!("{element},").repeat(elements.saturating_sub(1));
    format!("[{more}{element}]").into_bytes()
}

/// The most bytes that wide values in JSON may take. A list that has just grown has room for twice as many elements.
fn json_bound(bytes: &[u8], elements: usize) -> usize {
    2 * ((4 << 20) + 16 * bytes.len() + 64 * elements)
}

#[test]
fn rows_of_defaults_in_json_are_refused_before_they_cost_too_much() {
    let _turn = turn();
    for n in [20_000, 65_535, 500_000] {
        // No more elements come than the limit has room for: 4 MiB and 16 bytes for each of three.
        let came = |bytes: &[u8]| n.min(((4 << 20) + 16 * bytes.len()) / 400);
        let list = array(n, "{}");
        refused::<Vec<Wide>>(&JsonCodec, &list, json_bound(&list, came(&list)));
        refused::<VecDeque<Wide>>(&JsonCodec, &list, json_bound(&list, came(&list)));
        refused::<Vec<Box<Wide>>>(&JsonCodec, &list, json_bound(&list, came(&list)));
        refused::<LinkedList<Wide>>(&JsonCodec, &list, json_bound(&list, came(&list)));
        let nulls = array(n, "null");
        refused::<Vec<Option<Wide>>>(&JsonCodec, &nulls, json_bound(&nulls, came(&nulls)));
        let pairs = array(n, "[1,{}]");
        refused::<Vec<(u8, Wide)>>(&JsonCodec, &pairs, json_bound(&pairs, came(&pairs)));
        let lists = array(n, "[{}]");
        refused::<Vec<Vec<Wide>>>(&JsonCodec, &lists, json_bound(&lists, came(&lists)));
        let table: Vec<_> = (0..n).map(|i| format!("\"{i:x}\":{{}}")).collect();
        let table = format!("{{{}}}", table.join(",")).into_bytes();
        // The counter counts all tables on the way, of which two exist at a time.
        refused::<HashMap<String, Wide>>(&JsonCodec, &table, 3 * json_bound(&table, n));
        refused::<BTreeMap<String, Wide>>(&JsonCodec, &table, 3 * json_bound(&table, n));
    }
    let some = array(8_000, "{}");
    costs::<Vec<Wide>>(&JsonCodec, &some, 8_000, 2 * 536);
}

#[test]
fn small_elements_of_json_cost_what_their_type_takes() {
    let _turn = turn();
    for n in [1, 5, 1_000, 65_537, 500_000] {
        costs::<Vec<u64>>(&JsonCodec, &array(n, "1"), n, 4 * 8);
        costs::<Vec<Option<u64>>>(&JsonCodec, &array(n, "null"), n, 4 * 16);
        costs::<Vec<String>>(&JsonCodec, &array(n, "\"\""), n, 4 * 24);
        costs::<Vec<Vec<String>>>(&JsonCodec, &array(n, "[\"\"]"), n, 4 * 24 + 4 * 24);
        costs::<ByteBuf>(&JsonCodec, &array(n, "255"), n, 8);
        costs::<String>(&JsonCodec, format!("\"{}\"", "x".repeat(n)).as_bytes(), n, 1);
        // The text is unescaped in a buffer first, which grows.
        costs::<String>(&JsonCodec, format!("\"{}\"", "\\n".repeat(n)).as_bytes(), n, 4);
    }
    assert_eq!(counted::<(u64, &str)>(&JsonCodec, br#"[1,"x"]"#).1.allocations, 0);
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind")]
enum Tagged<T> {
    Put {
        #[expect(dead_code, reason = "only decoded")]
        items: T,
    },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Document {
    Number(#[expect(dead_code, reason = "only decoded")] u64),
    List(#[expect(dead_code, reason = "only decoded")] Vec<Document>),
}

/// JSON does not say how long a list is, so the values in serde's buffer are paid for one by one.
#[test]
fn what_serde_buffers_of_json_is_bounded_as_with_msgpack() {
    let _turn = turn();
    const ROWS: usize = 1 << 19;
    for element in ["{}", "[]", "[1]", r#"{"":1}"#] {
        let list = array(ROWS, element);
        let put = [br#"{"kind":"Put","items":"#, &list[..], b"}"].concat();
        let rows = 32_768 + (64 * 1024 + 16 * put.len()) / 128;
        let most = 2 * (536 * rows + 32 * ROWS) + 4 * 64 * rows + 64 * 1024;
        refused::<Tagged<Vec<Wide>>>(&JsonCodec, &put, most);
    }
    assert!(counted::<Tagged<Vec<Wide>>>(&JsonCodec, &tagged(30_000, "{}")).0);
    refused::<Tagged<Vec<Option<Wide>>>>(&JsonCodec, &tagged(ROWS, "null"), 64 << 20);
    // The values of a long map are rows as well.
    let more = r#""":{},"#.repeat(420_000);
    let table = format!(r#"{{"kind":"Put","items":{{{more}"":{{}}}}}}"#).into_bytes();
    let (accepted, stats) = counted::<Tagged<BTreeMap<String, Wide>>>(&JsonCodec, &table);
    assert!(!accepted && stats.bytes_allocated < 96 << 20, "{accepted}, {stats:?}");
}

fn tagged(rows: usize, element: &str) -> Vec<u8> {
    [br#"{"kind":"Put","items":"#, &array(rows, element)[..], b"}"].concat()
}

#[test]
fn copies_of_a_document_in_json_that_contains_itself_are_paid_for() {
    let _turn = turn();
    let inner = String::from_utf8(array(20_000, "1")).expect("JSON is text");
    for levels in [0, 4, 30, 62] {
        let text = format!("{}{inner}{}", "[".repeat(levels), "]".repeat(levels));
        let (accepted, stats) = counted::<Document>(&JsonCodec, text.as_bytes());
        assert_eq!(accepted, levels <= 4, "{levels} levels");
        let most = 64 * 1024 + (8 * 32 + 2 * 32 + 2 * 32) * text.len();
        assert!(stats.bytes_allocated <= most, "{} at {levels} levels", stats.bytes_allocated);
    }
}

/// A length in seven bits a byte.
fn length(mut len: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while len > 0x7f {
        bytes.push(len.to_le_bytes()[0] | 0x80);
        len >>= 7;
    }
    bytes.push(len.to_le_bytes()[0]);
    bytes
}

#[test]
fn an_announced_length_in_postcard_costs_nothing() {
    const LITTLE: usize = 1024;
    let _turn = turn();
    for len in [1_000_000, u64::from(u32::MAX), 1 << 60, u64::MAX] {
        for behind in [&[][..], &[1], &[1; 20], &[0; 20]] {
            let bytes = [&length(len), behind].concat();
            refused::<Vec<u64>>(&PostcardCodec, &bytes, LITTLE);
            refused::<Vec<()>>(&PostcardCodec, &bytes, LITTLE);
            refused::<LinkedList<()>>(&PostcardCodec, &bytes, LITTLE);
            refused::<Vec<Wide>>(&PostcardCodec, &bytes, LITTLE);
            refused::<Vec<Unsent>>(&PostcardCodec, &bytes, LITTLE);
            refused::<Vec<Box<Unsent>>>(&PostcardCodec, &bytes, LITTLE);
            refused::<HashMap<u64, Wide>>(&PostcardCodec, &bytes, LITTLE);
            refused::<BTreeMap<(), Unsent>>(&PostcardCodec, &bytes, LITTLE);
            refused::<ByteBuf>(&PostcardCodec, &bytes, LITTLE);
            refused::<String>(&PostcardCodec, &bytes, LITTLE);
        }
    }
}

#[test]
fn what_takes_no_byte_or_one_in_postcard_is_bounded() {
    let _turn = turn();
    // The largest free number of elements, each of them wide.
    let free = length(65_536);
    refused::<Vec<Unsent>>(&PostcardCodec, &free, 1024);
    refused::<LinkedList<Unsent>>(&PostcardCodec, &free, 1024);
    refused::<Vec<Box<Unsent>>>(&PostcardCodec, &free, 8 << 20);
    refused::<Vec<(u8, Box<Unsent>)>>(&PostcardCodec, &free, 8 << 20);
    costs::<Vec<Narrow>>(&PostcardCodec, &free, 65_536, 64);
    costs::<LinkedList<()>>(&PostcardCodec, &free, 65_536, 16);
    costs::<Vec<()>>(&PostcardCodec, &free, 65_536, 0);
    for n in [50_000, 1_000_000] {
        let nothing = [&length(n as u64)[..], &vec![0; n]].concat();
        refused::<Vec<Option<Wide>>>(&PostcardCodec, &nothing, 1024);
        refused::<Vec<(u8, Unsent)>>(&PostcardCodec, &nothing, 1024);
        refused::<BTreeMap<u8, Unsent>>(&PostcardCodec, &nothing, 1024);
        costs::<Vec<Option<u64>>>(&PostcardCodec, &nothing, n, 2 * 16);
        costs::<Vec<String>>(&PostcardCodec, &nothing, n, 2 * 24);
        costs::<Vec<Option<Box<Wide>>>>(&PostcardCodec, &nothing, n, 2 * 8);
    }
    let bin = PostcardCodec.encode(&ByteBuf::from(vec![7; 64])).unwrap();
    assert_eq!(counted::<ByteBuf>(&PostcardCodec, &bin).1.allocations, 1);
    assert_eq!(counted::<&[u8]>(&PostcardCodec, &bin).1.allocations, 0);
}

#[test]
fn encoding_into_a_buffer_with_room_allocates_nothing() {
    fn allocations(codec: &impl Codec) -> Option<usize> {
        let value = (Wide::default(), Some(1.5), "text", [(1, 'x'); 4]);
        let mut out = Vec::with_capacity(4096);
        let mut once = || {
            out.clear();
            let region = Region::new(GLOBAL);
            codec.encode_into(&value, &mut out).unwrap();
            region.change().allocations
        };
        // The allocator counts for all threads, and that of the test harness allocates at times.
        (0..1000).map(|_| once()).min()
    }
    let _turn = turn();
    assert_eq!(allocations(&JsonCodec), Some(0));
    assert_eq!(allocations(&PostcardCodec), Some(0));
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Node {
    Leaf(i64),
    Pair(Box<Node>, Box<Node>),
    Named { name: String, nodes: Vec<Node> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Order {
    id: u64,
    lines: Vec<(String, Option<f64>)>,
    notes: BTreeMap<String, String>,
    bytes: ByteBuf,
}

/// Decodes the bytes as types with small elements. Each byte may take as much memory as the most expensive of these
/// types takes: a tree of one entry.
fn is_cheap(codec: &impl Codec, bytes: &[u8]) -> Result<(), TestCaseError> {
    fn one<'de, T: Deserialize<'de>>(codec: &impl Codec, bytes: &'de [u8]) -> (usize, bool) {
        let (accepted, stats) = counted::<T>(codec, bytes);
        (stats.bytes_allocated, accepted)
    }
    let most = 4096 + 1000 * bytes.len();
    for (taken, accepted) in [
        one::<Node>(codec, bytes),
        one::<Order>(codec, bytes),
        one::<Vec<Order>>(codec, bytes),
        one::<Vec<Vec<String>>>(codec, bytes),
        one::<Vec<BTreeMap<String, String>>>(codec, bytes),
        one::<HashMap<u64, Option<String>>>(codec, bytes),
        one::<(u8, i64, f32, bool, char)>(codec, bytes),
        one::<Option<(ByteBuf, Vec<()>)>>(codec, bytes),
        one::<serde_json::Value>(codec, bytes),
    ] {
        prop_assert!(taken <= most, "{taken} bytes of heap for {bytes:02x?}, {accepted}");
    }
    Ok(())
}

fn node() -> impl Strategy<Value = Node> {
    any::<i64>().prop_map(Node::Leaf).prop_recursive(5, 30, 4, |inner| {
        let pair =
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Node::Pair(Box::new(a), Box::new(b)));
        let named =
            (".{0,9}", vec(inner, 0..4)).prop_map(|(name, nodes)| Node::Named { name, nodes });
        prop_oneof![pair, named]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_that_nobody_chose_never_panic_nor_cost_more_than_they_are(
        bytes in vec(any::<u8>(), 0..300),
        text in r#"[\[\]{}:,"a0-9.e\\ -]{0,200}"#,
        small in vec(0..6_u8, 0..200),
    ) {
        let _turn = turn();
        for bytes in [&bytes[..], text.as_bytes(), &small] {
            is_cheap(&MsgpCodec, bytes)?;
            is_cheap(&JsonCodec, bytes)?;
            is_cheap(&PostcardCodec, bytes)?;
        }
    }

    #[test]
    fn damaged_messages_never_panic_nor_cost_more_than_they_are(
        node in node(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        fn one(
            codec: &impl Codec,
            node: &Node,
            damage: &[(prop::sample::Index, u8)],
            cut: prop::sample::Index,
        ) -> Result<(), TestCaseError> {
            let mut bytes = codec.encode(node).expect("a node encodes");
            prop_assert_eq!(&codec.decode::<Node>(&bytes).expect("a node decodes"), node);
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            is_cheap(codec, &bytes)?;
            is_cheap(codec, &bytes[..cut.index(bytes.len())])
        }
        let _turn = turn();
        one(&MsgpCodec, &node, &damage, cut)?;
        one(&JsonCodec, &node, &damage, cut)?;
        one(&PostcardCodec, &node, &damage, cut)?;
    }
}
