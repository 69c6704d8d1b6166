//! Calls that reach no handler, handlers that panic, and framework errors that travel.
//!
//! Each is the error of that call alone: a call after it succeeds.

use crate::mount::on_each_runtime;
use orb::prelude::AsyncRuntime;
use ours::{Cases as _, Outcome, RpcErrKind};
use published::Serve;
use values::{ByteBuf, Calls, Fault, Framework};

/// A length over the limit of our crates for a message, and less than twice that limit.
const TOO_MUCH: u32 = 5 << 20;

async fn assert_alive(client: &impl Calls) {
    assert_eq!(client.add((1, 2)).await, Ok(3), "the connection is as good as before");
}

async fn published_client_is_told_what_was_refused<RT: AsyncRuntime>() {
    let (_server, addr) = ours::serve::<RT>().await;
    let client = published::Client::<RT>::connect(&addr);
    assert_alive(&client).await;

    assert_eq!(client.missing(()).await, Err(Fault::Framework(Framework::Method)));
    assert_alive(&client).await;
    assert_eq!(client.add_text("1 + 2".into()).await, Err(Fault::Framework(Framework::Decode)));
    assert_alive(&client).await;
    assert_eq!(client.add_elsewhere((1, 2)).await, Err(Fault::Framework(Framework::Service)));
    assert_alive(&client).await;
}

/// A panic at once, a panic after having waited, and a framework error of the handler itself.
async fn published_client_is_told_of_panics<RT: AsyncRuntime>() {
    let (_server, addr) = ours::serve::<RT>().await;
    let client = published::Client::<RT>::connect(&addr);
    for way in [0, 1, 2] {
        let internal = Err(Fault::Framework(Framework::Internal));
        assert_eq!(client.forward(way).await, internal, "way {way}");
        assert_alive(&client).await;
    }
    // Rule R6: a text that equals a framework error is not sent as such, for no client could tell.
    let internal = Err(Fault::Framework(Framework::Internal));
    assert_eq!(client.fail_text("rpc_timeout".into()).await, internal);
    assert_alive(&client).await;
}

/// An argument, and a result, over the server's limit.
async fn published_client_is_told_what_was_too_much<RT: AsyncRuntime>() {
    let (_server, addr) = ours::serve::<RT>().await;
    let client = published::Client::<RT>::connect(&addr);
    let much = ByteBuf::from(vec![7; TOO_MUCH as usize]);
    assert_eq!(client.bytes(much).await, Err(Fault::Framework(Framework::Decode)));
    assert_alive(&client).await;
    assert_eq!(client.zeros(TOO_MUCH).await, Err(Fault::Framework(Framework::Encode)));
    assert_alive(&client).await;
}

/// A result over our client's limit fails that call alone.
async fn published_server_sends_too_much<RT: Serve>() {
    let (_server, addr) = RT::serve().await;
    let client = ours::Client::connect::<RT>(&addr);
    assert_alive(&client).await;
    let error = client.cases.zeros(TOO_MUCH).await.expect_err("it is over the limit");
    assert_eq!((error.kind(), error.outcome()), (Some(RpcErrKind::TooLarge), Outcome::Executed));
    assert_alive(&client).await;
}

async fn published_server_refuses_what_it_does_not_know<RT: Serve>() {
    let (_server, addr) = RT::serve().await;
    let client = ours::Client::connect::<RT>(&addr);

    assert_eq!(client.missing(()).await, Err(Fault::Framework(Framework::Method)));
    assert_eq!(client.add_text("1 + 2".into()).await, Err(Fault::Framework(Framework::Decode)));
    // The published server looks at the method alone.
    assert_eq!(client.add_elsewhere((1, 2)).await, Ok(3));
    assert_alive(&client).await;
}

/// These errors come without a code, so it is not known whether a handler ran.
async fn published_server_sends_every_framework_error<RT: Serve>() {
    let (_server, addr) = RT::serve().await;
    let client = ours::Client::connect::<RT>(&addr);
    for (place, kind) in (0..).zip(Framework::ALL) {
        assert_eq!(client.forward(place).await, Err(Fault::Framework(kind)));
        let error = client.cases.forward(place).await.expect_err("it is an error each time");
        assert_eq!(error.outcome(), Outcome::Unknown, "{kind:?}");
        assert_alive(&client).await;
    }
}

on_each_runtime! {
    published_client_is_told_what_was_refused
    published_client_is_told_of_panics
    published_client_is_told_what_was_too_much
    published_server_sends_too_much
    published_server_refuses_what_it_does_not_know
    published_server_sends_every_framework_error
}
