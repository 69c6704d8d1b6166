//! Calls whose callers gave up: what happens to their places, and to other calls of their connection.
//!
//! The server never answers some calls. No call ends by its deadline, which is an hour away.

use crate::calls::{Calls, Slip};
use crate::net::Client;
use crate::raw::{Asked, Listener, Pair, Peer};
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::client::{ClientConfig, ClientPool, WhenDown};
use razor_stream::error::{Outcome, RpcErrKind};
use std::num::NonZero;
use std::time::Duration;

type Pool<RT> = ClientPool<Slip, Client<RT>>;

fn window(places: usize) -> ClientConfig {
    let places = NonZero::new(places).expect("not 0");
    ClientConfig::default().with_max_in_flight(places).with_call_timeout(Duration::from_secs(3600))
}

fn received(peer: &mut Peer, msg: &[u8]) -> Asked {
    let asked = peer.request();
    assert_eq!(asked.msg, msg);
    asked
}

fn ended_unwanted(calls: &Calls, numbers: &[usize]) {
    for number in numbers {
        calls.fails(*number, RpcErrKind::Closing, Outcome::Unknown);
    }
}

/// Case 35: with a window full of calls that nobody waits for, a pool makes another connection. Queued calls and later
/// ones are served there.
pub fn a_window_of_calls_that_were_given_up_is_replaced<RT: AsyncRuntime>(site: &Site<RT>) {
    for when_down in [WhenDown::Wait, WhenDown::FailFast] {
        let (listener, calls) = (Listener::bind(&site.addr()), Calls::default());
        let pool: Pool<RT> = site.pool(listener.addr(), window(4).with_when_down(when_down));
        let hanging: Vec<_> = (0..4).map(|_| calls.submit(&pool, 1, b"hangs")).collect();
        let mut stuck = listener.accept();
        for _ in &hanging {
            received(&mut stuck, b"hangs");
        }
        let queued = calls.submit(&pool, 1, b"queued");
        hanging.iter().for_each(|call| calls.give_up(*call));
        let mut fresh = listener.accept();
        let asked = received(&mut fresh, b"queued");
        fresh.send_bytes(&asked.success(b"served"));
        assert_eq!(calls.message(queued), b"served");
        stuck.end();
        let later = calls.submit(&pool, 1, b"later");
        let asked = received(&mut fresh, b"later");
        fresh.send_bytes(&asked.success(b"served too"));
        assert_eq!(calls.message(later), b"served too");
        ended_unwanted(&calls, &hanging);
        calls.all_ended();
    }
}

/// A call that a caller still waits for is answered on the connection that was replaced; that connection ends after it.
pub fn calls_beside_those_that_were_given_up_go_on<RT: AsyncRuntime>(site: &Site<RT>) {
    let (listener, calls) = (Listener::bind(&site.addr()), Calls::default());
    let pool: Pool<RT> = site.pool(listener.addr(), window(5));
    let sent: Vec<_> = (0..5_u8).map(|number| calls.submit(&pool, 1, &[number])).collect();
    let mut old = listener.accept();
    let asked: Vec<_> = (0..5_u8).map(|number| received(&mut old, &[number])).collect();
    sent[..3].iter().for_each(|call| calls.give_up(*call));
    let mut fresh = listener.accept();
    old.send_bytes(&asked[3].success(b"three"));
    assert_eq!(calls.message(sent[3]), b"three");
    let later = calls.submit(&pool, 1, b"later");
    let next = received(&mut fresh, b"later");
    old.send_bytes(&asked[4].success(b"four"));
    assert_eq!(calls.message(sent[4]), b"four");
    old.end();
    fresh.send_bytes(&next.success(b""));
    assert_eq!(calls.message(later), b"");
    ended_unwanted(&calls, &sent[..3]);
    calls.all_ended();
}

/// Half of the window may be taken by calls that were given up: then the connection stays, and serves other calls.
pub fn half_of_the_window_may_be_given_up<RT: AsyncRuntime>(site: &Site<RT>) {
    let mut pair = Pair::new(site, window(4));
    let sent = pair.calls_received(4);
    sent[..2].iter().for_each(|(call, _)| pair.calls.give_up(*call));
    ended_unwanted(&pair.calls, &[sent[0].0, sent[1].0]);
    assert_eq!(pair.client.window().in_flight, 4, "the server may still be at work");
    for (call, asked) in &sent[2..] {
        pair.peer.send_bytes(&asked.success(b"in time"));
        assert_eq!(pair.calls.message(*call), b"in time");
    }
    pair.peer.send_bytes(&sent[0].1.success(b"nobody waits"));
    let next = pair.call(b"next");
    let asked = pair.peer.request();
    pair.peer.send_bytes(&asked.success(b""));
    assert_eq!(pair.calls.message(next), b"");
    assert_eq!(pair.client.stats().late_replies, 1);
    pair.calls.all_ended();
}

/// At most four replaced connections are kept: if there are more, the oldest is closed, and the error of its last call
/// says why.
pub fn connections_that_were_replaced_are_few<RT: AsyncRuntime>(site: &Site<RT>) {
    let (listener, calls) = (Listener::bind(&site.addr()), Calls::default());
    let pool: Pool<RT> = site.pool(listener.addr(), window(3));
    let (mut replaced, mut waited_for) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let sent = [(); 3].map(|()| calls.submit(&pool, 1, b""));
        let mut peer = listener.accept();
        sent.iter().for_each(|_| drop(received(&mut peer, b"")));
        sent[..2].iter().for_each(|call| calls.give_up(*call));
        ended_unwanted(&calls, &sent[..2]);
        waited_for.push(sent[2]);
        replaced.push(peer);
    }
    let error = calls.failure(waited_for[0]);
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Timeout, Outcome::Unknown));
    assert!(error.to_string().contains("half of the window"), "{error}");
    replaced[0].end();
    drop(pool);
    for call in &waited_for[1..] {
        calls.fails(*call, RpcErrKind::Closing, Outcome::Unknown);
    }
    for peer in &mut replaced[1..] {
        peer.end();
    }
    calls.all_ended();
}

/// Promise 8: calls on a connection that was replaced run to their end also if the pool is closed meanwhile.
pub fn a_closed_pool_lets_calls_on_replaced_connections_finish<RT: AsyncRuntime>(site: &Site<RT>) {
    let (listener, calls) = (Listener::bind(&site.addr()), Calls::default());
    let pool: Pool<RT> = site.pool(listener.addr(), window(3));
    let sent = [(); 3].map(|()| calls.submit(&pool, 1, b""));
    let mut replaced = listener.accept();
    let asked = [(); 3].map(|()| received(&mut replaced, b""));
    sent[..2].iter().for_each(|call| calls.give_up(*call));
    ended_unwanted(&calls, &sent[..2]);
    let mut current = listener.accept();
    pool.close();
    // Nothing is in flight on the current connection, so the supervisor of the pool has ended with it.
    current.end();
    replaced.send_bytes(&asked[2].success(b"in time"));
    assert_eq!(calls.message(sent[2]), b"in time");
    replaced.end();
    calls.all_ended();
}

/// Promise 8: closing does not wait for calls that nobody waits for, whether they were given up before or after.
pub fn closing_does_not_wait_for_calls_that_were_given_up<RT: AsyncRuntime>(site: &Site<RT>) {
    for before in [true, false] {
        let (listener, calls) = (Listener::bind(&site.addr()), Calls::default());
        let pool: Pool<RT> = site.pool(listener.addr(), window(8));
        let sent = [calls.submit(&pool, 1, b""), calls.submit(&pool, 1, b"")];
        let mut peer = listener.accept();
        sent.iter().for_each(|_| drop(received(&mut peer, b"")));
        if before {
            sent.iter().for_each(|call| calls.give_up(*call));
            pool.close();
        } else {
            pool.close();
            sent.iter().for_each(|call| calls.give_up(*call));
        }
        peer.end();
        ended_unwanted(&calls, &sent);
        calls.all_ended();
    }
}
