//! What a handler is told by its context: its connection, its method, and whether its answer is still wanted.
//!
//! Knows services. What it says about the time of a call is in `timeouts.rs`.

#[path = "support/mod.rs"]
mod support;

use orb::prelude::*;
use razor_rpc::client::{Caller, ClientConfig};
use razor_rpc::error::RpcError;
use razor_rpc::razor_stream::transport::memory::MemoryClient;
use razor_rpc::server::{CancelReason, Eager, Inline, Spawn};
use razor_rpc::{CallContext, endpoint_async, service};
use std::sync::Arc;
use std::time::Duration;
use support::{listening, on_each_runtime, served};

#[endpoint_async(new LobbyClient)]
trait Lobby {
    async fn log_in(&self, context: CallContext, name: String) -> Result<(), RpcError<()>>;
    async fn log_out(&self, context: CallContext) -> Result<(), RpcError<()>>;
    /// The name that was given, and the number of the connection.
    async fn who(&self, context: CallContext) -> Result<(String, u64), RpcError<()>>;
    /// Service, method and peer, as the handler sees them.
    async fn r#where(&self, context: CallContext)
    -> Result<(String, String, String), RpcError<()>>;
    async fn wait(&self, context: CallContext) -> Result<(), RpcError<String>>;
}

struct Guest(String);

impl Drop for Guest {
    fn drop(&mut self) {
        assert_ne!(self.0, "a bomb", "meant: a value that panics when it is dropped");
    }
}

struct House {
    started: crossfire::MTx<crossfire::mpmc::Array<bool>>,
    ended: crossfire::MTx<crossfire::mpmc::Array<(CancelReason, bool)>>,
}

type Started = crossfire::MAsyncRx<crossfire::mpmc::Array<bool>>;
type Ended = crossfire::MAsyncRx<crossfire::mpmc::Array<(CancelReason, bool)>>;

fn house() -> (House, Started, Ended) {
    let (started, has_started) = crossfire::mpmc::bounded_blocking_async(8);
    let (ended, has_ended) = crossfire::mpmc::bounded_blocking_async(8);
    (House { started, ended }, has_started, has_ended)
}

#[service]
impl Lobby for House {
    async fn log_in(&self, context: CallContext, name: String) -> Result<(), RpcError<()>> {
        let conn = context.conn().ok_or(RpcError::User(()))?;
        match conn.insert(Guest(name)) {
            None => Ok(()),
            Some(_) => Err(RpcError::User(())),
        }
    }

    async fn log_out(&self, context: CallContext) -> Result<(), RpcError<()>> {
        let guest = context.conn().and_then(|conn| conn.remove::<Guest>());
        guest.map(|_| ()).ok_or(RpcError::User(()))
    }

    async fn who(&self, context: CallContext) -> Result<(String, u64), RpcError<()>> {
        let conn = context.conn().ok_or(RpcError::User(()))?;
        let guest: Arc<Guest> = conn.get().ok_or(RpcError::User(()))?;
        Ok((guest.0.clone(), conn.id()))
    }

    async fn r#where(&self, cx: CallContext) -> Result<(String, String, String), RpcError<()>> {
        let (method, conn) = cx.method().zip(cx.conn()).ok_or(RpcError::User(()))?;
        Ok((method.service().into(), method.method().into(), conn.peer().to_string()))
    }

    async fn wait(&self, context: CallContext) -> Result<(), RpcError<String>> {
        let _ = self.started.send(context.is_cancelled());
        let reason = context.cancelled().await;
        let _ = self.ended.send((reason, context.is_cancelled()));
        Err(RpcError::User(format!("{reason:?}")))
    }
}

fn connect<RT: AsyncRuntime>(addr: &str) -> LobbyClient {
    let config = ClientConfig::default().with_call_timeout(Duration::from_secs(60));
    LobbyClient::new(
        Caller::connect_with(MemoryClient::<RT>::new(), addr, config).expect("a runtime is around"),
    )
}

async fn what_a_login_keeps_is_of_its_connection_alone<RT: AsyncRuntime>() {
    let (house, ..) = house();
    let (_server, addr) = listening::<RT>(Eager::new(house)).await;
    let (alice, bob) = (connect::<RT>(&addr), connect::<RT>(&addr));
    let cx = CallContext::new;
    assert_eq!(alice.who(cx()).await, Err(RpcError::User(())), "nobody has logged in");
    alice.log_in(cx(), "alice".into()).await.expect("she is the first");
    bob.log_in(cx(), "bob".into()).await.expect("on his connection he is the first");
    let of_alice = alice.who(cx()).await.expect("she has logged in");
    let of_bob = bob.who(cx()).await.expect("he has logged in");
    assert_eq!((of_alice.0.as_str(), of_bob.0.as_str()), ("alice", "bob"));
    assert_ne!(of_alice.1, of_bob.1, "connections have numbers of their own");
    assert_eq!(alice.who(cx()).await, Ok(of_alice), "the number stays");
    assert_eq!(
        alice.log_in(cx(), "eve".into()).await,
        Err(RpcError::User(())),
        "there was a value"
    );
    alice.log_out(cx()).await.expect("somebody was there");
    assert_eq!(alice.who(cx()).await, Err(RpcError::User(())));
}

/// A value is dropped with its connection. A panic there costs nobody else anything: the server still closes.
async fn a_value_that_panics_when_it_is_dropped_does_not_keep_its_server<RT: AsyncRuntime>() {
    let (house, ..) = house();
    let (server, addr) = listening::<RT>(Eager::new(house)).await;
    let client = connect::<RT>(&addr);
    client.log_in(CallContext::new(), "a bomb".into()).await.expect("it is the first");
    let closed = RT::timeout(Duration::from_secs(30), server.close()).await;
    assert!(closed.is_ok(), "the server waits for a connection that is gone");
    drop(client);
}

async fn a_handler_knows_its_service_its_method_and_its_peer<RT: AsyncRuntime>() {
    let (first, ..) = house();
    let (second, ..) = house();
    let (third, ..) = house();
    let (_inline, inline) = listening::<RT>(Inline::new(first)).await;
    let (_eager, eager) = listening::<RT>(Eager::new(second)).await;
    let (_spawn, spawn) = listening::<RT>(Spawn::new(third)).await;
    for addr in [inline, eager, spawn] {
        let (service, method, peer) =
            connect::<RT>(&addr).r#where(CallContext::new()).await.expect("it is a handler");
        assert_eq!((service.as_str(), method.as_str()), ("Lobby", "where"));
        assert!(!peer.is_empty());
    }
}

/// Case 72: a handler can ask whether its client is gone.
async fn a_handler_learns_that_its_client_is_gone<RT: AsyncRuntime>() {
    let (house, started, ended) = house();
    let (_server, addr) = listening::<RT>(Eager::new(house)).await;
    let client = connect::<RT>(&addr);
    {
        let context = CallContext::new();
        let call = client.wait(context);
        let mut call = std::pin::pin!(call);
        let mut started = std::pin::pin!(started.recv());
        let begun = std::future::poll_fn(|cx| {
            assert!(call.as_mut().poll(cx).is_pending());
            started.as_mut().poll(cx)
        });
        assert_eq!(begun.await, Ok(false), "the answer is wanted");
    }
    client.connection().close();
    drop(client);
    let told = RT::timeout(Duration::from_secs(30), ended.recv()).await;
    assert_eq!(told.expect("the handler ends"), Ok((CancelReason::Disconnected, true)));
}

async fn a_handler_learns_that_its_server_closes_and_its_answer_still_arrives<RT: AsyncRuntime>() {
    let (house, started, ended) = house();
    let (server, caller) = served::<RT>(Eager::new(house), ClientConfig::default()).await;
    let client = LobbyClient::new(caller);
    let close = async {
        assert_eq!(started.recv().await, Ok(false));
        server.close().await;
    };
    let (answer, ()) = tokio::join!(client.wait(CallContext::new()), close);
    assert_eq!(answer, Err(RpcError::User("Draining".to_owned())));
    assert_eq!(ended.recv().await, Ok((CancelReason::Draining, true)));
}

#[test]
fn a_context_of_a_client_has_no_connection_and_is_never_cancelled() {
    let context = CallContext::new().with_timeout(Duration::from_secs(1));
    assert_eq!((context.conn(), context.method(), context.is_cancelled()), (None, None, false));
    let mut cancelled = std::pin::pin!(context.cancelled());
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(cancelled.as_mut().poll(&mut cx).is_pending());
}

/// Methods whose futures are boxed, by an attribute on either side of ours.
#[endpoint_async(new BelowClient)]
#[async_trait::async_trait]
trait Below {
    async fn number(&self, context: CallContext, add: u64) -> Result<u64, RpcError<()>>;
}

#[async_trait::async_trait]
#[endpoint_async(new AboveClient, name = "Below")]
trait Above {
    async fn number(&self, context: CallContext, add: u64) -> Result<u64, RpcError<()>>;
}

/// A method that returns its future.
#[endpoint_async(new ByFutureClient, name = "Below")]
trait ByFuture {
    fn number(
        &self,
        context: CallContext,
        add: u64,
    ) -> impl Future<Output = Result<u64, RpcError<()>>> + Send;
}

struct Counter;

#[service]
#[async_trait::async_trait]
impl Below for Counter {
    async fn number(&self, context: CallContext, add: u64) -> Result<u64, RpcError<()>> {
        Ok(context.conn().ok_or(RpcError::User(()))?.id() + add)
    }
}

async fn a_context_is_given_however_a_method_is_written<RT: AsyncRuntime>() {
    let (_server, caller) = served::<RT>(Eager::new(Counter), ClientConfig::default()).await;
    let (below, cx) = (BelowClient::new(caller.clone()), CallContext::new);
    let number = below.number(cx(), 0).await.expect("it has a connection");
    assert_eq!(AboveClient::new(caller.clone()).number(cx(), 1).await, Ok(number + 1));
    assert_eq!(ByFutureClient::new(caller).number(cx(), 2).await, Ok(number + 2));
}

on_each_runtime! {
    what_a_login_keeps_is_of_its_connection_alone
    a_value_that_panics_when_it_is_dropped_does_not_keep_its_server
    a_handler_knows_its_service_its_method_and_its_peer
    a_handler_learns_that_its_client_is_gone
    a_handler_learns_that_its_server_closes_and_its_answer_still_arrives
    a_context_is_given_however_a_method_is_written
}
