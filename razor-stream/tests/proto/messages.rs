//! The messages inside the captured frames: msgpack as 0.9 peers write it.
//!
//! Knows the types that were captured. Does not know frames.

use crate::golden::{connections, hex};
use razor_rpc_codec::{Codec, MsgpCodec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Point {
    x: i32,
    y: i32,
    name: String,
    tag: Option<u8>,
}

#[derive(Serialize, Deserialize)]
enum Shape {
    Empty,
    Circle(f64),
    Rect { w: u32, h: u32 },
    Tagged(u8, char),
}

#[derive(Serialize, Deserialize)]
struct Io {
    offset: u64,
    len: u32,
}

/// Bytes as msgpack bin, written without a crate for it.
struct Bin(Vec<u8>);

impl Serialize for Bin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bin {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl serde::de::Visitor<'_> for Bytes {
            type Value = Bin;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bin")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bin, E> {
                Ok(Bin(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// Reads the bytes as this type, and writes them again.
fn again<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Vec<u8> {
    let value: T = MsgpCodec.decode(bytes).expect("captured as this type");
    let mut written = Vec::new();
    MsgpCodec.encode_into(&value, &mut written).expect("it was written once");
    written
}

/// The argument and the result of what was captured, read and written again.
fn both(what: &str, argument: &[u8], result: Option<&[u8]>) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    fn of<A: Serialize + DeserializeOwned, R: Serialize + DeserializeOwned>(
        argument: &[u8],
        result: Option<&[u8]>,
    ) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        Some((again::<A>(argument), result.map(again::<R>)))
    }
    match what.split(['(', ' ']).next()? {
        "add" | "div" => of::<(u32, u32), u32>(argument, result),
        "errno" => of::<i32, u32>(argument, result),
        "point" => of::<Point, Point>(argument, result),
        "unit" => of::<(), ()>(argument, result),
        "shape" => of::<Shape, Shape>(argument, result),
        "opt" => of::<Option<String>, Option<String>>(argument, result),
        "bytes" => of::<Bin, Bin>(argument, result),
        "vec" => of::<Vec<u8>, Vec<u8>>(argument, result),
        "numeric" => of::<Io, Io>(argument, result),
        _ => None,
    }
}

/// Rule Q4: structs are maps by field name, enum variants go by name, `Vec<u8>` is an array, bytes are bin,
/// `()` and `None` are nil.
#[test]
fn captured_messages_are_read_and_written_the_same() {
    let mut compared = 0;
    for exchange in connections().into_iter().flatten() {
        let what = exchange["what"].as_str().expect("a description");
        let argument = hex(&exchange["request"]["msg"]);
        let result = exchange["response"].get("msg").map(hex);
        if what == "ping" {
            continue;
        }
        let again = both(what, &argument, result.as_deref());
        assert_eq!(again, Some((argument, result)), "{what}");
        compared += 1;
    }
    assert_eq!(compared, 22, "all but the pings");
}
