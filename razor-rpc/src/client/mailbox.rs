//! Where the answer of a call is put, and who waits for it there.
//!
//! One value for one waiter, like a oneshot channel, made for how a call uses it: who waits is known before the request
//! goes out, so that nothing has to be registered afterwards; and its memory is used again by the next call of the thread.
//! Knows neither requests nor connections.

use super::call::Answer;
use parking_lot::Mutex;
use std::cell::RefCell;
use std::mem;
use std::task::{Context, Poll, Waker};
use triomphe::{Arc, UniqueArc};

/// Slots kept by each thread: as many calls as are answered before others have their turn.
const KEPT: usize = 64;

thread_local! {
    static SPARE: RefCell<Vec<UniqueArc<Slot>>> = const { RefCell::new(Vec::new()) };
}

struct Slot(Mutex<State>);

enum State {
    /// Who waits.
    Waiting(Waker),
    Answered(Answer),
    /// There is no answer: it was taken, or whoever had to give it is gone.
    Over,
}

/// Gives the answer. Dropped instead, it tells that there is none.
pub(super) struct Giver(Option<Arc<Slot>>);

/// Waits for the answer.
pub(super) struct Waiter(Option<Arc<Slot>>);

/// A slot in which `waker` waits.
#[inline]
pub(super) fn slot(waker: &Waker) -> (Giver, Waiter) {
    let waiting = State::Waiting(waker.clone());
    // A thread that is ending keeps nothing.
    let spare = SPARE.try_with(|spare| spare.borrow_mut().pop()).ok().flatten();
    let mut slot = spare.unwrap_or_else(|| UniqueArc::new(Slot(Mutex::new(State::Over))));
    *slot.0.get_mut() = waiting;
    let slot = slot.shareable();
    (Giver(Some(slot.clone())), Waiter(Some(slot)))
}

impl Giver {
    #[inline]
    pub(super) fn give(mut self, answer: Answer) {
        self.end(State::Answered(answer));
    }

    /// Whether nobody waits any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.0.as_ref().is_none_or(Arc::is_unique)
    }

    #[inline]
    fn end(&mut self, end: State) {
        let Some(slot) = self.0.take() else { return };
        let before = mem::replace(&mut *slot.0.lock(), end);
        // Before the wake, so that the waiter finds the slot its own.
        drop(slot);
        if let State::Waiting(waker) = before {
            waker.wake();
        }
    }
}

impl Drop for Giver {
    #[inline]
    fn drop(&mut self) {
        self.end(State::Over);
    }
}

impl Waiter {
    /// Whether whoever had to give the answer has done so, or is gone.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.0.as_ref().is_none_or(Arc::is_unique)
    }

    /// The answer, or `None` if there will be none. Ready once.
    #[inline]
    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<Option<Answer>> {
        let Some(slot) = &mut self.0 else { return Poll::Ready(None) };
        let state = match Arc::get_mut(slot) {
            Some(Slot(state)) => mem::replace(state.get_mut(), State::Over),
            None => match slot.poll_shared(cx) {
                Poll::Ready(state) => state,
                Poll::Pending => return Poll::Pending,
            },
        };
        Poll::Ready(match state {
            State::Answered(answer) => Some(answer),
            State::Waiting(_) | State::Over => None,
        })
    }

    /// Keeps the slot for the next call, if nobody else has it.
    #[inline]
    pub(super) fn give_back(mut self) {
        let unique = self.0.take_if(|slot| slot.is_unique()).and_then(Arc::into_unique);
        let Some(slot) = unique else { return };
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT {
                spare.push(slot);
            }
        });
    }
}

impl Drop for Waiter {
    /// Whoever does not wait any more is not woken, and its waker, which may hold a whole task, is let go.
    #[inline]
    fn drop(&mut self) {
        if let Some(slot) = self.0.take()
            && !slot.is_unique()
        {
            let before = mem::replace(&mut *slot.0.lock(), State::Over);
            drop(slot);
            drop(before);
        }
    }
}

impl Slot {
    /// Polled while the giver has the slot too.
    fn poll_shared(&self, cx: &Context<'_>) -> Poll<State> {
        let mut state = self.0.lock();
        let State::Waiting(waker) = &mut *state else {
            return Poll::Ready(mem::replace(&mut *state, State::Over));
        };
        if !waker.will_wake(cx.waker()) {
            let before = mem::replace(waker, cx.waker().clone());
            // What a waker does when it is dropped is not known here.
            drop(state);
            drop(before);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use razor_stream::client::Response;
    use razor_stream::error::{EncodedErr, RpcError};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn counted() -> (std::sync::Arc<Count>, Waker) {
        let count = std::sync::Arc::<Count>::default();
        (count.clone(), count.into())
    }

    fn wakes(count: &Count) -> usize {
        count.0.load(Ordering::SeqCst)
    }

    fn is_answer(polled: &Poll<Option<Answer>>) -> bool {
        matches!(polled, Poll::Ready(Some(Ok(_))))
    }

    #[test]
    fn an_answer_wakes_the_waiter_and_is_taken_once() {
        let (count, waker) = counted();
        let (giver, mut waiter) = slot(&waker);
        assert!(waiter.poll(&Context::from_waker(&waker)).is_pending());
        assert_eq!(wakes(&count), 0);
        giver.give(Ok(Response::default()));
        assert_eq!(wakes(&count), 1);
        assert!(is_answer(&waiter.poll(&Context::from_waker(&waker))));
        assert!(matches!(waiter.poll(&Context::from_waker(&waker)), Poll::Ready(None)));
    }

    #[test]
    fn whoever_polled_last_is_woken() {
        let ((first, one), (last, two)) = (counted(), counted());
        let (giver, mut waiter) = slot(&one);
        assert!(waiter.poll(&Context::from_waker(&two)).is_pending());
        giver.give(Err(RpcError::User(EncodedErr::Num(1))));
        assert_eq!((wakes(&first), wakes(&last)), (0, 1));
    }

    #[test]
    fn a_giver_that_is_dropped_tells_that_there_is_no_answer() {
        let (count, waker) = counted();
        let (giver, mut waiter) = slot(&waker);
        drop(giver);
        assert_eq!(wakes(&count), 1);
        assert!(matches!(waiter.poll(&Context::from_waker(&waker)), Poll::Ready(None)));
    }

    #[test]
    fn a_waiter_that_is_gone_is_seen() {
        let (_, waker) = counted();
        let (giver, waiter) = slot(&waker);
        assert!(!giver.is_abandoned());
        drop(waiter);
        assert!(giver.is_abandoned());
        giver.give(Ok(Response::default()));
    }

    #[test]
    fn a_slot_is_used_again_once_nobody_else_has_it() {
        std::thread::spawn(|| {
            let (_, waker) = counted();
            let (giver, waiter) = slot(&waker);
            waiter.give_back();
            assert!(SPARE.with_borrow(Vec::is_empty), "its giver may still use it");
            drop(giver);

            let (giver, mut waiter) = slot(&waker);
            giver.give(Ok(Response::default()));
            assert!(is_answer(&waiter.poll(&Context::from_waker(&waker))));
            let kept = waiter.0.as_ref().map(Arc::as_ptr);
            waiter.give_back();
            let (_giver, mut again) = slot(&waker);
            assert_eq!(again.0.as_ref().map(Arc::as_ptr), kept);
            assert!(again.poll(&Context::from_waker(&waker)).is_pending(), "it is as new");
        })
        .join()
        .expect("the thread ends well");
    }

    #[test]
    fn a_waiter_that_is_gone_is_not_woken() {
        let (count, waker) = counted();
        let (giver, waiter) = slot(&waker);
        drop(waiter);
        assert_eq!(std::sync::Arc::strong_count(&count), 2, "its waker is let go");
        giver.give(Ok(Response::default()));
        assert_eq!(wakes(&count), 0, "woken for a call that was given up");
    }

    #[test]
    fn answers_cross_threads() {
        for _ in 0..1000 {
            let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
            let (giver, mut waiter) = slot(&waker);
            let gives = std::thread::spawn(move || giver.give(Ok(Response::default())));
            while !is_answer(&waiter.poll(&Context::from_waker(&waker))) {
                std::thread::park();
            }
            waiter.give_back();
            gives.join().expect("it gives");
        }
    }

    struct Unpark(std::thread::Thread);

    impl Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
}
