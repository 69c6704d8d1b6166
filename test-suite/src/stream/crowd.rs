//! A server with its full number of connections, and the connections that it refuses.
//!
//! The scenarios check that no request of a refused connection is dispatched, and what its peer learns. How many are
//! refused at once has a test beside the code.

use crate::calls::{Calls, Slip};
use crate::desk::{Desk, ECHO, HOLD};
use crate::net::Client;
use crate::raw::{Answer, Closing, Peer, Request};
use crate::site::{Site, finished};
use orb::prelude::AsyncRuntime;
use razor_stream::client::{ClientConfig, ClientPool, WhenDown};
use razor_stream::error::{Outcome, RpcErrKind};
use razor_stream::server::task::Respond;
use razor_stream::server::{RpcServer, ServerConfig};
use std::num::NonZero;
use std::sync::mpsc::channel;
use std::time::Duration;

/// A server of one connection, and that connection.
fn full<RT: AsyncRuntime>(site: &Site<RT>) -> (RpcServer<RT>, String, Desk, Peer) {
    let config = ServerConfig::default().with_max_connections(NonZero::<usize>::MIN);
    let (server, addr, desk) = site.serve(config);
    let mut served = Peer::connect(&addr);
    served.send(&Request::number(1, ECHO));
    assert_eq!(served.answer(), Answer::success(1, b""));
    (server, addr, desk, served)
}

/// Case 61, rule R4: every request of a connection over the limit is refused by code 6, then the connection ends, and
/// not by a reset; nothing was dispatched, and other connections are not disturbed.
pub fn a_connection_over_the_limit_is_refused_and_nothing_of_it_is_dispatched<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (server, addr, desk, mut served) = full(site);
    let requests: [Vec<Request>; 5] = [
        vec![Request::number(1, ECHO)],
        vec![Request::name(7, b"Desk.echo").msg(b"x"), Request::number(8, HOLD).blob(b"y")],
        vec![Request::number(1, ECHO).msg(&[1; 100_000])],
        vec![Request::number(1, ECHO).msg(&[1; 400_000])],
        (1..200).map(|seq| Request::number(seq, ECHO)).collect(),
    ];
    for requests in requests {
        let mut peer = Peer::connect(&addr);
        let bytes: Vec<u8> = requests.iter().flat_map(Request::bytes).collect();
        peer.send_bytes(&bytes);
        let first = peer.answer();
        assert_eq!(first, Answer::framework(first.seq, 6));
        for _ in &requests[1..] {
            let next = peer.answer();
            assert_eq!(next, Answer::framework(next.seq, 6));
        }
        assert_eq!(peer.ends_without_a_byte(), Closing::End);
    }
    // One connection sends nothing, and one sends nonsense.
    assert_eq!(Peer::connect(&addr).ends_without_a_byte(), Closing::End);
    let mut nonsense = Peer::connect(&addr);
    nonsense.send_bytes(&[7; 100]);
    nonsense.ends_without_a_byte();
    assert_eq!((desk.dispatched(), server.connections()), (1, 1));
    served.send(&Request::number(2, ECHO));
    assert_eq!(served.answer(), Answer::success(2, b""));
}

/// The errors of a client and a pool say that nothing ran, and why; a pool is served as soon as there is a place.
pub fn a_client_over_the_limit_learns_that_it_was_refused<RT: AsyncRuntime>(site: &Site<RT>) {
    let (server, addr, desk, served) = full(site);
    let calls = Calls::default();
    let client = site.connect(&addr, ClientConfig::default());
    for number in (0..20).map(|_| calls.submit(&client, ECHO, b"")).collect::<Vec<_>>() {
        calls.fails(number, RpcErrKind::Overloaded, Outcome::Refused);
    }
    let patient = ClientConfig::default().with_when_down(WhenDown::Wait);
    let pool: ClientPool<Slip, Client<RT>> = site.pool(&addr, patient);
    let refused = calls.submit(&pool, ECHO, b"");
    calls.fails(refused, RpcErrKind::Overloaded, Outcome::Refused);
    assert_eq!(desk.dispatched(), 1);
    drop(served);
    while server.connections() > 0 {
        std::thread::yield_now();
    }
    // The pool gives up the connection that was refused, and makes another after its pause.
    let served = (0..1000).any(|_| {
        let number = calls.submit(&pool, ECHO, b"back");
        let served = calls.end(number).is_ok_and(|response| response.msg == b"back");
        if !served {
            std::thread::park_timeout(Duration::from_millis(20));
        }
        served
    });
    assert!(served, "no place became free");
}

/// A server that closes or is dropped does not wait for connections that it refuses.
pub fn a_server_ends_while_it_refuses<RT: AsyncRuntime>(site: &Site<RT>) {
    let (server, addr, _, served) = full(site);
    let mut refused: Vec<_> = (0..5).map(|_| Peer::connect(&addr)).collect();
    served.half_close();
    site.close(server);
    for peer in &mut refused {
        peer.end();
    }
    let (server, addr, _, mut served) = full(site);
    let mut refused: Vec<_> = (0..5).map(|_| Peer::connect(&addr)).collect();
    drop(server);
    for peer in &mut refused {
        peer.end();
    }
    served.end();
}

/// Connections that wait to be accepted when the server closes are refused by code 7: for a runtime of one thread,
/// which the scenario keeps busy meanwhile.
pub fn who_waits_to_be_accepted_is_refused_when_the_server_closes<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (server, addr, desk) = site.serve(ServerConfig::default());
    let (open, gate) = channel::<()>();
    let (tell, busy) = channel();
    let blocked = site.start(async move {
        tell.send(()).expect("the scenario waits");
        let _opened = gate.recv();
    });
    finished("the busy thread", &busy);
    let mut waiting: Vec<_> = (0..3).map(|_| Peer::connect(&addr)).collect();
    for peer in &mut waiting {
        peer.send(&Request::number(1, ECHO));
    }
    let (tell, closed) = channel();
    let closing = std::thread::spawn(move || {
        let mut closing = Box::pin(server.close());
        smol::block_on(async {
            // From the first poll of the close on nothing is accepted any more.
            let began = smol::future::poll_once(&mut closing).await;
            tell.send(()).expect("the scenario waits");
            if began.is_none() {
                closing.await;
            }
        });
    });
    finished("the begin of the close", &closed);
    drop(open);
    finished("the busy thread", &blocked);
    for peer in &mut waiting {
        assert_eq!(peer.answer(), Answer::framework(1, 7));
        assert_eq!(peer.ends_without_a_byte(), Closing::End);
    }
    drop(waiting);
    closing.join().expect("the close ends");
    assert_eq!(desk.dispatched(), 0);
}

/// A dispatcher that cannot be made costs only its connection, whose requests are refused.
pub fn requests_for_which_no_dispatcher_could_be_made_are_refused<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    use razor_stream::server::dispatch::{Call, Flow, per_call, per_connection};
    use razor_stream::server::task::Reply;
    let make = per_connection(|_| {
        assert!(std::thread::panicking(), "a scenario asked for this panic");
        per_call(|_: Call<'_>, reply: Reply<'_>| {
            reply.success(b"", None);
            Flow::Next
        })
    });
    let (_server, addr) = site.serve_with(ServerConfig::default(), make);
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, ECHO));
    assert_eq!(peer.answer(), Answer::framework(1, 6));
    assert_eq!(peer.ends_without_a_byte(), Closing::End);
}
