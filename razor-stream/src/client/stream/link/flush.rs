//! Waiting until submitted requests have left for the kernel.
//!
//! Knows how many bytes have been written, and how many each caller waits for. Does not know requests.

use super::state::{Link, State};
use crate::client::Completion;
use crate::error::RpcIntErr;
use crate::proto::Left;
use crate::transport::WriteHalf;
use crate::writer::{Gate, Sender, write_now};
use std::future::poll_fn;
use std::io;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

impl<K: Completion, W: WriteHalf> Link<K, W> {
    /// Writes what has gathered, and waits until all of it has left.
    pub(in crate::client) async fn flush(&self) -> Result<(), RpcIntErr> {
        let (until, output) = {
            let outbox = &mut self.state.lock().gate.outbox;
            (outbox.end(), outbox.claim())
        };
        if let Some(output) = output {
            write_now(self, &*self.write, output);
        }
        let mut waits = Waits { link: self, until, number: None };
        poll_fn(|cx| waits.poll(cx)).await
    }

    /// Wakes the callers of `flush`, because a batch has left.
    pub(super) fn wake_flushers(&self) {
        if self.awaited.0.load(Ordering::Relaxed) {
            let mut state = self.state.lock();
            self.awaited.0.store(false, Ordering::Relaxed);
            let flushers = state.flushers.take();
            drop(state);
            flushers.for_each(Waker::wake);
        }
    }
}

/// The wait of one caller, which ends when this is dropped.
struct Waits<'a, K: Completion, W: WriteHalf> {
    link: &'a Link<K, W>,
    until: u64,
    number: Option<u64>,
}

impl<K: Completion, W: WriteHalf> Waits<'_, K, W> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), RpcIntErr>> {
        let waker = cx.waker().clone();
        let mut state = self.link.state.lock();
        if state.session.is_closed() {
            drop(state);
            return Poll::Ready(Err(self.link.end_cause()));
        }
        if state.gate.outbox.written() >= self.until {
            drop(state);
            return Poll::Ready(Ok(()));
        }
        let before = state.flushers.wait(&mut self.number, waker);
        self.link.awaited.0.store(true, Ordering::Relaxed);
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl<K: Completion, W: WriteHalf> Drop for Waits<'_, K, W> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let waker = self.link.state.lock().flushers.leave(number);
            drop(waker);
        }
    }
}

impl<K: Completion, W: WriteHalf> Sender for Link<K, W> {
    fn with_gate<R>(&self, look: impl FnOnce(&mut Gate, usize) -> R) -> Option<R> {
        let State { session, gate, .. } = &mut *self.state.lock();
        if session.is_closed() { None } else { Some(look(gate, session.in_flight())) }
    }

    fn left(&self, _: Left) {
        // A request holds its place until its reply, not until it has been written.
        self.wake_flushers();
    }

    fn broken(&self, error: io::Error) {
        self.close(&self.lost(error));
    }
}
