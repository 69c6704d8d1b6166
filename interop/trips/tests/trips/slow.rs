//! Calls that take so long that a client pings meanwhile.

use crate::mount::on_each_runtime;
use orb::prelude::AsyncRuntime;
use published::Serve;
use values::Calls;

const MS: u64 = 3_000;

/// Rule Q2: a published client that has nothing else in flight pings after a while, and its reader stops for
/// good at a pong that overtakes the call.
async fn published_client_gets_the_answer_of_its_only_call_after_3_s<RT: AsyncRuntime>() {
    let (_server, addr) = ours::serve::<RT>().await;
    let client = published::Client::<RT>::connect(&addr);
    assert_eq!(client.wait_ms(MS).await, Ok(MS), "on a new connection");
    assert_eq!(client.wait_ms(MS).await, Ok(MS), "on one that has been used");
    assert_eq!(client.add((1, 2)).await, Ok(3));
}

/// The published server answers nothing meanwhile, not even pings.
async fn published_server_may_take_3_s_for_an_answer<RT: Serve>() {
    let (_server, addr) = RT::serve().await;
    let client = ours::Client::connect::<RT>(&addr);
    assert_eq!(client.wait_ms(MS).await, Ok(MS), "on a new connection");
    assert_eq!(client.wait_ms(MS).await, Ok(MS), "on one that has been used");
    assert_eq!(client.add((1, 2)).await, Ok(3));
}

on_each_runtime! {
    published_client_gets_the_answer_of_its_only_call_after_3_s
    published_server_may_take_3_s_for_an_answer
}
