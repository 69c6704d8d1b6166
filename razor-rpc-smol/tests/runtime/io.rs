//! Sockets and timers, which are polled by the threads that run tasks.
//!
//! Does not know how tasks end.

use crate::gate::heard;
use futures_lite::future::pending;
use orb::prelude::*;
use razor_rpc_smol::{SmolFD, SmolRT};
use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// More bytes than a socket takes at once.
const MANY: usize = 4 << 20;

fn pair() -> (SmolFD<UnixStream>, SmolFD<UnixStream>) {
    let (here, there) = UnixStream::pair().unwrap();
    (SmolRT::to_async_fd_rw(here).unwrap(), SmolRT::to_async_fd_rw(there).unwrap())
}

async fn send(socket: Arc<SmolFD<UnixStream>>, bytes: Vec<u8>) {
    let mut sent = 0;
    while sent < bytes.len() {
        sent += socket.async_write(|mut s| s.write(&bytes[sent..])).await.unwrap();
    }
}

async fn receive(socket: Arc<SmolFD<UnixStream>>, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    let mut received = 0;
    while received < len {
        received += socket.async_read(|mut s| s.read(&mut bytes[received..])).await.unwrap();
    }
    bytes
}

#[test]
fn bytes_go_both_ways_at_once_on_every_kind_of_executor() {
    for exec in [SmolRT::current(), SmolRT::one(), SmolRT::multi(2)] {
        exec.block_on(async {
            let (here, there) = pair();
            let (here, there) = (Arc::new(here), Arc::new(there));
            let tasks = [(&here, 1), (&there, 2)].map(|(socket, byte)| {
                let sending = SmolRT::spawn(send(socket.clone(), vec![byte; MANY]));
                (sending, SmolRT::spawn(receive(socket.clone(), MANY)), 3 - byte)
            });
            for (sending, receiving, byte) in tasks {
                sending.await.unwrap();
                assert!(receiving.await.unwrap() == [byte].repeat(MANY));
            }
        });
    }
}

#[test]
fn a_blocking_descriptor_no_longer_blocks() {
    let (here, _there) = UnixStream::pair().unwrap();
    let socket = SmolRT::to_async_fd_rd(here).unwrap();
    let read = Read::read(&mut &*socket, &mut [0; 1]);
    assert_eq!(read.unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn errors_of_the_closure_come_out_and_would_block_does_not() {
    let exec = SmolRT::one();
    let (here, _there) = pair();
    exec.block_on(async {
        let mut calls = 0;
        let failed = here.async_write(|_| {
            calls += 1;
            let kind = if calls == 1 { ErrorKind::WouldBlock } else { ErrorKind::Other };
            Err::<(), _>(io::Error::from(kind))
        });
        assert_eq!(failed.await.unwrap_err().kind(), ErrorKind::Other);
        assert_eq!(calls, 2);
    });
}

#[test]
fn connecting_leads_to_the_listener_or_to_an_error() {
    let exec = SmolRT::one();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    exec.block_on(async {
        let here = SmolRT::connect_tcp(&addr).await.unwrap();
        let accepted = SmolRT::to_async_fd_rd(listener).unwrap();
        let (_there, from) = accepted.async_read(|l| l.accept()).await.unwrap();
        assert_eq!(from, TcpStream::local_addr(&here).unwrap());
        drop(accepted);
        let refused = SmolRT::connect_tcp(&addr).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    });

    let path = std::env::temp_dir().join(format!("razor-rpc-smol-{}", std::process::id()));
    let listener = UnixListener::bind(&path).unwrap();
    let connected = exec.block_on(SmolRT::connect_unix(&path));
    std::fs::remove_file(&path).unwrap();
    let there = listener.accept().unwrap().0;
    connected.unwrap().shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!((&there).read(&mut [0; 1]).unwrap(), 0);
    let missing = exec.block_on(SmolRT::connect_unix(&path)).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

#[test]
fn an_interval_ticks_after_one_period_and_then_period_by_period() {
    let period = Duration::from_millis(20);
    #[expect(clippy::disallowed_methods, reason = "the earliest that a tick may come")]
    let start = std::time::Instant::now();
    for exec in [SmolRT::current(), SmolRT::one()] {
        exec.block_on(async {
            let mut interval = SmolRT::interval(period);
            let ticks = [interval.tick().await, interval.tick().await, interval.tick().await];
            assert!(ticks[0] >= start + period);
            assert_eq!([ticks[1] - ticks[0], ticks[2] - ticks[1]], [period, period]);
        });
    }
}

#[test]
fn a_timeout_ends_what_is_not_ready_and_lets_through_what_is() {
    for exec in [SmolRT::current(), SmolRT::one()] {
        exec.block_on(async {
            assert_eq!(SmolRT::timeout(Duration::from_millis(1), pending::<()>()).await, Err(()));
            assert_eq!(SmolRT::timeout(Duration::ZERO, async { 7 }).await, Ok(7));
            // The clock cannot express this time, so it never passes.
            let forever = SmolRT::timeout(Duration::MAX, SmolRT::spawn(async { 7 })).await;
            assert_eq!(forever, Ok(Ok(7)));
            let mut never = SmolRT::interval(Duration::MAX);
            assert!(SmolRT::timeout(Duration::ZERO, never.tick()).await.is_err());
        });
    }
}

/// A waker that records the thread that calls it.
struct Noting {
    waker: Waker,
    threads: Arc<Mutex<HashSet<ThreadId>>>,
}

impl Wake for Noting {
    fn wake(self: Arc<Self>) {
        self.threads.lock().unwrap().insert(thread::current().id());
        self.waker.wake_by_ref();
    }
}

/// Reads from a socket, to which another thread writes, until this thread itself has woken the reader.
///
/// Only the thread that polls the reactor wakes a reader. The thread of async-io polls too at times, so one round trip
/// proves nothing. But if the threads of the executor never poll, only the thread of async-io does, and this function
/// does not end.
async fn read_until_woken_by_this_thread() -> bool {
    let (here, mut there) = UnixStream::pair().unwrap();
    let echo = thread::spawn(move || {
        let mut byte = [0];
        while there.read(&mut byte).unwrap() > 0 {
            there.write_all(&byte).unwrap();
        }
    });
    let here = SmolRT::to_async_fd_rw(here).unwrap();
    let woken_by = Arc::new(Mutex::new(HashSet::new()));
    let this = thread::current().id();
    let mut woken = false;
    for _ in 0..100_000 {
        here.async_write(|mut s| s.write(b"x")).await.unwrap();
        {
            let mut byte = [0];
            let mut read = pin!(here.async_read(|mut s| s.read(&mut byte)));
            let polled = poll_fn(|cx| {
                let noting = Noting { waker: cx.waker().clone(), threads: woken_by.clone() };
                read.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::new(noting))))
            });
            assert_eq!(polled.await.unwrap(), 1);
        }
        woken = woken_by.lock().unwrap().contains(&this);
        if woken {
            break;
        }
    }
    drop(here);
    echo.join().unwrap();
    woken
}

#[test]
fn the_thread_that_runs_tasks_polls_the_sockets() {
    assert!(SmolRT::current().block_on(read_until_woken_by_this_thread()), "in block_on");
    let exec = SmolRT::one();
    let (told, woken) = channel();
    exec.spawn_detach(async move { told.send(read_until_woken_by_this_thread().await).unwrap() });
    assert!(heard(&woken), "in a thread of the executor");
}
