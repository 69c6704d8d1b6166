//! How long one call may take: the timeout of a client, and the context of a call.
//!
//! Knows generated clients. The deadlines of a connection are tested in `razor-stream` and in the test suite.

#[path = "support/mod.rs"]
mod support;

use razor_rpc::client::{Blocking, ClientConfig, Endpoint};
use razor_rpc::error::{Outcome, RpcErrKind, RpcError};
use razor_rpc::razor_stream::clock;
use razor_rpc::razor_stream::orb::prelude::*;
use razor_rpc::server::Eager;
use razor_rpc::{CallContext, endpoint_async, service};
use razor_rpc_smol::SmolRT;
use std::time::Duration;
use support::{on_each_runtime, served};

#[endpoint_async(new HallClient, blocking HallBlocking)]
trait Hall {
    async fn hang(&self) -> Result<(), RpcError<()>>;
    async fn hang_with(&self, context: CallContext, word: String) -> Result<(), RpcError<()>>;
    async fn echo(&self, word: String) -> Result<String, RpcError<()>>;
    async fn echo_with(&self, context: CallContext, word: String) -> Result<String, RpcError<()>>;
}

struct Desk;

#[service]
impl Hall for Desk {
    async fn hang(&self) -> Result<(), RpcError<()>> {
        std::future::pending().await
    }

    async fn hang_with(&self, _: CallContext, _: String) -> Result<(), RpcError<()>> {
        std::future::pending().await
    }

    async fn echo(&self, word: String) -> Result<String, RpcError<()>> {
        Ok(word)
    }

    async fn echo_with(&self, _: CallContext, word: String) -> Result<String, RpcError<()>> {
        Ok(word)
    }
}

/// The service as those see it who do not know of the context.
#[endpoint_async(new OlderClient, name = "Hall")]
trait Older {
    async fn echo(&self, context: CallContext, word: String) -> Result<String, RpcError<()>>;
    async fn echo_with(&self, word: String) -> Result<String, RpcError<()>>;
}

const SHORT: Duration = Duration::from_millis(50);
/// Far beyond what any call of these tests takes.
const LONG: Duration = Duration::from_secs(20);

/// A configuration whose timeout no test waits for.
fn patient() -> ClientConfig {
    ClientConfig::default().with_call_timeout(LONG)
}

async fn hall<RT: AsyncRuntime>() -> (impl Sized, HallClient) {
    let (server, caller) = served::<RT>(Eager::new(Desk), patient()).await;
    (server, HallClient::new(caller))
}

/// Waits for a call that ends by a short timeout, not by that of the configuration.
async fn soon<F: Future>(call: F) -> F::Output {
    let before = clock::now();
    let result = call.await;
    assert!(before.elapsed() < LONG / 2, "{:?}", before.elapsed());
    result
}

fn timed_out<T: std::fmt::Debug>(result: Result<T, RpcError<()>>) -> Outcome {
    let error = result.expect_err("nothing answers");
    assert_eq!(error.kind(), Some(RpcErrKind::Timeout));
    error.outcome()
}

/// Promise 6: a call never ends with `Timeout` before its deadline.
async fn a_call_ends_at_the_timeout_of_its_client_and_others_go_on<RT: AsyncRuntime>() {
    let (_server, client) = hall::<RT>().await;
    let quick = client.with_timeout(SHORT);
    let before = clock::now();
    assert_eq!(timed_out(soon(quick.hang()).await), Outcome::Unknown);
    assert!(before.elapsed() >= SHORT, "{:?}", before.elapsed());

    assert_eq!(client.context().timeout(), None, "the first client is as it was");
    assert_eq!(quick.echo("word".into()).await.as_deref(), Ok("word"));
    let slow = quick.with_timeout(LONG);
    assert_eq!(slow.context().timeout(), Some(LONG), "the last one counts");
    assert_eq!(slow.echo("word".into()).await.as_deref(), Ok("word"));
}

async fn a_context_of_one_call_says_how_long_that_takes<RT: AsyncRuntime>() {
    let (_server, client) = hall::<RT>().await;
    let context = CallContext::new().with_timeout(SHORT);
    assert_eq!(timed_out(soon(client.hang_with(context, "word".into())).await), Outcome::Unknown);
    let deadline = CallContext::new().with_deadline_in(SHORT);
    assert_eq!(timed_out(soon(client.hang_with(deadline, "word".into())).await), Outcome::Unknown);
    // Nothing said: that of the client holds.
    let quick = client.with_timeout(SHORT);
    let ended = soon(quick.hang_with(CallContext::new(), "word".into())).await;
    assert_eq!(timed_out(ended), Outcome::Unknown);
    // What the client asks for holds for its other calls too, and the earlier deadline counts.
    let bounded = client.with_context(CallContext::new().with_deadline_in(SHORT));
    let context = CallContext::new().with_deadline_in(LONG);
    assert_eq!(timed_out(soon(bounded.hang_with(context, "word".into())).await), Outcome::Unknown);
    assert_eq!(bounded.context().remaining(), Some(Duration::ZERO));
}

async fn a_method_gains_or_loses_the_context_and_its_callers_do_not_see_it<RT: AsyncRuntime>() {
    let (_server, client) = hall::<RT>().await;
    let older = OlderClient::new(client.caller().clone());
    assert_eq!(older.echo_with("one".into()).await.as_deref(), Ok("one"));
    assert_eq!(older.echo(CallContext::new(), "two".into()).await.as_deref(), Ok("two"));
    let result = client.echo_with(CallContext::new(), "three".into()).await;
    assert_eq!(result.as_deref(), Ok("three"));
}

async fn several_calls_of_one_client_run_at_once<RT: AsyncRuntime>() {
    let (_server, client) = hall::<RT>().await;
    let quick = client.with_timeout(SHORT);
    let (hung, one, two) =
        tokio::join!(quick.hang(), quick.echo("one".into()), client.echo("two".into()));
    assert_eq!(timed_out(hung), Outcome::Unknown);
    assert_eq!((one.as_deref(), two.as_deref()), (Ok("one"), Ok("two")));
}

/// A call that was given up keeps its place in the window; other calls are served meanwhile.
async fn calls_of_a_hanging_method_that_timed_out_hold_up_no_other<RT: AsyncRuntime>() {
    let config = patient().with_max_in_flight(std::num::NonZeroUsize::new(4).expect("it is"));
    let (_server, caller) = served::<RT>(Eager::new(Desk), config).await;
    let client = HallClient::new(caller);
    let quick = client.with_timeout(SHORT);
    for _ in 0..3 {
        let (a, b, c, d) = tokio::join!(quick.hang(), quick.hang(), quick.hang(), quick.hang());
        [a, b, c, d].into_iter().for_each(|ended| assert_eq!(timed_out(ended), Outcome::Unknown));
        assert_eq!(client.echo("word".into()).await.as_deref(), Ok("word"));
    }
}

on_each_runtime! {
    a_call_ends_at_the_timeout_of_its_client_and_others_go_on
    a_context_of_one_call_says_how_long_that_takes
    a_method_gains_or_loses_the_context_and_its_callers_do_not_see_it
    several_calls_of_one_client_run_at_once
    calls_of_a_hanging_method_that_timed_out_hold_up_no_other
}

#[test]
fn a_thread_waits_no_longer_than_the_timeout_of_its_client() {
    let exec = SmolRT::multi(1);
    let (_server, client) = exec.block_on(hall::<SmolRT>());
    let before = clock::now();
    let quick = client.with_timeout(SHORT).blocking();
    assert_eq!(timed_out(quick.hang()), Outcome::Unknown);
    let again = Blocking::new(client).with_timeout(SHORT);
    assert_eq!(timed_out(again.hang()), Outcome::Unknown);
    assert_eq!(again.with_timeout(LONG).echo("word".into()).as_deref(), Ok("word"));
    let context = CallContext::new().with_timeout(SHORT);
    assert_eq!(
        timed_out(again.with_timeout(LONG).hang_with(context, "word".into())),
        Outcome::Unknown
    );
    assert!(before.elapsed() < LONG / 2, "{:?}", before.elapsed());
}

/// A thread waits two seconds longer than the call may take, in case that nothing drives the connection, and not as
/// long as by the configuration.
#[test]
fn the_patience_of_a_thread_follows_the_timeout_of_its_call() {
    let client = {
        let exec = SmolRT::multi(1);
        let (_server, client) = exec.block_on(hall::<SmolRT>());
        client
    };
    let patience = |context: &CallContext| {
        razor_rpc::client::ApiClientCaller::patience(client.caller(), context)
    };
    assert_eq!(patience(&CallContext::new().with_timeout(SHORT)), Duration::from_millis(2055));
    let within = patience(&CallContext::new().with_deadline_in(SHORT));
    let bounds = Duration::from_secs(2)..=Duration::from_millis(2055);
    assert!(bounds.contains(&within), "{within:?}");
    assert_eq!(patience(&CallContext::new()), patience(&CallContext::new().with_timeout(LONG)));
}
