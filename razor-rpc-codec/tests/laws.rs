//! The laws of [`Codec`], which `MsgpCodec` keeps for random values and bytes.
#![cfg(feature = "msgpack")]

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, UNIX_EPOCH};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use razor_rpc_codec::{Codec, MsgpCodec, RoomyMsgpCodec};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_bytes::ByteBuf;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Wrapper(String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Pair(i64, char);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Record {
    id: u64,
    signed: (i8, i16, i32, i64),
    big: (u128, i128),
    real: (f32, f64),
    flag: bool,
    name: Option<Wrapper>,
    pair: Pair,
    unit: Unit,
    bin: ByteBuf,
    list: Vec<u8>,
    map: BTreeMap<String, Vec<Option<u16>>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    Newtype(Box<Record>),
    Tuple(u8, String, ByteBuf),
    Struct { inner: Vec<Shape>, by_id: BTreeMap<u32, Shape> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    Numbers { all: Vec<u64> },
    Other { text: String },
}

/// A value whose `Serialize` fails, or panics, after its first half is written.
struct Spoilt {
    panics: bool,
}

impl Serialize for Spoilt {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        assert!(!self.panics, "a value that panics");
        Err(S::Error::custom("a value that refuses"))
    }
}

fn record() -> impl Strategy<Value = Record> {
    let scalars = (any::<u64>(), any::<(i8, i16, i32, i64)>(), any::<(u128, i128)>());
    let reals = (any::<(f32, f64)>(), any::<bool>(), any::<(i64, char)>());
    let texts = (proptest::option::of(".{0,40}"), vec(any::<u8>(), 0..300));
    let map = btree_map(".{0,8}", vec(any::<Option<u16>>(), 0..8), 0..4);
    (scalars, reals, texts, map).prop_map(
        |((id, signed, big), (real, flag, pair), (name, bytes), map)| Record {
            id,
            signed,
            big,
            real,
            flag,
            name: name.map(Wrapper),
            pair: Pair(pair.0, pair.1),
            unit: Unit,
            list: bytes.iter().take(40).copied().collect(),
            bin: ByteBuf::from(bytes),
            map,
        },
    )
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Unit),
        record().prop_map(|record| Shape::Newtype(Box::new(record))),
        (any::<u8>(), ".{0,20}", vec(any::<u8>(), 0..20))
            .prop_map(|(number, text, bin)| Shape::Tuple(number, text, ByteBuf::from(bin))),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        (vec(inner.clone(), 0..3), btree_map(any::<u32>(), inner, 0..3))
            .prop_map(|(inner, by_id)| Shape::Struct { inner, by_id })
    })
}

/// Decodes bytes as many types; a panic or a stack overflow would fail the test.
fn decode_as_everything(bytes: &[u8]) -> [bool; 15] {
    let codec = MsgpCodec;
    [
        codec.decode::<Record>(bytes).is_ok(),
        codec.decode::<Shape>(bytes).is_ok(),
        codec.decode::<Tagged>(bytes).is_ok(),
        codec.decode::<Unit>(bytes).is_ok(),
        codec.decode::<Pair>(bytes).is_ok(),
        codec.decode::<Vec<Option<Wrapper>>>(bytes).is_ok(),
        codec.decode::<HashMap<String, Shape>>(bytes).is_ok(),
        codec.decode::<(u8, i64, f32, bool, char)>(bytes).is_ok(),
        codec.decode::<(u128, i128)>(bytes).is_ok(),
        codec.decode::<&str>(bytes).is_ok(),
        codec.decode::<&[u8]>(bytes).is_ok(),
        codec.decode::<ByteBuf>(bytes).is_ok(),
        codec.decode::<Option<Option<u8>>>(bytes).is_ok(),
        codec.decode::<()>(bytes).is_ok(),
        codec.decode::<IgnoredAny>(bytes).is_ok(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_value_comes_back_and_what_was_before_it_stays(
        value in shape(),
        before in vec(any::<u8>(), 0..20),
    ) {
        let mut out = before.clone();
        MsgpCodec.encode_into(&value, &mut out).unwrap();
        prop_assert_eq!(&out[..before.len()], &before[..]);
        prop_assert_eq!(&MsgpCodec.decode::<Shape>(&out[before.len()..]).unwrap(), &value);
        prop_assert_eq!(&MsgpCodec.encode(&value).unwrap(), &out[before.len()..]);
        prop_assert_eq!(&RoomyMsgpCodec::<64>.encode(&value).unwrap(), &out[before.len()..]);
    }

    #[test]
    fn internally_tagged_enums_come_back(all in vec(any::<u64>(), 0..200), text in ".{0,40}") {
        for value in [Tagged::Numbers { all }, Tagged::Other { text }] {
            let bytes = MsgpCodec.encode(&value).unwrap();
            prop_assert_eq!(MsgpCodec.decode::<Tagged>(&bytes).unwrap(), value);
        }
    }

    #[test]
    fn no_part_of_a_message_is_a_message(value in shape(), at in any::<prop::sample::Index>()) {
        let bytes = MsgpCodec.encode(&value).unwrap();
        prop_assert!(MsgpCodec.decode::<Shape>(&bytes[..at.index(bytes.len())]).is_err());
        let longer = [bytes, vec![0xc0]].concat();
        prop_assert!(MsgpCodec.decode::<Shape>(&longer).is_err());
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..400)) {
        // Every text is a byte string too.
        let [.., text, bin, _, _, _, _] = decode_as_everything(&bytes);
        prop_assert!(bin || !text);
    }

    #[test]
    fn damaged_messages_never_panic(
        value in shape(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = MsgpCodec.encode(&value).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        // Bytes that are still a value of the type are one complete msgpack value.
        let [_, shape, .., any] = decode_as_everything(&bytes);
        prop_assert!(any || !shape);
    }

    #[test]
    fn a_value_that_fails_leaves_the_buffer_as_it_was(
        before in vec(any::<u8>(), 0..20),
        first in ".{0,300}",
        panics in any::<bool>(),
    ) {
        let mut out = before.clone();
        let value = (first, Spoilt { panics });
        let result = catch_unwind(AssertUnwindSafe(|| MsgpCodec.encode_into(&value, &mut out)));
        match result {
            Ok(result) => {
                prop_assert!(!panics);
                prop_assert_eq!(result.unwrap_err().to_string(), "a value that refuses");
            }
            Err(_) => prop_assert!(panics),
        }
        prop_assert_eq!(out, before);
    }
}

#[test]
fn unusual_floats_keep_their_bits() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MIN_POSITIVE / 2.0] {
        let bytes = MsgpCodec.encode(&value).unwrap();
        assert_eq!(MsgpCodec.decode::<f64>(&bytes).unwrap().to_bits(), value.to_bits());
    }
}

#[test]
fn text_is_borrowed_from_the_message() {
    let bytes = MsgpCodec.encode("borrowed").unwrap();
    let text: &str = MsgpCodec.decode(&bytes).unwrap();
    assert!(std::ptr::eq(text.as_bytes(), &bytes[1..]));
}

#[test]
fn unknown_fields_are_skipped_and_order_does_not_matter() {
    #[derive(Serialize)]
    struct Newer {
        extra: Vec<Shape>,
        text: String,
        id: u8,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Older {
        id: u8,
        text: String,
    }
    let newer = Newer { extra: vec![Shape::Unit; 3], text: "t".into(), id: 1 };
    let older: Older = MsgpCodec.decode(&MsgpCodec.encode(&newer).unwrap()).unwrap();
    assert_eq!(older, Older { id: 1, text: "t".into() });
}

/// Types of which serde decodes a part from a buffer of its own.
mod behind {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged<T> {
        One { it: T },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged<T> {
        One { it: T },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct One<T> {
        it: T,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Flat<T> {
        #[serde(flatten)]
        one: One<T>,
    }

    fn back<T: PartialEq + Serialize + DeserializeOwned>(value: T) -> bool {
        MsgpCodec
            .decode::<T>(&MsgpCodec.encode(&value).expect("a value encodes"))
            .is_ok_and(|back| back == value)
    }

    /// Whether `value` comes back by itself, and from behind a tag, an untagged enum and a flattened field.
    pub(super) fn each<T>(value: T) -> [bool; 4]
    where
        T: Clone + PartialEq + Serialize + DeserializeOwned,
    {
        [
            back(value.clone()),
            back(Tagged::One { it: value.clone() }),
            back(Untagged::One { it: value.clone() }),
            back(Flat { one: One { it: value } }),
        ]
    }
}

#[test]
fn what_is_ordinary_comes_back_from_behind_a_tag() {
    const ALL: [bool; 4] = [true; 4];
    assert_eq!(behind::each(u64::MAX), ALL);
    assert_eq!(behind::each(i64::MIN), ALL);
    assert_eq!(behind::each(0.5_f32), ALL);
    assert_eq!(behind::each('x'), ALL);
    assert_eq!(behind::each(()), ALL);
    assert_eq!(behind::each(Wrapper("w".into())), ALL);
    assert_eq!(behind::each(Pair(-1, 'p')), ALL);
    assert_eq!(behind::each(Some(ByteBuf::from(vec![1, 2]))), ALL);
    assert_eq!(behind::each(vec![0_u8; 16]), ALL);
    assert_eq!(behind::each(BTreeMap::from([(1_u64, "number as key".to_owned())])), ALL);
    assert_eq!(behind::each(Shape::Tuple(1, "t".into(), ByteBuf::from(vec![3]))), ALL);
    assert_eq!(behind::each(vec![Shape::Unit]), ALL);
    assert_eq!(behind::each(Ok::<u8, String>(1)), ALL);
    assert_eq!(behind::each(Duration::from_millis(1_500)), ALL);
    assert_eq!(behind::each(UNIX_EPOCH), ALL);
}

/// Serde's buffer has no integers of 128 bits, and says of itself that it is a human-readable format. If one of these
/// values comes back one day, the documentation of [`MsgpCodec`] has to change.
#[test]
fn what_does_not_come_back_from_behind_a_tag_is_as_documented() {
    const ALONE: [bool; 4] = [true, false, false, false];
    assert_eq!(behind::each(1_u128), ALONE);
    assert_eq!(behind::each(-1_i128), ALONE);
    assert_eq!(behind::each(IpAddr::from([127, 0, 0, 1])), ALONE);
    assert_eq!(behind::each(Ipv4Addr::LOCALHOST), ALONE);
    assert_eq!(behind::each(Ipv6Addr::LOCALHOST), ALONE);
    assert_eq!(behind::each(SocketAddr::from(([127, 0, 0, 1], 80))), ALONE);
    // The unit struct is an empty list, which an untagged enum does not take for one.
    assert_eq!(behind::each(Unit), [true, true, false, true]);
}

#[test]
fn some_of_nothing_comes_back_as_none() {
    let back = |value: &Option<Option<u8>>| {
        MsgpCodec.decode::<Option<Option<u8>>>(&MsgpCodec.encode(value).unwrap()).unwrap()
    };
    assert_eq!(back(&Some(None)), None);
    assert_eq!(back(&Some(Some(1))), Some(Some(1)));
    let unit = MsgpCodec.encode(&Some(())).unwrap();
    assert_eq!(MsgpCodec.decode::<Option<()>>(&unit).unwrap(), None);
}
