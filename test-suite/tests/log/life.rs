//! The lines of a server: where it listens, which connections it has lost, and that no peer can flood the log.

use crate::notebook::{self, Line, lines, repeat_until_told, tells};
use log::Level;
use orb::prelude::AsyncRuntime;
use razor_stream::server::dispatch::{Flow, per_task};
use razor_stream::server::task::{ServerTask, ServerTaskDone};
use razor_stream::server::{ServerConfig, Workers, WorkersConfig};
use razor_stream::{LogControl, LogLevel, clock};
use std::num::NonZero;
use std::sync::atomic::{AtomicU32, Ordering};
use test_suite::desk::{Desk, ECHO, HOLD};
use test_suite::mount;
use test_suite::raw::{Peer, Request};
use test_suite::site::{Net, Site};

const SERVER: &str = "razor_stream::server";

/// A test for each runtime, over these kinds of connections.
macro_rules! on_each_runtime {
    ($nets:expr, $($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                for net in $nets {
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

// Only TCP has resets.
on_each_runtime!([Net::Tcp], a_connection_that_is_reset_is_told_as_lost);

on_each_runtime!(
    [Net::Tcp, Net::Unix],
    a_server_tells_where_it_listens_unless_its_level_is_lower,
    a_handler_that_panics_after_its_answer_is_told_with_method_and_peer,
    what_speaks_another_protocol_is_shown_as_far_as_it_shows_what_it_speaks,
    a_peer_that_repeats_its_fault_does_not_flood_the_log,
);

/// Tells the scenarios apart.
static SITES: AtomicU32 = AtomicU32::new(0);

/// How the name of each peer begins.
fn peers<RT: AsyncRuntime>(site: &Site<RT>) -> &'static str {
    if site.net() == Net::Tcp { "127.0.0.1:" } else { "unix:(unnamed)" }
}

mod scenarios {
    use super::*;

    pub(super) fn a_server_tells_where_it_listens_unless_its_level_is_lower<RT: AsyncRuntime>(
        site: &Site<RT>,
    ) {
        notebook::open();
        let control = LogControl::new(LogLevel::Warn);
        let silent = ServerConfig::default().with_log_control(control.clone());
        let (_silent, unsaid) = site.serve_with(silent, Desk::default());
        let (_server, addr) = site.serve_with(ServerConfig::default(), Desk::default());
        let told = lines(&["listening at", &addr]);
        let [Line { level, target, .. }] = &told[..] else { panic!("{told:#?}") };
        assert_eq!((*level, &**target), (Level::Info, SERVER));
        assert_eq!(lines(&["listening at", &unsaid]).len(), 0);
    }

    pub(super) fn a_handler_that_panics_after_its_answer_is_told_with_method_and_peer<
        RT: AsyncRuntime,
    >(
        site: &Site<RT>,
    ) {
        let config = WorkersConfig::new(NonZero::<usize>::MIN);
        let workers = Workers::<RT, ServerTask<u64>>::threads(config, |task| {
            task.done(Ok(()));
            panic!("afterwards");
        });
        let workers = workers.expect("a thread");
        let make = per_task(move |task| workers.submit(task));
        let (_server, addr) = site.serve_with(ServerConfig::default(), make);
        let mut peer = Peer::connect(&addr);
        let (method, mut seq) = (format!("Late.{}", SITES.fetch_add(1, Ordering::Relaxed)), 0);
        tells(
            &[&format!("{method} of {}", peers(site)), "its handler panicked in a worker"],
            || {
                seq += 1;
                peer.send(&Request::name(seq, method.as_bytes()).msg(b"\x07"));
                assert_eq!(peer.answer().seq, seq);
            },
        );
    }

    pub(super) fn a_connection_that_is_reset_is_told_as_lost<RT: AsyncRuntime>(site: &Site<RT>) {
        let _turn = notebook::turn();
        let (_server, addr, desk) = site.serve(ServerConfig::default());
        let mut dispatched = 0;
        let before = lines(&["lost the connection of", peers(site)]).len();
        repeat_until_told(&["lost the connection of", peers(site)], || {
            let mut peer = Peer::connect(&addr);
            peer.send(&Request::number(1, ECHO).msg(b"m"));
            assert_eq!(peer.answer().seq, 1);
            // The request in hand stays unanswered, so that only the reset ends the connection.
            peer.send(&Request::number(2, HOLD));
            dispatched += 2;
            desk.wait_dispatched(dispatched);
            peer.reset();
        });
        let told = lines(&["lost the connection of", peers(site)]);
        let [.., Line { level, target, .. }] = &told[before..] else { panic!("{told:#?}") };
        assert_eq!((*level, &**target), (Level::Info, SERVER));
    }

    pub(super) fn what_speaks_another_protocol_is_shown_as_far_as_it_shows_what_it_speaks<
        RT: AsyncRuntime,
    >(
        site: &Site<RT>,
    ) {
        let _turn = notebook::turn();
        let (_server, addr, _desk) = site.serve(ServerConfig::default());
        let sends = |bytes: &[&[u8]]| {
            let mut peer = Peer::connect(&addr);
            for bytes in bytes {
                peer.send_lossy(bytes);
            }
            peer.end();
        };
        let long = [b' '; 64];
        for (begin, shown) in [
            (&b"GET / HTTP/1.1\r\n"[..], "wrong magic 0x4547, it begins with \"GET /\""),
            // The shown text ends before the first byte that is not printable.
            (b"EHLO\r\n", "wrong magic 0x4845, it begins with \"EHLO\""),
            (b"PR\x1B[31m", "wrong magic 0x5250, it begins with \"PR\""),
        ] {
            repeat_until_told(&["closing the connection of", peers(site), shown], || {
                sends(&[begin, &long]);
            });
        }
        let ping = Request::number(1, 0).blob(b"p").bytes();
        for (begin, magic) in [
            // Bytes that are not printable, for instance of TLS; and bytes after a frame, which may belong to a user.
            (&[&b"\x16\x03\x01\x02"[..], &long][..], "wrong magic 0x0316"),
            (&[&ping, b"secret", &long], "wrong magic 0x6573"),
        ] {
            let of = ["closing the connection of", peers(site), magic];
            repeat_until_told(&of, || sends(begin));
            let told = lines(&of);
            assert!(told.iter().all(|line| !line.text.contains("begins")), "{told:#?}");
            assert!(told.iter().all(|line| line.target == SERVER), "{told:#?}");
        }
    }

    pub(super) fn a_peer_that_repeats_its_fault_does_not_flood_the_log<RT: AsyncRuntime>(
        site: &Site<RT>,
    ) {
        let _turn = notebook::turn();
        let make = per_task(|task: ServerTask<String>| {
            task.done(Ok(()));
            Flow::Next
        });
        let (_server, addr) = site.serve_with(ServerConfig::default(), make);
        let method = format!("Flood.{}", SITES.fetch_add(1, Ordering::Relaxed));
        let (began, undecodable) = (clock::now(), lines(&[&method]).len());
        let closed = lines(&["closing the connection of"]).len();
        let mut peer = Peer::connect(&addr);
        for seq in 1..=300 {
            peer.send(&Request::name(seq, method.as_bytes()).msg(b"\xC3"));
            assert_eq!(peer.answer().seq, seq);
        }
        for _ in 0..40 {
            let mut peer = Peer::connect(&addr);
            peer.send_lossy(&[b'x'; 32]);
            peer.end();
        }
        let seconds = usize::try_from(began.elapsed().as_secs()).expect("a few") + 2;
        let most = 10 * seconds;
        assert!(lines(&[&method]).len() - undecodable <= most);
        assert!(lines(&["closing the connection of"]).len() - closed <= most);
    }
}
