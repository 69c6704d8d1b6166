//! Frames: encoding and decoding of requests and responses, in batches of 64 as a connection has them under load.
//!
//! Time and allocations are of a whole batch; the counter gives frames per second. Knows bytes alone.

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use razor_rpc::razor_stream::proto::machines::{
    Decoder, Direction, Input, Output, RequestFrame, Step,
};
use razor_rpc::razor_stream::proto::{FrameTooLarge, Limits, RpcAction};
use std::alloc::System;
use std::io::IoSlice;

#[global_allocator]
static ALLOCATOR: AllocProfiler<System> = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Frames of a batch.
const BATCH: usize = 64;
/// Bytes of the message: 64 bytes as msgpack, as a typical small call has them; and a large one.
const MESSAGES: [usize; 2] = [66, 4096];
/// What a generated client calls.
const ACTION: RpcAction<'static> = RpcAction::Str("Echo.echo");

/// A request as its caller renders it, into a buffer that has been used before.
#[divan::bench(args = MESSAGES)]
fn render_request(bencher: Bencher<'_, '_>, len: usize) {
    let msg = vec![7; len];
    bencher
        .counter(ItemsCount::new(1_u32))
        .with_inputs(|| Vec::with_capacity(len + 128))
        .bench_values(|buffer| request(buffer, &msg));
}

/// Responses encoded behind each other, as a connection answers a batch.
#[divan::bench(args = MESSAGES)]
fn encode_responses(bencher: Bencher<'_, '_>, len: usize) {
    let msg = vec![7; len];
    let mut output = Output::default();
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        output.clear();
        push_responses(black_box(&mut output), &msg);
    });
}

/// Requests decoded in place.
#[divan::bench(args = MESSAGES)]
fn decode_requests(bencher: Bencher<'_, '_>, len: usize) {
    let msg = vec![7; len];
    let frames: Vec<u8> = (1..=BATCH as u64)
        .flat_map(|seq| {
            let mut bytes = RequestFrame::begin(Vec::new(), ACTION, 0).expect("a valid action");
            bytes.extend_from_slice(&msg);
            bytes[8..16].copy_from_slice(&seq.to_le_bytes());
            bytes[24..28].copy_from_slice(&u32::try_from(len).expect("short").to_le_bytes());
            bytes
        })
        .collect();
    decode(bencher, || Decoder::requests(Limits::default()), &frames);
}

/// Responses decoded in place.
#[divan::bench(args = MESSAGES)]
fn decode_responses(bencher: Bencher<'_, '_>, len: usize) {
    let mut output = Output::default();
    push_responses(&mut output, &vec![7; len]);
    let mut slices = [IoSlice::new(&[]); 16];
    let filled = output.slices(&mut slices);
    let frames: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect();
    decode(bencher, || Decoder::replies(Limits::default()), &frames);
}

fn request(buffer: Vec<u8>, msg: &[u8]) -> RequestFrame {
    let mut bytes = RequestFrame::begin(buffer, ACTION, 0).expect("a valid action");
    bytes.extend_from_slice(black_box(msg));
    RequestFrame::finish(bytes, None, &Limits::default()).expect("within the limits")
}

fn push_responses(output: &mut Output, msg: &[u8]) {
    for seq in 1..=BATCH as u64 {
        let pushed = output.push_success::<FrameTooLarge>(seq, &Limits::default(), None, |out| {
            out.extend_from_slice(black_box(msg));
            Ok(())
        });
        pushed.expect("within the limits");
    }
}

/// Decodes `frames` from reads of the size that a connection has. The decoder is a new one each time, since a `seq` may
/// not come again.
fn decode<D: Direction>(bencher: Bencher<'_, '_>, new: fn() -> Decoder<D>, frames: &[u8]) {
    let mut input = Input::default();
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        let (mut decoder, mut found) = (new(), 0);
        for read in frames.chunks(Input::CAPACITY / 2) {
            let (into, reserve) = decoder.target(&mut input);
            into.reserve(reserve);
            into.extend_from_slice(read);
            decoder.filled(&mut input);
            while let Step::Frame(frame) = decoder.next(&mut input).expect("well-formed frames") {
                black_box(&frame);
                found += 1;
            }
        }
        assert_eq!(found, BATCH);
    });
}
