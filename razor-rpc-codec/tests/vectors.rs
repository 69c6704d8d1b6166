//! Messages captured from wire version 1, byte for byte in both directions.
#![cfg(feature = "msgpack")]

use std::fmt::Debug;

use razor_rpc_codec::{Codec, MsgpCodec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i32,
    y: i32,
    name: String,
    tag: Option<u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Empty,
    Circle(f64),
    Rect { w: u32, h: u32 },
    Tagged(u8, String),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Io {
    offset: u64,
    len: u32,
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
        .collect()
}

#[track_caller]
fn same<T: Serialize + DeserializeOwned + PartialEq + Debug>(hex: &str, value: &T) {
    assert_eq!(MsgpCodec.encode(value).expect("encodes"), unhex(hex), "encoding of {value:?}");
    assert_eq!(&MsgpCodec.decode::<T>(&unhex(hex)).expect("decodes"), value, "decoding of {hex}");
}

#[test]
fn arguments_are_tuples_and_results_are_plain() {
    same("920a14", &(10_i32, 20_i32));
    same("92cd03e701", &(999_i32, 1_i32));
    same("920702", &(7_i64, 2_i64));
    same("1e", &30_i32);
    same("15", &21_i32);
    same("2a", &42_i32);
    same("ff", &-1_i32);
    same("c0", &());
}

#[test]
fn structs_are_maps_by_field_name() {
    same(
        "84a17801a179fea46e616d65a668c3a96c6c6fa3746167c0",
        &Point { x: 1, y: -2, name: "héllo".into(), tag: None },
    );
    same(
        &format!("84a1784da179d280000000a46e616d65d928{}a3746167ccff", "78".repeat(40)),
        &Point { x: 77, y: i32::MIN, name: "x".repeat(40), tag: Some(255) },
    );
    same("82a66f6666736574cd1000a36c656e05", &Io { offset: 4096, len: 5 });
    same("82a66f6666736574cfffffffffffffffffa36c656e00", &Io { offset: u64::MAX, len: 0 });
    same("82a66f666673657400a36c656e00", &Io { offset: 0, len: 0 });
    same("82a66f666673657401a36c656e01", &Io { offset: 1, len: 1 });
}

#[test]
fn enum_variants_go_by_name() {
    same("a5456d707479", &Shape::Empty);
    same("81a6436972636c65cb3ff8000000000000", &Shape::Circle(1.5));
    same("81a45265637482a17701a168ce00011170", &Shape::Rect { w: 1, h: 70_000 });
    same("81a65461676765649207a174", &Shape::Tagged(7, "t".into()));
}

#[test]
fn none_is_nil_and_some_is_bare() {
    same("c0", &None::<String>);
    same("a0", &Some(String::new()));
    same("a5656d707479", &Some("empty".to_owned()));
}

#[test]
fn byte_buffers_are_bin_and_lists_of_bytes_are_arrays() {
    same("c4040001feff", &ByteBuf::from(vec![0, 1, 254, 255]));
    same("940001ccfeccff", &vec![0_u8, 1, 254, 255]);
}

#[test]
fn an_argument_of_another_type_does_not_decode() {
    let err = MsgpCodec.decode::<(i32, i32)>(&unhex("c3")).unwrap_err();
    assert!(err.to_string().contains("expected a tuple of size 2"), "{err}");
}
