//! The crate under another name, and behind a crate of its users': every attribute takes `crate = path`.
//!
//! Here `::razor_rpc` and `::razor_stream` are not the library, so an emitted path that does not begin with the given
//! one does not compile.

extern crate razor_rpc as renamed;
extern crate std as razor_rpc;
extern crate std as razor_stream;

/// A library that re-exports razor-rpc to its users, and wraps it in macros of its own.
mod lib {
    pub(crate) use renamed as rpc;

    macro_rules! health {
        ($name:ident, $server:ident) => {
            #[$crate::lib::rpc::endpoint_async(new $name, blocking Twin, crate = $crate::lib::rpc)]
            pub(crate) trait Health {
                async fn level(&self) -> super::Answer<u32>;
            }

            pub(crate) struct $server;

            #[$crate::lib::rpc::service(crate = $crate::lib::rpc)]
            impl Health for $server {
                async fn level(&self) -> super::Answer<u32> {
                    Ok(9)
                }
            }
        };
    }
    pub(crate) use health;
}

mod health {
    crate::lib::health!(HealthClient, Server);
}

use health::{Health, HealthClient, Twin};
use lib::rpc::client::{Blocking, ClientConfig};
use lib::rpc::error::{EncodedErr, RpcErrCodec, RpcError};
use lib::rpc::razor_stream::bytes::Bytes;
use lib::rpc::razor_stream::client::task::{
    ClientTask, ClientTaskCommon, client_task, client_task_enum,
};
use lib::rpc::razor_stream::orb::prelude::AsyncRuntime;
use lib::rpc::razor_stream::proto::RpcAction;
use lib::rpc::razor_stream::server::task::{ServerTask, server_task_enum};
use lib::rpc::razor_stream::transport::memory::{MemoryClient, MemoryServer};
use lib::rpc::server::{Inline, RpcServer};
use lib::rpc::{MsgpCodec, RpcErr, endpoint_async, endpoint_client, service, service_mux_struct};
use std::sync::Arc;

type Answer<T> = Result<T, RpcError<u16>>;

endpoint_client!(
    /// A client of two services.
    pub(crate) BothClient,
    crate = crate::lib::rpc
);

#[endpoint_async(BothClient, name = "CalcV2", crate = lib::rpc, blocking CalcBlocking)]
trait Calc {
    async fn add(&self, a: u32, b: u32) -> Answer<u32>;
    fn by_future(&self) -> impl Future<Output = Answer<u32>> + Send;
}

#[async_trait::async_trait]
#[endpoint_async(BothClient, crate = ::renamed)]
trait Above {
    async fn above(&self) -> Answer<u32>;
}

struct Adder;

#[service(name = "CalcV2", crate = renamed)]
impl Calc for Adder {
    async fn add(&self, a: u32, b: u32) -> Answer<u32> {
        Ok(a + b)
    }
    async fn by_future(&self) -> Answer<u32> {
        Ok(1)
    }
}

struct Generic<T>(T);

#[service(crate = renamed)]
#[async_trait::async_trait]
impl<T: Send + Sync + 'static> Above for Generic<T> {
    async fn above(&self) -> Answer<u32> {
        Ok(2)
    }
}

#[service_mux_struct(crate = self::lib::rpc)]
struct Both<T> {
    adder: Arc<Adder>,
    above: Arc<Generic<T>>,
    health: Arc<health::Server>,
}

#[service_mux_struct(crate = renamed)]
struct Alone(Arc<Adder>);

async fn serves_and_calls<RT: AsyncRuntime>() {
    let both = Both {
        adder: Arc::new(Adder),
        above: Arc::new(Generic("")),
        health: Arc::new(health::Server),
    };
    let listener = MemoryServer::<RT>::bind("").expect("the name is free");
    let server = RpcServer::bind(listener).dispatch(Inline::new(both));
    let server = server.expect("a runtime is around");
    let addr = server.local_addr();
    let config = ClientConfig::default();
    let client = BothClient::connect_with(MemoryClient::<RT>::new(), addr, config);
    let client = client.expect("a runtime is around");
    assert_eq!(client.add(1, 2).await, Ok(3));
    assert_eq!(client.by_future().await, Ok(1));
    assert_eq!(client.above().await, Ok(2));
    let health = HealthClient::connect(MemoryClient::<RT>::new(), addr);
    assert_eq!(health.expect("a runtime is around").level().await, Ok(9));
}

#[test]
fn services_and_clients_find_the_crate_by_the_name_that_is_given() {
    use lib::rpc::razor_stream::orb::prelude::*;
    razor_rpc_smol::SmolRT::current().block_on(serves_and_calls::<razor_rpc_smol::SmolRT>());
    let _ = (<Blocking<BothClient> as CalcBlocking>::add, <Blocking<HealthClient> as Twin>::level);
    let _ = Inline::new(Alone(Arc::new(Adder)));
}

const SEVEN: u32 = 7;

#[client_task(SEVEN, crate = lib::rpc::razor_stream)]
struct Get {
    #[field(common)]
    common: ClientTaskCommon,
    #[field(req)]
    key: u32,
    #[field(req_blob)]
    sent: Bytes,
    #[field(resp)]
    value: Option<u32>,
    #[field(resp_blob)]
    received: Bytes,
    #[field(res)]
    res: Option<Result<(), RpcError<u32>>>,
    #[field(noti)]
    noti: Option<fn(Get)>,
}

#[client_task(crate = renamed::razor_stream, codec = lib::rpc::MsgpCodec)]
struct Any {
    #[field(action)]
    action: u32,
    #[field(res)]
    res: Option<Result<(), RpcError<u32>>>,
    #[field(noti)]
    noti: Option<fn(Any)>,
}

#[client_task_enum(crate = renamed::razor_stream)]
enum Tasks {
    Get(Get),
    Any(Any),
}

#[server_task_enum(req, resp, crate = renamed::razor_stream)]
enum Asked {
    #[action(SEVEN, "seven")]
    Get(ServerTask<u32, u32, u32>),
    #[action(1)]
    Put(ServerTask<u32, u32, u32>),
}

#[test]
fn tasks_find_the_crate_by_the_name_that_is_given() {
    let any = Any { action: 8, res: None, noti: None };
    assert_eq!(Tasks::from(any).action(), RpcAction::Num(8));
    let get = Get {
        common: ClientTaskCommon::default(),
        key: 1,
        sent: Bytes::new(),
        value: None,
        received: Bytes::new(),
        res: None,
        noti: None,
    };
    assert_eq!(Tasks::from(get).action(), RpcAction::Num(7));
    let _ = (Asked::Get, Asked::Put);
}

#[derive(Debug, PartialEq, RpcErr)]
#[rpc(crate = lib::rpc)]
enum Numbered {
    One = 1,
}

#[derive(Debug, RpcErr)]
#[rpc(text, crate = renamed::razor_stream)]
enum Named {
    One,
}

#[derive(Debug, lib::rpc::razor_stream::RpcErr, serde::Serialize, serde::Deserialize)]
#[rpc(crate = crate::lib::rpc)]
struct Detailed {
    code: u32,
}

#[test]
fn errors_find_the_crate_by_the_name_that_is_given() {
    assert_eq!(Numbered::decode(&MsgpCodec, EncodedErr::Num(1)), Ok(Numbered::One));
    assert_eq!(Named::One.encode(&MsgpCodec), EncodedErr::Text("One".into()));
    assert!(Detailed { code: 7 }.encode(&MsgpCodec).as_bytes().is_some());
}
