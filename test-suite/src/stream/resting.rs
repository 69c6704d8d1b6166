//! A client looks at deadlines only while something waits. These scenarios check that it looks for every kind of wait.
//!
//! Knows orders of events. A time that has to be kept is compared with a much longer sleep on the same runtime, so that
//! a busy machine delays both.

use super::queue::Submission;
use crate::calls::{Calls, frame};
use crate::raw::{Listener, Pair, Refusing};
use crate::site::{Site, finished};
use orb::prelude::{AsyncRuntime, AsyncTime};
use razor_stream::client::{ClientCaller, ClientConfig, WhenDown};
use razor_stream::error::{Outcome, RpcErrKind};
use std::num::NonZero;
use std::sync::mpsc::Receiver;
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(100);

fn one_at_a_time() -> ClientConfig {
    let one = NonZero::new(1).expect("not 0");
    ClientConfig::default().with_max_in_flight(one).with_max_queued(one, NonZero::<usize>::MAX)
}

/// A sleep of `factor` times [`SHORT`] that has begun.
fn sleeper<RT: AsyncRuntime>(site: &Site<RT>, factor: u32) -> Receiver<()> {
    site.start(async move {
        let _ = <RT as AsyncTime>::sleep(SHORT * factor).await;
    })
}

/// Promise 1: a call that waits for room behind a submission that is not polled any more is sent, although nothing is
/// in flight.
pub fn one_that_is_not_polled_holds_up_nobody<RT: AsyncRuntime>(site: &Site<RT>) {
    let config = one_at_a_time().with_call_timeout(SHORT * 200);
    let Pair { client, mut peer, calls } = Pair::new(site, config);
    let taken = [calls.submit(&client, 1, b"0"), calls.submit(&client, 1, b"1")];
    let quitters = Calls::default();
    let mut unpolled = Submission::new(&client, &quitters, b"not polled again");
    assert!(!unpolled.is_taken(), "there is no room");
    let slip = calls.slip();
    let last = slip.number();
    let behind = client.clone();
    let submitted = site.start(async move {
        let frame = frame(&behind, 1, b"2", None);
        behind.submit(behind.submission(frame, slip)).await;
    });
    let mut much_later = None;
    for (call, msg) in [(taken[0], b"0"), (taken[1], b"1"), (last, b"2")] {
        let asked = peer.request();
        // From the first answer on there is a place, which is promised to the submission that is not polled.
        much_later.get_or_insert_with(|| sleeper(site, 5));
        assert_eq!(asked.msg, msg);
        peer.send_bytes(&asked.success(msg));
        assert_eq!(calls.message(call), msg);
    }
    finished("the one behind", &submitted);
    let held_up = much_later.is_some_and(|sleeper| sleeper.try_recv().is_ok());
    assert!(!held_up, "it had to wait half a second for a promise that nobody took up");
    drop(unpolled);
    calls.all_ended();
}

/// Promise 8: a client that is closed ends also if room is promised to a submission that is not polled any more.
pub fn one_that_is_not_polled_does_not_keep_a_closed_client<RT: AsyncRuntime>(site: &Site<RT>) {
    let Pair { client, mut peer, calls } = Pair::new(site, one_at_a_time());
    let taken = [calls.submit(&client, 1, b"0"), calls.submit(&client, 1, b"1")];
    let late = Calls::default();
    let mut unpolled = Submission::new(&client, &late, b"never sent");
    assert!(!unpolled.is_taken(), "there is no room");
    for call in taken {
        let asked = peer.request();
        peer.send_bytes(&asked.success(b""));
        assert_eq!(calls.message(call), b"");
    }
    client.close();
    peer.end();
    assert!(unpolled.is_taken(), "its call has ended");
    late.fails(unpolled.call, RpcErrKind::Closing, Outcome::NotSent);
    calls.all_ended();
}

/// Promise 6: a call ends soon after its deadline, by default within a tenth of its timeout, wherever it waits.
pub fn a_short_deadline_is_kept<RT: AsyncRuntime>(site: &Site<RT>) {
    let config = one_at_a_time().with_call_timeout(SHORT);
    let mut pair = Pair::new(site, config);
    let client = pair.client.clone();
    let slip = pair.calls.slip();
    let in_flight = slip.number();
    // Submitted by the function that may wait for room.
    site.run("a submission", async move {
        let frame = frame(&client, 1, b"in flight", None);
        client.submit(client.submission(frame, slip)).await;
    });
    let much_later = sleeper(site, 8);
    let queued = pair.call(b"queued");
    let _asked = pair.peer.request();
    pair.calls.fails(in_flight, RpcErrKind::Timeout, Outcome::Unknown);
    assert_eq!(pair.calls.failure(queued).outcome(), Outcome::NotSent);
    assert!(much_later.try_recv().is_err(), "they ended later than a sleep of eight times theirs");
    pair.calls.all_ended();
}

/// Promise 6, while there is no connection: attempts to connect do not put off the looks at deadlines.
pub fn a_short_deadline_is_kept_without_a_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    let (nobody, calls) = (Refusing::bind(site), Calls::default());
    let config = ClientConfig::default().with_call_timeout(SHORT).with_when_down(WhenDown::Wait);
    let pool = site.pool(nobody.addr(), config);
    // Later attempts are rarer, so this covers calls of the first attempt and of later ones.
    for _ in 0..3 {
        let much_later = sleeper(site, 8);
        let waiting = [calls.submit(&pool, 1, b"a"), calls.submit(&pool, 1, b"b")];
        for call in waiting {
            calls.fails(call, RpcErrKind::Timeout, Outcome::NotSent);
        }
        assert!(much_later.try_recv().is_err(), "they ended after eight times their timeout");
    }
    calls.all_ended();
}

/// Promise 6, in an outage after a connection: the looks at deadlines do not end with the wait for the first
/// connection.
pub fn a_short_deadline_is_kept_in_a_later_outage<RT: AsyncRuntime>(site: &Site<RT>) {
    let config = ClientConfig::default().with_call_timeout(SHORT).with_when_down(WhenDown::Wait);
    for _ in 0..10 {
        let (listener, calls) = (Listener::bind(&site.addr()), Calls::default());
        let pool = site.pool(listener.addr(), config.clone());
        // This call waits for the connection, or finds it already made.
        let first = calls.submit(&pool, 1, b"first");
        drop(listener.accept());
        drop(listener);
        let _ended = calls.end(first);
        let much_later = sleeper(site, 8);
        let next = calls.submit(&pool, 1, b"next");
        let _ended = calls.end(next);
        assert!(much_later.try_recv().is_err(), "it ended after eight times its timeout");
        calls.all_ended();
    }
}
