//! A server and its listeners: several of them, listeners that another process has bound, and executors that are
//! passed.
//!
//! Knows how a listener is made. Does not know what a request is for.

use crate::desk::{Desk, ECHO};
use crate::net::{Kind, Server};
use crate::raw::{Answer, Peer, Request};
use crate::site::{Net, Site};
use orb::prelude::AsyncRuntime;
use razor_rpc_tcp::TcpServer;
use razor_stream::error::Stage;
use razor_stream::server::dispatch::{Call, Dispatch, Flow};
use razor_stream::server::task::{Reply, Respond};
use razor_stream::server::{RpcServer, ServerConfig};
use razor_stream::transport::memory::MemoryServer;
use razor_stream::transport::{Listener as _, TransportError};
use std::num::NonZero;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, ThreadId};

fn bind<RT: AsyncRuntime>(site: &Site<RT>, addr: String) -> Result<Server<RT>, TransportError> {
    site.run("a listener", async move { Server::bind(&addr).await })
}

fn listener<RT: AsyncRuntime>(site: &Site<RT>) -> Server<RT> {
    bind(site, site.addr()).expect("a free address")
}

fn addrs<RT: AsyncRuntime>(listeners: &[Server<RT>; 2]) -> [String; 2] {
    listeners.each_ref().map(|listener| listener.local_addr().to_owned())
}

fn ask(peer: &mut Peer, seq: u64) {
    peer.send(&Request::number(seq, ECHO));
    assert_eq!(peer.answer(), Answer::success(seq, b""));
}

/// Each listener has its own dispatcher, even if it is of another type; the listeners share the limits, the count and
/// the end of the server.
pub fn two_listeners_of_one_server_serve_what_each_was_given<RT: AsyncRuntime>(site: &Site<RT>) {
    let (first, second) = (Desk::default(), Desk::default());
    let config = ServerConfig::default().with_max_connections(NonZero::new(2).expect("not 0"));
    let server = RpcServer::bind(listener(site)).with_config(config).with_executor(site.exec());
    let server = server.dispatch(first.clone()).expect("it has an executor");
    let other = MemoryServer::bind(&format!("memory:beside {}", server.local_addr()));
    let other = server.add(other.expect("a free name")).dispatch(second.clone());
    let added = other.expect("it has an executor");

    let (mut here, mut there) = (Peer::connect(server.local_addr()), Peer::connect(&added));
    ask(&mut here, 1);
    assert_eq!((first.dispatched(), second.dispatched()), (1, 0));
    ask(&mut there, 1);
    ask(&mut there, 2);
    assert_eq!((first.dispatched(), second.dispatched()), (1, 2));
    assert_eq!(server.connections(), 2);

    // The listeners share the limit.
    let mut third = Peer::connect(&added);
    third.send(&Request::number(1, ECHO));
    assert_ne!(third.answer(), Answer::success(1, b""));

    let addr = server.local_addr().to_owned();
    drop((here, there, third));
    site.close(server);
    Peer::try_connect(&addr).expect_err("nobody listens");
    Peer::try_connect(&added).expect_err("nobody listens");
}

/// Both listeners have one dispatcher.
pub fn listeners_that_are_put_together_serve_the_same<RT: AsyncRuntime>(site: &Site<RT>) {
    let desk = Desk::default();
    let listeners = [listener(site), listener(site)];
    let addrs = addrs(&listeners);
    let [first, second] = listeners;
    let server = RpcServer::bind(first).and(second).with_executor(site.exec());
    let server = server.dispatch(desk.clone()).expect("it has an executor");
    assert_eq!(server.local_addr(), addrs[0]);
    let mut peers = addrs.each_ref().map(|addr| Peer::connect(addr));
    for peer in &mut peers {
        ask(peer, 1);
    }
    assert_eq!((desk.dispatched(), server.connections()), (2, 2));
    drop(peers);
    site.close(server);
    for addr in &addrs {
        Peer::try_connect(addr).expect_err("nobody listens");
    }
}

/// The listener comes from a supervisor, in blocking mode or not. The file of a unix socket belongs to the supervisor.
pub fn a_listener_of_somebody_else_is_served<RT: AsyncRuntime>(site: &Site<RT>) {
    for nonblocking in [false, true] {
        let addr = site.addr();
        let listener: TcpServer<RT> = match site.net() {
            Net::Unix => {
                let theirs = UnixListener::bind(&addr).expect("a free path");
                theirs.set_nonblocking(nonblocking).expect("a socket");
                TcpServer::from_std_unix(theirs).expect("it listens")
            }
            _ => {
                let theirs = std::net::TcpListener::bind(&addr).expect("a free port");
                theirs.set_nonblocking(nonblocking).expect("a socket");
                TcpServer::from_std(theirs).expect("it listens")
            }
        };
        let server = RpcServer::bind(listener).with_executor(site.exec()).dispatch(Desk::default());
        let server = server.expect("it has an executor");
        // Two connections at the same time: no thread of the executor is held up by an accept.
        let bound = server.local_addr().trim_start_matches("unix:").to_owned();
        let mut peers = [(); 2].map(|()| Peer::connect(&bound));
        for peer in &mut peers {
            ask(peer, 1);
        }
        drop(peers);
        site.close(server);
        Peer::try_connect(&bound).expect_err("nobody listens");
        assert_eq!(Path::new(&addr).exists(), site.net() == Net::Unix, "whose file it is");
    }
}

/// No runtime has to be around where a listener and a server are made.
pub fn a_server_is_made_on_a_plain_thread_for_an_executor<RT: AsyncRuntime>(site: &Site<RT>) {
    let addr = site.addr();
    let listener: Server<RT> = match site.net() {
        Net::Memory => Kind::Memory(MemoryServer::bind(&addr).expect("a free name")),
        _ => Kind::Socket(smol::block_on(TcpServer::bind(&addr)).expect("a free address")),
    };
    let server = RpcServer::bind(listener).with_executor(site.exec()).dispatch(Desk::default());
    let server = server.expect("it has an executor");
    ask(&mut Peer::connect(server.local_addr()), 1);
    let addr = server.local_addr().to_owned();
    // The end needs no runtime either.
    smol::block_on(server.close());
    Peer::try_connect(&addr).expect_err("nobody listens");
}

/// The error is no panic, and the address is free afterwards.
pub fn outside_of_a_runtime_a_server_is_an_error<RT: AsyncRuntime>(site: &Site<RT>) {
    let listeners = [listener(site), listener(site)];
    let addrs = addrs(&listeners);
    let [first, second] = listeners;
    let refused = RpcServer::bind(first).and(second).dispatch(Desk::default());
    let error = refused.expect_err("there is no runtime around");
    assert_eq!((error.stage, &error.addr), (Stage::Listen, &addrs[0]));
    assert!(error.to_string().contains("no async runtime here"), "{error}");
    for addr in addrs {
        bind(site, addr).expect("it is free");
    }
}

/// A server inside of its runtime takes further listeners from elsewhere only with an executor.
pub fn a_server_without_an_executor_adds_no_listener_outside_of_its_runtime<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (server, addr, _desk) = site.serve(ServerConfig::default());
    let refused = server.add(listener(site)).dispatch(Desk::default());
    assert_eq!(refused.expect_err("there is no runtime around").stage, Stage::Listen);
    // The server still serves.
    ask(&mut Peer::connect(&addr), 1);
    let another = listener(site);
    let (server, added) = site.run("a listener that is added", async move {
        let added = server.add(another).dispatch(Desk::default());
        (server, added.expect("there is a runtime around"))
    });
    ask(&mut Peer::connect(&added), 1);
    site.close(server);
}

/// With port 0 the system chooses a port, and the address of the server has this port.
pub fn the_address_of_a_server_has_the_real_port<RT: AsyncRuntime>(site: &Site<RT>) {
    let server =
        RpcServer::bind(listener(site)).with_executor(site.exec()).dispatch(Desk::default());
    let server = server.expect("it has an executor");
    let addr: std::net::SocketAddr = server.local_addr().parse().expect("an address");
    assert_ne!(addr.port(), 0);
    ask(&mut Peer::connect(server.local_addr()), 1);
    let added = server.add(listener(site)).dispatch(Desk::default()).expect("it has an executor");
    assert_ne!(added, server.local_addr());
    ask(&mut Peer::connect(&added), 1);
}

/// Answers from a coroutine, and reports the threads of the dispatcher and of the coroutine.
#[derive(Clone)]
struct FromATask(Sender<[ThreadId; 2]>);

impl Dispatch for FromATask {
    fn dispatch(&mut self, _: Call<'_>, reply: Reply<'_>) -> Flow {
        let (tell, here, answer) = (self.0.clone(), thread::current().id(), reply.detach());
        Flow::spawn(async move {
            let _unheard = tell.send([here, thread::current().id()]);
            answer.success(b"", None);
        })
    }
}

/// A dispatcher names no runtime: its coroutines run on the executor of their connection.
pub fn tasks_of_a_dispatcher_run_on_the_executor_of_their_connection<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let execs = [RT::multi(1), RT::multi(1)];
    let (tell, told) = channel();
    let server = RpcServer::bind(listener(site)).with_executors(&execs).dispatch(FromATask(tell));
    let server = server.expect("it has executors");
    let mut homes = Vec::new();
    let mut peers = [(); 2].map(|()| Peer::connect(server.local_addr()));
    for peer in &mut peers {
        for seq in 1..4 {
            ask(peer, seq);
            let [reader, task] = told.recv().expect("it was asked");
            assert_eq!(reader, task, "each executor has one thread");
            homes.push(task);
        }
    }
    assert_ne!(homes[0], homes[3], "the two connections are on two executors");
    drop(peers);
    site.close(server);
}
