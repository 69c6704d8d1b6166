//! The allocated bytes of a large message: a message over the default limit of 4 MiB costs no more than a smaller one.
//!
//! A program of its own, so that nothing else allocates. Client and server are both in it, so the counts are of both.

#![forbid(unsafe_code)]

use orb::prelude::AsyncRuntime;
use orb_tokio::TokioRT;
use razor_stream::buffer;
use razor_stream::client::{ClientCaller, ClientConfig, render};
use razor_stream::proto::{Limits, RpcAction};
use razor_stream::server::ServerConfig;
use razor_stream::server::task::Respond;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::convert::Infallible;
use test_suite::calls::Calls;
use test_suite::desk::{ECHO, HOLD};
use test_suite::site::{Net, Site};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CALLS: usize = 16;

fn allocated() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated + usize::try_from(stats.bytes_reallocated.max(0)).unwrap_or(0)
}

/// Encoded at once or in pieces, answered in place or by another thread: each of the four buffers that a call needs is
/// used again. Now and then one comes back a little late and another is made; without use there would be four for each
/// call.
#[test]
fn a_large_message_is_encoded_and_received_in_buffers_that_are_used_again() {
    let site = Site::<TokioRT>::driven(Net::Unix, TokioRT::current());
    let limits = Limits::new(64 << 20, 64 << 20);
    let (_server, addr, desk) = site.serve(ServerConfig::default().with_limits(limits));
    let client = site.connect(&addr, ClientConfig::default().with_limits(limits));
    let calls = Calls::default();
    for kib in [1000, 4000, 4100, 5000, 7000, 8000, 12_000] {
        let msg = vec![7; kib << 10];
        for (action, piece) in [(ECHO, msg.len()), (ECHO, 1000), (HOLD, msg.len())] {
            let call = || {
                let slip = calls.slip();
                let number = slip.number();
                let frame = render(client.config(), RpcAction::Num(action), None, |out| {
                    msg.chunks(piece).for_each(|piece| out.extend_from_slice(piece));
                    Ok::<_, Infallible>(())
                });
                let request = client.submission(frame.expect("within the limits"), slip);
                let submitted = client.try_submit(request);
                assert!(submitted.is_ok(), "there is room");
                if action == HOLD {
                    desk.held().success(&msg, None);
                }
                let answer = calls.message(number);
                assert_eq!(answer.len(), msg.len());
                buffer::give_back(answer);
            };
            // The first calls allocate the buffers, on some thread.
            (0..CALLS).for_each(|_| call());
            let before = allocated();
            (0..CALLS).for_each(|_| call());
            let bytes = allocated() - before;
            assert!(
                bytes < CALLS / 2 * msg.len(),
                "{CALLS} calls of {kib} KiB, action {action}, pieces of {piece}: {bytes} bytes allocated"
            );
        }
    }
}
