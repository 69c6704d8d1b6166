//! A fixed number of slots, and the line of the coroutines that wait for one.
//!
//! Slots count the detached requests of a whole server, and the places in the queue of its workers. While nobody waits,
//! taking a slot or giving it back is one operation on one atomic; coroutines that wait get their slots in order. Knows
//! nothing of requests.

use crate::coroutine::wake;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;

/// A coroutine waits in line: then only the first in line takes a slot.
const LINE: usize = 1 << (usize::BITS - 1);
/// A coroutine has given up waiting, and no slot has been given back since.
const STUCK: usize = 1 << (usize::BITS - 2);
/// The slots are closed: none is taken any more.
const CLOSED: usize = 1 << (usize::BITS - 3);
const FLAGS: usize = LINE | STUCK | CLOSED;

/// A fixed number of slots.
#[derive(Debug)]
pub(crate) struct Slots {
    most: usize,
    /// The number of taken slots, and the flags above: any flag makes it larger than `most`. Because it is one atomic,
    /// giving a slot back and joining the line are ordered: the later of the two sees the earlier.
    taken: AtomicUsize,
    line: Mutex<Line>,
}

#[derive(Debug, Default)]
struct Line {
    next: u64,
    /// In the order of their numbers, which rise.
    waiting: VecDeque<(u64, Option<Waker>)>,
}

/// Whether it is a coroutine's turn to take a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The coroutine is first in line, and a slot is free. This stays so until its place is dropped.
    Yours,
    /// Its waker will be called.
    Waits,
    /// The slots are closed.
    Closed,
}

/// A place in the line. Dropping it leaves the line.
#[derive(Debug)]
pub(super) struct Place {
    slots: Arc<Slots>,
    number: u64,
}

impl Slots {
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.min(CLOSED - 1), taken: AtomicUsize::new(0), line: Mutex::default() }
    }

    /// Whether a slot is free and no coroutine waits for it.
    pub(super) fn has_room(&self) -> bool {
        self.taken.load(Ordering::Relaxed) < self.most
    }

    /// Takes a slot without a check: the caller has checked before, or it is the caller's turn.
    pub(super) fn take(&self) {
        self.taken.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes a slot if one is free and no coroutine waits for it. Returns whether it has taken one.
    pub(super) fn try_take(&self) -> bool {
        self.take_if(|taken| taken < self.most)
    }

    /// Takes a slot for the first in line. Returns `false` if the slots have been closed meanwhile.
    pub(super) fn take_in_turn(&self) -> bool {
        self.take_if(|taken| taken & CLOSED == 0 && taken & !FLAGS < self.most)
    }

    fn take_if(&self, free: impl Fn(usize) -> bool) -> bool {
        let (set, fetch) = (Ordering::AcqRel, Ordering::Relaxed);
        self.taken.fetch_update(set, fetch, |taken| free(taken).then_some(taken + 1)).is_ok()
    }

    /// Gives a slot back. Returns whether the slots are closed and this was the last one.
    pub(super) fn give_back(&self) -> bool {
        let before = self.taken.fetch_sub(1, Ordering::AcqRel);
        before & FLAGS != 0 && self.after_give_back(before)
    }

    #[cold]
    fn after_give_back(&self, before: usize) -> bool {
        if before & STUCK != 0 {
            self.taken.fetch_and(!STUCK, Ordering::Relaxed);
        }
        if before & LINE != 0 {
            let first = self.take_first(&mut self.line.lock());
            wake(first);
        }
        before & CLOSED != 0 && before & !FLAGS == 1
    }

    fn free(&self) -> bool {
        self.taken.load(Ordering::Relaxed) & !FLAGS < self.most
    }

    /// Takes the waker of the first in line, if a slot is free.
    fn take_first(&self, line: &mut Line) -> Option<Waker> {
        if !self.free() {
            return None;
        }
        line.waiting.front_mut().and_then(|(_, waker)| waker.take())
    }

    /// Joins the line if `place` is empty, and returns whether it is the caller's turn. If it is not yet, `waker` is
    /// called later.
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

    /// Records that a coroutine has waited for long in vain: until a slot is given back, waiting is of no use.
    pub(super) fn give_up(&self) {
        let _freed_meanwhile =
            self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                (taken & !FLAGS >= self.most).then_some(taken | STUCK)
            });
    }

    /// Whether a reader has waited for long, and no slot has been given back since.
    pub(super) fn is_overloaded(&self) -> bool {
        self.taken.load(Ordering::Relaxed) & STUCK != 0
    }

    /// Closes the slots: none is taken any more, and every waiting coroutine is woken. Returns whether this call has
    /// closed them and no slot is taken at this moment.
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
        let first = self.slots.take_first(&mut line);
        drop(line);
        drop(own);
        wake(first);
    }
}

#[cfg(test)]
mod tests;
