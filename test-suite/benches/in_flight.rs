//! The table of requests in flight: a request in and its answer out, at windows of different lengths.
//!
//! Answers in the order of the requests find their places in the ring; one request that stays, while the others go
//! round, is overtaken and moves to the map. Knows sequence numbers alone.

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use razor_rpc::razor_stream::proto::machines::InFlight;
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: AllocProfiler<System> = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Requests in flight; the library's default window is the last.
const WINDOWS: [u64; 3] = [1, 128, 1024];
/// Requests per measurement.
const REQUESTS: u64 = 4096;

#[divan::bench(args = WINDOWS)]
fn answers_in_order(bencher: Bencher<'_, '_>, window: u64) {
    let (mut table, mut next) = filled(window);
    bencher.counter(ItemsCount::new(REQUESTS)).bench_local(|| {
        for _ in 0..REQUESTS {
            assert!(table.remove(black_box(next - window)).is_some());
            table.insert(next, ITEM);
            next += 1;
        }
    });
}

#[divan::bench(args = WINDOWS)]
fn answers_in_reverse_batches(bencher: Bencher<'_, '_>, window: u64) {
    let (mut table, mut next) = filled(window);
    bencher.counter(ItemsCount::new(REQUESTS)).bench_local(|| {
        for _ in 0..REQUESTS / window {
            for back in 1..=window {
                assert!(table.remove(black_box(next - back)).is_some());
            }
            for _ in 0..window {
                table.insert(next, ITEM);
                next += 1;
            }
        }
    });
}

#[divan::bench(args = WINDOWS)]
fn one_is_overtaken(bencher: Bencher<'_, '_>, window: u64) {
    let mut table = InFlight::default();
    table.insert(0, ITEM);
    let mut next = 1;
    for _ in 0..window {
        table.insert(next, ITEM);
        next += 1;
    }
    bencher.counter(ItemsCount::new(REQUESTS)).bench_local(|| {
        for _ in 0..REQUESTS {
            assert!(table.remove(black_box(next - window)).is_some());
            table.insert(next, ITEM);
            next += 1;
        }
    });
}

fn filled(window: u64) -> (InFlight<Item>, u64) {
    let mut table = InFlight::default();
    for seq in 0..window {
        table.insert(seq, ITEM);
    }
    (table, window)
}

/// A value as large as the entry of a request in a connection: a completion, a deadline, a buffer.
type Item = [u64; 6];
const ITEM: Item = [1; 6];
