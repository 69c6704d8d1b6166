//! Tasks and their handles: each way for a task to end, and the result that its handle then yields.
//!
//! Does not know where tasks run.

use crate::gate::{Gate, Token, heard, token};
use futures_lite::future::{block_on, pending, yield_now};
use orb::prelude::*;
use razor_rpc_smol::{SmolJoinHandle, SmolRT};
use std::sync::mpsc::channel;
use std::thread;

#[test]
fn an_aborted_task_is_dropped() {
    let exec = SmolRT::one();
    for boxed in [false, true] {
        let (mine, gone) = token();
        let (started, start) = channel();
        let task = exec.spawn(async move {
            let _mine = mine;
            started.send(()).unwrap();
            pending::<()>().await;
        });
        heard(&start);
        assert!(!task.is_finished() && !gone.is_so());
        if boxed {
            Box::new(task).abort_boxed()
        } else {
            task.abort()
        }
        gone.wait();
    }
}

#[test]
fn an_aborted_task_that_has_not_begun_never_runs() {
    let exec = SmolRT::current();
    let (ran, runs) = channel();
    let (mine, gone) = token();
    exec.spawn(async move {
        let _mine = mine;
        ran.send(()).unwrap();
    })
    .abort();
    exec.block_on(async move {
        while !gone.is_so() {
            yield_now().await;
        }
    });
    assert!(runs.try_recv().is_err());
}

#[test]
fn a_task_whose_handle_is_dropped_or_detached_runs_on() {
    let exec = SmolRT::one();
    let leave: [fn(SmolJoinHandle<()>); 3] =
        [drop, |handle| handle.detach(), |handle| Box::new(handle).detach_boxed()];
    for leave in leave {
        let (gate, (done, end)) = (Gate::default(), channel());
        let pass = gate.pass();
        leave(exec.spawn(async move {
            pass.await;
            done.send(()).unwrap();
        }));
        gate.open();
        heard(&end);
    }
}

#[test]
fn a_panicking_task_yields_err_and_its_thread_goes_on() {
    let exec = SmolRT::one();
    let before = exec.block_on(exec.spawn(async { thread::current().id() })).unwrap();
    let task = exec.spawn(async {
        yield_now().await;
        panic!("of a task");
    });
    assert_eq!(exec.block_on(task), Err::<(), ()>(()));
    exec.spawn_detach(async { panic!("of a task without a handle") });
    assert_eq!(exec.block_on(exec.spawn(async { thread::current().id() })), Ok(before));
}

#[test]
fn a_panicking_task_leaves_the_block_on_that_runs_it_alone() {
    let exec = SmolRT::current();
    let ended = exec.block_on(async {
        let task = SmolRT::spawn(async { panic!("of a task") });
        (task.await, SmolRT::spawn(async { 7 }).await)
    });
    assert_eq!(ended, (Err::<(), ()>(()), Ok(7)));
}

#[test]
fn a_panic_in_the_destructor_of_an_aborted_task_ends_nothing_else() {
    let exec = SmolRT::one();
    let (mine, gone) = token();
    let (started, start) = channel();
    let task = exec.spawn(async move {
        let _panics = PanicsWhenDropped(mine);
        started.send(()).unwrap();
        pending::<()>().await;
    });
    heard(&start);
    task.abort();
    gone.wait();
    assert_eq!(exec.block_on(exec.spawn(async { 7 })), Ok(7));
}

#[test]
fn a_panic_with_what_panics_when_dropped_is_an_err_too() {
    let exec = SmolRT::one();
    let (mine, gone) = token();
    let payload = PanicsWhenDropped(mine);
    let task = exec.spawn(async move { std::panic::panic_any(payload) });
    assert_eq!(exec.block_on(task), Err::<(), ()>(()));
    gone.wait();
}

#[test]
fn a_task_whose_executor_is_gone_yields_err() {
    for exec in [SmolRT::current(), SmolRT::one(), SmolRT::multi(2)] {
        let (left, waited) = (exec.spawn(pending::<()>()), exec.spawn(pending::<()>()));
        let waiter = thread::spawn(move || block_on(waited));
        drop(exec);
        assert_eq!(block_on(left), Err(()));
        assert_eq!(waiter.join().unwrap(), Err(()));
    }
}

#[test]
fn a_handle_may_be_polled_after_its_end() {
    let exec = SmolRT::one();
    let mut task = exec.spawn(async { 7 });
    assert_eq!((block_on(&mut task), block_on(&mut task)), (Ok(7), Err(())));
    assert!(task.is_finished());
    task.abort();
}

#[test]
fn what_is_dropped_with_the_executor_may_spawn_and_drop_handles() {
    for exec in [SmolRT::current(), SmolRT::one()] {
        let (mine, gone) = token();
        let (seen, what) = channel();
        let other = exec.spawn(pending::<()>());
        let spawner = SpawnsWhenDropped { other: Some(other), seen, _mine: mine };
        exec.spawn_detach(async move {
            let _spawner = spawner;
            pending::<()>().await;
        });
        exec.spawn_detach(pending::<()>());
        drop(exec);
        gone.wait();
        assert_eq!(heard(&what), Err(()), "a task that was spawned for nobody");
    }
}

/// The crates async-task and blocking would end the process.
#[test]
fn a_value_that_nobody_wants_may_panic_when_it_is_dropped() {
    let exec = SmolRT::one();
    let before = exec.block_on(exec.spawn(async { thread::current().id() })).unwrap();
    let (mine, gone) = token();
    exec.spawn_detach(async move { PanicsWhenDropped(mine) });
    gone.wait();

    let ((mine, gone), gate) = (token(), Gate::default());
    let pass = gate.pass();
    let task = exec.spawn(async move {
        pass.await;
        PanicsWhenDropped(mine)
    });
    gate.open();
    while !task.is_finished() {
        thread::yield_now();
    }
    task.abort();
    gone.wait();

    let (mine, gone) = token();
    drop(SmolRT::spawn_blocking(move || PanicsWhenDropped(mine)));
    gone.wait();
    assert_eq!(exec.block_on(exec.spawn(async { thread::current().id() })), Ok(before));
}

#[test]
fn what_blocks_yields_its_value_or_err() {
    let exec = SmolRT::current();
    exec.block_on(async {
        let here = thread::current().id();
        assert_ne!(exec.spawn_blocking(|| thread::current().id()).await.unwrap(), here);
        let panicking = SmolRT::spawn_blocking(|| panic!("of what blocks"));
        assert_eq!(panicking.await, Err::<(), ()>(()));
    });
}

#[test]
fn what_blocks_runs_also_without_its_handle() {
    let (done, end) = channel();
    // Enough closures that some wait for a thread when their handle is dropped.
    for number in 0..64 {
        let done = done.clone();
        drop(SmolRT::spawn_blocking(move || done.send(number).unwrap()));
    }
    let mut ran: Vec<_> = (0..64).map(|_| heard(&end)).collect();
    ran.sort_unstable();
    assert!(ran.into_iter().eq(0..64));
}

struct PanicsWhenDropped(#[expect(dead_code, reason = "it is dropped after this")] Token);

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("of a destructor");
    }
}

struct SpawnsWhenDropped {
    other: Option<SmolJoinHandle<()>>,
    seen: std::sync::mpsc::Sender<Result<(), ()>>,
    _mine: Token,
}

impl Drop for SpawnsWhenDropped {
    fn drop(&mut self) {
        self.other.take().unwrap().abort();
        drop(SmolRT::spawn(pending::<()>()));
        let spawned = SmolRT::spawn(async {});
        assert!(spawned.is_finished());
        self.seen.send(block_on(spawned)).unwrap();
    }
}
