//! The cost of calls and idle connections in things that can be counted: allocations, writes, reads, bytes, wakes.
//!
//! No time is measured. The server is another process, so each side counts its own; both have one thread and all that
//! is on by default. The tests take turns.
//!
//! | file | holds |
//! |---|---|
//! | `server` | the server in its process |
//! | `load` | callers, and what their calls cost |
//! | `tally` | what a process has done so far |
//! | `transport` | transports that count |

#![forbid(unsafe_code)]

mod load;
mod server;
mod tally;
mod transport;

use load::{Bench, Cost};
use orb::prelude::AsyncRuntime;
use orb_tokio::TokioRT;
use parking_lot::Mutex;
use razor_rpc_smol::SmolRT;
use std::time::Duration;

/// One test at a time.
static TURN: Mutex<()> = Mutex::new(());

/// The server's side of the other tests, which start this one in another process.
#[test]
#[ignore = "it is started by the other tests, in a process of its own"]
fn server_for_the_other_tests() {
    server::run();
}

#[test]
fn a_call_allocates_the_users_values_alone_on_tokio() {
    few_allocations(Bench::<TokioRT>::new("tokio", TokioRT::current()));
}

#[test]
fn a_call_allocates_the_users_values_alone_on_smol() {
    few_allocations(Bench::<SmolRT>::new("smol", SmolRT::current()));
}

/// At most 3 and 2 are allowed; it is 2 at the client, the argument and the result, and 1 at the server, the argument,
/// which is the result as well.
///
/// Above that are 0.01 to 0.08, by which callers start and smol's queue of tasks grows: an allocation that not even
/// every fifth call needs would be over the bounds.
fn few_allocations<RT: AsyncRuntime>(mut bench: Bench<RT>) {
    for callers in [64, 1024] {
        let Cost { client, server } = bench.steady(callers);
        assert!((2.0..=2.2).contains(&client.allocations), "{callers} callers, client: {client:?}");
        assert!((1.0..=1.2).contains(&server.allocations), "{callers} callers, server: {server:?}");
    }
}

#[test]
fn a_thousand_pipelined_calls_cost_few_writes_and_reads_on_tokio() {
    few_uses(Bench::<TokioRT>::new("tokio", TokioRT::current()));
}

#[test]
fn a_thousand_pipelined_calls_cost_few_writes_and_reads_on_smol() {
    few_uses(Bench::<SmolRT>::new("smol", SmolRT::current()));
}

/// At 1,024 callers at most 50 system calls are allowed for 1,000 calls; 13 and 22 of them are seen here, writes and
/// reads together. With 128 callers, so that batches are smaller, it is 42 and 50.
///
/// How many calls share a write depends on how the two sides take turns; a write for each would be 1,000.
fn few_uses<RT: AsyncRuntime>(mut bench: Bench<RT>) {
    for (callers, bound) in [(128, 100.0), (1024, 50.0)] {
        let Cost { client, server } = bench.steady(callers);
        for (side, cost) in [("client", client), ("server", server)] {
            let (writes, reads) = (1000.0 * cost.writes, 1000.0 * cost.reads);
            assert!(writes > 0.0 && reads > 0.0, "nothing was counted at the {side}");
            assert!(writes + reads <= bound, "{callers} callers, {side}: {writes} + {reads}");
        }
    }
}

/// A scheduler of several threads runs what was woken last before what was to run already: a writer that did not let
/// others go first wrote most frames alone, 570 to 880 writes for 1,000 calls. Now it is 30 to 180.
#[test]
fn callers_on_several_threads_share_their_writes() {
    let mut bench = Bench::<TokioRT>::new("tokio", TokioRT::multi(2));
    let Cost { client, .. } = bench.steady(32);
    let writes = 1000.0 * client.writes;
    assert!(writes > 0.0, "nothing was counted");
    assert!(writes <= 400.0, "{writes}");
}

#[test]
fn an_idle_connection_keeps_no_buffer_and_no_table_and_is_not_woken_on_tokio() {
    keeps_nothing(Bench::<TokioRT>::new("tokio", TokioRT::current()));
}

#[test]
fn an_idle_connection_keeps_no_buffer_and_no_table_and_is_not_woken_on_smol() {
    keeps_nothing(Bench::<SmolRT>::new("smol", SmolRT::current()));
}

/// Resident memory of 16,000 and 12,000 bytes is allowed; the heap has 5,700 and 3,900 of that, nearly all of it
/// coroutines. The read buffer alone would be 65,536, the table of 64 requests at the client more than 3,000.
fn keeps_nothing<RT: AsyncRuntime>(bench: Bench<RT>) {
    let bounds = Cost { client: 8_000, server: 6_000 };
    let mut idle = bench.idle(200);
    let bytes = idle.bytes(bounds);
    assert!(bytes.client > 0 && bytes.server > 0, "nothing was counted: {bytes:?}");
    assert!(bytes.client <= bounds.client && bytes.server <= bounds.server, "{bytes:?}");
    // Timers that were started before still fire once; the timers of a server take the longest, a second.
    let _last = idle.wakes(Duration::from_millis(1500));
    let wakes = idle.wakes(Duration::from_millis(1200));
    assert_eq!(wakes, Cost { client: 0, server: 0 }, "uses of 200 idle connections");
}
