//! The memory of tagged and untagged enums and flattened fields, which serde decodes from a buffer of its own.
//!
//! Every allocation during a decode is counted, freed or not, so the peak is not above the figures compared here.
#![cfg(feature = "msgpack")]

use std::alloc::System;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::thread;

use razor_rpc_codec::{Codec, MsgpCodec, RoomyMsgpCodec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use serde_json::Value;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The allocator counts for all threads, so only the test that holds this lock runs.
static TURN: Mutex<()> = Mutex::new(());

/// A row of `8 * WORDS` bytes, no field of which has to be in the message.
#[derive(Debug, Clone, PartialEq)]
struct Row<const WORDS: usize>([u64; WORDS]);

impl<'de, const WORDS: usize> Deserialize<'de> for Row<WORDS> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Fields {
            a: u8,
        }
        let fields = Fields::deserialize(deserializer)?;
        Ok(Self([u64::from(fields.a); WORDS]))
    }
}

/// A row of the width that most rows have.
type Usual = Row<30>;
type Wide = Row<512>;

/// The part that all types below have in common: a list of `T` under the name `items`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Put<T> {
    items: Vec<T>,
    pad: ByteBuf,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged<T> {
    Put(Put<T>),
    Get { key: String },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged<T> {
    Number(u64),
    Put(Put<T>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat<T> {
    kind: String,
    #[serde(flatten)]
    put: Put<T>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct FlatMap<T> {
    kind: String,
    pad: ByteBuf,
    #[serde(flatten)]
    lists: BTreeMap<String, Vec<T>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "put")]
enum Adjacent<T> {
    Put(Put<T>),
    Get { key: String },
}

/// Rows that are buffered one by one, and live in boxes.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Boxed {
    Number(u64),
    Row(Box<Usual>),
}

/// A document type of a user, which contains itself.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Document {
    Number(u64),
    List(Vec<Document>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op")]
enum Formula {
    Leaf { value: u64 },
    Minus { inner: Box<Formula> },
}

fn counted<T: DeserializeOwned>(codec: &impl Codec, bytes: &[u8]) -> (Result<T, String>, usize) {
    // A decode allocates the same bytes every time; bytes that only one of three runs counts belong to the test
    // harness.
    let once = || {
        let region = Region::new(GLOBAL);
        let result = codec.decode::<T>(bytes);
        let allocated = region.change().bytes_allocated;
        (result.map_err(|err| err.to_string()), allocated)
    };
    let [first, second, third] = [once(), once(), once()];
    [first, second, third].into_iter().min_by_key(|(_, allocated)| *allocated).expect("three")
}

fn list(elements: usize, element: &[u8]) -> Vec<u8> {
    let announced = u32::try_from(elements).expect("a length of 32 bits");
    [&[0xdd], &announced.to_be_bytes()[..], &element.repeat(elements)].concat()
}

/// `{"kind": "Put", "items": […], "pad": <pad bytes>}`.
fn put(elements: usize, element: &[u8], pad: usize) -> Vec<u8> {
    let mut bytes = b"\x83\xa4kind\xa3Put\xa5items".to_vec();
    bytes.extend(list(elements, element));
    bytes.extend(b"\xa3pad");
    bytes.extend(MsgpCodec.encode(&ByteBuf::from(vec![0; pad])).expect("bytes encode"));
    bytes
}

/// `{"put": {"items": […], "pad": <pad bytes>}, "kind": "Put"}`: the contents come first, so they are buffered.
fn adjacent(elements: usize, element: &[u8], pad: usize) -> Vec<u8> {
    let inner = put(elements, element, pad);
    let inner = &inner[b"\x83\xa4kind\xa3Put".len()..];
    [b"\x82\xa3put\x82", inner, b"\xa4kind\xa3Put"].concat()
}

/// The most bytes that a decode may take for rows no wider than 272 bytes: the first 32,768 rows are free, and each
/// further row needs eight bytes of the message.
fn bound(bytes: &[u8], elements: usize) -> usize {
    let rows = elements.min(32_768 + (64 * 1024 + 16 * bytes.len()) / 128);
    // A list that has just grown has room for twice as many elements, also in the buffer; a map in it for four entries.
    // Text and bytes cost their length.
    2 * (272 * rows + 32 * elements) + 4 * 64 * rows + 64 * 1024 + bytes.len()
}

#[track_caller]
fn refused_in_all<T: Debug + DeserializeOwned>(elements: usize, element: &[u8], pad: usize) {
    #[track_caller]
    fn one<T: Debug + DeserializeOwned>(bytes: &[u8], elements: usize) {
        let name = std::any::type_name::<T>();
        let (result, allocated) = counted::<T>(&MsgpCodec, bytes);
        let Err(err) = result else { panic!("{name} of {elements} elements is accepted") };
        assert!(err.contains("too much memory"), "{name}: {err}");
        let bound = bound(bytes, elements);
        assert!(allocated <= bound, "{name} took {allocated}, bound {bound}");
    }
    let bytes = put(elements, element, pad);
    one::<Put<T>>(&bytes, elements);
    one::<Tagged<T>>(&bytes, elements);
    one::<Untagged<T>>(&bytes, elements);
    one::<Flat<T>>(&bytes, elements);
    one::<FlatMap<T>>(&bytes, elements);
    one::<Vec<Tagged<T>>>(&[&[0x91], &bytes[..]].concat(), elements);
    one::<Adjacent<T>>(&adjacent(elements, element, pad), elements);
}

/// Checks that a list of `element` comes back from behind every kind of buffer, at lengths where lists have just grown.
#[track_caller]
fn accepted_in_all<T>(element: T)
where
    T: Clone + Debug + PartialEq + Serialize + DeserializeOwned,
{
    #[track_caller]
    fn one<T: Debug + PartialEq + Serialize + DeserializeOwned>(value: T) {
        let back = MsgpCodec.decode::<T>(&MsgpCodec.encode(&value).expect("a value encodes"));
        match back {
            Ok(back) => assert!(back == value),
            Err(err) => panic!("{}: {err}", std::any::type_name::<T>()),
        }
    }
    for len in [1, 5, 1025, 10_000] {
        let put = || Put { items: vec![element.clone(); len], pad: ByteBuf::new() };
        one(Tagged::Put(put()));
        one(Untagged::Put(put()));
        one(Flat { kind: "Put".into(), put: put() });
        one(Adjacent::Put(put()));
        one(FlatMap {
            kind: "Put".into(),
            pad: ByteBuf::new(),
            lists: BTreeMap::from([("list".into(), vec![element.clone(); len])]),
        });
    }
}

/// A request that once cost 150 bytes per byte: a million rows of defaults, and a million bytes of padding.
#[test]
fn a_million_rows_of_defaults_cost_no_more_than_their_buffer() {
    const ROWS: usize = 1 << 20;
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes = put(ROWS, &[0x80], ROWS);
    let (result, allocated) = counted::<Tagged<Row<34>>>(&MsgpCodec, &bytes);
    assert!(result.is_err());
    assert!(allocated < 32 << 20, "{allocated} bytes");
}

#[test]
fn rows_of_defaults_are_refused_behind_a_buffer_as_elsewhere() {
    const ROWS: usize = 1 << 17;
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // One byte of other data per row, and none.
    for pad in [ROWS, 0] {
        for nothing in
            [&[0x80][..], &[0x90], &[0xde, 0, 0], &[0x91, 0], b"\x81\xa0\x00", b"\x81\xa1a\x00"]
        {
            refused_in_all::<Usual>(ROWS, nothing, pad);
            refused_in_all::<Wide>(ROWS, nothing, pad);
        }
        refused_in_all::<Boxed>(ROWS, &[0x80], pad);
        refused_in_all::<Option<Usual>>(ROWS, &[0xc0], pad);
        refused_in_all::<Option<Wide>>(ROWS, &[0xc0], pad);
        refused_in_all::<Vec<Usual>>(ROWS, &[0x91, 0x80], pad);
    }
}

#[test]
fn what_is_accepted_behind_a_buffer_stays_below_its_bound() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut accepted = 0;
    for element in [&[0x80][..], &[0x91, 0], b"\x81\xa1a\x00", b"\x81\xa4name\x00"] {
        for elements in (10..=15).map(|power| 1 << power) {
            for pad in [0, 1 << 18] {
                let bytes = put(elements, element, pad);
                let (result, allocated) = counted::<Tagged<Row<34>>>(&MsgpCodec, &bytes);
                let bound = bound(&bytes, elements);
                assert!(allocated <= bound, "{allocated} of {}, bound {bound}", bytes.len());
                accepted += usize::from(result.is_ok());
            }
        }
    }
    assert!(accepted > 20, "{accepted} were accepted");
}

#[test]
fn thousands_of_elements_are_accepted_whatever_they_are() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let accepted = |element: &[u8]| {
        assert!(counted::<Tagged<Usual>>(&MsgpCodec, &put(32_768, element, 0)).0.is_ok());
    };
    accepted(&[0x80]);
    accepted(&[0x90]);
    accepted(&[0x91, 0]);
    accepted(b"\x81\xa0\x00");
    assert!(counted::<Tagged<Option<u64>>>(&MsgpCodec, &put(32_768, &[0xc0], 0)).0.is_ok());
    assert!(counted::<Tagged<Option<u64>>>(&MsgpCodec, &put(40_000, &[0xc0], 0)).0.is_err());
    assert!(counted::<Tagged<Usual>>(&RoomyMsgpCodec::<128>, &put(1 << 16, &[0x80], 0)).0.is_ok());
}

/// The values of a map with many keys may become rows too; the values of a struct are fields.
#[test]
fn a_map_of_rows_of_defaults_is_refused_behind_a_buffer_too() {
    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind")]
    enum Keyed {
        Put {
            #[expect(dead_code, reason = "only decoded")]
            items: BTreeMap<String, Row<34>>,
        },
    }
    const ROWS: u32 = 420_000;
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut bytes = b"\x82\xa4kind\xa3Put\xa5items\xdf".to_vec();
    bytes.extend(ROWS.to_be_bytes());
    for row in 0..ROWS {
        let [_, key @ ..] = row.to_be_bytes();
        bytes.push(0xa3);
        bytes.extend(key.map(|byte| byte & 0x7f));
        bytes.push(0x80);
    }
    let (result, allocated) = counted::<Keyed>(&MsgpCodec, &bytes);
    let err = result.expect_err("it is refused");
    assert!(err.contains("too much memory"), "{err}");
    assert!(allocated < 96 << 20, "{allocated} bytes");
}

#[test]
fn ordinary_data_comes_back_from_behind_every_buffer() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Point {
        x: i32,
        y: i32,
    }
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Short {
        id: u8,
        at: u8,
    }
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Named {
        id: u32,
        tags: Vec<String>,
        next: Option<u64>,
        labels: BTreeMap<String, String>,
    }
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    accepted_in_all(1_u8);
    accepted_in_all(true);
    accepted_in_all(1.5_f64);
    accepted_in_all(String::new());
    accepted_in_all(Point { x: 0, y: 0 });
    accepted_in_all(Short { id: 0, at: 0 });
    accepted_in_all((1 << 20_u32, 1 << 20_u32));
    accepted_in_all([0.5_f64; 2]);
    accepted_in_all(vec![String::from("a word")]);
    accepted_in_all(HashMap::from([(String::from("key"), 1 << 20_u32)]));
    accepted_in_all(BTreeMap::from([(String::from("key"), String::from("abc"))]));
    accepted_in_all(Named { id: 1, tags: vec![], next: None, labels: BTreeMap::new() });
    accepted_in_all(Some(1_u64));
    accepted_in_all(Value::from("x"));
    accepted_in_all(serde_json::json!({ "a": [1, "x"], "b": {}, "c": null }));
}

#[test]
fn copies_of_a_document_that_contains_itself_are_paid_for() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let inner = list(20_000, &[1]);
    for levels in [0, 4, 20, 62] {
        let bytes = [vec![0x91; levels], inner.clone()].concat();
        let (result, allocated) = counted::<Document>(&MsgpCodec, &bytes);
        assert_eq!(result.is_ok(), levels <= 4, "{levels} levels");
        // Eight copies of 32 bytes in a buffer that has room for twice as many, and the value.
        let most = 64 * 1024 + (8 * 32 + 2 * 32 + 2 * 32) * bytes.len();
        assert!(allocated <= most, "{allocated} at {levels} levels");
    }
}

#[test]
fn a_buffer_nests_as_deep_as_anything_else_on_a_small_stack() {
    fn decoded<T: DeserializeOwned + Send + 'static>(bytes: Vec<u8>) -> Result<T, String> {
        thread::Builder::new()
            .stack_size(512 * 1024)
            .spawn(move || MsgpCodec.decode::<T>(&bytes).map_err(|err| err.to_string()))
            .expect("a thread")
            .join()
            .expect("no panic")
    }
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let level = b"\x82\xa2op\xa5Minus\xa5inner";
    let formula = |levels| [&level.repeat(levels)[..], b"\x82\xa2op\xa4Leaf\xa5value\x01"].concat();
    let document = |levels| [vec![0x91; levels], vec![1]].concat();
    assert!(decoded::<Formula>(formula(63)).is_ok());
    assert!(decoded::<Document>(document(64)).is_ok());
    for levels in [65, 100_000] {
        let err = decoded::<Formula>(formula(levels)).expect_err("too deep");
        assert!(err.contains("nest too deep"), "{err}");
        let err = decoded::<Document>(document(levels)).expect_err("too deep");
        assert!(err.contains("nest too deep"), "{err}");
    }
}
