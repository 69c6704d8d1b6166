//! Carries the answer of a call to the caller that waits for it.
//!
//! A mailbox is a oneshot channel made for calls: it knows the waker of the caller before the request goes out, so the
//! caller need not register later; and the next call of the thread uses its memory again. Knows neither requests nor
//! connections.

use super::call::Answer;
use parking_lot::Mutex;
use std::cell::RefCell;
use std::mem;
use std::task::{Context, Poll, Waker};
use triomphe::{Arc, UniqueArc};

/// The most mailboxes that a thread keeps: as many calls as are answered before other coroutines have their turn.
const KEPT: usize = 64;

thread_local! {
    static SPARE: RefCell<Vec<UniqueArc<Mailbox>>> = const { RefCell::new(Vec::new()) };
}

struct Mailbox(Mutex<State>);

enum State {
    /// The waker of the caller that waits.
    Waiting(Waker),
    Answered(Answer),
    /// There is no answer: it was taken, or one of the two ends was dropped.
    Over,
}

/// The end that gives the answer. If it is dropped instead, there will be no answer.
pub(super) struct Giver(Option<Arc<Mailbox>>);

/// The end that waits for the answer.
pub(super) struct Waiter(Option<Arc<Mailbox>>);

/// Makes a mailbox whose caller is woken by `waker`.
#[inline]
pub(super) fn mailbox(waker: &Waker) -> (Giver, Waiter) {
    let waiting = State::Waiting(waker.clone());
    // A thread that is ending keeps no mailboxes.
    let spare = SPARE.try_with(|spare| spare.borrow_mut().pop()).ok().flatten();
    let mut mailbox = spare.unwrap_or_else(|| UniqueArc::new(Mailbox(Mutex::new(State::Over))));
    *mailbox.0.get_mut() = waiting;
    let mailbox = mailbox.shareable();
    (Giver(Some(mailbox.clone())), Waiter(Some(mailbox)))
}

impl Giver {
    #[inline]
    pub(super) fn give(mut self, answer: Answer) {
        self.end(State::Answered(answer));
    }

    /// Whether the caller does not wait any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.0.as_ref().is_none_or(Arc::is_unique)
    }

    #[inline]
    fn end(&mut self, end: State) {
        let Some(mailbox) = self.0.take() else { return };
        let before = mem::replace(&mut *mailbox.0.lock(), end);
        // Dropped before the wake, so that the waiter finds that it owns the mailbox alone.
        drop(mailbox);
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
    /// Whether the other end has given the answer, or was dropped.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.0.as_ref().is_none_or(Arc::is_unique)
    }

    /// Returns the answer, or `None` if there will be none. It is ready once.
    #[inline]
    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<Option<Answer>> {
        let Some(mailbox) = &mut self.0 else { return Poll::Ready(None) };
        let state = match Arc::get_mut(mailbox) {
            Some(Mailbox(state)) => mem::replace(state.get_mut(), State::Over),
            None => match mailbox.poll_shared(cx) {
                Poll::Ready(state) => state,
                Poll::Pending => return Poll::Pending,
            },
        };
        Poll::Ready(match state {
            State::Answered(answer) => Some(answer),
            State::Waiting(_) | State::Over => None,
        })
    }

    /// Keeps the mailbox for the next call, if the other end is gone.
    #[inline]
    pub(super) fn give_back(mut self) {
        let unique = self.0.take_if(|mailbox| mailbox.is_unique()).and_then(Arc::into_unique);
        let Some(mailbox) = unique else { return };
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT {
                spare.push(mailbox);
            }
        });
    }
}

impl Drop for Waiter {
    /// A caller that does not wait any more is not woken: its waker, which may hold a whole coroutine, is dropped.
    #[inline]
    fn drop(&mut self) {
        if let Some(mailbox) = self.0.take()
            && !mailbox.is_unique()
        {
            let before = mem::replace(&mut *mailbox.0.lock(), State::Over);
            drop(mailbox);
            drop(before);
        }
    }
}

impl Mailbox {
    /// Polls while the other end exists too.
    fn poll_shared(&self, cx: &Context<'_>) -> Poll<State> {
        let mut state = self.0.lock();
        let State::Waiting(waker) = &mut *state else {
            return Poll::Ready(mem::replace(&mut *state, State::Over));
        };
        if !waker.will_wake(cx.waker()) {
            let before = mem::replace(waker, cx.waker().clone());
            // Outside of the lock, because the drop of a waker may run any code.
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
        let (giver, mut waiter) = mailbox(&waker);
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
        let (giver, mut waiter) = mailbox(&one);
        assert!(waiter.poll(&Context::from_waker(&two)).is_pending());
        giver.give(Err(RpcError::User(EncodedErr::Num(1))));
        assert_eq!((wakes(&first), wakes(&last)), (0, 1));
    }

    #[test]
    fn a_giver_that_is_dropped_tells_that_there_is_no_answer() {
        let (count, waker) = counted();
        let (giver, mut waiter) = mailbox(&waker);
        drop(giver);
        assert_eq!(wakes(&count), 1);
        assert!(matches!(waiter.poll(&Context::from_waker(&waker)), Poll::Ready(None)));
    }

    #[test]
    fn a_waiter_that_is_gone_is_seen() {
        let (_, waker) = counted();
        let (giver, waiter) = mailbox(&waker);
        assert!(!giver.is_abandoned());
        drop(waiter);
        assert!(giver.is_abandoned());
        giver.give(Ok(Response::default()));
    }

    #[test]
    fn a_slot_is_used_again_once_nobody_else_has_it() {
        std::thread::spawn(|| {
            let (_, waker) = counted();
            let (giver, waiter) = mailbox(&waker);
            waiter.give_back();
            assert!(SPARE.with_borrow(Vec::is_empty), "its giver may still use it");
            drop(giver);

            let (giver, mut waiter) = mailbox(&waker);
            giver.give(Ok(Response::default()));
            assert!(is_answer(&waiter.poll(&Context::from_waker(&waker))));
            let kept = waiter.0.as_ref().map(Arc::as_ptr);
            waiter.give_back();
            let (_giver, mut again) = mailbox(&waker);
            assert_eq!(again.0.as_ref().map(Arc::as_ptr), kept);
            assert!(again.poll(&Context::from_waker(&waker)).is_pending(), "it is as new");
        })
        .join()
        .expect("the thread ends well");
    }

    #[test]
    fn a_waiter_that_is_gone_is_not_woken() {
        let (count, waker) = counted();
        let (giver, waiter) = mailbox(&waker);
        drop(waiter);
        assert_eq!(std::sync::Arc::strong_count(&count), 2, "its waker is let go");
        giver.give(Ok(Response::default()));
        assert_eq!(wakes(&count), 0, "woken for a call that was given up");
    }

    #[test]
    fn answers_cross_threads() {
        for _ in 0..1000 {
            let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
            let (giver, mut waiter) = mailbox(&waker);
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
