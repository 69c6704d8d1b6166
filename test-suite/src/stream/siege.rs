//! Peers that never stop sending, and ends that come at a bad moment.
//!
//! Each scenario repeats an attack that once worked. None measures time: the safety net catches an end that does not
//! come.

use crate::calls::Calls;
use crate::desk::HOLD;
use crate::net::Client;
use crate::raw::{Answer, Listener, Pair, Peer, Request, answer};
use crate::site::{Site, finished};
use orb::prelude::AsyncRuntime;
use parking_lot::Mutex;
use razor_stream::client::stream::{ClientStream, Window};
use razor_stream::client::{
    ClientCaller, ClientConfig, ClientPool, Completion, Response, WhenDown, render,
};
use razor_stream::error::{EncodedErr, Outcome, RpcErrKind, RpcError};
use razor_stream::proto::RpcAction;
use razor_stream::server::ServerConfig;
use std::convert::Infallible;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

const MIB: usize = 1 << 20;

fn impatient() -> ClientConfig {
    ClientConfig::default()
        .with_call_timeout(Duration::from_millis(60))
        .with_deadline_resolution(Duration::from_millis(10))
}

/// Cases 34 and 36: requests that wait for their answers are bounded in bytes, not only in number.
pub fn requests_in_hand_are_bounded_in_bytes<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let mut peer = Peer::connect(&addr);
    let mut sender = peer.duplicate();
    let sending = std::thread::spawn(move || {
        let msg = vec![7; MIB];
        for seq in 1..=40 {
            sender.send(&Request::number(seq, HOLD).msg(&msg));
        }
    });
    let mut most = 0;
    for seq in 1..=40 {
        let held = desk.held();
        most = most.max(desk.holds() + 1);
        drop(held);
        // Each held request is dropped, which answers code 8; the next one is dispatched only when one is gone.
        assert_eq!(peer.answer(), Answer::framework(seq, 8));
    }
    sending.join().expect("all was sent in the end");
    assert!(most <= 9, "{most} requests of 1 MiB were in hand at once");
}

/// Promise 1: a server that sends replies for no call without end does not stop the deadlines.
pub fn deadlines_hold_while_the_server_floods<RT: AsyncRuntime>(site: &Site<RT>) {
    let mut pair = Pair::new(site, impatient());
    let (call, _) = pair.calls_received(1).remove(0);
    let mut flooding = pair.peer.duplicate();
    let flood = std::thread::spawn(move || {
        // A reply with `seq` 0 is skipped and not counted.
        flooding.flood(&answer(0, 0, 0, 0, b"").repeat(3000));
    });
    pair.calls.fails(call, RpcErrKind::Timeout, Outcome::Unknown);
    pair.peer.half_close();
    flood.join().expect("the flood ends with the connection");
}

/// Promise 8: a client that was closed ends with its last call, also if that call was never answered.
pub fn a_closed_client_ends_also_with_a_call_that_was_never_answered<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let mut pair = Pair::new(site, impatient());
    let (call, _) = pair.calls_received(1).remove(0);
    pair.client.close();
    pair.calls.fails(call, RpcErrKind::Timeout, Outcome::Unknown);
    pair.peer.end();
}

/// Promise 8: a pool that was closed and then dropped leaves no connection, also if a call was never answered.
pub fn a_pool_that_was_closed_and_dropped_leaves_no_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    let (listener, calls) = (Listener::bind(&site.addr()), Calls::default());
    let pool = site.pool(listener.addr(), ClientConfig::default());
    let call = calls.submit(&pool, 1, b"never answered");
    let mut peer = listener.accept();
    let _ = peer.request();
    pool.close();
    drop(pool);
    assert_eq!(calls.failure(call).outcome(), Outcome::Unknown);
    peer.end();
}

/// Promise 1: calls of a pool whose runtime has ended are refused at once.
pub fn calls_of_a_pool_end_with_its_runtime<RT: AsyncRuntime>(site: &Site<RT>) {
    let (listener, calls) = (Listener::bind(&site.addr()), Calls::default());
    let other = Site::<RT>::new(site.net(), RT::multi(1));
    let config = ClientConfig::default().with_when_down(WhenDown::Wait);
    let pool =
        ClientPool::with_executor(Client::<RT>::new(), listener.addr(), config, other.exec())
            .expect("an address");
    let pending = calls.submit(&pool, 1, b"in flight");
    let _ = listener.accept().request();
    drop(other);
    assert_eq!(calls.failure(pending).outcome(), Outcome::Unknown);
    let late = calls.submit(&pool, 1, b"nobody would look at its deadline");
    assert_eq!(calls.failure(late).outcome(), Outcome::NotSent);
}

/// A completion that uses its connection when it is dropped.
struct Nosy<RT: AsyncRuntime> {
    client: Option<ClientStream<Self, Client<RT>>>,
    abandoned: Arc<Mutex<bool>>,
    told: Sender<Window>,
}

impl<RT: AsyncRuntime> Completion for Nosy<RT> {
    fn complete(self, _: Result<Response, RpcError<EncodedErr>>) {}

    fn is_abandoned(&self) -> bool {
        *self.abandoned.lock()
    }
}

impl<RT: AsyncRuntime> Drop for Nosy<RT> {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            // The scenario may have ended.
            let _unheard = self.told.send(client.window());
        }
    }
}

/// No lock of a connection is held while a value of a user is dropped.
pub fn a_completion_may_use_its_connection_when_it_is_dropped<RT: AsyncRuntime>(site: &Site<RT>) {
    let listener = Listener::bind(&site.addr());
    let config = impatient().with_max_in_flight(NonZero::<usize>::MIN);
    let client: ClientStream<Nosy<RT>, _> = site.connect(listener.addr(), config);
    let _peer = listener.accept();
    let (abandoned, (told, tell)) = (Arc::new(Mutex::new(false)), channel());
    for _ in 0..3 {
        let nosy =
            Nosy { client: Some(client.clone()), abandoned: abandoned.clone(), told: told.clone() };
        let request = render(client.config(), RpcAction::Num(1), None, |_| Ok::<_, Infallible>(()));
        let request = client.submission(request.expect("a small request"), nosy);
        let submitted = client.try_submit(request);
        assert!(submitted.is_ok(), "there is room in the queue");
    }
    *abandoned.lock() = true;
    for _ in 0..3 {
        finished("the drop of a completion", &tell);
    }
}
