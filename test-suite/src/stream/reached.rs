//! A client and its connection: waiting until there is one, asking whether there is one, and how soon there is another.
//!
//! Knows attempts to connect by their number. Waits for attempts and for ends, never by time.

use super::addresses::Dialled;
use crate::SAFETY_NET;
use crate::calls::{Calls, Slip};
use crate::desk::{Desk, ECHO};
use crate::net::Client;
use crate::raw::Refusing;
use crate::site::{Site, finished};
use orb::prelude::AsyncRuntime;
use razor_stream::client::{
    ClientCaller, ClientCallerBlocking, ClientConfig, ClientPool, ClientStream, Waiter, WhenDown,
};
use razor_stream::clock;
use razor_stream::error::{Outcome, RpcErrKind, RpcIntErr};
use razor_stream::server::ServerConfig;
use std::time::Duration;

type Pool<RT> = ClientPool<Slip, Client<RT>>;

/// Calls until a call has ended because no server could be reached.
fn nobody_there<RT: AsyncRuntime>(pool: &Pool<RT>, calls: &Calls) -> RpcIntErr {
    calls.failure(calls.submit(pool, ECHO, b"nobody there"))
}

/// A pool whose calls fail at once still waits in `ready`, until there is a server.
pub fn being_ready_is_waited_for_through_attempts_that_fail<RT: AsyncRuntime>(site: &Site<RT>) {
    let nobody = Refusing::bind(site);
    let addr = nobody.addr().to_owned();
    let (calls, pool): (_, Pool<RT>) =
        (Calls::default(), site.pool(&addr, ClientConfig::default()));
    let waits = pool.clone();
    let ready = site.start(async move { waits.ready_within(SAFETY_NET).await });
    assert_eq!(nobody_there(&pool, &calls).kind(), RpcErrKind::Unreachable);
    assert!(!pool.is_connected() && ready.try_recv().is_err());
    drop(nobody);
    let (_server, _addr) = site.serve_at(addr.clone(), ServerConfig::default(), Desk::default());
    finished("a pool that is ready", &ready).expect("there is a server");
    assert!(pool.is_connected());
    assert_eq!(pool.addr(), addr);
    let call = calls.submit(&pool, ECHO, b"ready");
    assert_eq!(calls.message(call), b"ready");
    assert_eq!(site.run("one that is ready", async move { pool.ready().await }), Ok(()));
    calls.all_ended();
}

/// The wait ends in its time, also on a plain thread, and its error names the error of the last attempt.
pub fn waiting_to_be_ready_ends_in_time_and_tells_why<RT: AsyncRuntime>(site: &Site<RT>) {
    const TIMEOUT: Duration = Duration::from_millis(60);
    let nobody = Refusing::bind(site);
    let config = ClientConfig::default()
        .with_call_timeout(TIMEOUT)
        .with_deadline_resolution(Duration::from_millis(10));
    let (calls, pool): (_, Pool<RT>) = (Calls::default(), site.pool(nobody.addr(), config));
    let failed = nobody_there(&pool, &calls);
    assert_eq!((failed.kind(), failed.outcome()), (RpcErrKind::Unreachable, Outcome::NotSent));
    let (began, inside) = (clock::now(), pool.clone());
    let within = Duration::from_millis(80);
    let by_future = site.run("a wait that ends", async move { inside.ready_within(within).await });
    assert!(began.elapsed() >= within, "it ended early");
    let began = clock::now();
    let by_thread = pool.ready_blocking();
    assert!(began.elapsed() >= TIMEOUT, "it ended early");
    for error in [by_future, by_thread].map(|ready| ready.expect_err("nobody is there")) {
        assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Timeout, Outcome::NotSent));
        assert_eq!(error.peer(), Some(nobody.addr()));
        assert!(error.to_string().contains(&failed.to_string()), "{error} does not say: {failed}");
    }
    assert!(!pool.is_connected());
    calls.all_ended();
}

/// Promise 8: closing ends the wait, and there is no connection afterwards. This holds for a pool and for a single
/// connection.
pub fn a_client_that_is_closed_is_never_ready<RT: AsyncRuntime>(site: &Site<RT>) {
    let nobody = Refusing::bind(site);
    let (calls, pool): (_, Pool<RT>) =
        (Calls::default(), site.pool(nobody.addr(), ClientConfig::default()));
    let waits = pool.clone();
    let ready = site.start(async move { waits.ready_within(SAFETY_NET).await });
    assert_eq!(nobody_there(&pool, &calls).kind(), RpcErrKind::Unreachable);
    ClientCaller::close(&pool);
    let closing = (RpcErrKind::Closing, Outcome::NotSent);
    for ready in [finished("a wait that is over", &ready), pool.ready_blocking()] {
        let error = ready.expect_err("it is closed");
        assert_eq!((error.kind(), error.outcome()), closing);
    }

    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let stream: ClientStream<Waiter, Client<RT>> = site.connect(&addr, ClientConfig::default());
    assert_eq!((stream.addr(), stream.is_connected()), (addr.as_str(), true));
    assert_eq!(stream.ready_blocking(), Ok(()));
    stream.close();
    assert!(!stream.is_connected());
    let error = stream.ready_blocking().expect_err("it is closed");
    assert_eq!((error.kind(), error.outcome()), closing);
    calls.all_ended();
}

/// Cases 61 and 74: calls that arrive between two attempts start the next one, so a long pause does not keep callers
/// from a server that is back; and attempts keep their distance even if many calls arrive. The calls themselves end at
/// once or wait, as their pool says.
pub fn calls_end_a_pause_and_a_flood_of_them_is_no_flood_of_attempts<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    const FIRST: Duration = Duration::from_millis(5);
    const HOUR: Duration = Duration::from_secs(3600);
    for when_down in [WhenDown::FailFast, WhenDown::Wait] {
        let nobody = Refusing::bind(site);
        let addr = nobody.addr().to_owned();
        let config = ClientConfig::default().with_reconnect(FIRST, HOUR).with_when_down(when_down);
        let (transport, calls) = (Dialled::<RT>::new(true), Calls::default());
        let pool = ClientPool::with_executor(transport.clone(), &*addr, config, site.exec());
        let pool = pool.expect("an address");
        let until = clock::now() + SAFETY_NET;
        let mut submitted = Vec::new();
        let mut flood = |dials: usize| {
            while transport.dials() < dials {
                assert!(clock::now() < until, "{} attempts of {dials}", transport.dials());
                let call = calls.submit(&pool, ECHO, b"is anybody there?");
                if when_down == WhenDown::FailFast {
                    let error = calls.failure(call);
                    let seen = (error.kind(), error.outcome());
                    assert_eq!(seen, (RpcErrKind::Unreachable, Outcome::NotSent));
                } else {
                    submitted.push(call);
                }
                std::thread::yield_now();
            }
        };
        // By then a pause that no call ends is hours long.
        flood(32);
        let began = clock::now();
        flood(40);
        let waited = began.elapsed();
        assert!(waited >= 7 * FIRST, "8 attempts in {waited:?}");

        drop(nobody);
        let (_server, _addr) = site.serve_at(addr, ServerConfig::default(), Desk::default());
        let waits = pool.clone();
        // Also one that begins while the last attempt fails does not wait for hours behind it.
        let ready = site.start(async move { waits.ready_within(SAFETY_NET).await });
        finished("a pool whose pause is over", &ready).expect("there is a server");
        drop(pool);
        for call in submitted {
            let _answered = calls.end(call);
        }
        calls.all_ended();
    }
}
