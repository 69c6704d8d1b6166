//! Deprecated services, methods and fields: the compiler warns the code that uses them, and not the code that provides
//! them.

use crate::support::{on_each_runtime, served};
use razor_rpc::client::{Blocking, ClientConfig};
use razor_rpc::error::RpcError;
use razor_rpc::razor_stream::orb::prelude::AsyncRuntime;
use razor_rpc::server::Inline;
use razor_rpc::{endpoint_async, endpoint_client, service, service_mux_struct};
use razor_stream::client::task::{ClientTask, client_task, client_task_enum};
use razor_stream::proto::RpcAction;
use razor_stream::server::task::{ServerTask, server_task_enum};
use std::sync::Arc;

type Answer<T> = Result<T, RpcError<u16>>;

#[endpoint_async(new CalcClient, blocking CalcBlocking)]
trait Calc {
    #[deprecated = "add by hand"]
    async fn add(&self, a: u32, b: u32) -> Answer<u32>;
    #[cfg_attr(all(), deprecated)]
    async fn sub(&self, a: u32, b: u32) -> Answer<u32>;
    async fn zero(&self) -> Answer<u32>;
}

struct Server;

#[service]
impl Calc for Server {
    async fn add(&self, a: u32, b: u32) -> Answer<u32> {
        Ok(a + b)
    }
    async fn sub(&self, a: u32, b: u32) -> Answer<u32> {
        Ok(a - b)
    }
    async fn zero(&self) -> Answer<u32> {
        Ok(0)
    }
}

#[service_mux_struct]
struct Mux {
    #[deprecated]
    calc: Arc<Server>,
}

endpoint_client!(
    #[deprecated]
    OldClient
);

/// A service that is deprecated as a whole.
#[deprecated]
#[endpoint_async(new VeryOldClient, blocking VeryOldBlocking)]
trait VeryOld {
    async fn nothing(&self) -> Answer<u32>;
}

#[repr(u32)]
enum Op {
    #[deprecated]
    Get = 7,
}

#[client_task(Op::Get)]
struct Get {
    #[field(req)]
    #[deprecated]
    key: u32,
    #[field(res)]
    res: Option<Result<(), RpcError<u32>>>,
    #[field(noti)]
    noti: Option<fn(Get)>,
}

#[client_task_enum]
enum Tasks {
    #[deprecated]
    Get(Get),
}

#[server_task_enum(req, resp)]
enum Asked {
    #[action(Op::Get)]
    #[deprecated]
    Get(ServerTask<u32, u32, u32>),
}

#[expect(deprecated, reason = "this is where it is seen that the users are told")]
async fn what_is_deprecated_is_still_served<RT: AsyncRuntime>() {
    let (_server, caller) =
        served::<RT>(Inline::new(Mux { calc: Arc::new(Server) }), ClientConfig::default()).await;
    let client = CalcClient::new(caller);
    assert_eq!(client.add(1, 2).await, Ok(3));
    assert_eq!(client.sub(2, 1).await, Ok(1));
    assert_eq!(client.zero().await, Ok(0));
}

#[expect(deprecated, reason = "this is where it is seen that the users are told")]
#[test]
fn the_users_of_what_is_deprecated_are_told() {
    let _ = <Blocking<CalcClient> as CalcBlocking>::add;
}

#[expect(deprecated, reason = "this is where it is seen that the users are told")]
#[test]
fn a_deprecated_task_is_a_task() {
    let get = Get { key: 1, res: None, noti: None };
    assert_eq!(Tasks::Get(get).action(), RpcAction::Num(7));
    let _ = Asked::Get;
    let _ = <VeryOldClient as VeryOld>::nothing;
    let _ = <Blocking<VeryOldClient> as VeryOldBlocking>::nothing;
    let _ = OldClient::<()>::new;
}

on_each_runtime! {
    what_is_deprecated_is_still_served
}
