//! Honest values of common types come back at every length, above all just after a collection has grown.
//!
//! With every codec the values come back; only the number of elements that fit into a message differs. Knows where the
//! collections of std and serde_json grow: at powers of two and at 7/8 of them. The elements are the smallest that a
//! type has, because these have the fewest bytes in the message for their memory.
#![cfg(all(feature = "msgpack", feature = "json", feature = "postcard"))]

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use razor_rpc_codec::{Codec, JsonCodec, MsgpCodec, PostcardCodec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A length just past a growth, and longer than the part that is free for any message.
const LONG: usize = (1 << 14) + 1;
/// The number of one-byte elements that a message of the default limit has room for.
const LONGEST: usize = (4 << 20) - 5;

/// Every length at which a list or a table grows, and its neighbours.
fn growths(up_to: usize) -> impl Iterator<Item = usize> {
    (0..=up_to.ilog2())
        .flat_map(|power| [1 << power, (7 << power) / 8])
        .flat_map(|at: usize| [at.saturating_sub(1), at, at + 1])
        .filter(move |len| *len <= up_to)
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Msgpack,
    Json,
    Postcard,
}

thread_local! {
    /// The codec with which this thread encodes and decodes.
    static FORMAT: Cell<Format> = const { Cell::new(Format::Msgpack) };
}

/// Runs `test` with every codec.
fn each(test: fn()) {
    each_that_names(test);
    FORMAT.set(Format::Postcard);
    test();
}

/// Runs `test` with every codec whose messages tell the kinds of their values.
fn each_that_names(test: fn()) {
    for format in [Format::Msgpack, Format::Json] {
        FORMAT.set(format);
        test();
    }
}

/// The message of a list of `len` times the same element.
fn list<T: Serialize>(len: usize, element: &T) -> Vec<u8> {
    encoded(&vec![element; len])
}

fn encoded<T: Serialize>(value: &T) -> Vec<u8> {
    let encoded = match FORMAT.get() {
        Format::Msgpack => MsgpCodec.encode(value),
        Format::Json => JsonCodec.encode(value),
        Format::Postcard => PostcardCodec.encode(value),
    };
    encoded.expect("a value encodes")
}

#[track_caller]
fn decoded<T: DeserializeOwned>(bytes: &[u8]) -> T {
    let decoded = match FORMAT.get() {
        Format::Msgpack => MsgpCodec.decode(bytes),
        Format::Json => JsonCodec.decode(bytes),
        Format::Postcard => PostcardCodec.decode(bytes),
    };
    match decoded {
        Ok(value) => value,
        Err(err) => {
            let name = std::any::type_name::<T>();
            panic!("{name} of {} bytes by {:?}: {err}", bytes.len(), FORMAT.get());
        }
    }
}

/// Checks a list of `element` at every length at which it grows, and at a large one.
#[track_caller]
fn lists_of<T: Clone + Debug + PartialEq + Serialize + DeserializeOwned>(element: T) {
    for len in growths(1 << 9).chain([LONG]) {
        let back: Vec<T> = decoded(&list(len, &element));
        assert_eq!(back.len(), len);
        assert!(back.iter().all(|one| *one == element), "{element:?}");
    }
}

/// Checks a collection of different numbers at every length at which it grows, and at a large one.
#[track_caller]
fn collections<C>()
where
    C: FromIterator<u32> + Serialize + DeserializeOwned + IntoIterator<Item = u32>,
{
    for len in growths(1 << 9).chain([LONG, LONG / 8 * 7 + 1]) {
        let len = u32::try_from(len).expect("a length of 32 bits");
        let bytes = encoded(&(0..len).collect::<C>());
        let mut back: Vec<u32> = decoded::<C>(&bytes).into_iter().collect();
        back.sort_unstable();
        assert!(back.into_iter().eq(0..len));
    }
}

/// Checks a map whose values are all `value`.
#[track_caller]
fn maps_to<V: Clone + Debug + PartialEq + Serialize + DeserializeOwned>(value: V) {
    fn keyed<K: Hash + Ord + Debug + Serialize + DeserializeOwned, V>(
        len: usize,
        key: impl Fn(usize) -> K,
        value: &V,
    ) where
        V: Clone + Debug + PartialEq + Serialize + DeserializeOwned,
    {
        let table: HashMap<K, V> = (0..len).map(|i| (key(i), value.clone())).collect();
        let bytes = encoded(&table);
        assert!(decoded::<HashMap<K, V>>(&bytes) == table, "a table of {len} times {value:?}");
        let tree: BTreeMap<K, V> = table.into_iter().collect();
        assert!(decoded::<BTreeMap<K, V>>(&bytes) == tree, "a tree of {len} times {value:?}");
    }
    for len in growths(1 << 8).chain([14_337]) {
        keyed(len, |i| i as u64, &value);
        keyed(len, |i| format!("{i:x}"), &value);
    }
}

#[test]
fn a_list_of_the_smallest_elements_comes_back_at_every_length() {
    each(|| {
        lists_of(0_u8);
        lists_of(true);
        lists_of(());
        lists_of(1_u64);
        lists_of(1_i128);
        lists_of('c');
        lists_of(None::<u64>);
        lists_of(None::<String>);
        lists_of(None::<Box<[u64; 32]>>);
        lists_of(String::new());
        lists_of(Cow::Borrowed(""));
        lists_of(Box::<str>::default());
        lists_of(Arc::<str>::from(""));
        lists_of(Ok::<u64, String>(1));
        lists_of((0_u8, String::new()));
        lists_of((String::new(), String::new()));
        lists_of([0_u64; 8]);
        lists_of(Duration::ZERO);
    });
}

#[test]
fn a_list_of_collections_comes_back_at_every_length() {
    each(|| {
        lists_of(Vec::<u8>::new());
        lists_of(vec![0_u8]);
        lists_of(vec![String::new()]);
        lists_of(vec![vec![String::new()]]);
        lists_of(vec![None::<u64>; 3]);
        lists_of(VecDeque::<u64>::new());
        lists_of(VecDeque::from([1_u64]));
        lists_of(LinkedList::from([1_u8]));
        lists_of(HashMap::<u64, u64>::new());
        lists_of(HashMap::from([(1_u64, 1_u64)]));
        lists_of(HashMap::from([(String::new(), String::new())]));
        lists_of(HashMap::from([(String::new(), vec![String::new()])]));
        lists_of(HashSet::<String>::new());
        lists_of(HashSet::from([String::new()]));
        lists_of(BTreeMap::<u64, u64>::new());
        lists_of(BTreeMap::from([(1_u8, 1_u8)]));
        lists_of(BTreeMap::from([(String::new(), String::new())]));
        lists_of(BTreeMap::from([(String::new(), BTreeMap::from([(0_u8, vec![0_u8])]))]));
        lists_of(BTreeSet::from([String::new()]));
        lists_of(Some(vec![Some(String::new())]));
        lists_of(Rc::new(vec![Rc::new(1_u64)]));
        lists_of(vec![1_u8].into_boxed_slice());
        lists_of(Arc::<[String]>::from([String::new()]));
    });
}

#[test]
fn a_collection_of_numbers_comes_back_at_every_length() {
    each(|| {
        collections::<Vec<u32>>();
        collections::<VecDeque<u32>>();
        collections::<LinkedList<u32>>();
        collections::<BinaryHeap<u32>>();
        collections::<BTreeSet<u32>>();
        collections::<HashSet<u32>>();
        collections::<Box<[u32]>>();
    });
}

#[test]
fn a_map_comes_back_at_every_length() {
    each(|| {
        maps_to(());
        maps_to(1_u64);
        maps_to(None::<u64>);
        maps_to(String::new());
        maps_to(Vec::<String>::new());
        maps_to(vec![String::new()]);
        maps_to(HashMap::<String, u64>::new());
        maps_to(BTreeMap::from([(0_u8, String::new())]));
    });
}

#[test]
fn a_json_document_comes_back_at_every_length() {
    each_that_names(|| {
        lists_of(Value::Null);
        maps_to(Value::Null);
        lists_of(json!(1));
        lists_of(json!(""));
        lists_of(json!([]));
        lists_of(json!({}));
        lists_of(json!([[]]));
        lists_of(json!([null, {}, []]));
        lists_of(json!({ "": null }));
        lists_of(json!({ "a": 1 }));
        lists_of(json!({ "a": { "b": { "c": {} } } }));
        for len in growths(1 << 9) {
            let object: serde_json::Map<String, Value> =
                (0..len).map(|i| (format!("{i:x}"), Value::Null)).collect();
            let bytes = encoded(&object);
            assert_eq!(decoded::<Value>(&bytes), Value::Object(object));
        }
    });
}

#[test]
fn the_longest_lists_of_the_smallest_elements_come_back() {
    let announced = u32::try_from(LONGEST).expect("a length of 32 bits").to_be_bytes();
    let msgpack = |element| [&[0xdd], &announced[..], &vec![element; LONGEST]].concat();
    FORMAT.set(Format::Msgpack);
    assert_eq!(decoded::<Vec<Option<u64>>>(&msgpack(0xc0)).len(), LONGEST);
    assert_eq!(decoded::<Vec<String>>(&msgpack(0xa0)).len(), LONGEST);
    FORMAT.set(Format::Postcard);
    // Both are a zero for each element, and the length in seven bits a byte.
    let postcard = [&[0xfb, 0xff, 0xff, 1], &vec![0; LONGEST][..]].concat();
    assert_eq!(decoded::<Vec<Option<u64>>>(&postcard).len(), LONGEST);
    assert_eq!(decoded::<Vec<String>>(&postcard).len(), LONGEST);
    FORMAT.set(Format::Json);
    let json = format!("[{}0]", "0,".repeat(LONGEST / 2));
    assert_eq!(decoded::<Vec<Option<u64>>>(json.as_bytes()).len(), LONGEST / 2 + 1);
}

/// A service that stores an index sends some more entries with every call.
#[test]
fn an_index_is_accepted_at_each_length_on_its_way() {
    each(|| {
        let mut index: HashMap<u64, u64> = (0..14_300).map(|i| (i, 1)).collect();
        for next in (14_300..15_300).step_by(10) {
            index.extend((next..next + 10).map(|i| (i, 1)));
            let bytes = encoded(&index);
            assert_eq!(decoded::<HashMap<u64, u64>>(&bytes).len(), index.len());
        }
    });
}

/// A row of 208 bytes in memory, of which few are in the message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    id: u64,
    meta: Option<Meta>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Meta {
    names: [String; 8],
}

#[test]
fn rows_whose_optional_parts_are_absent_come_back_at_every_length() {
    each(|| {
        assert!(size_of::<Row>() >= 200);
        lists_of(Row { id: 1 << 10, meta: None });
        lists_of((1_u8, Row { id: 1 << 10, meta: None }));
        maps_to(Row { id: 1, meta: None });
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_mixture_of_small_values_is_refused(
        value in prop::collection::vec(small(), 0..500),
        times in 1..8_usize,
    ) {
        let value = vec![value; times];
        for format in [Format::Msgpack, Format::Json] {
            FORMAT.set(format);
            let bytes = encoded(&value);
            prop_assert!(decoded::<Vec<Vec<Value>>>(&bytes) == value);
        }
    }
}

/// Values that are small on the wire, nearly always without content.
fn small() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!(0)),
        Just(json!("")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[]])),
        Just(json!({ "a": [] })),
        any::<u64>().prop_map(Value::from),
    ]
}

/// A row of a table: wide in memory, with most of its columns absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Sparse {
    id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<[u64; 32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<[u64; 32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c: Option<[u64; 32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    d: Option<[u64; 32]>,
}

#[test]
fn a_thousand_lists_of_one_wide_row_are_accepted_and_thousands_of_rows_in_one_list() {
    let row = |id| Sparse { id, ..Sparse::default() };
    let lists: Vec<Vec<Sparse>> = (0..900).map(|id| vec![row(id)]).collect();
    let bytes = MsgpCodec.encode(&lists).expect("rows encode");
    assert!(bytes.len() < 8_000, "{} bytes are short", bytes.len());
    assert!(MsgpCodec.decode::<Vec<Vec<Sparse>>>(&bytes).is_ok_and(|back| back == lists));
    let list: Vec<Sparse> = (0..3_800).map(row).collect();
    let bytes = MsgpCodec.encode(&list).expect("rows encode");
    assert!(MsgpCodec.decode::<Vec<Sparse>>(&bytes).is_ok_and(|back| back == list));
}

/// Rows without names are short: the codec without names allows more memory for each byte.
#[test]
fn a_long_table_of_absent_texts_is_accepted_without_names() {
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
    struct Texts {
        texts: [String; 10],
        optional: [Option<u64>; 10],
    }
    FORMAT.set(Format::Postcard);
    assert!(size_of::<Texts>() >= 400);
    let table = vec![Texts::default(); 100_000];
    assert!(decoded::<Vec<Texts>>(&encoded(&table)) == table);
}
