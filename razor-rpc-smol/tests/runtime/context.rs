//! Static `spawn` uses the executor that its thread works for, and no other.
//!
//! The tests tell executors apart by their threads: each has one.

use crate::gate::{Gate, heard, token};
use futures_lite::future::pending;
use orb::prelude::*;
use razor_rpc_smol::{SmolExec, SmolRT};
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};

/// The thread that runs the tasks of `exec`.
fn thread_of(exec: &SmolExec) -> ThreadId {
    exec.block_on(exec.spawn(async { thread::current().id() })).unwrap()
}

/// The thread on which a task runs that is spawned statically.
async fn spawned() -> ThreadId {
    SmolRT::spawn(async { thread::current().id() }).await.unwrap()
}

/// The panic message of static `spawn` where there is no executor.
fn refusal() -> Option<&'static str> {
    let spawned = catch_unwind(|| drop(SmolRT::spawn(async {})));
    spawned.err().map(|panic| *panic.downcast::<&str>().unwrap())
}

#[test]
fn tasks_spawn_where_they_run() {
    let exec = SmolRT::one();
    let its = thread_of(&exec);
    assert_eq!(exec.block_on(spawned()), its, "in block_on");
    assert_eq!(exec.block_on(exec.spawn(spawned())), Ok(its), "in a task");
    let (done, end) = channel();
    exec.block_on(async {
        SmolRT::spawn_detach(async move { done.send(spawned().await).unwrap() })
    });
    assert_eq!(heard(&end), its, "without a handle");
}

#[test]
fn what_blocks_spawns_where_it_was_called() {
    let exec = SmolRT::one();
    let its = thread_of(&exec);
    let spawn = || SmolRT::spawn(async { thread::current().id() });
    let spawned = exec.block_on(exec.spawn_blocking(spawn)).unwrap();
    assert_eq!(exec.block_on(spawned), Ok(its));
    let spawned = exec.block_on(async { SmolRT::spawn_blocking(spawn).await }).unwrap();
    assert_eq!(exec.block_on(spawned), Ok(its));
}

#[test]
fn a_waker_may_spawn() {
    struct Spawns(Sender<ThreadId>);
    impl Wake for Spawns {
        fn wake(self: Arc<Self>) {
            SmolRT::spawn_detach(async move { self.0.send(thread::current().id()).unwrap() });
        }
    }

    let exec = SmolRT::one();
    let (told, on) = channel();
    let gate = Gate::default();
    let mut pass = pin!(gate.pass());
    let waker = Waker::from(Arc::new(Spawns(told)));
    assert!(pass.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    exec.spawn_detach(async move { gate.open() });
    assert_eq!(heard(&on), thread_of(&exec));
}

#[test]
fn a_nested_block_on_is_left_for_the_executor_of_before() {
    let (outer, inner) = (SmolRT::one(), SmolRT::one());
    let (outers, inners) = (thread_of(&outer), thread_of(&inner));
    outer.block_on(async {
        assert_eq!(inner.block_on(spawned()), inners);
        assert_eq!(spawned().await, outers);
        let current = SmolRT::current();
        assert_eq!(current.block_on(spawned()), thread::current().id());
        assert_eq!(spawned().await, outers);
    });
    assert!(refusal().is_some());
}

#[test]
fn a_panic_out_of_block_on_leaves_it_too() {
    let outer = SmolRT::one();
    let outers = thread_of(&outer);
    let panicking = || {
        for inner in [SmolRT::current(), SmolRT::one()] {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                inner.block_on(async { panic!("of a future in block_on") })
            }));
            assert!(panicked.is_err());
        }
    };
    outer.block_on(async {
        panicking();
        assert_eq!(spawned().await, outers);
    });
    panicking();
    assert!(refusal().is_some());
}

#[test]
fn outside_of_an_executor_spawn_says_what_it_needs() {
    let _unrelated = SmolRT::one();
    let refusal = refusal().unwrap();
    assert!(refusal.contains("SmolExec::block_on"), "{refusal}");
}

/// The task blocks the only thread of its executor.
#[test]
fn block_on_in_a_task_runs_the_other_tasks() {
    let exec = SmolRT::one();
    for inner in [exec.clone(), SmolRT::current(), SmolRT::one()] {
        let (told, nested) = channel();
        exec.spawn_detach(async move {
            told.send(inner.block_on(inner.spawn(async { 7 }))).unwrap();
        });
        assert_eq!(heard(&nested), Ok(7));
    }
}

/// The thread locals of a thread that ends are dropped in an unknown order.
#[test]
fn an_executor_may_be_dropped_with_the_thread_locals_of_a_thread() {
    thread_local! {
        static KEPT: RefCell<Option<SmolExec>> = const { RefCell::new(None) };
    }
    struct Spawns(Sender<bool>);
    impl Drop for Spawns {
        fn drop(&mut self) {
            self.0.send(SmolRT::spawn(async {}).is_finished()).unwrap();
        }
    }

    for entered_first in [false, true] {
        let (told, finished) = channel();
        let (mine, gone) = token();
        let thread = thread::spawn(move || {
            let _mine = mine;
            if entered_first {
                SmolRT::current().block_on(async {});
            }
            KEPT.with(|kept| *kept.borrow_mut() = Some(SmolRT::current()));
            KEPT.with_borrow(|kept| {
                let exec = kept.as_ref().unwrap();
                let spawns = Spawns(told);
                exec.block_on(async {
                    SmolRT::spawn_detach(async move {
                        let _spawns = spawns;
                        pending::<()>().await;
                    });
                });
            });
        });
        thread.join().unwrap();
        gone.wait();
        assert!(heard(&finished));
    }
}

#[test]
fn what_waits_in_block_on_is_dropped_inside_of_it() {
    struct Spawns(Sender<ThreadId>);
    impl Drop for Spawns {
        fn drop(&mut self) {
            let told = self.0.clone();
            SmolRT::spawn_detach(async move { told.send(thread::current().id()).unwrap() });
        }
    }

    let exec = SmolRT::one();
    let (told, on) = channel();
    let spawns = Spawns(told);
    exec.block_on(poll_fn(move |_| {
        let _here = &spawns;
        Poll::Ready(())
    }));
    assert_eq!(heard(&on), thread_of(&exec));
}

/// The thread locals of a worker are dropped when it has left its executor.
#[test]
fn a_thread_local_of_a_worker_may_spawn_when_it_is_dropped() {
    struct Spawns(std::sync::mpsc::Sender<bool>);
    impl Drop for Spawns {
        fn drop(&mut self) {
            let task = SmolRT::spawn(async {});
            self.0.send(task.is_finished()).unwrap();
        }
    }
    thread_local!(static SPAWNS: std::cell::RefCell<Option<Spawns>> = const { std::cell::RefCell::new(None) });
    let (tell, told) = std::sync::mpsc::channel();
    let exec = SmolRT::one();
    let put =
        exec.spawn(async move { SPAWNS.with(|spawns| *spawns.borrow_mut() = Some(Spawns(tell))) });
    exec.block_on(put).unwrap();
    drop(exec);
    assert!(crate::gate::heard(&told), "its executor is gone");
}
