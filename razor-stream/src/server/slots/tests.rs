//! Slots, and the line of the coroutines that wait for one.

use super::*;
use std::sync::atomic::AtomicBool;
use std::task::Wake;

/// A waker that remembers that it was called.
#[derive(Default)]
struct Told(AtomicBool);

impl Wake for Told {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A coroutine that waits for a slot.
#[derive(Default)]
struct Waiter {
    told: Arc<Told>,
    place: Option<Place>,
}

impl Waiter {
    fn poll(&mut self, slots: &Arc<Slots>) -> Turn {
        slots.poll_turn(&mut self.place, &self.told.clone().into())
    }

    /// Whether the waker was called since the last call of this.
    fn take_told(&self) -> bool {
        self.told.0.swap(false, Ordering::Relaxed)
    }
}

fn full(most: usize) -> Arc<Slots> {
    let slots = Arc::new(Slots::new(most));
    (0..most).for_each(|_| assert!(slots.try_take()));
    assert!(!slots.try_take() && !slots.has_room());
    slots
}

#[test]
fn who_has_waited_longest_is_served_first_and_nobody_overtakes() {
    let slots = full(2);
    let [mut first, mut second] = [Waiter::default(), Waiter::default()];
    assert_eq!((first.poll(&slots), second.poll(&slots)), (Turn::Waits, Turn::Waits));
    slots.give_back();
    assert_eq!((first.take_told(), second.take_told()), (true, false));
    assert!(!slots.try_take() && !slots.has_room(), "somebody waits");
    assert_eq!((second.poll(&slots), first.poll(&slots)), (Turn::Waits, Turn::Yours));
    assert!(slots.take_in_turn());
    first.place = None;
    assert!(!second.take_told(), "none is free");
    assert_eq!(first.poll(&slots), Turn::Waits, "it is behind the second now");
    slots.give_back();
    assert_eq!((first.take_told(), second.take_told()), (false, true));
    assert_eq!((first.poll(&slots), second.poll(&slots)), (Turn::Waits, Turn::Yours));
}

#[test]
fn a_turn_that_is_not_used_goes_to_the_next() {
    let slots = full(1);
    let mut waiters = [Waiter::default(), Waiter::default(), Waiter::default()];
    waiters.iter_mut().for_each(|waiter| assert_eq!(waiter.poll(&slots), Turn::Waits));
    waiters[1].place = None;
    slots.give_back();
    assert_eq!(waiters[0].poll(&slots), Turn::Yours);
    waiters[0].place = None;
    assert!(waiters[2].take_told());
    assert_eq!(waiters[2].poll(&slots), Turn::Yours);
    waiters[2].place = None;
    assert!(slots.try_take(), "the line is empty");
}

#[test]
fn after_a_vain_wait_they_are_stuck_until_one_is_given_back() {
    let slots = full(2);
    slots.give_up();
    assert!(slots.is_overloaded());
    slots.give_back();
    assert!(!slots.is_overloaded());
    assert!(slots.try_take(), "stuck means full");
    slots.give_back();
    slots.give_up();
    assert!(!slots.is_overloaded(), "one is free");
}

#[test]
fn once_they_are_closed_none_is_taken_and_the_last_one_back_is_known() {
    let slots = full(2);
    let mut waiter = Waiter::default();
    assert_eq!(waiter.poll(&slots), Turn::Waits);
    assert!(!slots.close());
    assert!(waiter.take_told());
    assert_eq!(waiter.poll(&slots), Turn::Closed);
    assert!(!slots.give_back());
    assert!(!slots.try_take() && !slots.take_in_turn());
    assert!(slots.give_back(), "this was the last");
    assert!(!slots.close(), "this is known already");
    assert!(Slots::new(1).close(), "none was taken");
}

#[test]
fn threads_that_take_wait_and_give_back_never_have_too_many_and_all_get_their_turn() {
    const MOST: usize = 3;
    let slots = Arc::new(Slots::new(MOST));
    let taken = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    if !slots.try_take() {
                        wait_on_this_thread(&slots);
                    }
                    assert!(taken.fetch_add(1, Ordering::SeqCst) < MOST);
                    taken.fetch_sub(1, Ordering::SeqCst);
                    slots.give_back();
                }
            });
        }
    });
    assert_eq!(slots.taken.load(Ordering::SeqCst), 0);
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn wait_on_this_thread(slots: &Arc<Slots>) {
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut place = None;
    while slots.poll_turn(&mut place, &waker) != Turn::Yours {
        std::thread::park();
    }
    assert!(slots.take_in_turn());
}
