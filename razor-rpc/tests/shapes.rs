//! Every way to write a service: it compiles, and its calls arrive.

mod support;

use async_trait::async_trait;
use razor_rpc::CallContext;
use razor_rpc::client::{ApiClientCaller, Caller, ClientConfig};
use razor_rpc::error::RpcError;
use razor_rpc::razor_stream::orb::prelude::AsyncRuntime;
use razor_rpc::server::{Eager, Inline, ServiceMuxDyn};
use razor_rpc::{endpoint_async, endpoint_client, service, service_mux_struct};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::sync::Arc;
use support::{on_each_runtime, served};

/// A type without `Default`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i64,
    label: String,
}

type Answer<T> = Result<T, RpcError<u16>>;

#[endpoint_async(new CalcClient)]
trait Calc: Send + Sync {
    /// No argument.
    async fn zero(&self) -> Result<(), RpcError<()>>;
    async fn one(&self, point: Point) -> Result<Point, RpcError<String>>;
    async fn one_tuple(&self, pair: (u8, u8)) -> Answer<(u8, u8)>;
    async fn three(&self, a: i32, b: String, c: Option<u8>) -> Answer<(i32, String, Option<u8>)>;
    fn by_future(&self, a: u64) -> impl Future<Output = Answer<u64>> + Send;
    async fn r#type(&self) -> Answer<Vec<u8>>;
    #[cfg(any())]
    async fn not_here(&self) -> Answer<NoSuchType>;
}

struct Server;

#[service]
impl Calc for Server {
    async fn zero(&self) -> Result<(), RpcError<()>> {
        Ok(())
    }
    async fn one(&self, mut point: Point) -> Result<Point, RpcError<String>> {
        point.x += 1;
        Ok(point)
    }
    async fn one_tuple(&self, (a, b): (u8, u8)) -> Answer<(u8, u8)> {
        Ok((b, a))
    }
    async fn three(&self, a: i32, b: String, c: Option<u8>) -> Answer<(i32, String, Option<u8>)> {
        Ok((a, b, c))
    }
    fn by_future(&self, a: u64) -> impl Future<Output = Answer<u64>> + Send {
        std::future::ready(if a == 0 { Err(RpcError::User(7)) } else { Ok(a) })
    }
    async fn r#type(&self) -> Answer<Vec<u8>> {
        Ok(vec![1, 200])
    }
}

async fn every_shape_of_a_method_can_be_called<RT: AsyncRuntime>() {
    let (_server, caller) = served::<RT>(Eager::new(Server), ClientConfig::default()).await;
    let client = CalcClient::new(caller);
    let point = Point { x: 1, label: "a".into() };
    assert_eq!(client.zero().await, Ok(()));
    assert_eq!(client.one(point.clone()).await, Ok(Point { x: 2, ..point }));
    assert_eq!(client.one_tuple((1, 2)).await, Ok((2, 1)));
    assert_eq!(client.three(-1, "b".into(), None).await, Ok((-1, "b".into(), None)));
    assert_eq!(client.by_future(5).await, Ok(5));
    assert_eq!(client.by_future(0).await, Err(RpcError::User(7)));
    assert_eq!(client.r#type().await, Ok(vec![1, 200]));
}

endpoint_client!(
    /// A client of two services.
    pub(crate) BothClient
);

mod below {
    use super::*;

    #[endpoint_async(super::BothClient)]
    #[async_trait]
    pub(crate) trait Below {
        async fn add(&self, a: i32, b: i32) -> Answer<i32>;
    }

    pub(crate) struct Adder;

    #[service]
    #[async_trait]
    impl Below for Adder {
        async fn add(&self, a: i32, b: i32) -> Answer<i32> {
            Ok(a + b)
        }
    }
}

mod above {
    use super::*;

    #[async_trait]
    #[endpoint_async(super::BothClient)]
    pub(crate) trait Above {
        async fn sub(&self, a: i32, b: i32) -> Answer<i32>;
        async fn nothing(&self) -> Answer<()>;
    }

    #[derive(Clone)]
    pub(crate) struct Subtracter;

    #[async_trait]
    #[service]
    impl Above for Subtracter {
        async fn sub(&self, a: i32, b: i32) -> Answer<i32> {
            Ok(a - b)
        }
        async fn nothing(&self) -> Answer<()> {
            Err(RpcError::User(1))
        }
    }
}

use above::{Above, Subtracter};
use below::{Adder, Below};

#[service_mux_struct]
struct Both {
    adder: Arc<Adder>,
    subtracter: Arc<Subtracter>,
}

async fn assert_both(caller: Caller) {
    let client = BothClient::new(caller.clone());
    let erased: Box<dyn Above + Send + Sync> = Box::new(client.clone());
    assert_eq!(client.add(1, 2).await, Ok(3));
    assert_eq!(erased.sub(1, 2).await, Ok(-1));
    assert_eq!(client.nothing().await, Err(RpcError::User(1)));
    let unknown: Answer<()> = caller.call(&CallContext::new(), "Neither.sub", &(1, 2)).await;
    assert_eq!(unknown.err(), Some(service_error()));
}

fn service_error() -> RpcError<u16> {
    use razor_rpc::error::{Outcome, RpcErrKind, RpcIntErr, Stage};
    RpcIntErr::new(RpcErrKind::Service, Outcome::Refused, Stage::Server).into()
}

async fn a_client_has_several_services_of_a_struct_at_one_address<RT: AsyncRuntime>() {
    let both = Both { adder: Arc::new(Adder), subtracter: Arc::new(Subtracter) };
    let (_server, caller) = served::<RT>(Eager::new(both), ClientConfig::default()).await;
    assert_both(caller).await;
}

async fn a_client_has_several_services_put_together_at_run_time<RT: AsyncRuntime>() {
    let both = ServiceMuxDyn::new().with(Adder).and_then(|both| both.with(Subtracter));
    let both = both.expect("their names differ");
    let (_server, caller) = served::<RT>(Inline::new(both), ClientConfig::default()).await;
    assert_both(caller).await;
}

trait Store: Send + Sync + 'static {
    fn read(&self) -> u64;
}

impl Store for u64 {
    fn read(&self) -> u64 {
        *self
    }
}

#[endpoint_async(new ReaderClient)]
trait Reader {
    async fn read(&self) -> Answer<u64>;
}

struct Generic<T>(T);

#[service]
impl<T: Store> Reader for Generic<T> {
    async fn read(&self) -> Answer<u64> {
        Ok(self.0.read())
    }
}

/// The future of a method can be spawned by code that knows only the trait.
fn spawned<T: Calc + Clone + 'static>(
    client: &T,
) -> impl Future<Output = Answer<u64>> + Send + 'static {
    let client = client.clone();
    async move { client.by_future(1).await.and(client.three(1, String::new(), None).await.map(|_| 3)) }
}

/// A client is stored under its name alone.
struct Holder {
    client: CalcClient,
}

async fn a_generic_server_and_generic_callers_work<RT: AsyncRuntime>() {
    let (_server, caller) = served::<RT>(Eager::new(Generic(9)), ClientConfig::default()).await;
    assert_eq!(ReaderClient::new(caller).read().await, Ok(9));

    let (_server, caller) = served::<RT>(Eager::new(Server), ClientConfig::default()).await;
    let holder = Holder { client: CalcClient::new(caller) };
    let task = RT::spawn(spawned(&holder.client));
    assert_eq!(task.await, Ok(Ok(3)));
}

on_each_runtime! {
    every_shape_of_a_method_can_be_called
    a_client_has_several_services_of_a_struct_at_one_address
    a_client_has_several_services_put_together_at_run_time
    a_generic_server_and_generic_callers_work
}
