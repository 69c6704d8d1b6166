//! Waiting for a future on a plain thread, which is parked meanwhile.
//!
//! Knows threads and the clock. Does not know runtimes: it is for futures that need none where they are polled.

use crate::clock;
use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Wakes one thread.
struct Parker {
    thread: Thread,
    woken: AtomicBool,
}

thread_local! {
    /// The parker of this thread, kept between waits. A wait takes it out, so that a wait inside of a wait gets another
    /// one.
    static PARKER: Cell<Option<Arc<Parker>>> = const { Cell::new(None) };
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Pairs with the swap in `take_wake`: what the waker has done is seen by the poll that follows.
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.thread.unpark();
        }
    }
}

impl Parker {
    fn of_this_thread() -> Arc<Self> {
        // A thread that is ending keeps no parker.
        let kept = PARKER.try_with(Cell::take).ok().flatten();
        kept.unwrap_or_else(|| {
            Arc::new(Self { thread: thread::current(), woken: AtomicBool::new(false) })
        })
    }

    fn keep(self: Arc<Self>) {
        let _ending = PARKER.try_with(|parker| parker.set(Some(self)));
    }

    fn take_wake(&self) -> bool {
        self.woken.swap(false, Ordering::AcqRel)
    }

    /// Parks the thread until its waker is called. Returns `false` if `until` came first.
    fn park(&self, until: Option<Instant>) -> bool {
        // `thread::park` may return early, and because of an `unpark` that does not come from this parker.
        while !self.take_wake() {
            match until.map(|until| until.saturating_duration_since(clock::now())) {
                None => thread::park(),
                Some(Duration::ZERO) => return false,
                Some(left) => thread::park_timeout(left),
            }
        }
        true
    }
}

/// The instant that is `time` from now; `None` if the clock cannot express it.
pub(crate) fn after(time: Duration) -> Option<Instant> {
    clock::now().checked_add(time)
}

/// Polls `work` on this thread until it is done. Returns `None` if it is not done at `until`, after one more poll.
pub(crate) fn wait_until<F: Future>(work: F, until: Option<Instant>) -> Option<F::Output> {
    let mut work = pin!(work);
    // Most futures have to wait, so a parker is made before the first poll.
    let parker = Parker::of_this_thread();
    let waker = Waker::from(parker.clone());
    let mut cx = Context::from_waker(&waker);
    let mut in_time = true;
    let done = loop {
        match work.as_mut().poll(&mut cx) {
            Poll::Ready(done) => break Some(done),
            Poll::Pending if in_time => in_time = parker.park(until),
            Poll::Pending => break None,
        }
    };
    parker.keep();
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, poll_fn, ready};
    use std::sync::mpsc;

    /// A wake that is lost fails a test after this.
    const SAFETY_NET: Duration = Duration::from_secs(60);

    fn soon() -> Option<Instant> {
        after(Duration::from_millis(20))
    }

    #[test]
    fn what_is_done_is_returned_also_after_its_time() {
        assert_eq!(wait_until(ready(1), after(Duration::ZERO)), Some(1));
    }

    #[test]
    fn what_is_never_done_is_given_up_and_not_early() {
        let until = soon();
        assert_eq!(wait_until(pending::<()>(), until), None);
        assert!(Some(clock::now()) >= until);
    }

    #[test]
    fn at_the_end_of_its_time_it_is_polled_once_more() {
        let until = soon();
        let late =
            poll_fn(|_| if Some(clock::now()) >= until { Poll::Ready(7) } else { Poll::Pending });
        assert_eq!(wait_until(late, until), Some(7));
    }

    #[test]
    fn another_thread_wakes_it() {
        let (tell, told) = mpsc::channel::<Waker>();
        let (answer, answered) = mpsc::channel();
        let other = thread::spawn(move || {
            for waker in told {
                answer.send(()).unwrap();
                waker.wake();
            }
        });
        for _ in 0..1000 {
            let asked = poll_fn(|cx| {
                if answered.try_recv().is_ok() {
                    return Poll::Ready(());
                }
                tell.send(cx.waker().clone()).unwrap();
                Poll::Pending
            });
            assert_eq!(wait_until(asked, after(SAFETY_NET)), Some(()));
            // One poll may have asked twice.
            while answered.try_recv().is_ok() {}
        }
        drop(tell);
        other.join().unwrap();
    }

    #[test]
    fn a_wait_inside_of_a_wait_does_not_take_its_wake() {
        let mut polls = 0;
        let outer = poll_fn(|cx| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            assert_eq!(wait_until(pending::<()>(), soon()), None);
            Poll::Pending
        });
        assert_eq!(wait_until(outer, after(SAFETY_NET)), Some(()));
    }
}
