//! The codecs side by side: a few shapes of messages, their bytes and how long encoding and decoding take.
//!
//! Knows values and codecs. Does not know frames. The bytes are printed first.

use divan::{Bencher, black_box};
use razor_rpc::{Codec, JsonCodec, MsgpCodec, PostcardCodec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;

fn main() {
    sizes("a call of three arguments", &call());
    sizes("a record of strings", &record());
    sizes("a thousand rows", &rows());
    sizes("ten thousand small numbers", &numbers());
    sizes("a thousand reals", &reals());
    sizes("6,000 bytes", &bytes());
    divan::main();
}

fn sizes<T: Serialize>(name: &str, value: &T) {
    let msgpack = MsgpCodec.encode(value).map_or(0, |bytes| bytes.len());
    let json = JsonCodec.encode(value).map_or(0, |bytes| bytes.len());
    let postcard = PostcardCodec.encode(value).map_or(0, |bytes| bytes.len());
    println!("{name}: msgpack {msgpack}, json {json}, postcard {postcard} bytes");
}

macro_rules! shapes {
    ($($shape:ident: $type:ty;)*) => {
        $(
            mod $shape {
                use super::*;

                #[divan::bench(types = [MsgpCodec, JsonCodec, PostcardCodec], sample_size = 100)]
                fn encode<C: Codec>(bencher: Bencher<'_, '_>) {
                    encoded::<C, $type>(bencher, &super::$shape());
                }

                #[divan::bench(types = [MsgpCodec, JsonCodec, PostcardCodec], sample_size = 100)]
                fn decode<C: Codec>(bencher: Bencher<'_, '_>) {
                    decoded::<C, $type>(bencher, &super::$shape());
                }
            }
        )*
    };
}

shapes! {
    call: (u64, String, Option<u32>);
    record: Record;
    rows: Vec<Row>;
    numbers: Vec<u64>;
    reals: Vec<f64>;
    bytes: ByteBuf;
}

fn encoded<C: Codec, T: Serialize>(bencher: Bencher<'_, '_>, value: &T) {
    let (codec, mut out) = (C::default(), Vec::new());
    bencher.bench_local(|| {
        out.clear();
        codec.encode_into(black_box(value), &mut out)
    });
}

fn decoded<C: Codec, T: Serialize + DeserializeOwned>(bencher: Bencher<'_, '_>, value: &T) {
    let codec = C::default();
    let bytes = codec.encode(value).expect("a value encodes");
    // Dropped at once: values that are kept until the end of a sample need new memory from the system.
    bencher.bench(|| codec.decode::<T>(black_box(&bytes)).map(black_box).is_ok());
}

fn call() -> (u64, String, Option<u32>) {
    (1 << 33, "alice@example.com".to_owned(), Some(250))
}

/// About 4 KiB, most of it strings.
#[derive(Serialize, Deserialize)]
struct Record {
    id: u64,
    strings: Vec<String>,
    columns: BTreeMap<String, i64>,
    weight: Option<f64>,
}

fn record() -> Record {
    let strings = (0..100).map(|i| format!("a string of about thirty: {i:05}")).collect();
    let columns = (0..20).map(|i| (format!("column {i}"), i * 1_000_003)).collect();
    Record { id: 1 << 40, strings, columns, weight: Some(0.5) }
}

#[derive(Serialize, Deserialize)]
struct Row {
    id: u64,
    size: u32,
    live: bool,
    next: Option<u64>,
}

fn rows() -> Vec<Row> {
    (0..1000).map(|id| Row { id, size: 1 << 20, live: true, next: None }).collect()
}

fn numbers() -> Vec<u64> {
    (0..10_000).map(|number| number % 100).collect()
}

fn reals() -> Vec<f64> {
    (1..=1000_u32).map(|number| 1.0 / f64::from(number)).collect()
}

fn bytes() -> ByteBuf {
    ByteBuf::from((0..6000_u32).map(|byte| byte.to_le_bytes()[0]).collect::<Vec<_>>())
}
