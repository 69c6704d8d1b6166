//! A client whose server does not answer, or does not even read.
//!
//! Knows which outcome a deadline has at each stage. Does not measure how late a call ends, because the machine may be
//! busy.

use crate::raw::Pair;
use crate::site::{Site, finished};
use orb::prelude::AsyncRuntime;
use razor_stream::client::{ClientCaller, ClientConfig};
use razor_stream::clock;
use razor_stream::error::{Outcome, RpcErrKind};
use std::num::NonZero;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_millis(60);
const TICK: Duration = Duration::from_millis(10);

fn impatient() -> ClientConfig {
    ClientConfig::default().with_call_timeout(TIMEOUT).with_deadline_resolution(TICK)
}

fn small(window: usize, queue: usize) -> ClientConfig {
    let number = |number| NonZero::new(number).expect("not 0");
    impatient().with_max_in_flight(number(window)).with_max_queued(number(queue), number(1 << 20))
}

/// Promises 1 and 6: a call that is not answered ends with `Timeout`, `Unknown`, and never before its deadline.
pub fn a_call_that_is_not_answered_times_out_and_not_early<RT: AsyncRuntime>(site: &Site<RT>) {
    let mut pair = Pair::new(site, impatient());
    let began = clock::now();
    let pending = pair.calls_received(5);
    for (call, _) in pending {
        pair.calls.fails(call, RpcErrKind::Timeout, Outcome::Unknown);
    }
    let waited = clock::now().duration_since(began);
    assert!(waited >= TIMEOUT, "ended after {waited:?}");
    pair.calls.all_ended();
}

/// Case 28: a reply that comes too late is skipped and counted, and costs nothing else.
pub fn a_late_reply_is_skipped_and_counted<RT: AsyncRuntime>(site: &Site<RT>) {
    let mut pair = Pair::new(site, impatient());
    let (call, asked) = pair.calls_received(1).remove(0);
    pair.calls.fails(call, RpcErrKind::Timeout, Outcome::Unknown);
    assert_eq!(pair.client.window().in_flight, 1, "the place stays taken until the reply");
    pair.peer.send_bytes(&asked.success(b"too late"));
    pair.peer.send_bytes(&asked.success(b"and twice"));
    // The next reply follows those two; on a busy machine it may be late itself.
    let next = pair.call(b"next");
    let asked = pair.peer.request();
    pair.peer.send_bytes(&asked.success(b"in time"));
    let in_time = pair.calls.end(next).is_ok();
    pair.peer.half_close();
    pair.peer.end();
    let stats = pair.client.stats();
    assert_eq!((stats.late_replies, stats.stray_replies), (1 + u64::from(!in_time), 1));
}

/// Promise 3: at its deadline a call in flight is `Unknown`; one in the queue, or waiting for room in it,
/// is `NotSent`, and its request never leaves.
pub fn calls_behind_a_full_window_end_by_their_deadline<RT: AsyncRuntime>(site: &Site<RT>) {
    let mut pair = Pair::new(site, small(2, 2));
    let in_flight = pair.calls_received(2);
    let queued = [pair.call(b"queued"), pair.call(b"queued")];
    assert_eq!(pair.calls.try_submit(&pair.client, 1, b"no room"), None);
    let slip = pair.calls.slip();
    let waiting = slip.number();
    let client = pair.client.clone();
    let submitted = site.start(async move {
        let frame = crate::calls::frame(&client, 1, b"waits for room", None);
        client.submit(client.submission(frame, slip)).await;
    });
    for (call, _) in in_flight {
        pair.calls.fails(call, RpcErrKind::Timeout, Outcome::Unknown);
    }
    for call in [queued[0], queued[1], waiting] {
        assert_eq!(pair.calls.failure(call).outcome(), Outcome::NotSent);
    }
    finished("a submission past its deadline", &submitted);
    // The window is full of calls that timed out: the connection is given up.
    assert!(pair.peer.request_or_end().is_err(), "nothing that was queued has left");
    pair.calls.all_ended();
}

/// Case 35: calls that timed out keep their places in the window; when they take more than half of it, the connection
/// takes no more calls, and ends.
pub fn a_window_of_timed_out_calls_ends_the_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    let mut pair = Pair::new(site, small(4, 4));
    let pending = pair.calls_received(3);
    for (call, _) in pending {
        pair.calls.fails(call, RpcErrKind::Timeout, Outcome::Unknown);
    }
    pair.peer.end();
    let late = pair.call(b"late");
    assert_eq!(pair.calls.failure(late).outcome(), Outcome::NotSent);
}

/// Case 37: a server that does not read ends the connection after the write stall. A call whose request it received
/// whole is `Unknown`; one whose request never left is `NotSent`.
pub fn a_server_that_does_not_read_ends_the_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    let config = ClientConfig::default()
        .with_write_stall(Duration::from_millis(100))
        .with_max_in_flight(NonZero::new(300).expect("not 0"));
    let mut pair = Pair::new(site, config);
    pair.peer.shrink_buffers();
    let calls: Vec<_> = (0..400).map(|_| pair.call(&[5; 64 << 10])).collect();
    let outcomes: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let error = pair.calls.failure(call);
            assert_eq!(error.kind(), RpcErrKind::IO, "{error}");
            error.outcome()
        })
        .collect();
    let mut received = 0;
    while pair.peer.request_or_end().is_ok() {
        received += 1;
    }
    assert!(received < 300, "{received} of 25 MB were in flight");
    let unknown = outcomes.iter().take_while(|outcome| **outcome == Outcome::Unknown).count();
    assert!(received <= unknown, "{received} received, {unknown} may have been");
    assert!(outcomes[unknown..].iter().all(|outcome| *outcome == Outcome::NotSent));
    assert!(outcomes[300..].iter().all(|outcome| *outcome == Outcome::NotSent));
    pair.calls.all_ended();
}
