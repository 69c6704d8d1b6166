//! JSON: what a person may write, what is refused, and what comes back.
#![cfg(feature = "json")]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::net::Ipv4Addr;
use std::thread;

use proptest::prelude::*;
use razor_rpc_codec::{Codec, JsonCodec};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

fn encoded<T: Serialize + ?Sized>(value: &T) -> String {
    String::from_utf8(JsonCodec.encode(value).expect("a value encodes")).expect("JSON is text")
}

#[track_caller]
fn comes_back<T: Debug + PartialEq + Serialize + DeserializeOwned>(value: &T) {
    assert_eq!(&JsonCodec.decode::<T>(encoded(value).as_bytes()).expect("a value decodes"), value);
}

#[track_caller]
fn refused<T: DeserializeOwned + Debug>(text: impl AsRef<[u8]>, reason: &str) {
    let err = JsonCodec.decode::<T>(text.as_ref()).expect_err("it is refused");
    assert!(err.to_string().contains(reason), "{}: {err}", std::any::type_name::<T>());
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i32,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Empty,
    Circle(f64),
    Rect { w: u32, h: u32 },
}

#[test]
fn a_person_can_read_and_write_it() {
    assert_eq!(encoded(&(1, "a", None::<u8>, ())), r#"[1,"a",null,null]"#);
    assert_eq!(encoded(&Point { x: -1, name: None }), r#"{"x":-1,"name":null}"#);
    assert_eq!(encoded(&[Shape::Empty, Shape::Circle(1.5)]), r#"["Empty",{"Circle":1.5}]"#);
    assert_eq!(encoded(&Ipv4Addr::LOCALHOST), r#""127.0.0.1""#);
    assert_eq!(encoded(&ByteBuf::from(vec![0, 255])), "[0,255]");
    let by_hand = b" \t{ \"y\": [1, {}], \"x\" : 7 }\r\n";
    assert_eq!(JsonCodec.decode::<Point>(by_hand).unwrap(), Point { x: 7, name: None });
    let rect = JsonCodec.decode::<Shape>(br#"{"Rect": {"h": 1, "w": 2}}"#).unwrap();
    assert_eq!(rect, Shape::Rect { w: 2, h: 1 });
    assert_eq!(JsonCodec.decode::<String>(br#""\u00e9\ud83e\udd80""#).unwrap(), "é\u{1F980}");
}

#[test]
fn numbers_that_json_does_not_have_are_not_encoded_wherever_they_are() {
    #[derive(Serialize)]
    struct Deep<T> {
        it: T,
    }
    #[derive(Serialize)]
    enum Kinds {
        One(f64),
        Two(f64, f64),
        Named { it: f32 },
    }
    #[derive(Serialize)]
    struct Tuple(u8, f64);
    fn is_refused<T: Serialize>(value: T) {
        let mut out = b"before".to_vec();
        let err = JsonCodec.encode_into(&value, &mut out).expect_err("JSON has no such number");
        assert_eq!(err.to_string(), "JSON has neither NaN nor infinity");
        assert_eq!(out, b"before");
    }
    for real in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        is_refused(real);
        is_refused(Some(real));
        is_refused((1, vec![Some([real])]));
        is_refused(Deep { it: Deep { it: real } });
        is_refused(HashMap::from([("k", real)]));
        is_refused(Kinds::One(real));
        is_refused(Kinds::Two(1.0, real));
        is_refused(Kinds::Named { it: f32::NAN });
        is_refused(Tuple(1, real));
        is_refused(Box::new(real));
    }
    assert!(JsonCodec.encode(&BTreeMap::from([((1, 2), 3)])).is_err());
    comes_back(&f64::MAX);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_number_keeps_its_bits(bits in any::<u64>(), wide in any::<(u128, i128)>()) {
        comes_back(&(bits, bits.cast_signed(), wide.0, wide.1));
        let [low, high] = [bits & u64::from(u32::MAX), bits >> 32].map(u32::try_from);
        for real in [f32::from_bits(low.unwrap()), f32::from_bits(high.unwrap())] {
            if real.is_finite() {
                let back: f32 = JsonCodec.decode(encoded(&real).as_bytes()).unwrap();
                prop_assert_eq!(back.to_bits(), real.to_bits());
            }
        }
        let real = f64::from_bits(bits);
        if real.is_finite() {
            let back: f64 = JsonCodec.decode(encoded(&real).as_bytes()).unwrap();
            prop_assert_eq!(back.to_bits(), bits);
        }
    }

    #[test]
    fn any_text_comes_back(text in any::<String>(), key in any::<char>()) {
        comes_back(&(text.clone(), key));
        comes_back(&HashMap::from([(text, BTreeMap::from([(key, true)]))]));
    }
}

#[test]
fn keys_of_maps_come_back_in_their_types() {
    comes_back(&BTreeMap::from([(u64::MAX, 1), (0, 2)]));
    comes_back(&BTreeMap::from([(i128::MIN, 1)]));
    comes_back(&BTreeMap::from([(true, 1), (false, 2)]));
    comes_back(&BTreeMap::from([(Some('"'), 1)]));
    let twice = JsonCodec.decode::<BTreeMap<String, u8>>(br#"{"a":1,"a":2}"#).unwrap();
    assert_eq!(twice, BTreeMap::from([("a".to_owned(), 2)]));
    refused::<Point>(r#"{"x":1,"x":2}"#, "duplicate field `x`");
}

#[test]
fn what_is_no_value_is_refused_and_told_why() {
    const LEFT: &str = "bytes left over after the value";
    const SHORT: &str = "the message ends inside a value";
    refused::<u8>("1 2", LEFT);
    refused::<u8>("1]", LEFT);
    refused::<u8>("1\0", LEFT);
    refused::<(u8, u8)>("[1,2][3]", LEFT);
    refused::<()>("", SHORT);
    refused::<String>("\"abc", SHORT);
    refused::<Vec<u8>>("[1,2", SHORT);
    refused::<Vec<u8>>("[1,]", "the message is not JSON: ");
    refused::<Vec<u8>>("[01]", "the message is not JSON: ");
    refused::<f64>("NaN", "the message is not JSON: ");
    refused::<f64>("1e999", "the message is not JSON: number out of range");
    refused::<Point>("{x: 1}", "the message is not JSON: key must be a string");
    refused::<Point>("// none\n{}", "the message is not JSON: ");
    refused::<Point>(b"\xef\xbb\xbf{}", "the message is not JSON: ");
    refused::<String>(r#""\ud83e""#, "");
    refused::<String>(b"\"\xff\"", "the message is not JSON: ");
    refused::<u8>("256", "expected u8 at line 1 column 3");
    refused::<u8>("-1", "expected u8");
    refused::<u64>("1.0", "expected u64");
    refused::<u128>("340282366920938463463374607431768211456", "");
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Lists(Vec<Lists>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Bottomless(Option<Box<Bottomless>>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Document {
    Number(u64),
    List(Vec<Document>),
}

#[test]
fn a_hundred_thousand_levels_are_refused_on_a_small_stack() {
    const DEEP: usize = 100_000;
    const TOO_DEEP: &str = "nest too deep";
    let small = thread::Builder::new().stack_size(512 * 1024);
    let tried = small.spawn(|| {
        refused::<Lists>("[".repeat(DEEP), TOO_DEEP);
        refused::<Document>("[".repeat(DEEP), TOO_DEEP);
        refused::<serde_json::Value>(r#"{"":"#.repeat(DEEP), TOO_DEEP);
        refused::<Bottomless>("1", TOO_DEEP);
        refused::<ByteBuf>("[".repeat(DEEP), "");
        // A value that a type ignores is skipped without counting its levels.
        refused::<IgnoredAny>("[".repeat(DEEP), "ends inside a value");
        let ignored = format!("{}1{}", "[".repeat(DEEP), "]".repeat(DEEP));
        assert!(JsonCodec.decode::<IgnoredAny>(ignored.as_bytes()).is_ok());
        let lists = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(JsonCodec.decode::<Lists>(lists(64).as_bytes()).is_ok());
        refused::<Lists>(lists(65), TOO_DEEP);
    });
    tried.expect("a thread").join().expect("no panic");
}

/// A list of numbers where bytes are expected counts its levels and its memory as any list.
#[test]
fn a_type_that_asks_for_bytes_and_takes_a_list_is_under_guard() {
    #[derive(Debug)]
    struct Tricky;
    impl<'de> Deserialize<'de> for Tricky {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visit;
            impl<'de> serde::de::Visitor<'de> for Visit {
                type Value = Tricky;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a list")
                }
                fn visit_seq<A: serde::de::SeqAccess<'de>>(
                    self,
                    mut list: A,
                ) -> Result<Tricky, A::Error> {
                    while list.next_element::<Tricky>()?.is_some() {}
                    Ok(Tricky)
                }
            }
            deserializer.deserialize_bytes(Visit)
        }
    }
    refused::<Tricky>("[".repeat(100), "arrays, maps and enums nest too deep");
}

/// Digits without end are read in a time that grows with their number alone.
#[test]
fn a_number_of_a_million_digits_is_read_or_refused() {
    let digits = "7".repeat(1 << 20);
    refused::<u64>(&digits, "");
    refused::<f64>(&digits, "number out of range");
    let tiny = format!("0.{}1e-3", "0".repeat(1 << 20));
    assert_eq!(JsonCodec.decode::<f64>(tiny.as_bytes()).unwrap(), 0.0);
    let third = format!("0.{}", "3".repeat(1 << 20));
    assert_eq!(JsonCodec.decode::<f64>(third.as_bytes()).unwrap(), 1.0 / 3.0);
}

/// If one of these values decodes to itself one day, the documentation of [`JsonCodec`] has to change.
#[test]
fn what_does_not_come_back_is_as_documented() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged<T> {
        One { it: T },
    }
    fn back<T: Debug + PartialEq + Serialize + DeserializeOwned>(value: T) -> bool {
        let text = encoded(&Untagged::One { it: value });
        let text = text.as_bytes();
        let value: serde_json::Value = JsonCodec.decode(text).unwrap();
        JsonCodec
            .decode::<Untagged<T>>(text)
            .is_ok_and(|back| serde_json::to_value(&back).unwrap() == value)
    }
    assert!(back(1_u64) && back(-1_i8) && back(1.5_f64) && back(Ipv4Addr::LOCALHOST));
    assert!(back(BTreeMap::from([("k".to_owned(), ())])));
    assert!(!back(1_u128) && !back(-1_i128));
    assert!(!back(BTreeMap::from([(1_u64, 1)])) && !back(BTreeMap::from([(true, 1)])));
    let some: Option<Option<u8>> = JsonCodec.decode(encoded(&Some(None::<u8>)).as_bytes()).unwrap();
    assert_eq!(some, None);
    let borrowed: &str = JsonCodec.decode(b"\"plain\"").unwrap();
    assert_eq!(borrowed, "plain");
    assert!(JsonCodec.decode::<&str>(br#""\n""#).is_err());
    assert!(JsonCodec.decode::<&[u8]>(b"[1]").is_err());
    // The decimal nearest to this number is read by way of 64 bits behind a buffer, and so rounded twice.
    let rounded = 7.038_531e-26_f32;
    comes_back(&rounded);
    let text = encoded(&Untagged::One { it: rounded });
    let Untagged::<f32>::One { it } = JsonCodec.decode(text.as_bytes()).unwrap();
    assert_eq!(it.to_bits().abs_diff(rounded.to_bits()), 1);
}
