//! The lines of a client about its connection: that it is lost, and that it is back. Lines about the attempts between
//! have the level debug.

use crate::notebook::{self, Line, lines, repeat_until_told, wait_for};
use log::Level;
use orb::prelude::AsyncRuntime;
use razor_stream::client::stream::ClientStream;
use razor_stream::client::{ClientCaller, ClientConfig, Completion, Response, render};
use razor_stream::error::{EncodedErr, RpcError};
use razor_stream::proto::RpcAction;
use razor_stream::server::ServerConfig;
use razor_stream::{LogControl, LogLevel};
use std::convert::Infallible;
use std::sync::mpsc::{self, Receiver, Sender};
use test_suite::desk::Desk;
use test_suite::mount;
use test_suite::net::Client;
use test_suite::raw::Listener;
use test_suite::site::{Net, Site, finished};

const CLIENT: &str = "razor_stream::client";

/// A completion that reports the end of its request.
struct Tells(Sender<()>);

impl Completion for Tells {
    fn complete(self, _: Result<Response, RpcError<EncodedErr>>) {
        let _unheard = self.0.send(());
    }
}

/// Makes a client with a request that ends when its connection ends, and the channel that reports that end.
fn with_request<RT: AsyncRuntime>(site: &Site<RT>, addr: &str) -> (Stream<RT>, Receiver<()>) {
    let (tell, told) = mpsc::channel();
    let client: Stream<RT> = site.connect(addr, ClientConfig::default());
    let frame = render(client.config(), RpcAction::Num(1), None, |_| Ok::<_, Infallible>(()));
    let request = client.submission(frame.expect("a request"), Tells(tell));
    assert!(client.try_submit(request).is_ok(), "there is room");
    (client, told)
}

type Stream<RT> = ClientStream<Tells, Client<RT>>;

/// The client's lines about an address above the level debug.
fn told(addr: &str) -> Vec<Line> {
    let mut lines = lines(&[addr]);
    lines.retain(|line| line.target == CLIENT && line.level <= Level::Info);
    lines
}

/// The number of the client's lines about an address at the level debug.
fn details(addr: &str) -> usize {
    let lines = lines(&[addr]);
    lines.iter().filter(|line| line.target == CLIENT && line.level == Level::Debug).count()
}

/// A test for each runtime, over unix sockets and in memory.
macro_rules! on_each_runtime {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                for net in [Net::Unix, Net::Memory] {
                    mount::tokio_current(net, scenarios::$name);
                    mount::tokio_multi(net, scenarios::$name);
                    mount::smol_current(net, scenarios::$name);
                    mount::smol(net, scenarios::$name);
                    mount::orb_smol(net, scenarios::$name);
                }
            }
        )*
    };
}

on_each_runtime!(
    an_outage_is_two_lines_and_its_attempts_are_details,
    a_server_that_hangs_up_each_time_is_one_outage,
    a_pool_that_has_never_had_a_connection_says_so_once,
    a_stream_tells_that_it_is_lost_and_not_that_it_is_closed,
    the_level_of_a_client_is_changed_while_it_runs,
);

mod scenarios {
    use super::*;

    pub(super) fn an_outage_is_two_lines_and_its_attempts_are_details<RT: AsyncRuntime>(
        site: &Site<RT>,
    ) {
        notebook::open();
        let (server, addr) = site.serve_with(ServerConfig::default(), Desk::default());
        let _pool = site.pool::<Tells>(&addr, ClientConfig::default());
        wait_for(1, &["connected to", &addr]);
        site.close(server);
        wait_for(1, &["lost the connection to", &addr]);
        // The first attempts find no server.
        wait_for(3, &["connect to", &addr]);
        let (_server, _) = site.serve_at(addr.clone(), ServerConfig::default(), Desk::default());
        wait_for(1, &["connected again to", &addr]);
        let told = told(&addr);
        assert_eq!(told.len(), 2, "{told:#?}");
        assert_eq!((told[0].level, told[1].level), (Level::Info, Level::Info));
        assert!(told[0].text.contains("lost the connection to"), "{told:#?}");
        assert!(told[1].text.contains(", after "), "{told:#?}");
        assert!(details(&addr) >= 4);
    }

    pub(super) fn a_server_that_hangs_up_each_time_is_one_outage<RT: AsyncRuntime>(
        site: &Site<RT>,
    ) {
        notebook::open();
        let listener = Listener::bind(&site.addr());
        let pool = site.pool::<Tells>(listener.addr(), ClientConfig::default());
        for _ in 0..5 {
            drop(listener.accept());
        }
        wait_for(5, &["connected to", listener.addr()]);
        drop(pool);
        let told = told(listener.addr());
        assert_eq!(told.len(), 1, "{told:#?}");
        assert!(told[0].text.contains("lost the connection to"), "{told:#?}");
        assert!(details(listener.addr()) >= 8);
    }

    pub(super) fn a_pool_that_has_never_had_a_connection_says_so_once<RT: AsyncRuntime>(
        site: &Site<RT>,
    ) {
        notebook::open();
        let addr = site.addr();
        let _pool = site.pool::<Tells>(&addr, ClientConfig::default());
        wait_for(4, &["connect to", &addr]);
        let before = told(&addr);
        assert_eq!(before.len(), 1, "{before:#?}");
        assert_eq!(before[0].level, Level::Warn);
        let (_server, _) = site.serve_at(addr.clone(), ServerConfig::default(), Desk::default());
        wait_for(1, &["connected to", &addr, ", after "]);
        assert_eq!(told(&addr).len(), 2, "{:#?}", told(&addr));
    }

    pub(super) fn a_stream_tells_that_it_is_lost_and_not_that_it_is_closed<RT: AsyncRuntime>(
        site: &Site<RT>,
    ) {
        let _turn = notebook::turn();
        let listener = Listener::bind(&site.addr());
        let connect = || {
            let (client, ended) = with_request(site, listener.addr());
            (client, ended, listener.accept())
        };
        let (closed, _, mut peer) = connect();
        closed.close();
        let asked = peer.request();
        peer.send_bytes(&asked.success(b""));
        peer.end();
        let (dropped, _, mut peer) = connect();
        drop(dropped);
        peer.end();
        assert_eq!(told(listener.addr()).len(), 0);
        repeat_until_told(&["lost the connection to", listener.addr()], || {
            let (_client, ended, peer) = connect();
            drop(peer);
            // Its line was written before its request ended.
            finished("the end", &ended);
        });
        let before = told(listener.addr());
        assert_eq!((before.len(), before[0].level), (1, Level::Info), "{before:#?}");
        // The bytes of another protocol are shown, as far as they are printable.
        let http = ["closing the connection to", listener.addr(), "it begins with \"HTTP/\""];
        repeat_until_told(&http, || {
            let (_client, ended, mut peer) = connect();
            peer.send_lossy(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            finished("the end", &ended);
        });
        let after = told(listener.addr());
        assert_eq!((after.len(), after[1].level), (2, Level::Warn), "{after:#?}");
    }

    pub(super) fn the_level_of_a_client_is_changed_while_it_runs<RT: AsyncRuntime>(
        site: &Site<RT>,
    ) {
        notebook::open();
        let (control, addr) = (LogControl::default(), site.addr());
        let config = ClientConfig::default().with_log_control(control.clone());
        control.set_level(LogLevel::Info);
        let _pool = site.pool::<Tells>(&addr, config);
        wait_for(1, &["connect to", &addr]);
        let (server, _) = site.serve_at(addr.clone(), ServerConfig::default(), Desk::default());
        wait_for(1, &["connected to", &addr, ", after "]);
        assert_eq!((details(&addr), told(&addr).len()), (0, 2));
        control.clone().set_level(LogLevel::Debug);
        assert_eq!(control.level(), LogLevel::Debug);
        site.close(server);
        wait_for(1, &["lost the connection to", &addr]);
        wait_for(2, &["connect to", &addr]);
        assert!(details(&addr) > 0);
    }
}
