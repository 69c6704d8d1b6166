//! A pool without a server: which error its calls get, and when.
//!
//! Knows the two policies of a pool without a connection. Does not know servers that come back.

use crate::calls::Calls;
use crate::net::Client;
use crate::raw::{Listener, Peer, Refusing};
use crate::site::{Net, Site};
use orb::prelude::AsyncRuntime;
use razor_stream::client::{ClientConfig, ClientPool, WhenDown};
use razor_stream::clock;
use razor_stream::error::{Outcome, RpcErrKind, Stage};
use std::time::Duration;

fn impatient() -> ClientConfig {
    ClientConfig::default()
        .with_call_timeout(Duration::from_millis(80))
        .with_deadline_resolution(Duration::from_millis(10))
        .with_when_down(WhenDown::Wait)
}

/// A refused connection ends calls with `Unreachable`, `NotSent`; the error names stage, address and cause.
pub fn a_refused_connection_fails_calls_and_tells_why<RT: AsyncRuntime>(site: &Site<RT>) {
    let (nobody, calls) = (Refusing::bind(site), Calls::default());
    let pool = site.pool(nobody.addr(), ClientConfig::default());
    for _ in 0..20 {
        let call = calls.submit(&pool, 1, b"");
        let error = calls.failure(call);
        assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Unreachable, Outcome::NotSent));
        assert_eq!((error.stage(), error.peer()), (Stage::Connect, Some(nobody.addr())));
        let cause = match site.net() {
            Net::Tcp | Net::Memory => "refused",
            Net::Unix => "No such file",
        };
        assert!(error.to_string().contains(cause), "{error}");
    }
    assert!(!pool.is_connected());
    calls.all_ended();
}

/// The error for a name that does not resolve says so, and not that no server listens.
pub fn a_name_that_does_not_resolve_says_so<RT: AsyncRuntime>(site: &Site<RT>) {
    let (addr, calls) = ("host.invalid:80", Calls::default());
    let pool = site.pool(addr, ClientConfig::default());
    let call = calls.submit(&pool, 1, b"");
    let error = calls.failure(call);
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Unreachable, Outcome::NotSent));
    assert_eq!((error.stage(), error.peer()), (Stage::Resolve, Some(addr)), "{error}");
    assert!(!error.permanent(), "the name may have an address tomorrow: {error}");
    calls.all_ended();
}

/// Case 49: a connection that is not made in time ends its calls with `Unreachable`, `NotSent`, and not before its
/// time.
///
/// A listener whose backlog is full lets a TCP client wait in silence; a unix socket fails at once.
pub fn a_connection_that_is_not_made_in_time_is_given_up<RT: AsyncRuntime>(site: &Site<RT>) {
    const TIMEOUT: Duration = Duration::from_millis(100);
    let listener = Listener::with_backlog(&site.addr(), 0);
    // Linux takes one connection more than the backlog.
    let _waiting = Peer::connect(listener.addr());
    let calls = Calls::default();
    let began = clock::now();
    let pool = site.pool(listener.addr(), ClientConfig::default().with_connect_timeout(TIMEOUT));
    let error = calls.failure(calls.submit(&pool, 1, b""));
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Unreachable, Outcome::NotSent));
    assert_eq!((error.stage(), error.peer()), (Stage::Connect, Some(listener.addr())));
    if site.net() == Net::Tcp {
        assert!(clock::now().duration_since(began) >= TIMEOUT, "given up early");
        assert!(error.to_string().contains("no answer within 100ms"), "{error}");
    }
    calls.all_ended();
}

/// `WhenDown::Wait`: calls wait for a server that never comes until their deadline, and not longer.
pub fn calls_wait_for_a_server_until_their_deadline<RT: AsyncRuntime>(site: &Site<RT>) {
    let (nobody, calls) = (Refusing::bind(site), Calls::default());
    let began = clock::now();
    let pool = site.pool(nobody.addr(), impatient());
    let submitted: Vec<_> = (0..10).map(|_| calls.submit(&pool, 1, b"")).collect();
    for call in submitted {
        let error = calls.failure(call);
        assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Timeout, Outcome::NotSent));
        assert!(clock::now().duration_since(began) >= Duration::from_millis(80), "early");
    }
    calls.all_ended();
}

/// The requests that wait for a connection are bounded in number; further calls fail at once.
pub fn what_waits_for_a_connection_is_bounded<RT: AsyncRuntime>(site: &Site<RT>) {
    let (nobody, calls) = (Refusing::bind(site), Calls::default());
    let number = |number| std::num::NonZero::new(number).expect("not 0");
    let pool = site.pool(nobody.addr(), impatient().with_max_queued(number(3), number(1 << 20)));
    let submitted: Vec<_> = (0..6).map(|_| calls.submit(&pool, 1, b"")).collect();
    let kinds = submitted.into_iter().map(|call| {
        let error = calls.failure(call);
        assert_eq!(error.outcome(), Outcome::NotSent);
        error.kind()
    });
    let kinds: Vec<_> = kinds.collect();
    let full = kinds.iter().filter(|kind| **kind == RpcErrKind::Overloaded).count();
    assert_eq!(full, 3, "{kinds:?}");
    calls.all_ended();
}

/// A pool that is dropped or closed at once ends the calls that wait for a connection.
pub fn a_pool_that_ends_ends_what_waits_for_a_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    for close in [true, false] {
        let (nobody, calls) = (Refusing::bind(site), Calls::default());
        let pool = site.pool(nobody.addr(), ClientConfig::default().with_when_down(WhenDown::Wait));
        let waiting = [calls.submit(&pool, 1, b"a"), calls.submit(&pool, 1, b"b")];
        if close {
            pool.close();
            let late = calls.submit(&pool, 1, b"late");
            calls.fails(late, RpcErrKind::Closing, Outcome::NotSent);
        } else {
            drop(pool);
        }
        assert!(calls.ended().len() >= 2, "at once, without a wait");
        for call in waiting {
            calls.fails(call, RpcErrKind::Closing, Outcome::NotSent);
        }
        calls.all_ended();
    }
}

/// Making a pool where there is no runtime is an error, and no panic.
pub fn a_pool_outside_of_a_runtime_is_an_error<RT: AsyncRuntime>(site: &Site<RT>) {
    let nobody = Refusing::bind(site);
    let made = ClientPool::<crate::calls::Slip, _>::new(
        Client::<RT>::new(),
        nobody.addr(),
        ClientConfig::default(),
    );
    let error = made.expect_err("this is a plain thread");
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::NoRuntime, Outcome::NotSent));
}
