//! A number of slots, and the line of those who wait for one.
//!
//! For the requests that a whole server has in hand, and for the places in the queue of its workers. To take a slot
//! and to give it back is one operation on one atomic while nobody waits; whoever waits is served in order. Knows
//! nothing of requests.

use crate::coroutine::wake;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;

/// Somebody stands in line: then nobody else takes a slot.
const LINE: usize = 1 << (usize::BITS - 1);
/// Somebody has given up waiting, and no slot has been given back since.
const STUCK: usize = 1 << (usize::BITS - 2);
/// No slot is taken any more.
const CLOSED: usize = 1 << (usize::BITS - 3);
const FLAGS: usize = LINE | STUCK | CLOSED;

/// A number of slots.
#[derive(Debug)]
pub(crate) struct Slots {
    most: usize,
    /// How many are taken, and the flags above: any of them makes it larger than `most`. Being one atomic, it
    /// orders a slot that is given back and somebody who joins the line: the later of them sees the earlier.
    taken: AtomicUsize,
    line: Mutex<Line>,
}

#[derive(Debug, Default)]
struct Line {
    next: u64,
    /// By number, which rises.
    waiting: VecDeque<(u64, Option<Waker>)>,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is first in line, and a slot is free. It stays so until its place is dropped.
    Yours,
    /// It will be told.
    Waits,
    /// There will be none.
    Closed,
}

/// A place in the line; dropped, it is left.
#[derive(Debug)]
pub(super) struct Place {
    slots: Arc<Slots>,
    number: u64,
}

impl Slots {
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.min(CLOSED - 1), taken: AtomicUsize::new(0), line: Mutex::default() }
    }

    /// Whether one is free, and nobody waits for it.
    pub(super) fn has_room(&self) -> bool {
        self.taken.load(Ordering::Relaxed) < self.most
    }

    /// Takes one without a look: whoever does so has looked before, or it is its turn.
    pub(super) fn take(&self) {
        self.taken.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes one, if one is free and nobody waits for it.
    pub(super) fn try_take(&self) -> bool {
        self.take_if(|taken| taken < self.most)
    }

    /// Takes one for the first in line; `false` if they have been closed meanwhile.
    pub(super) fn take_in_turn(&self) -> bool {
        self.take_if(|taken| taken & CLOSED == 0 && taken & !FLAGS < self.most)
    }

    fn take_if(&self, free: impl Fn(usize) -> bool) -> bool {
        let (set, fetch) = (Ordering::AcqRel, Ordering::Relaxed);
        self.taken.fetch_update(set, fetch, |taken| free(taken).then_some(taken + 1)).is_ok()
    }

    /// Gives one back; returns whether they are closed and this was the last.
    pub(super) fn give_back(&self) -> bool {
        let before = self.taken.fetch_sub(1, Ordering::AcqRel);
        before & FLAGS != 0 && self.given_back(before)
    }

    #[cold]
    fn given_back(&self, before: usize) -> bool {
        if before & STUCK != 0 {
            self.taken.fetch_and(!STUCK, Ordering::Relaxed);
        }
        if before & LINE != 0 {
            let first = self.first_of(&mut self.line.lock());
            wake(first);
        }
        before & CLOSED != 0 && before & !FLAGS == 1
    }

    fn free(&self) -> bool {
        self.taken.load(Ordering::Relaxed) & !FLAGS < self.most
    }

    /// Who is to be told that it is its turn.
    fn first_of(&self, line: &mut Line) -> Option<Waker> {
        if !self.free() {
            return None;
        }
        line.waiting.front_mut().and_then(|(_, waker)| waker.take())
    }

    /// Joins the line, if there is no place in it yet, and looks whether it is this one's turn.
    pub(super) fn poll_turn(self: &Arc<Self>, place: &mut Option<Place>, waker: &Waker) -> Turn {
        let mut line = self.line.lock();
        let number = place.as_ref().map(|place| place.number).unwrap_or_else(|| {
            let number = line.next;
            line.next += 1;
            line.waiting.push_back((number, None));
            self.taken.fetch_or(LINE, Ordering::AcqRel);
            *place = Some(Place { slots: self.clone(), number });
            number
        });
        if self.taken.load(Ordering::Acquire) & CLOSED != 0 {
            return Turn::Closed;
        }
        let Some(at) = line.position(number) else { return Turn::Waits };
        if at == 0 && self.free() {
            return Turn::Yours;
        }
        let waiting = &mut line.waiting[at].1;
        if !waiting.as_ref().is_some_and(|waiting| waiting.will_wake(waker)) {
            *waiting = Some(waker.clone());
        }
        Turn::Waits
    }

    /// Somebody has waited for long: until one is given back there is no use in waiting.
    pub(super) fn give_up(&self) {
        let _freed_meanwhile =
            self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                (taken & !FLAGS >= self.most).then_some(taken | STUCK)
            });
    }

    /// Whether somebody has waited for long, and none has been given back since.
    pub(super) fn is_overloaded(&self) -> bool {
        self.taken.load(Ordering::Relaxed) & STUCK != 0
    }

    /// From now on none is taken; who waits is told. Returns whether none is taken at this moment.
    pub(super) fn close(&self) -> bool {
        let before = self.taken.fetch_or(CLOSED, Ordering::AcqRel);
        let waiting: Vec<_> =
            self.line.lock().waiting.iter_mut().filter_map(|(_, waker)| waker.take()).collect();
        waiting.into_iter().for_each(Waker::wake);
        before & CLOSED == 0 && before & !FLAGS == 0
    }
}

impl Line {
    fn position(&self, number: u64) -> Option<usize> {
        self.waiting.binary_search_by_key(&number, |(number, _)| *number).ok()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut line = self.slots.line.lock();
        let own = line.position(self.number).and_then(|at| line.waiting.remove(at));
        if line.waiting.is_empty() {
            self.slots.taken.fetch_and(!LINE, Ordering::AcqRel);
        }
        let first = self.slots.first_of(&mut line);
        drop(line);
        drop(own);
        wake(first);
    }
}

#[cfg(test)]
mod tests;
