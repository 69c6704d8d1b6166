//! The codec: msgpack of bytes and of a struct with strings, into a buffer that has been used before.
//!
//! Knows values and bytes. Does not know frames.

use divan::{AllocProfiler, Bencher, black_box};
use razor_rpc::{Codec, MsgpCodec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteBuf, Bytes};
use std::alloc::System;
use std::collections::{BTreeMap, HashMap};

#[global_allocator]
static ALLOCATOR: AllocProfiler<System> = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Bytes of a small message, of one that still fits a read buffer, and of a large one.
const SIZES: [usize; 3] = [64, 4 << 10, 1 << 20];

#[divan::bench(args = SIZES)]
fn encode_bytes(bencher: Bencher<'_, '_>, len: usize) {
    encode(bencher, &ByteBuf::from(vec![7; len]));
}

#[divan::bench(args = SIZES)]
fn decode_bytes(bencher: Bencher<'_, '_>, len: usize) {
    let bytes = MsgpCodec.encode(&ByteBuf::from(vec![7; len])).expect("bytes encode");
    bencher.bench(|| MsgpCodec.decode::<ByteBuf>(black_box(&bytes)));
}

/// Without a copy: the bytes stay in the read buffer.
#[divan::bench(args = SIZES)]
fn decode_borrowed_bytes(bencher: Bencher<'_, '_>, len: usize) {
    let bytes = MsgpCodec.encode(&ByteBuf::from(vec![7; len])).expect("bytes encode");
    bencher.bench(|| MsgpCodec.decode::<&Bytes>(black_box(&bytes)).map(|bytes| bytes.len()));
}

#[divan::bench]
fn encode_record(bencher: Bencher<'_, '_>) {
    encode(bencher, &record());
}

#[divan::bench]
fn decode_record(bencher: Bencher<'_, '_>) {
    let bytes = MsgpCodec.encode(&record()).expect("a record encodes");
    bencher.bench(|| MsgpCodec.decode::<Record>(black_box(&bytes)));
}

/// A thousand rows of four small fields.
#[divan::bench]
fn decode_rows(bencher: Bencher<'_, '_>) {
    decode::<Vec<Row>>(bencher, &vec![Row { id: 7, size: 1 << 20, live: true, next: None }; 1000]);
}

/// Numbers of one byte each.
#[divan::bench]
fn decode_numbers(bencher: Bencher<'_, '_>) {
    decode::<Vec<u64>>(bencher, &vec![1; 10_000]);
}

#[divan::bench]
fn decode_table(bencher: Bencher<'_, '_>) {
    decode::<HashMap<u64, u64>>(bencher, &(0..1000).map(|i| (i, i)).collect());
}

fn decode<T: Serialize + DeserializeOwned>(bencher: Bencher<'_, '_>, value: &T) {
    let bytes = MsgpCodec.encode(value).expect("a value encodes");
    bencher.bench(|| MsgpCodec.decode::<T>(black_box(&bytes)));
}

fn encode<T: Serialize>(bencher: Bencher<'_, '_>, value: &T) {
    let mut out = Vec::new();
    bencher.bench_local(|| {
        out.clear();
        MsgpCodec.encode_into(black_box(value), &mut out)
    });
}

#[derive(Clone, Serialize, Deserialize)]
struct Row {
    id: u64,
    size: u32,
    live: bool,
    next: Option<u64>,
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
