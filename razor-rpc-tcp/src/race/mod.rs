//! Tries the addresses of a name, each a moment after the one before, until one connects (RFC 8305, "Happy Eyeballs").
//!
//! ```text
//!  a ├──────────────────────────────┤ the others are given up
//!  b     ├─────┤ refused            │
//!  c           ├────────────────────│
//!  d               ├────────────────┤ connected
//!    0   250   400 650
//! ```
//! The next attempt starts at once when one fails, and after a quarter of a second when one does not answer. Knows
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

/// How fast, and how many, addresses are tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How long to wait for an attempt before the next one starts beside it.
    pub(crate) stagger: Duration,
    /// The most attempts at once. One more ends the oldest, so that many silent addresses do not hide one that answers.
    pub(crate) at_once: usize,
    /// The most attempts in all.
    pub(crate) most: usize,
}

/// RFC 8305 recommends a quarter of a second. So a silent address has two seconds before its attempt is ended.
pub(crate) const PACE: Pace = Pace { stagger: Duration::from_millis(250), at_once: 8, most: 64 };

/// Connects to the first of `addrs` that answers, and notes in `record` which ones did not.
///
/// # Errors
/// All addresses have failed, or the limit has passed. The error says what happened at each address.
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
                // No address is left to start.
                pause = Limit::none();
            }
            if race.running.is_empty() {
                return Poll::Ready(None);
            }
            return limit.poll(cx).map(|()| None);
        }
    })
    .await;
    connected.ok_or_else(|| race.take_error(untried.len()))
}

struct Race<'a, F> {
    waiting: slice::Iter<'a, SocketAddr>,
    /// The oldest attempt first.
    running: Vec<Running<F>>,
    ended: Attempts,
    /// The next attempt starts at once: an attempt has failed, or none has begun yet.
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

    /// Takes the failures, and makes the error for a race in which no address has connected.
    fn take_error(&mut self, untried: usize) -> io::Error {
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
    /// Records the addresses that have not answered, so that the next attempt does not start there. The address that
    /// had the longest time comes last.
    fn drop(&mut self) {
        let now = clock::now();
        for silent in self.running.drain(..).rev() {
            self.record.failed(silent.addr, now);
        }
    }
}

#[cfg(test)]
mod tests;
