//! A pool and a name with several addresses, of which some are dead.
//!
//! The name is looked up in a list of the scenario. Some addresses refuse, and some stay silent.

use crate::calls::{Calls, Slip};
use crate::desk::ECHO;
use crate::raw::{Listener, Peer, Refusing};
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_rpc_tcp::TcpClient;
use razor_stream::client::{ClientConfig, ClientPool, WhenDown};
use razor_stream::error::{Outcome, RpcErrKind, Stage};
use razor_stream::server::ServerConfig;
use std::net::SocketAddr;
use std::time::Duration;

/// Longer than any call takes, unless something is broken.
const LONG: Duration = Duration::from_secs(600);
/// Shorter than the pause after which a second address is tried beside the first.
const SHORT: Duration = Duration::from_millis(100);

/// An address that does not answer: on Linux, that of a listener whose queue is full.
fn silent<RT: AsyncRuntime>(site: &Site<RT>) -> (Listener, Peer) {
    let listener = Listener::with_backlog(&site.addr(), 0);
    let queued = Peer::connect(listener.addr());
    (listener, queued)
}

/// A pool for the name `db`, which has these addresses.
fn pool<RT: AsyncRuntime>(
    site: &Site<RT>,
    addrs: &[&str],
    config: ClientConfig,
) -> ClientPool<Slip, TcpClient<RT>> {
    let addrs: Vec<SocketAddr> =
        addrs.iter().map(|addr| addr.parse().expect("an IP address")).collect();
    let transport = TcpClient::new().resolve_with(move |_, _| Ok(addrs.clone()));
    ClientPool::with_executor(transport, "db:7000", config, site.exec()).expect("an address")
}

/// The first call succeeds within the default time to connect: three silent addresses cost a quarter of a second each.
pub fn of_four_addresses_of_which_three_are_dead_the_one_that_lives_is_found<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let (dead, calls) = ([(); 3].map(|()| silent(site)), Calls::default());
    let [a, b, c] = &dead;
    let addrs = [a.0.addr(), b.0.addr(), c.0.addr(), &addr];
    let pool = pool(site, &addrs, ClientConfig::default());
    let call = calls.submit(&pool, ECHO, b"found");
    assert_eq!(calls.message(call), b"found");
    calls.all_ended();
}

/// The next attempt starts at another address, also if each attempt has time for one address only.
pub fn the_next_attempt_of_a_pool_starts_elsewhere<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let (dead, calls) = ([silent(site), silent(site)], Calls::default());
    let config = ClientConfig::default()
        .with_connect_timeout(SHORT)
        .with_call_timeout(LONG)
        .with_when_down(WhenDown::Wait);
    let pool = pool(site, &[dead[0].0.addr(), dead[1].0.addr(), &addr], config);
    let call = calls.submit(&pool, ECHO, b"elsewhere");
    assert_eq!(calls.message(call), b"elsewhere");
    calls.all_ended();
}

/// The error of a call names each address that was tried, and what happened there.
pub fn the_error_of_a_call_tells_of_each_address<RT: AsyncRuntime>(site: &Site<RT>) {
    let (refusing, silent, calls) = (Refusing::bind(site), silent(site), Calls::default());
    let config = ClientConfig::default().with_connect_timeout(SHORT);
    let pool = pool(site, &[refusing.addr(), silent.0.addr()], config);
    let error = calls.failure(calls.submit(&pool, ECHO, b""));
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Unreachable, Outcome::NotSent));
    assert_eq!((error.stage(), error.peer()), (Stage::Connect, Some("db:7000")));
    let text = error.to_string();
    let refused = format!("{}: refused", refusing.addr());
    let unheard = format!("{}: no answer in ", silent.0.addr());
    assert!(text.starts_with("connect to db:7000: "), "{text}");
    assert!(text.contains(&refused) && text.contains(&unheard), "{text}");
    calls.all_ended();
}

/// Calls end when the time to connect is over, although the look-up does not end; their error says that it was the
/// look-up.
pub fn a_look_up_that_does_not_end_ends_calls_in_time<RT: AsyncRuntime>(site: &Site<RT>) {
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let (gone, calls) = (std::sync::Mutex::new(gone), Calls::default());
    let transport = TcpClient::<RT>::new().resolve_with(move |_, _| {
        let _released = gone.lock().expect("no panic").recv();
        Ok(Vec::new())
    });
    let config = ClientConfig::default().with_connect_timeout(SHORT);
    let pool = ClientPool::with_executor(transport, "db:7000", config, site.exec());
    let pool = pool.expect("an address");
    let error = calls.failure(calls.submit(&pool, ECHO, b""));
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Unreachable, Outcome::NotSent));
    assert_eq!((error.stage(), error.permanent()), (Stage::Resolve, false), "{error}");
    assert!(error.to_string().contains("look-up"), "{error}");
    drop(go);
    calls.all_ended();
}
