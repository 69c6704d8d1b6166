//! A pool whose server ends and comes back.
//!
//! The address stays the same, with unix sockets and TCP alike. A scenario calls until a call succeeds, and measures no
//! time.

use crate::SAFETY_NET;
use crate::calls::{Calls, Slip};
use crate::desk::{Desk, ECHO, HOLD};
use crate::net::Client;
use crate::raw::{Closing, Listener};
use crate::site::{Site, with_addr};
use orb::prelude::AsyncRuntime;
use razor_stream::client::{ClientConfig, ClientPool, WhenDown};
use razor_stream::clock;
use razor_stream::error::{Outcome, RpcErrKind};
use razor_stream::server::task::Respond;
use razor_stream::server::{RpcServer, ServerConfig};
use std::time::Duration;

type Pool<RT> = ClientPool<Slip, Client<RT>>;

fn patient() -> ClientConfig {
    ClientConfig::default()
        .with_when_down(WhenDown::Wait)
        .with_call_timeout(Duration::from_secs(20))
}

fn echoes<RT: AsyncRuntime>(pool: &Pool<RT>, calls: &Calls) {
    let call = calls.submit(pool, ECHO, b"echo");
    assert_eq!(calls.message(call), b"echo");
}

/// Case 57: a server that is gone ends every pending call with `Unknown`; the pool serves again as soon as there is a
/// server at the same address (promise 10).
pub fn a_pool_survives_its_server<RT: AsyncRuntime>(site: &Site<RT>) {
    let (mut server, mut addr, mut desk) = site.serve(ServerConfig::default());
    let (calls, pool) = (Calls::default(), site.pool(&addr, ClientConfig::default()));
    for _ in 0..5 {
        let until = clock::now() + SAFETY_NET;
        // The wait between two attempts grows, and calls that fail at once are quick, so the number of calls is no
        // bound.
        let served = std::iter::repeat_with(|| {
            let call = calls.submit(&pool, ECHO, b"again");
            match calls.end(call) {
                Ok(response) => response.msg == b"again",
                Err(error) => {
                    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
                    // Between two attempts calls fail at once: this leaves the processor to the threads that connect.
                    std::thread::yield_now();
                    false
                }
            }
        });
        let served = served.take_while(|_| clock::now() < until).any(|served| served);
        assert!(served, "the pool does not come back");
        let pending = [calls.submit(&pool, HOLD, b""), calls.submit(&pool, HOLD, b"")];
        let held = [desk.held(), desk.held()];
        drop(server);
        for call in pending {
            calls.fails(call, RpcErrKind::IO, Outcome::Unknown);
        }
        drop(held);
        desk = Desk::default();
        (server, addr) = restart(site, addr, &desk);
    }
    drop(server);
    calls.all_ended();
}

/// A server at an address that the server before may still hold.
fn restart<RT: AsyncRuntime>(
    site: &Site<RT>,
    addr: String,
    desk: &Desk,
) -> (RpcServer<RT>, String) {
    let desk = desk.clone();
    site.run("a server that takes the address over", async move {
        loop {
            match crate::net::Server::<RT>::bind(&addr).await {
                Ok(listener) => {
                    let server = RpcServer::bind(listener).dispatch(desk);
                    return with_addr(server.expect("a runtime is around"));
                }
                Err(error) if error.cause.kind() == std::io::ErrorKind::AddrInUse => {
                    RT::spawn(async {}).await.expect("a coroutine that does nothing");
                }
                Err(error) => panic!("{error}"),
            }
        }
    })
}

/// `WhenDown::Wait`: calls submitted while there is no server succeed once there is one, in their order.
pub fn calls_of_an_outage_succeed_afterwards<RT: AsyncRuntime>(site: &Site<RT>) {
    let (server, addr, _desk) = site.serve(ServerConfig::default());
    let (calls, pool) = (Calls::default(), site.pool(&addr, patient()));
    echoes(&pool, &calls);
    site.close(server);
    // A call that reaches the closing connection may end with it; the calls behind it wait.
    let waiting: Vec<_> = (0..50_u8).map(|number| calls.submit(&pool, ECHO, &[number])).collect();
    let desk = Desk::default();
    let (_server, _addr) = site.serve_at(addr, ServerConfig::default(), desk.clone());
    for (number, call) in (0..50_u8).zip(waiting) {
        match calls.end(call) {
            Ok(response) => assert_eq!(response.msg, [number]),
            Err(error) => assert_ne!(error.outcome(), Outcome::Executed, "{error:?}"),
        }
    }
    echoes(&pool, &calls);
    let seqs = desk.seqs();
    assert!(seqs.is_sorted(), "{seqs:?}");
    calls.all_ended();
}

/// `WhenDown::Wait`: calls of a pool that was made before its server are served, all of them and in their order.
pub fn a_pool_may_be_made_before_its_server<RT: AsyncRuntime>(site: &Site<RT>) {
    let nobody = crate::raw::Refusing::bind(site);
    let addr = nobody.addr().to_owned();
    let (calls, pool) = (Calls::default(), site.pool(&addr, patient()));
    let waiting: Vec<_> = (0..50_u8).map(|number| calls.submit(&pool, ECHO, &[number])).collect();
    drop(nobody);
    let (_server, _addr, desk) = {
        let desk = Desk::default();
        let (server, addr) = site.serve_at(addr, ServerConfig::default(), desk.clone());
        (server, addr, desk)
    };
    for (number, call) in (0..50_u8).zip(waiting) {
        assert_eq!(calls.message(call), [number]);
    }
    assert_eq!(desk.seqs(), (1..=50).collect::<Vec<_>>());
    assert!(pool.is_connected());
    calls.all_ended();
}

/// Promise 8: a pool that is closed finishes what is in flight; one that is dropped ends it at once.
pub fn a_pool_that_is_closed_finishes_and_one_that_is_dropped_ends<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let calls = Calls::default();
    let closed: Pool<RT> = site.pool(&addr, patient());
    let in_flight = calls.submit(&closed, HOLD, b"");
    let held = desk.held();
    closed.close();
    let late = calls.submit(&closed, ECHO, b"");
    calls.fails(late, RpcErrKind::Closing, Outcome::NotSent);
    held.success(b"finished", None);
    assert_eq!(calls.message(in_flight), b"finished");

    // Repeated, because a pool may end while it hands its first requests to a new connection.
    for _ in 0..50 {
        let dropped: Pool<RT> = site.pool(&addr, patient());
        let in_flight = calls.submit(&dropped, HOLD, b"");
        let held = desk.held();
        let before = calls.ended().len();
        drop(dropped);
        assert_eq!(calls.ended().len(), before + 1, "at once, without a wait");
        calls.fails(in_flight, RpcErrKind::Closing, Outcome::Unknown);
        drop(held);
    }
    calls.all_ended();
}

/// Cases 61 and 74: a server that accepts and closes at once is not dialled in a busy loop.
pub fn a_server_that_hangs_up_is_not_dialled_in_a_busy_loop<RT: AsyncRuntime>(site: &Site<RT>) {
    let listener = Listener::bind(&site.addr());
    let calls = Calls::default();
    let config = ClientConfig::default().with_deadline_resolution(Duration::from_millis(10));
    let pool: Pool<RT> = site.pool(listener.addr(), config);
    let began = razor_stream::clock::now();
    let mut dials = 0;
    while dials < 6 {
        drop(listener.accept());
        dials += 1;
    }
    // With full jitter each wait may be short, but all of them together take some time.
    let waited = began.elapsed();
    assert!(waited > Duration::from_millis(5), "{dials} dials in {waited:?}");
    drop(pool);
    calls.all_ended();
}

/// Case 53 and 54 for a pool: a connection that ends is replaced, and its peer sees the end.
pub fn a_connection_that_ends_is_replaced<RT: AsyncRuntime>(site: &Site<RT>) {
    let listener = Listener::bind(&site.addr());
    let (calls, pool) = (Calls::default(), site.pool(listener.addr(), patient()));
    for round in 0..5_u8 {
        let mut peer = listener.accept();
        let call = calls.submit(&pool, 1, &[round]);
        let asked = peer.request();
        assert_eq!((asked.seq, asked.msg.as_slice()), (1, &[round][..]), "a new seq space");
        peer.send_bytes(&asked.success(&[round]));
        assert_eq!(calls.message(call), [round]);
        peer.half_close();
        assert_eq!(peer.end(), Closing::End);
    }
    calls.all_ended();
}
