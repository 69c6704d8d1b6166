//! What a service or a client can be, which names it may have, and how the errors of a handler become the errors of its
//! calls.

use crate::support::{on_each_runtime, served};
use razor_rpc::CallContext;
use razor_rpc::client::{ApiClientCaller, Blocking, ClientConfig};
use razor_rpc::error::{Outcome, RpcErrKind, RpcError, RpcIntErr, Stage};
use razor_rpc::razor_stream::orb::prelude::AsyncRuntime;
use razor_rpc::server::{Eager, Inline, NamedService, Service, ServiceMuxDyn};
use razor_rpc::{DefaultCodec, endpoint_async, endpoint_client, service, service_mux_struct};
use std::fmt::Debug;
use std::sync::Arc;

type Answer<T> = Result<T, RpcError<String>>;

/// A trait of a user, which a client implements if its caller is the usual one.
trait Billed {
    fn price(&self) -> u32 {
        3
    }
}

#[endpoint_async(new CalcClient, blocking CalcBlocking)]
trait Calc: Debug + Billed + Send + Sync + 'static
where
    Self: Clone,
{
    async fn half(&self, of: u32) -> Answer<u32>;
    async fn lost(&self, of: u32) -> Answer<u32>;
}

impl Billed for CalcClient {}
impl Billed for Server {}

#[derive(Debug, Clone)]
struct Server;

fn half(of: u32) -> Result<u32, String> {
    if of.is_multiple_of(2) { Ok(of / 2) } else { Err(format!("{of} is odd")) }
}

const fn lost(_: u32) -> Result<u32, RpcIntErr> {
    Err(RpcIntErr::new(RpcErrKind::IO, Outcome::Unknown, Stage::Wait))
}

#[service]
impl Calc for Server {
    async fn half(&self, of: u32) -> Answer<u32> {
        if of == 0 {
            return Err("nothing".to_string().into());
        }
        Ok(half(of)?)
    }
    async fn lost(&self, of: u32) -> Answer<u32> {
        lost(of)?;
        Ok(half(of)?)
    }
}

async fn an_error_of_either_kind_is_handed_on_by_a_handler<RT: AsyncRuntime>() {
    let (_server, caller) = served::<RT>(Eager::new(Server), ClientConfig::default()).await;
    let client = CalcClient::new(caller);
    assert_eq!(client.half(4).await, Ok(2));
    assert_eq!(client.half(3).await, Err("3 is odd".to_string().into()));
    assert_eq!(client.half(0).await, Err(RpcError::User("nothing".into())));
    assert_eq!(client.lost(1).await.expect_err("it is lost"), RpcErrKind::Internal);
    assert_eq!(client.price(), 3);
    assert!(format!("{client:?}").starts_with("CalcClient"));
}

#[test]
fn a_client_of_a_trait_with_supertraits_has_a_twin() {
    let _: fn(&Blocking<CalcClient>, u32) -> Answer<u32> = CalcBlocking::half;
}

async fn a_service_that_others_hold_too_is_a_service<RT: AsyncRuntime>() {
    let shared = Arc::new(Server);
    let erased: Arc<dyn Service<DefaultCodec>> = shared.clone();
    let by_mux =
        ServiceMuxDyn::<DefaultCodec>::new().with(shared.clone()).expect("it is the first");
    let field = Nested { calc: Arc::new(shared.clone()) };
    let (_a, first) = served::<RT>(Eager::new(shared), ClientConfig::default()).await;
    let (_b, second) = served::<RT>(Inline::new(erased), ClientConfig::default()).await;
    let (_c, third) = served::<RT>(Inline::new(by_mux), ClientConfig::default()).await;
    let (_d, fourth) = served::<RT>(Inline::new(field), ClientConfig::default()).await;
    for caller in [first, second, third, fourth] {
        assert_eq!(CalcClient::new(caller).half(4).await, Ok(2));
    }
}

type Shared = Arc<Server>;

#[service_mux_struct]
struct Nested {
    calc: Arc<Shared>,
}

endpoint_client!(VersionsClient);

#[endpoint_async(VersionsClient)]
trait Greet {
    async fn greet(&self) -> Answer<String>;
}

mod second {
    use super::{Answer, endpoint_async};

    #[endpoint_async(super::VersionsClient, name = "GreetV2", blocking GreetBlocking)]
    pub(super) trait Greet {
        async fn greet_all(&self) -> Answer<String>;
    }
}

struct First;
struct Second<T>(T);

#[service]
impl Greet for First {
    async fn greet(&self) -> Answer<String> {
        Ok("hello".into())
    }
}

#[service(name = "GreetV2")]
impl<T: Send + Sync + 'static> second::Greet for Second<T> {
    async fn greet_all(&self) -> Answer<String> {
        Ok("hello, all".into())
    }
}

#[service_mux_struct]
struct Versions {
    first: Arc<First>,
    second: Arc<Second<u8>>,
}

#[service_mux_struct]
struct GenericVersions<T>(Arc<First>, Arc<Second<T>>);

async fn two_versions_of_a_service_share_an_address_by_their_names<RT: AsyncRuntime>() {
    use second::Greet as _;
    let versions = Versions { first: Arc::new(First), second: Arc::new(Second(1)) };
    let generic = GenericVersions(versions.first.clone(), Arc::new(Second("")));
    let put_together = ServiceMuxDyn::<DefaultCodec>::new().with_shared(versions.first.clone());
    let put_together = put_together.and_then(|all| all.with_shared(versions.second.clone()));
    let put_together = put_together.expect("their names differ");
    let (_a, first) = served::<RT>(Inline::new(versions), ClientConfig::default()).await;
    let (_b, second) = served::<RT>(Inline::new(generic), ClientConfig::default()).await;
    let (_c, third) = served::<RT>(Inline::new(put_together), ClientConfig::default()).await;
    for caller in [first, second, third] {
        let client = VersionsClient::new(caller.clone());
        assert_eq!(client.greet().await, Ok("hello".into()));
        assert_eq!(client.greet_all().await, Ok("hello, all".into()));
        let by_name: Answer<String> =
            caller.call(&CallContext::new(), "GreetV2.greet_all", &()).await;
        assert_eq!(by_name, Ok("hello, all".into()));
    }
}

#[test]
fn a_service_of_a_name_that_is_taken_is_refused() {
    assert_eq!(<Second<u8> as NamedService>::NAME, "GreetV2");
    let services = ServiceMuxDyn::<DefaultCodec>::new().with(Second(1)).expect("it is the first");
    let refused = services.with(Second("")).expect_err("it has the same name");
    assert_eq!(refused.name(), "GreetV2");
    assert!(refused.to_string().contains("`GreetV2`"));
}

on_each_runtime! {
    an_error_of_either_kind_is_handed_on_by_a_handler
    a_service_that_others_hold_too_is_a_service
    two_versions_of_a_service_share_an_address_by_their_names
}
