//! Many calls at once: each gets its own answer, and none fails.

use crate::mount::on_each_runtime;
use orb::prelude::*;
use published::Serve;
use std::time::{Duration, Instant};
use values::{ByteBuf, Calls};

const CALLERS: u64 = 32;
const LOAD: Duration = Duration::from_secs(3);

/// A thousand calls are on their way together. Half of them answer out of turn where the server can do that.
async fn a_thousand<RT: AsyncRuntime>(client: impl Calls, longest_ms: u64) {
    let calls: Vec<_> = (0..1000u64)
        .map(|number| {
            let client = client.clone();
            RT::spawn(async move {
                if number % 2 == 0 {
                    let ms = number % (longest_ms + 1);
                    assert_eq!(client.wait_ms(ms).await, Ok(ms));
                }
                let tuple = (number, number.to_string(), None);
                assert_eq!(client.tuple(tuple.clone()).await, Ok(tuple));
            })
        })
        .collect();
    for call in calls {
        assert!(call.await.is_ok(), "a call failed, see above");
    }
}

/// Closed loops of 64-byte echoes for three seconds.
#[expect(
    clippy::disallowed_methods,
    reason = "the load goes on for a time, not for a number of calls"
)]
async fn load<RT: AsyncRuntime>(client: impl Calls) {
    let until = Instant::now() + LOAD;
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let client = client.clone();
            RT::spawn(async move {
                let mut calls = 0u64;
                while Instant::now() < until {
                    let mut payload = vec![0; 64];
                    payload[..8].copy_from_slice(&caller.to_le_bytes());
                    payload[8..16].copy_from_slice(&calls.to_le_bytes());
                    let payload = ByteBuf::from(payload);
                    assert_eq!(client.bytes(payload.clone()).await, Ok(payload));
                    calls += 1;
                }
                calls
            })
        })
        .collect();
    let mut total = 0;
    for caller in callers {
        total += caller.await.unwrap_or_else(|_| panic!("a call failed, see above"));
    }
    println!("{total} calls in {LOAD:?}");
    // Even a slow machine under a debugger does more; a stall of a second per call does not.
    assert!(total > 100 * CALLERS, "{total} calls in {LOAD:?}");
}

async fn published_client_gets_a_thousand_answers<RT: AsyncRuntime>() {
    let (_server, addr) = ours::serve::<RT>().await;
    a_thousand::<RT>(published::Client::<RT>::connect(&addr), 10).await;
}

/// The published server waits within its reader, so its handlers must not wait for long.
async fn published_server_gives_a_thousand_answers<RT: Serve>() {
    let (_server, addr) = RT::serve().await;
    a_thousand::<RT>(ours::Client::connect::<RT>(&addr), 1).await;
}

async fn published_client_lives_through_load<RT: AsyncRuntime>() {
    let (_server, addr) = ours::serve::<RT>().await;
    load::<RT>(published::Client::<RT>::connect(&addr)).await;
}

async fn published_server_lives_through_load<RT: Serve>() {
    let (_server, addr) = RT::serve().await;
    load::<RT>(ours::Client::connect::<RT>(&addr)).await;
}

on_each_runtime! {
    published_client_gets_a_thousand_answers
    published_server_gives_a_thousand_answers
    published_client_lives_through_load
    published_server_lives_through_load
}
