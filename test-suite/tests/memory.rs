//! A length that a peer announces costs no memory, and the memory of a flood is bounded: live bytes, counted by the
//! allocator.
//!
//! A program of its own, so that nothing else allocates; its tests take turns.

#![forbid(unsafe_code)]

use orb::prelude::AsyncRuntime;
use orb_tokio::TokioRT;
use parking_lot::Mutex;
use razor_stream::proto::Limits;
use razor_stream::server::ServerConfig;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::num::NonZero;
use std::time::Duration;
use test_suite::desk::{ECHO, HOLD, THOUSAND};
use test_suite::raw::{Answer, Peer, Request};
use test_suite::site::{Net, Site};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test at a time.
static TURN: Mutex<()> = Mutex::new(());

const MIB: usize = 1 << 20;
const LONG: Duration = Duration::from_secs(600);

fn live() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

fn site() -> Site<TokioRT> {
    Site::new(Net::Unix, TokioRT::multi(2))
}

fn patient() -> ServerConfig {
    ServerConfig::default().with_overload_after(LONG).with_write_stall(LONG)
}

/// Rule E1: connections that announce 64 MiB and 4 MiB each, and send little of it, cost little (cases 8 and 9).
#[test]
fn an_announced_length_is_not_allocated() {
    let _turn = TURN.lock();
    let site = site();
    let (_server, addr, _desk) = site.serve(patient().with_limits(Limits::new(4 << 20, 64 << 20)));
    let mut peers: Vec<_> = (0..20).map(|_| Peer::connect(&addr)).collect();
    for peer in &mut peers {
        peer.send(&Request::number(1, ECHO));
        assert_eq!(peer.answer(), Answer::success(1, b""));
    }
    let before = live();
    for peer in &mut peers {
        let mut bytes = Request::number(2, ECHO).announce(4 << 20, 64 << 20).bytes();
        bytes.extend_from_slice(&[1; 40_000]);
        peer.send_bytes(&bytes);
    }
    // Read by the time another connection has been served a few times; a later read would only allocate later.
    let mut other = Peer::connect(&addr);
    for seq in 1..200 {
        other.send(&Request::number(seq, ECHO));
        assert_eq!(other.answer(), Answer::success(seq, b""));
    }
    let grown = live().saturating_sub(before);
    assert!(grown < 20 * 300_000, "{grown} bytes for 20 connections that sent 40,000 each");
}

/// Cases 34 and 36: 100,000 requests of a peer that does not read cost the output's bound, and no more.
#[test]
fn a_flood_from_a_peer_that_does_not_read_is_bounded_in_bytes() {
    let _turn = TURN.lock();
    let site = site();
    let (_server, addr, _desk) = site.serve(patient());
    let mut peer = Peer::connect(&addr);
    let flood: Vec<u8> = (1..=100_000)
        .flat_map(|seq| Request::number(seq, THOUSAND).msg(&[1; 100]).bytes())
        .collect();
    let before = live();
    let sent = peer.send_until_stalled(&flood, Duration::from_millis(300));
    assert!(sent < flood.len(), "the server took all of it");
    let grown = live().saturating_sub(before);
    assert!(grown < 12 * MIB, "{grown} bytes");
}

/// Case 40: bare pings behind a call that does not end are bounded in bytes, also once requests are refused.
#[test]
fn bare_pings_that_wait_are_bounded_in_bytes() {
    let _turn = TURN.lock();
    let site = site();
    let config = patient()
        .with_overload_after(Duration::from_millis(20))
        .with_max_in_flight_per_connection(NonZero::new(16).expect("not 0"));
    let (_server, addr, desk) = site.serve(config);
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, HOLD));
    let held = desk.held();
    let pings: Vec<u8> = (2..200_000).flat_map(|seq| Request::number(seq, 0).bytes()).collect();
    let before = live();
    let sent = peer.send_until_stalled(&pings, Duration::from_millis(300));
    assert!(sent < pings.len(), "the server took all of it");
    let grown = live().saturating_sub(before);
    assert!(grown < MIB, "{grown} bytes");
    drop(held);
}

/// Case 44: after one large frame each, connections do not keep the memory for it.
#[test]
fn a_large_frame_leaves_no_large_buffer_behind() {
    let _turn = TURN.lock();
    let site = site();
    let (server, addr, _desk) = site.serve(patient());
    let before = live();
    let blob = vec![3; 2 * MIB];
    let mut peers: Vec<_> = (0..10).map(|_| Peer::connect(&addr)).collect();
    for peer in &mut peers {
        peer.send(&Request::number(1, ECHO).blob(&blob));
        assert_eq!(peer.answer().blob.len(), blob.len());
    }
    // The last answer may still be on its way out of the server's hands: one more round trip waits for that.
    for peer in &mut peers {
        peer.send(&Request::number(2, ECHO));
        assert_eq!(peer.answer(), Answer::success(2, b""));
    }
    let kept = live().saturating_sub(before).saturating_sub(blob.len());
    assert!(kept < 10 * 300_000, "{kept} bytes for 10 idle connections");
    drop(peers);
    site.close(server);
}
