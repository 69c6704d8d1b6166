//! The standard services: health and reflection, beside services of all kinds.

mod support;

use razor_rpc::client::{ApiClientCaller, ClientConfig};
use razor_rpc::error::{Outcome, RpcErrKind, RpcError};
use razor_rpc::razor_stream::orb::prelude::AsyncRuntime;
use razor_rpc::server::{Eager, Exchange, Flow, Service, ServiceMuxDyn};
use razor_rpc::standard::{
    Health, HealthClient, RazorHealth, RazorReflection, Reflection, ReflectionClient, Status,
};
use razor_rpc::{CallContext, Codec, endpoint_async, endpoint_client, service, service_mux_struct};
use std::sync::Arc;
use support::{on_each_runtime, served};

endpoint_client!(Client);

/// Sums.
#[endpoint_async(Client)]
trait Calc {
    /// The sum.
    ///
    /// It fails when it is too large.
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
}

#[endpoint_async(Client)]
trait Gate {
    async fn wait(&self) -> Result<u8, RpcError<()>>;
}

struct Adder;

#[service]
impl Calc for Adder {
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
        Ok(a.checked_add(b).ok_or(())?)
    }
}

/// A handler that says that it has started, and then waits until it may end.
struct Keeper {
    started: crossfire::MAsyncTx<crossfire::mpsc::Array<()>>,
    open: crossfire::MAsyncRx<crossfire::mpmc::Array<()>>,
}

#[service]
impl Gate for Keeper {
    async fn wait(&self) -> Result<u8, RpcError<()>> {
        let _ = self.started.send(()).await;
        let _ = self.open.recv().await;
        Ok(1)
    }
}

/// A service that says nothing of itself.
struct ByHand;

impl<K: Codec> Service<K> for ByHand {
    fn serve(self: Arc<Self>, exchange: Exchange<'_, K>) -> Flow {
        exchange.no_service()
    }
}

#[service_mux_struct]
struct Both {
    calc: Arc<Adder>,
    gate: Arc<Keeper>,
}

fn keeper() -> (
    Keeper,
    crossfire::AsyncRx<crossfire::mpsc::Array<()>>,
    crossfire::MAsyncTx<crossfire::mpmc::Array<()>>,
) {
    let (started, has_started) = crossfire::mpsc::bounded_async(1);
    let (let_in, open) = crossfire::mpmc::bounded_async(1);
    (Keeper { started, open }, has_started, let_in)
}

fn names(services: &[razor_rpc::standard::ListedService]) -> Vec<&str> {
    let mut names: Vec<_> = services.iter().map(|service| &*service.name).collect();
    names.sort_unstable();
    names
}

async fn each_service_is_switched_by_itself_and_with_the_server<RT: AsyncRuntime>() {
    let health = Health::new();
    let both = Both { calc: Arc::new(Adder), gate: Arc::new(keeper().0) };
    let (_server, caller) =
        served::<RT>(Eager::new(health.beside(both)), ClientConfig::default()).await;
    let (client, calc) = (HealthClient::new(caller.clone()), Client::new(caller));
    let check = |name: &str| client.check(Some(name.to_owned()));

    assert_eq!(
        (check("Calc").await, check("Gate").await),
        (Ok(Status::Serving), Ok(Status::Serving))
    );
    health.set("Gate", Status::NotServing);
    assert_eq!(
        (check("Calc").await, check("Gate").await),
        (Ok(Status::Serving), Ok(Status::NotServing))
    );
    assert_eq!(client.check(None).await, Ok(Status::Serving));

    health.clone().set_server(Status::NotServing);
    assert_eq!(
        (client.check(None).await, check("Calc").await),
        (Ok(Status::NotServing), Ok(Status::NotServing))
    );
    assert_eq!((health.server(), health.service("Calc")), (Status::NotServing, Status::NotServing));
    assert_eq!(calc.add(1, 2).await, Ok(3), "a switch informs, and refuses nothing");

    health.set_server(Status::Serving);
    let all = client.all().await.expect("an answer");
    let services: Vec<_> = all.services.iter().map(|(name, status)| (&**name, *status)).collect();
    assert_eq!(all.server, Status::Serving);
    assert_eq!(
        services,
        [("Calc", Status::Serving), ("Gate", Status::NotServing), ("RazorHealth", Status::Serving)]
    );
}

async fn a_service_that_nobody_knows_is_an_error<RT: AsyncRuntime>() {
    let health = Health::new();
    let (_server, caller) =
        served::<RT>(Eager::new(health.beside(ByHand)), ClientConfig::default()).await;
    let client = HealthClient::new(caller.clone());
    let unknown = Err(RpcError::User("no service `ByHand` here".to_owned()));
    assert_eq!(client.check(Some("ByHand".into())).await, unknown);
    health.set("ByHand", Status::Serving);
    assert_eq!(client.check(Some("ByHand".into())).await, Ok(Status::Serving));

    let missing: Result<(), RpcError<()>> =
        caller.call(&CallContext::new(), "RazorHealth.missing", &()).await;
    assert_eq!(missing.expect_err("a wrong name"), RpcErrKind::Method);
    let other: Result<(), RpcError<()>> = caller.call(&CallContext::new(), "ByHand.run", &()).await;
    assert_eq!(other.expect_err("it has none"), RpcErrKind::Service);
}

/// Promise 12 of memory: what a request makes the server allocate is bounded by the length of a name.
async fn a_name_that_is_no_name_is_refused_before_it_is_kept<RT: AsyncRuntime>() {
    let (_server, caller) =
        served::<RT>(Eager::new(Health::new().beside(Adder)), ClientConfig::default()).await;
    for argument in ["x".repeat(255), "x".repeat(1 << 20)] {
        let answer: Result<Status, RpcError<String>> =
            caller.call(&CallContext::new(), "RazorHealth.check", &argument).await;
        let error = answer.expect_err("it is too long");
        assert_eq!((error.kind(), error.outcome()), (Some(RpcErrKind::Decode), Outcome::Refused));
    }
    let longest = "x".repeat(254);
    let answer = HealthClient::new(caller.clone()).check(Some(longest.clone())).await;
    assert_eq!(answer, Err(RpcError::User(format!("no service `{longest}` here"))));
    let answer: Result<Vec<()>, RpcError<()>> =
        caller.call(&CallContext::new(), "RazorReflection.list", &()).await;
    assert_eq!(answer.expect_err("it is not mounted"), RpcErrKind::Service);
}

/// A server that drains has calls in hand, and refuses to say that it serves.
async fn a_server_that_drains_does_not_serve<RT: AsyncRuntime>() {
    let (keeper, has_started, let_in) = keeper();
    let dispatch = Eager::new(Health::new().beside(keeper));
    let (server, caller) = served::<RT>(dispatch, ClientConfig::default()).await;
    let (client, gate) = (HealthClient::new(caller.clone()), Client::new(caller));
    assert_eq!(client.check(None).await, Ok(Status::Serving));

    let mut waiting = std::pin::pin!(gate.wait());
    let started = std::future::poll_fn(|cx| {
        assert!(waiting.as_mut().poll(cx).is_pending());
        std::task::Poll::Ready(())
    });
    started.await;
    has_started.recv().await.expect("the handler runs");

    let mut closing = std::pin::pin!(server.close());
    std::future::poll_fn(|cx| {
        assert!(closing.as_mut().poll(cx).is_pending(), "a call is in hand");
        std::task::Poll::Ready(())
    })
    .await;
    let error = client.check(None).await.expect_err("it drains");
    assert_eq!((error.kind(), error.outcome()), (Some(RpcErrKind::Closing), Outcome::Refused));

    let_in.send(()).await.expect("the handler waits");
    assert_eq!(waiting.await, Ok(1), "the call in hand ends as if nothing had happened");
    closing.await;
}

async fn services_are_listed_with_documentation_arguments_and_types<RT: AsyncRuntime>() {
    let services: ServiceMuxDyn = ServiceMuxDyn::new()
        .with(Adder)
        .and_then(|mux| mux.with_shared(Arc::new(keeper().0)))
        .expect("two names");
    let dispatch = Eager::new(Reflection.beside(Health::new().beside(services)));
    let (_server, caller) = served::<RT>(dispatch, ClientConfig::default()).await;
    let listed = ReflectionClient::new(caller).list().await.expect("an answer");
    assert_eq!(names(&listed), ["Calc", "Gate", "RazorHealth", "RazorReflection"]);

    let calc = listed.iter().find(|service| service.name == "Calc").expect("it is there");
    assert_eq!((&*calc.docs, calc.methods.len()), ("Sums.", 1));
    let add = &calc.methods[0];
    assert_eq!((&*add.name, &*add.docs), ("add", "The sum.\n\nIt fails when it is too large."));
    let args: Vec<_> = add.args.iter().map(|arg| (&*arg.name, &*arg.ty)).collect();
    assert_eq!(args, [("a", "i32"), ("b", "i32")]);
    assert_eq!(add.result, std::any::type_name::<Result<i32, RpcError<()>>>());
}

on_each_runtime! {
    each_service_is_switched_by_itself_and_with_the_server
    a_service_that_nobody_knows_is_an_error
    a_name_that_is_no_name_is_refused_before_it_is_kept
    a_server_that_drains_does_not_serve
    services_are_listed_with_documentation_arguments_and_types
}
