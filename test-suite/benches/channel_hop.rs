//! One hop from coroutine to coroutine: the cost of a call's answer, and the cost of a queue in between.
//!
//! Everything runs on one thread. Knows channels alone.

use crossfire::{mpsc, oneshot};
use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use orb::prelude::{AsyncExec, AsyncRuntime};
use orb_tokio::TokioRT;
use std::alloc::System;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

#[global_allocator]
static ALLOCATOR: AllocProfiler<System> = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Items per measurement.
const ITEMS: u64 = 1024;

/// The whole life of the channel through which an answer comes: made, waited for, filled, received.
#[divan::bench]
fn oneshot_life(bencher: Bencher<'_, '_>) {
    let mut context = Context::from_waker(Waker::noop());
    bencher.bench_local(|| {
        let (tx, rx) = oneshot::oneshot();
        let mut rx = pin!(rx);
        assert!(rx.as_mut().poll(&mut context).is_pending());
        tx.send(black_box(7_u64));
        assert!(matches!(rx.as_mut().poll(&mut context), Poll::Ready(Ok(7))));
    });
}

/// A queue at which no coroutine waits.
#[divan::bench]
fn mpsc_bounded_ready(bencher: Bencher<'_, '_>) {
    let (tx, rx) = mpsc::bounded_async::<u64>(1024);
    bencher.bench_local(|| {
        tx.try_send(black_box(7)).expect("there is room");
        rx.try_recv().expect("there is an item")
    });
}

#[divan::bench]
fn mpsc_unbounded_ready(bencher: Bencher<'_, '_>) {
    let (tx, rx) = mpsc::unbounded_async::<u64>();
    bencher.bench_local(|| {
        tx.send(black_box(7)).expect("there is a receiver");
        rx.try_recv().expect("there is an item")
    });
}

/// A queue between two coroutines of a runtime, wakes included.
#[divan::bench(args = [1, 128, 1024])]
fn mpsc_between_tasks(bencher: Bencher<'_, '_>, capacity: usize) {
    let exec = TokioRT::current();
    bencher.counter(ItemsCount::new(ITEMS)).bench_local(|| {
        let (tx, rx) = mpsc::bounded_async::<u64>(capacity);
        exec.spawn_detach(async move {
            for item in 0..ITEMS {
                tx.send(item).await.expect("there is a receiver");
            }
        });
        exec.block_on(async move {
            let mut received = 0;
            while rx.recv().await.is_ok() {
                received += 1;
            }
            assert_eq!(received, ITEMS);
        });
    });
}
