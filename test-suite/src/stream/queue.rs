//! A client whose window and queue are full: submissions wait for room in their order.
//!
//! Polls submissions by hand, so that nothing depends on a scheduler.

use crate::calls::{Calls, Slip, frame};
use crate::raw::Pair;
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::client::{ClientCaller, ClientConfig};
use std::num::NonZero;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Wake, Waker};

/// A submission, polled by hand.
pub(super) struct Submission<'a> {
    future: Pin<Box<dyn Future<Output = ()> + Send + 'a>>,
    waker: Waker,
    woken: Receiver<()>,
    pub(super) call: usize,
    taken: bool,
}

struct Bell(Sender<()>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let _forgotten = self.0.send(());
    }
}

impl<'a> Submission<'a> {
    pub(super) fn new(client: &'a impl ClientCaller<Slip>, calls: &Calls, msg: &[u8]) -> Self {
        let slip = calls.slip();
        let call = slip.number();
        let request = client.submission(frame(client, 1, msg, None), slip);
        let future = client.submit(request);
        let (bell, woken) = channel();
        Self { future, waker: Arc::new(Bell(bell)).into(), woken, call, taken: false }
    }

    pub(super) fn is_taken(&mut self) -> bool {
        let mut cx = Context::from_waker(&self.waker);
        self.taken = self.taken || self.future.as_mut().poll(&mut cx).is_ready();
        self.taken
    }

    /// Waits until the submission should be polled again.
    pub(super) fn wait(&self) {
        self.woken.recv_timeout(crate::SAFETY_NET).expect("a waiter that is admitted");
    }

    fn is_woken(&self) -> bool {
        self.woken.try_recv().is_ok()
    }
}

fn pair<RT: AsyncRuntime>(site: &Site<RT>) -> Pair<RT> {
    let one = NonZero::new(1).expect("not 0");
    Pair::new(
        site,
        ClientConfig::default().with_max_in_flight(one).with_max_queued(one, NonZero::<usize>::MAX),
    )
}

/// Promise 5: callers that wait for room are served in their order, and no later caller takes a place for which one of
/// them has been woken.
pub fn those_who_wait_for_room_are_served_in_order<RT: AsyncRuntime>(site: &Site<RT>) {
    let Pair { client, mut peer, calls } = pair(site);
    let first = [calls.submit(&client, 1, &[0]), calls.submit(&client, 1, &[1])];
    let mut waiting: Vec<_> =
        (2..7_u8).map(|number| Submission::new(&client, &calls, &[number])).collect();
    for submission in &mut waiting {
        assert!(!submission.is_taken(), "there is no room");
        assert!(!submission.is_taken(), "polled once more it keeps its place");
    }
    let mut served = vec![first[0], first[1]];
    served.extend(waiting.iter().map(|submission| submission.call));
    for number in 0..7_u8 {
        let asked = peer.request();
        assert_eq!(asked.msg, [number], "requests leave in the order of submission");
        peer.send_bytes(&asked.success(&[number]));
        assert_eq!(calls.message(served[usize::from(number)]), [number]);
        if waiting.is_empty() {
            continue;
        }
        let mut next = waiting.remove(0);
        next.wait();
        assert!(waiting.iter().all(|later| !later.is_woken()), "one place wakes one waiter");
        assert_eq!(calls.try_submit(&client, 1, b"pushes in"), None, "the place is promised");
        assert!(next.is_taken(), "it was woken for a place");
    }
    calls.all_ended();
}

/// A submission that gives up, before or after it has been woken for a place, does not take the place with it.
pub fn one_that_gives_up_does_not_take_a_place_with_it<RT: AsyncRuntime>(site: &Site<RT>) {
    let Pair { client, mut peer, calls } = pair(site);
    let first = [calls.submit(&client, 1, b"0"), calls.submit(&client, 1, b"1")];
    let quitters = Calls::default();
    let mut early = Submission::new(&client, &quitters, b"never sent");
    let mut woken = Submission::new(&client, &quitters, b"never sent");
    let mut stays = Submission::new(&client, &calls, b"2");
    for submission in [&mut early, &mut woken, &mut stays] {
        assert!(!submission.is_taken(), "there is no room");
    }
    drop(early);
    let asked = peer.request();
    peer.send_bytes(&asked.success(b""));
    assert_eq!(calls.message(first[0]), b"");
    woken.wait();
    drop(woken);
    stays.wait();
    assert!(stays.is_taken(), "the place is its own now");
    for (call, msg) in [(first[1], b"1"), (stays.call, b"2")] {
        let asked = peer.request();
        assert_eq!(asked.msg, msg);
        peer.send_bytes(&asked.success(b""));
        assert_eq!(calls.message(call), b"");
    }
    calls.all_ended();
}

/// A connection that ends wakes every submission that waits for room; their calls were not sent.
pub fn the_end_of_the_connection_ends_those_who_wait<RT: AsyncRuntime>(site: &Site<RT>) {
    let Pair { client, mut peer, calls } = pair(site);
    let taken = [calls.submit(&client, 1, b"0"), calls.submit(&client, 1, b"1")];
    let mut waiting = [(); 3].map(|()| Submission::new(&client, &calls, b"never sent"));
    for submission in &mut waiting {
        assert!(!submission.is_taken(), "there is no room");
    }
    assert_eq!(peer.request().msg, b"0");
    drop(peer);
    for submission in &mut waiting {
        submission.wait();
        assert!(submission.is_taken(), "its call has ended");
        let error = calls.failure(submission.call);
        assert_eq!(error.outcome(), razor_stream::error::Outcome::NotSent, "{error}");
    }
    for call in taken {
        let _ended = calls.failure(call);
    }
    calls.all_ended();
}

/// Bytes bound the queue too: a request that does not fit beside the queued ones waits, and is not polled in a loop.
pub fn one_that_is_too_large_for_now_waits<RT: AsyncRuntime>(site: &Site<RT>) {
    let number = |number| NonZero::new(number).expect("not 0");
    let config = ClientConfig::default()
        .with_max_in_flight(number(1))
        .with_max_queued(number(8), number(250));
    let Pair { client, mut peer, calls } = Pair::new(site, config);
    let mut expected =
        vec![calls.submit(&client, 1, &[0; 100]), calls.submit(&client, 1, &[1; 100])];
    let mut large = Submission::new(&client, &calls, &[2; 150]);
    assert!(!large.is_taken(), "too many bytes for the queue");
    assert_eq!(calls.try_submit(&client, 1, b"would fit, but comes later"), None);
    expected.push(large.call);
    for (number, call) in (0..).zip(expected) {
        let asked = peer.request();
        assert_eq!(asked.msg[0], number);
        peer.send_bytes(&asked.success(b""));
        assert_eq!(calls.message(call), b"");
        if number == 0 {
            large.wait();
            assert!(large.is_taken(), "the queue is empty");
        }
    }
    calls.all_ended();
}
