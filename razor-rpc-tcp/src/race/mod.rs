//! Tries the addresses of a name, one a moment after the other, until one connects (RFC 8305, "Happy Eyeballs").
//!
//! ```text
//!  a ├──────────────────────────────┤ the others are given up
//!  b     ├─────┤ refused            │
//!  c           ├────────────────────│
//!  d               ├────────────────┤ connected
//!    0   250   400 650
//! ```
//! An attempt that fails starts the next one at once, and one that does not answer after a quarter of a second. Knows
//! futures that connect. Does not know sockets, or names.

use crate::attempts::{Attempts, Failure};
use crate::limit::Limit;
use crate::order::Record;
use orb::prelude::AsyncRuntime;
use razor_stream::clock;
use std::future::{Future, poll_fn};
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::pin::Pin;
use std::slice;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// How addresses are tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How long to wait for one before the next is tried as well.
    pub(crate) stagger: Duration,
    /// Attempts at once. One more ends the oldest, so that many silent addresses do not hide one that lives.
    pub(crate) at_once: usize,
    /// Attempts in all.
    pub(crate) most: usize,
}

/// A quarter of a second is what RFC 8305 recommends. Before it is given up, a silent address has two seconds.
pub(crate) const PACE: Pace = Pace { stagger: Duration::from_millis(250), at_once: 8, most: 64 };

/// Connects to the first of `addrs` that answers, and notes in `record` which ones did not.
///
/// # Errors
/// When all have failed, or the limit has passed: what became of each.
///
/// # Cancellation
/// Dropping the future ends all attempts.
pub(crate) async fn first_of<RT, F, C>(
    addrs: &[SocketAddr],
    pace: Pace,
    record: &Record,
    limit: &mut Limit,
    connect: impl Fn(SocketAddr) -> F + Send + Sync,
) -> io::Result<C>
where
    RT: AsyncRuntime,
    F: Future<Output = io::Result<C>> + Send,
    C: Send,
{
    let (tried, untried) = addrs.split_at(addrs.len().min(pace.most));
    let mut race = Race {
        waiting: tried.iter(),
        running: Vec::new(),
        ended: Attempts::default(),
        next_at_once: true,
        record,
    };
    let mut pause = Limit::none();
    let connected = poll_fn(|cx| {
        loop {
            if let Some(connected) = race.poll_running(cx) {
                return Poll::Ready(Some(connected));
            }
            let starts = race.next_at_once || pause.poll(cx).is_ready();
            if starts && race.start_next(pace.at_once, &connect) {
                pause = Limit::after::<RT>(pace.stagger);
                continue;
            }
            if starts {
                // There is none left to start.
                pause = Limit::none();
            }
            if race.running.is_empty() {
                return Poll::Ready(None);
            }
            return limit.poll(cx).map(|()| None);
        }
    })
    .await;
    connected.ok_or_else(|| race.lost(untried.len()))
}

struct Race<'a, F> {
    waiting: slice::Iter<'a, SocketAddr>,
    /// The oldest attempt first.
    running: Vec<Running<F>>,
    ended: Attempts,
    /// An attempt has failed, or there was none yet.
    next_at_once: bool,
    record: &'a Record,
}

struct Running<F> {
    addr: SocketAddr,
    began: Instant,
    connecting: Pin<Box<F>>,
}

impl<F> Race<'_, F> {
    fn start_next(&mut self, at_once: usize, connect: impl Fn(SocketAddr) -> F) -> bool {
        self.next_at_once = false;
        let Some(addr) = self.waiting.next() else { return false };
        let now = clock::now();
        if self.running.len() >= at_once {
            let silent = self.running.remove(0);
            self.record.failed(silent.addr, now);
            self.ended.failed(silent.addr, silent.silence(now));
        }
        let connecting = Box::pin(connect(*addr));
        self.running.push(Running { addr: *addr, began: now, connecting });
        true
    }

    fn poll_running<C>(&mut self, cx: &mut Context<'_>) -> Option<C>
    where
        F: Future<Output = io::Result<C>>,
    {
        let mut at = 0;
        while let Some(running) = self.running.get_mut(at) {
            let Poll::Ready(ended) = running.connecting.as_mut().poll(cx) else {
                at += 1;
                continue;
            };
            let Running { addr, .. } = self.running.remove(at);
            match ended {
                Ok(connected) => {
                    self.record.accepted(addr);
                    return Some(connected);
                }
                Err(cause) => {
                    self.record.failed(addr, clock::now());
                    self.ended.failed(addr, Failure::Error(cause));
                    self.next_at_once = true;
                }
            }
        }
        None
    }

    /// What to say when none has connected.
    fn lost(&mut self, untried: usize) -> io::Error {
        let (mut ended, now) = (mem::take(&mut self.ended), clock::now());
        for silent in &self.running {
            ended.failed(silent.addr, silent.silence(now));
        }
        ended.into_error(self.waiting.len() + untried)
    }
}

impl<F> Running<F> {
    fn silence(&self, now: Instant) -> Failure {
        Failure::NoAnswer(now.duration_since(self.began))
    }
}

impl<F> Drop for Race<'_, F> {
    /// What has not answered by the end is not where the next attempt starts. What had the longest time comes last.
    fn drop(&mut self) {
        let now = clock::now();
        for silent in self.running.drain(..).rev() {
            self.record.failed(silent.addr, now);
        }
    }
}

#[cfg(test)]
mod tests;
