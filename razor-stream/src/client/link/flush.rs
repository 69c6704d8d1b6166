//! Those who wait until what they submitted has left for the kernel.
//!
//! Knows how many bytes have been written, and until where each waits. Does not know requests.

use super::super::Completion;
use super::Link;
use crate::error::RpcIntErr;
use crate::transport::WriteHalf;
use crate::writer::write_now;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

/// Those who wait. They are all woken by each batch that has been written, and look for themselves.
#[derive(Debug, Default)]
pub(super) struct Flushers {
    next: u64,
    waiting: Vec<(u64, Waker)>,
}

impl Flushers {
    /// Returns the waker of before, to be dropped outside of the lock: what it does then is not known.
    #[must_use]
    fn wait(&mut self, number: &mut Option<u64>, waker: Waker) -> Option<Waker> {
        let number = *number.get_or_insert_with(|| {
            self.next += 1;
            self.next
        });
        let before = self.leave(number);
        self.waiting.push((number, waker));
        before
    }

    /// The same for one that does not wait any more.
    #[must_use]
    fn leave(&mut self, number: u64) -> Option<Waker> {
        let place = self.waiting.iter().position(|(waits, _)| *waits == number)?;
        Some(self.waiting.swap_remove(place).1)
    }

    pub(super) fn take(&mut self) -> impl Iterator<Item = Waker> + use<> {
        std::mem::take(&mut self.waiting).into_iter().map(|(_, waker)| waker)
    }
}

/// Whether anybody waits, so that a batch that was written need not take the lock to find out. It is written under the
/// lock, and read by one that has held the lock since it counted what it has written.
#[derive(Debug, Default)]
pub(super) struct Awaited(AtomicBool);

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

    /// A batch has left.
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

/// One that waits; dropped, it does not any more.
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
