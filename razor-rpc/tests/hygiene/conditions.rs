//! Methods, arguments, fields and variants that exist on a condition, also by `#[cfg_attr(…)]`.
//!
//! `NoSuchType` does not exist: code that names it without its condition does not compile.

use crate::support::{on_each_runtime, served};
use razor_rpc::CallContext;
use razor_rpc::client::{ApiClientCaller, Blocking, ClientConfig};
use razor_rpc::error::RpcError;
use razor_rpc::razor_stream::orb::prelude::AsyncRuntime;
use razor_rpc::server::Inline;
use razor_rpc::{endpoint_async, service, service_mux_struct};
use razor_stream::client::task::{ClientTask, client_task, client_task_enum};
use razor_stream::proto::RpcAction;
use razor_stream::server::task::{ServerTask, server_task_enum};
use std::sync::Arc;

type Answer<T> = Result<T, RpcError<u16>>;

#[endpoint_async(new CalcClient, blocking CalcBlocking)]
trait Calc {
    #[cfg(any())]
    async fn never(&self, a: NoSuchType) -> Answer<NoSuchType>;
    #[cfg_attr(all(), cfg(any()))]
    async fn never_either(&self, a: NoSuchType) -> Answer<NoSuchType>;
    #[cfg_attr(all(), cfg_attr(all(), cfg(any()), doc = "Never."))]
    async fn nor_this(&self, a: NoSuchType) -> Answer<NoSuchType>;
    #[cfg_attr(any(), cfg(any()))]
    #[cfg_attr(all(), cfg(not(any())))]
    async fn always(&self) -> Answer<u32>;
    /// This method has two arguments.
    async fn two(
        &self,
        a: u32,
        #[cfg(any())] b: NoSuchType,
        #[cfg(not(any()))] c: u32,
    ) -> Answer<u32>;
    /// This method has one argument, which is sent as itself.
    async fn one(&self, #[cfg_attr(all(), cfg(any()))] a: NoSuchType, b: u32) -> Answer<u32>;
    /// This method has no argument.
    fn none(&self, #[cfg(any())] a: NoSuchType) -> impl Future<Output = Answer<u32>> + Send;
}

struct Server;

#[service]
impl Calc for Server {
    #[cfg(any())]
    async fn never(&self, a: NoSuchType) -> Answer<NoSuchType> {
        Ok(a)
    }
    #[cfg_attr(all(), cfg(any()))]
    async fn never_either(&self, a: NoSuchType) -> Answer<NoSuchType> {
        Ok(a)
    }
    #[cfg_attr(all(), cfg_attr(all(), cfg(any()), doc = "Never."))]
    async fn nor_this(&self, a: NoSuchType) -> Answer<NoSuchType> {
        Ok(a)
    }
    #[cfg_attr(any(), cfg(any()))]
    #[cfg_attr(all(), cfg(not(any())))]
    async fn always(&self) -> Answer<u32> {
        Ok(0)
    }
    async fn two(
        &self,
        a: u32,
        #[cfg(any())] b: NoSuchType,
        #[cfg(not(any()))] c: u32,
    ) -> Answer<u32> {
        Ok(a + c)
    }
    async fn one(&self, #[cfg_attr(all(), cfg(any()))] a: NoSuchType, b: u32) -> Answer<u32> {
        Ok(b)
    }
    async fn none(&self, #[cfg(any())] a: NoSuchType) -> Answer<u32> {
        Ok(7)
    }
}

#[service_mux_struct]
struct Mux {
    #[cfg_attr(all(), cfg(any()))]
    never: Arc<NoSuchType>,
    #[cfg(any())]
    twice: Arc<Server>,
    calc: Arc<Server>,
}

async fn a_method_has_the_arguments_whose_conditions_hold<RT: AsyncRuntime>() {
    let mux = Mux { calc: Arc::new(Server) };
    let (_server, caller) = served::<RT>(Inline::new(mux), ClientConfig::default()).await;
    let client = CalcClient::new(caller.clone());
    assert_eq!(client.always().await, Ok(0));
    assert_eq!(client.two(1, 2).await, Ok(3));
    assert_eq!(client.one(5).await, Ok(5));
    assert_eq!(client.none().await, Ok(7));
    // What is sent is what a method without the others sends.
    let one: Answer<u32> = caller.call(&CallContext::new(), "Calc.one", &5).await;
    assert_eq!(one, Ok(5));
    let none: Answer<u32> = caller.call(&CallContext::new(), "Calc.none", &()).await;
    assert_eq!(none, Ok(7));
}

#[test]
fn a_twin_has_the_same_arguments() {
    let _: fn(&Blocking<CalcClient>, u32, u32) -> Answer<u32> = CalcBlocking::two;
    let _: fn(&Blocking<CalcClient>, u32) -> Answer<u32> = CalcBlocking::one;
    let _: fn(&Blocking<CalcClient>) -> Answer<u32> = CalcBlocking::none;
}

#[client_task(7)]
struct Get {
    #[cfg(any())]
    #[field(common)]
    common: NoSuchType,
    #[field(req)]
    #[cfg_attr(all(), cfg(any()))]
    key: NoSuchType,
    #[cfg(any())]
    #[field(req_blob)]
    sent: NoSuchType,
    #[cfg(any())]
    #[field(resp)]
    value: Option<NoSuchType>,
    #[cfg(any())]
    #[field(resp_blob)]
    received: NoSuchType,
    #[field(res)]
    res: Option<Result<(), RpcError<u32>>>,
    #[field(noti)]
    noti: Option<fn(Get)>,
}

#[client_task_enum]
enum Tasks {
    #[cfg_attr(all(), cfg(any()))]
    Never(NoSuchType),
    Get(Get),
}

#[server_task_enum(req, resp)]
enum Asked {
    #[cfg_attr(all(), cfg(any()))]
    #[action(7)]
    Never(NoSuchType),
    #[action(7)]
    Get(ServerTask<u32, u32, u32>),
}

#[test]
fn a_task_has_the_fields_whose_conditions_hold() {
    let get = Get { res: None, noti: None };
    let mut out = Vec::new();
    get.encode(&mut out).expect("nil encodes");
    assert_eq!(out, [0xC0], "nil");
    assert_eq!(Tasks::Get(get).action(), RpcAction::Num(7));
    let _ = Asked::Get;
}

on_each_runtime! {
    a_method_has_the_arguments_whose_conditions_hold
}
