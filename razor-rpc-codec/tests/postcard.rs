//! The compact format: the bytes are those of the postcard crate, and no length is believed.
#![cfg(feature = "postcard")]

use std::collections::{BTreeMap, BTreeSet, HashMap, LinkedList};
use std::fmt::Debug;
use std::thread;
use std::time::Duration;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use razor_rpc_codec::{Codec, PostcardCodec};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Record {
    id: u64,
    signed: (i8, i16, i32, i64),
    unsigned: (u8, u16, u32),
    big: (u128, i128),
    flag: bool,
    name: Option<String>,
    letter: char,
    unit: Unit,
    bin: ByteBuf,
    list: Vec<i64>,
    map: BTreeMap<String, Vec<Option<u16>>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    Newtype(Box<Record>),
    Tuple(u8, String),
    Struct { inner: Vec<Shape>, wait: Duration },
}

fn record() -> impl Strategy<Value = Record> {
    let signed = any::<(i8, i16, i32, i64)>();
    let numbers = (any::<u64>(), signed, any::<(u8, u16, u32)>(), any::<(u128, i128)>());
    let texts = (proptest::option::of(".{0,40}"), any::<char>(), vec(any::<u8>(), 0..300));
    let lists =
        (vec(any::<i64>(), 0..8), btree_map(".{0,8}", vec(any::<Option<u16>>(), 0..8), 0..4));
    (numbers, any::<bool>(), texts, lists).prop_map(|(numbers, flag, texts, (list, map))| {
        let (id, signed, unsigned, big) = numbers;
        let (name, letter, bin) = texts;
        let bin = ByteBuf::from(bin);
        Record { id, signed, unsigned, big, flag, name, letter, unit: Unit, bin, list, map }
    })
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Unit),
        record().prop_map(|record| Shape::Newtype(Box::new(record))),
        (any::<u8>(), ".{0,20}").prop_map(|(number, text)| Shape::Tuple(number, text)),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        (vec(inner, 0..3), any::<Duration>())
            .prop_map(|(inner, wait)| Shape::Struct { inner, wait })
    })
}

/// Checks that our bytes equal the bytes of the postcard crate, and that each decodes the bytes of the other.
fn agrees<T: Debug + PartialEq + Serialize + DeserializeOwned>(value: &T) {
    let ours = PostcardCodec.encode(value).expect("a value encodes");
    assert_eq!(ours, postcard::to_stdvec(value).expect("a value encodes"), "{value:?}");
    assert_eq!(&PostcardCodec.decode::<T>(&ours).expect("a value decodes"), value);
    assert_eq!(&postcard::from_bytes::<T>(&ours).expect("a value decodes"), value);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_bytes_are_those_of_the_postcard_crate(value in shape(), real in any::<(f32, f64)>()) {
        agrees(&value);
        let bits = real.1.to_bits();
        prop_assert_eq!(PostcardCodec.encode(&real).unwrap(), postcard::to_stdvec(&real).unwrap());
        let back: f64 = PostcardCodec.decode(&PostcardCodec.encode(&real.1).unwrap()).unwrap();
        prop_assert_eq!(back.to_bits(), bits);
    }

    #[test]
    fn numbers_of_any_length_are_those_of_the_postcard_crate(
        wide in any::<u128>(),
        narrow in any::<u64>(),
        by in 0..128_u32,
    ) {
        let number = wide >> by;
        let narrow = narrow >> (by / 2);
        agrees(&(number, number.cast_signed(), narrow, narrow.cast_signed()));
        agrees(&(0_u8, i8::MIN, i16::MAX, i16::MIN, u16::MAX, i32::MIN, u32::MAX));
    }

    /// If one of the two decodes some bytes, the other decodes them to an equal value.
    #[test]
    fn bytes_that_nobody_chose_are_judged_as_the_postcard_crate_does(bytes in vec(any::<u8>(), 0..40)) {
        type Small = (u16, Option<i32>, bool, String, char, Result<u64, (i64, u128)>);
        let theirs = postcard::take_from_bytes::<Small>(&bytes).ok();
        let theirs = theirs.filter(|(_, rest)| rest.is_empty()).map(|(value, _)| value);
        prop_assert_eq!(PostcardCodec.decode::<Small>(&bytes).ok(), theirs);
        let theirs = postcard::take_from_bytes::<(u128, i16)>(&bytes).ok();
        let theirs = theirs.filter(|(_, rest)| rest.is_empty()).map(|(value, _)| value);
        prop_assert_eq!(PostcardCodec.decode::<(u128, i16)>(&bytes).ok(), theirs);
    }
}

#[test]
fn a_value_of_an_option_comes_back_at_every_depth() {
    agrees(&Some(None::<u8>));
    agrees(&[None, Some(None), Some(Some(()))]);
    agrees(&(Unit, (), [0_u8; 0]));
}

#[track_caller]
fn refused<T: DeserializeOwned + Debug>(bytes: &[u8], reason: &str) {
    let err = PostcardCodec.decode::<T>(bytes).expect_err("it is refused");
    assert!(err.to_string().contains(reason), "{}: {err}", std::any::type_name::<T>());
}

/// 2^60, which no message has.
const HUGE: [u8; 9] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];

/// A struct whose fields are all skipped.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Unsent {
    #[serde(skip)]
    cache: [u64; 8],
}

/// Without the budget for elements, each of these would be decoded for years.
#[test]
fn a_list_of_elements_that_take_no_byte_is_refused_at_once() {
    const MANY: &str = "more elements than the message has bytes";
    refused::<Vec<()>>(&HUGE, MANY);
    refused::<Vec<Unit>>(&HUGE, MANY);
    refused::<Vec<[u64; 0]>>(&HUGE, MANY);
    refused::<Vec<((), Unit)>>(&HUGE, MANY);
    refused::<LinkedList<()>>(&HUGE, MANY);
    refused::<Vec<Unsent>>(&HUGE, MANY);
    refused::<BTreeSet<Unsent>>(&HUGE, MANY);
    refused::<HashMap<(), ()>>(&HUGE, MANY);
    refused::<BTreeMap<(), ()>>(&HUGE, MANY);
    refused::<(u8, Option<Vec<()>>)>(&[&[1, 1], &HUGE[..]].concat(), MANY);
    // A message with many long lists: the elements of all lists together are counted.
    let each = PostcardCodec.encode(&[(); 40_000][..]).expect("units encode");
    let lists = [&[10][..], &each.repeat(10)].concat();
    refused::<Vec<Vec<()>>>(&lists, MANY);
}

#[test]
fn honest_lists_of_elements_that_take_no_byte_come_back() {
    for len in [0, 1, 127, 128, 65_536] {
        agrees(&vec![(); len]);
        agrees(&vec![Unit; len]);
    }
    refused::<Vec<()>>(&PostcardCodec.encode(&vec![(); 70_000]).unwrap(), "more elements");
    // Elements that have bytes of their own are never too many.
    agrees(&vec![0_u8; 1 << 20]);
    agrees(&vec![vec![vec![0_u8; 3]; 3]; 10_000]);
    agrees(&vec![None::<u64>; 200_000]);
    agrees(&(0..100_000_u32).collect::<BTreeSet<_>>());
}

#[test]
fn announced_lengths_without_elements_are_refused() {
    const MANY: &str = "more elements than the message has bytes";
    const SHORT: &str = "ends inside a value";
    for len in [&HUGE[..], &[0xff, 0xff, 0xff, 0xff, 0x0f], &[0x80, 0x80, 0x40]] {
        refused::<Vec<u8>>(len, MANY);
        refused::<Vec<[u64; 32]>>(len, MANY);
        refused::<HashMap<u64, u64>>(len, MANY);
        refused::<String>(len, SHORT);
        refused::<ByteBuf>(len, SHORT);
        refused::<char>(len, SHORT);
    }
    refused::<Vec<u8>>(&[3, 1, 1], SHORT);
    refused::<Vec<u8>>(&[0xff; 10], "more bits than its type");
    refused::<Shape>(&[9], "variant index");
    refused::<Shape>(&[0xff, 0xff, 0xff, 0xff, 0xff], "more bits than its type");
}

#[test]
fn values_that_are_none_are_refused_and_told_why() {
    refused::<bool>(&[2], "neither 0 nor 1");
    refused::<Option<u8>>(&[7, 1], "neither 0 nor 1");
    refused::<u16>(&[0xff, 0xff, 0x04], "more bits than its type");
    refused::<i16>(&[0x80, 0x80, 0x80, 0], "more bits than its type");
    refused::<u64>(&[0x80; 10], "more bits than its type");
    refused::<u128>(&[0xff; 20], "more bits than its type");
    refused::<String>(&[2, 0xff, 0xff], "not UTF-8");
    refused::<char>(&[2, b'a', b'b'], "not one of Unicode");
    refused::<char>(&[0], "not one of Unicode");
    refused::<u8>(&[1, 2], "bytes left over after the value");
    refused::<()>(&[0], "bytes left over after the value");
    let whole = PostcardCodec.encode(&(7_u32, "seven", [1.5_f64; 3])).unwrap();
    for len in 0..whole.len() {
        refused::<(u32, String, [f64; 3])>(&whole[..len], "ends inside a value");
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    One { it: u8 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    One { it: u8 },
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Flat {
    id: u8,
    #[serde(flatten)]
    more: BTreeMap<String, u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Skips {
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u8>,
    second: Option<u8>,
}

#[test]
fn what_needs_names_is_refused_and_told_why() {
    const UNNAMED: &str = "postcard does not say what a message holds";
    let tagged = PostcardCodec.encode(&Tagged::One { it: 1 }).unwrap();
    refused::<Tagged>(&tagged, UNNAMED);
    refused::<Untagged>(&PostcardCodec.encode(&Untagged::One { it: 1 }).unwrap(), UNNAMED);
    refused::<Flat>(&[1, 0], "");
    refused::<serde_json::Value>(&[1], UNNAMED);
    refused::<IgnoredAny>(&[1], UNNAMED);
    let err = PostcardCodec.encode(&Flat::default()).unwrap_err();
    assert!(err.to_string().contains("number of elements is not known"), "{err}");
}

/// The postcard crate writes `[1, 7]`, which reads back as `first: Some(7)` and then ends.
#[test]
fn a_skipped_field_is_refused_rather_than_taken_for_another_one() {
    let err = PostcardCodec.encode(&Skips { first: None, second: Some(7) }).unwrap_err();
    assert!(err.to_string().contains("a field is skipped"), "{err}");
    agrees(&Skips { first: Some(7), second: None });
}

/// A type that takes no byte and contains itself.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Ring {
    next: Box<Ring>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Lists(Vec<Lists>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Chain {
    End,
    Next(Box<Chain>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Options(Option<Box<Options>>);

#[test]
fn a_hundred_thousand_levels_are_refused_on_a_small_stack() {
    const TOO_DEEP: &str = "nest too deep";
    let small = thread::Builder::new().stack_size(512 * 1024);
    let tried = small.spawn(|| {
        refused::<Lists>(&[1; 100_000], TOO_DEEP);
        refused::<Chain>(&[1; 100_000], TOO_DEEP);
        refused::<Options>(&[1; 100_000], TOO_DEEP);
        refused::<Ring>(&[], TOO_DEEP);
        assert!(PostcardCodec.decode::<Lists>(&[vec![1; 63], vec![0]].concat()).is_ok());
        assert!(PostcardCodec.decode::<Lists>(&[vec![1; 64], vec![0]].concat()).is_err());
    });
    tried.expect("a thread").join().expect("no panic");
}

#[test]
fn text_and_bytes_are_borrowed_from_the_message() {
    let bytes = PostcardCodec.encode(&("text", ByteBuf::from(vec![1, 2]))).unwrap();
    let (text, bin): (&str, &[u8]) = PostcardCodec.decode(&bytes).unwrap();
    assert!(std::ptr::eq(text.as_bytes(), &bytes[1..5]));
    assert!(std::ptr::eq(bin, &bytes[6..]));
}
