//! The threads of an executor: how many, what runs on them, and how they end.
//!
//! Does not know sockets.

use crate::gate::{Gate, Token, heard, token};
use futures_lite::future::pending;
use orb::prelude::*;
use razor_rpc_smol::{SmolExec, SmolRT};
use std::cell::RefCell;
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread;

fn name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

/// Leaves a token with each thread of `exec`; it is dropped with the thread.
fn leave(exec: &SmolExec, threads: usize, mine: &Arc<Token>) {
    thread_local! {
        static LEFT: RefCell<Vec<Arc<Token>>> = const { RefCell::new(Vec::new()) };
    }
    // Each task holds its thread until all tasks have one.
    let barrier = Arc::new(Barrier::new(threads));
    let tasks = (0..threads).map(|_| {
        let (mine, barrier) = (mine.clone(), barrier.clone());
        exec.spawn(async move {
            LEFT.with_borrow_mut(|left| left.push(mine));
            barrier.wait();
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        exec.block_on(task).unwrap();
    }
}

#[test]
fn there_are_as_many_threads_as_were_asked_for_and_they_have_names() {
    let exec = SmolRT::multi(3);
    let barrier = Arc::new(Barrier::new(3));
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            let barrier = barrier.clone();
            exec.spawn(async move {
                barrier.wait();
                name()
            })
        })
        .collect();
    let mut names: Vec<_> = tasks.into_iter().map(|task| exec.block_on(task).unwrap()).collect();
    names.sort();
    assert_eq!(names, ["smol-1", "smol-2", "smol-3"]);

    let cpus = thread::available_parallelism().unwrap();
    let said = [(SmolRT::multi(0), cpus.get()), (SmolRT::one(), 1), (SmolRT::current(), 0)];
    for (exec, workers) in said {
        assert!(format!("{exec:?}").contains(&format!("workers: {workers}")), "{exec:?}");
    }
}

#[test]
fn a_thread_outside_that_waits_runs_no_task() {
    let exec = SmolRT::one();
    exec.block_on(async {
        for _ in 0..100 {
            assert_eq!(SmolRT::spawn(async { name() }).await.unwrap(), "smol-1");
        }
    });
}

#[test]
fn without_threads_tasks_run_in_block_on_alone() {
    let exec = SmolRT::current();
    let task = exec.spawn(async { thread::current().id() });
    assert!(!task.is_finished());
    assert_eq!(exec.block_on(task), Ok(thread::current().id()));
}

#[test]
fn threads_end_with_the_last_handle_and_tasks_with_them() {
    let exec = SmolRT::multi(2);
    let (of_task, task_gone) = token();
    exec.spawn_detach(async move {
        let _mine = of_task;
        pending::<()>().await;
    });
    let (of_threads, threads_gone) = token();
    let of_threads = Arc::new(of_threads);
    leave(&exec, 2, &of_threads);
    drop(of_threads);
    let clone = exec.clone();
    drop(exec);
    assert_eq!(clone.block_on(clone.spawn(async { 7 })), Ok(7));
    assert!(!task_gone.is_so() && !threads_gone.is_so());
    drop(clone);
    task_gone.wait();
    threads_gone.wait();
}

#[test]
fn a_task_may_drop_the_last_handle() {
    for threads in [1, 2] {
        let exec = SmolRT::multi(threads);
        let (of_threads, threads_gone) = token();
        let of_threads = Arc::new(of_threads);
        leave(&exec, threads, &of_threads);
        drop(of_threads);
        let (gate, (done, end)) = (Gate::default(), channel());
        let (pass, last) = (gate.pass(), exec.clone());
        exec.spawn_detach(async move {
            pass.await;
            drop(last);
            // The threads end when this returns; a task that is spawned now is dropped with the executor.
            SmolRT::spawn_detach(pending::<()>());
            done.send(()).unwrap();
        });
        drop(exec);
        gate.open();
        heard(&end);
        threads_gone.wait();
    }
}

#[test]
fn a_task_that_was_woken_by_another_thread_runs() {
    for exec in [SmolRT::one(), SmolRT::multi(2)] {
        let (gate, (done, end)) = (Gate::default(), channel());
        let again = gate.clone();
        exec.spawn_detach(async move {
            loop {
                again.pass().await;
                done.send(()).unwrap();
            }
        });
        for _ in 0..1000 {
            gate.open();
            heard(&end);
        }
    }
}

#[test]
fn block_on_that_was_woken_by_another_thread_goes_on() {
    for exec in [SmolRT::current(), SmolRT::one()] {
        let (gate, (done, end)) = (Gate::default(), channel());
        let opener = gate.clone();
        let opening = thread::spawn(move || {
            for _ in 0..1000 {
                opener.open();
                heard(&end);
            }
        });
        exec.block_on(async {
            for _ in 0..1000 {
                gate.pass().await;
                done.send(()).unwrap();
            }
        });
        opening.join().unwrap();
    }
}
