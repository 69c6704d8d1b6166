//! A server on several executors: which executor a connection is on, and how connections end.
//!
//! Knows threads only to tell executors apart.

use crate::desk::{Desk, ECHO};
use crate::net::Server;
use crate::raw::{Answer, Peer, Request};
use crate::site::{Site, with_addr};
use orb::prelude::AsyncRuntime;
use razor_stream::server::dispatch::{Call, Dispatch, Flow};
use razor_stream::server::task::{Reply, Respond};
use razor_stream::server::{RpcServer, ServerConfig};
use std::collections::HashMap;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, ThreadId};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(600);

/// A dispatcher that reports the thread on which it is called.
#[derive(Clone)]
struct Where(Sender<ThreadId>);

impl Dispatch for Where {
    fn dispatch(&mut self, _: Call<'_>, reply: Reply<'_>) -> Flow {
        self.0.send(thread::current().id()).expect("the scenario listens");
        reply.success(b"", None);
        Flow::Next
    }
}

fn listener<RT: AsyncRuntime>(site: &Site<RT>) -> Server<RT> {
    let addr = site.addr();
    let bound = site.run("a listener", async move { Server::bind(&addr).await });
    bound.expect("a free address")
}

fn ask(peer: &mut Peer, seq: u64) {
    peer.send(&Request::number(seq, ECHO));
    assert_eq!(peer.answer(), Answer::success(seq, b""));
}

/// Each executor gets the same number of connections, and a connection stays on its executor.
pub fn connections_are_spread_over_the_executors<RT: AsyncRuntime>(site: &Site<RT>) {
    let execs = [RT::multi(1), RT::multi(1), RT::multi(1)];
    let (tell, told) = channel();
    let config = ServerConfig::default();
    let listener = listener(site);
    let server =
        RpcServer::bind(listener).with_config(config).with_executors(&execs).dispatch(Where(tell));
    let (server, addr) = with_addr(server.expect("there are executors"));
    let mut homes = HashMap::<ThreadId, usize>::new();
    let mut peers: Vec<_> = (0..6).map(|_| Peer::connect(&addr)).collect();
    for peer in &mut peers {
        ask(peer, 1);
        let home = told.recv().expect("it was asked");
        *homes.entry(home).or_default() += 1;
        for seq in 2..5 {
            ask(peer, seq);
            assert_eq!(told.recv(), Ok(home), "it stays where it is");
        }
    }
    assert_eq!(homes.into_values().collect::<Vec<_>>(), [2, 2, 2]);
    assert_eq!(server.connections(), 6);
    drop(peers);
    site.close(server);
}

/// A connection whose executor never runs does not keep the server from closing.
pub fn a_connection_that_no_executor_starts_ends_with_the_server<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    // The second executor works only inside `block_on`, which is never called.
    let execs = [site.exec().clone(), RT::current()];
    let config = ServerConfig::default().with_drain_timeout(LONG);
    let server = RpcServer::bind(listener(site)).with_config(config).with_executors(&execs);
    let (server, addr) = with_addr(server.dispatch(Desk::default()).expect("there are executors"));
    let mut started = Peer::connect(&addr);
    ask(&mut started, 1);
    let mut not_started = Peer::connect(&addr);
    // The third connection goes to the first executor, which has as many as the other by then.
    let mut third = Peer::connect(&addr);
    ask(&mut third, 1);
    assert_eq!(server.connections(), 3);
    drop((started, third));
    site.close(server);
    not_started.ends_without_a_byte();
}
