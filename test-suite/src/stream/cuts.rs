//! A client whose connection ends: by the server, by a reset at any byte, or by its own will.
//!
//! Knows which outcomes are truthful. Does not know pools.

use crate::raw::{Closing, Pair, Refusing};
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::client::ClientConfig;
use razor_stream::error::{Outcome, RpcErrKind};
use std::num::NonZero;

/// Case 54: a server that shuts its sending side down ends the connection; the answers that it had sent arrive, the
/// other calls are `Unknown`.
pub fn a_server_that_stops_sending_ends_what_it_has_not_answered<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let mut pair = Pair::new(site, ClientConfig::default());
    let asked = pair.calls_received(6);
    for (call, asked) in &asked[..4] {
        pair.peer.send_bytes(&asked.success(call.to_string().as_bytes()));
    }
    pair.peer.half_close();
    for (call, _) in &asked[..4] {
        assert_eq!(pair.calls.message(*call), call.to_string().as_bytes());
    }
    for (call, _) in &asked[4..] {
        pair.calls.fails(*call, RpcErrKind::IO, Outcome::Unknown);
    }
    assert_eq!(pair.peer.end(), Closing::End);
    let late = pair.call(b"late");
    assert_eq!(pair.calls.failure(late).outcome(), Outcome::NotSent);
    pair.calls.all_ended();
}

/// Case 55: a reset at every byte of a request. A request that the server has received whole is never `NotSent`.
pub fn a_reset_at_each_byte_of_a_request_has_a_truthful_outcome<RT: AsyncRuntime>(site: &Site<RT>) {
    for received in 0..=32 + 7 {
        let mut pair = Pair::new(site, ClientConfig::default());
        let call = pair.call(b"7 bytes");
        assert_eq!(pair.peer.receive(received).len(), received);
        pair.peer.reset();
        let error = pair.calls.failure(call);
        assert_eq!(error.kind(), RpcErrKind::IO, "{received} bytes: {error}");
        match error.outcome() {
            Outcome::Unknown => {}
            Outcome::NotSent => assert!(received < 32 + 7, "all {received} bytes were received"),
            other => panic!("{received} bytes: {other}"),
        }
        pair.calls.all_ended();
    }
}

/// Cases 5 and 55: the end, or a reset, at every byte of a reply: the call is `Unknown`, or has its reply if all bytes
/// came.
pub fn an_end_at_each_byte_of_a_reply_has_a_truthful_outcome<RT: AsyncRuntime>(site: &Site<RT>) {
    for (cut, reset) in (0..=20 + 5).flat_map(|cut| [(cut, false), (cut, true)]) {
        let mut pair = Pair::new(site, ClientConfig::default());
        let (call, asked) = pair.calls_received(1).remove(0);
        let reply = asked.success(b"reply");
        pair.peer.send_bytes(&reply[..cut]);
        if reset {
            pair.peer.reset();
        } else {
            pair.peer.half_close();
        }
        match pair.calls.end(call) {
            Ok(response) => assert_eq!((cut, &response.msg[..]), (reply.len(), &b"reply"[..])),
            Err(error) => {
                assert_eq!(error.outcome(), Outcome::Unknown, "cut at {cut}");
                assert_eq!(error, RpcErrKind::IO, "cut at {cut}");
                // A reset may overtake the bytes before it.
                assert!(reset || cut < reply.len(), "all of the reply was sent");
            }
        }
    }
}

/// Promise 8: a client that is dropped ends its calls at once: those in flight are `Unknown`, queued ones `NotSent`.
pub fn a_client_that_is_dropped_ends_its_calls_at_once<RT: AsyncRuntime>(site: &Site<RT>) {
    let one = NonZero::new(1).expect("not 0");
    let config = ClientConfig::default().with_max_in_flight(one);
    let Pair { client, mut peer, calls } = Pair::new(site, config);
    let (in_flight, queued) = (calls.submit(&client, 1, b"a"), calls.submit(&client, 1, b"b"));
    assert_eq!(peer.request().msg, b"a");
    let clone = client.clone();
    drop(client);
    assert!(calls.ended().is_empty(), "a clone is left");
    drop(clone);
    // At once: without a wait.
    assert_eq!(calls.ended().len(), 2);
    calls.fails(in_flight, RpcErrKind::Closing, Outcome::Unknown);
    calls.fails(queued, RpcErrKind::Closing, Outcome::NotSent);
    peer.end();
    calls.all_ended();
}

/// Promise 8: a client that is closed takes no more calls; those in flight and in its queue are finished.
pub fn a_client_that_is_closed_finishes_its_calls<RT: AsyncRuntime>(site: &Site<RT>) {
    let one = NonZero::new(1).expect("not 0");
    let tick = std::time::Duration::from_millis(10);
    let mut pair = Pair::new(
        site,
        ClientConfig::default().with_max_in_flight(one).with_deadline_resolution(tick),
    );
    let (first, second) = (pair.call(b"in flight"), pair.call(b"queued"));
    let asked = pair.peer.request();
    pair.client.close();
    let late = pair.call(b"late");
    pair.calls.fails(late, RpcErrKind::Closing, Outcome::NotSent);
    pair.peer.send_bytes(&asked.success(b"1"));
    assert_eq!(pair.calls.message(first), b"1");
    let asked = pair.peer.request();
    pair.peer.send_bytes(&asked.success(b"2"));
    assert_eq!(pair.calls.message(second), b"2");
    assert_eq!(pair.peer.end(), Closing::End);
    pair.calls.all_ended();
}

/// The error for a connection that cannot be made says where, and why, and that nothing was sent.
pub fn a_refused_connection_tells_where_and_why<RT: AsyncRuntime>(site: &Site<RT>) {
    let nobody = Refusing::bind(site);
    let addr = nobody.addr().to_owned();
    let (dial, config) = (addr.clone(), ClientConfig::default());
    let error = site.run("a connection that is refused", async move {
        let transport = crate::net::Client::<RT>::new();
        crate::raw::Stream::connect(&transport, &dial, config).await.err()
    });
    let error = error.expect("nobody listens");
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Unreachable, Outcome::NotSent));
    assert!(error.to_string().starts_with(&format!("connect to {addr}: ")), "{error}");
}

/// Both ends are the library's: every caller gets its own answer.
pub fn many_callers_share_one_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(razor_stream::server::ServerConfig::default());
    let client = site.connect(&addr, ClientConfig::default());
    let calls = crate::calls::Calls::default();
    let threads: Vec<_> = (0..4_u32)
        .map(|thread| {
            let (client, calls) = (client.clone(), calls.clone());
            std::thread::spawn(move || {
                for round in 0..200_u32 {
                    let msg = (thread << 16 | round).to_le_bytes();
                    let call = calls.submit(&client, crate::desk::ECHO, &msg);
                    assert_eq!(calls.message(call), msg);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("its callers are content");
    }
    calls.all_ended();
}
