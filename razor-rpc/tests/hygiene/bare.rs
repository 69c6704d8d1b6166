//! Where nothing is in scope: modules without the prelude.

use crate::support::{on_each_runtime, served};
use razor_rpc::client::{Blocking, Caller, ClientConfig};
use razor_rpc::razor_stream::orb::prelude::AsyncRuntime;
use razor_rpc::server::Inline;
use razor_stream::client::task::ClientTask;
use silent::{
    Asked, Both, Calc, CalcBlocking, CalcClient, Generic, Get, Named, NamedClient, Other, Server,
    Tasks,
};
use std::sync::Arc;

#[no_implicit_prelude]
pub(crate) mod silent {
    use ::core::option::Option;
    use ::core::result::Result;
    use ::razor_rpc::error::RpcError;
    use ::razor_rpc::{RpcErr, endpoint_async, endpoint_client, service, service_mux_struct};
    use ::razor_stream::bytes::Bytes;
    use ::razor_stream::client::task::{ClientTaskCommon, client_task, client_task_enum};
    use ::razor_stream::server::task::{ServerTask, server_task_enum};
    use ::std::string::String;
    use ::std::sync::Arc;

    pub(super) type Answer<T> = Result<T, RpcError<u16>>;

    #[endpoint_async(new CalcClient, blocking CalcBlocking)]
    pub(super) trait Calc {
        async fn add(&self, a: u32, b: u32) -> Answer<u32>;
        fn nothing(
            &self,
        ) -> impl ::core::future::Future<Output = Answer<()>> + ::core::marker::Send;
    }

    pub(super) struct Server;

    #[service]
    impl Calc for Server {
        async fn add(&self, a: u32, b: u32) -> Answer<u32> {
            Result::Ok(a + b)
        }
        async fn nothing(&self) -> Answer<()> {
            Result::Ok(())
        }
    }

    endpoint_client!(pub(super) NamedClient);

    #[endpoint_async(NamedClient)]
    pub(super) trait Named {
        async fn name(&self) -> Answer<String>;
    }

    pub(super) struct Other<T>(pub(super) T);

    #[service]
    impl<T: ::core::marker::Send + ::core::marker::Sync + 'static> Named for Other<T> {
        async fn name(&self) -> Answer<String> {
            Result::Ok(String::new())
        }
    }

    #[service_mux_struct]
    pub(super) struct Both {
        pub(super) calc: Arc<Server>,
        pub(super) named: Arc<Other<u8>>,
    }

    #[service_mux_struct]
    pub(super) struct Generic<T>(pub(super) Arc<Server>, pub(super) Arc<Other<T>>);

    #[client_task(7)]
    pub(super) struct Get {
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

    #[client_task_enum]
    pub(super) enum Tasks {
        Get(Get),
    }

    #[derive(::core::fmt::Debug, ::core::cmp::PartialEq, RpcErr)]
    pub(crate) enum Numbered {
        One = 1,
    }

    #[derive(::core::fmt::Debug, RpcErr)]
    #[rpc(text)]
    pub(crate) enum Text {
        One,
    }

    #[derive(::core::fmt::Debug, ::serde::Serialize, ::serde::Deserialize, RpcErr)]
    #[rpc(failover_to = leader)]
    pub(crate) struct NotLeader {
        pub(crate) leader: Option<String>,
    }

    #[server_task_enum(req, resp)]
    pub(super) enum Asked {
        #[action(7)]
        Get(ServerTask<u32, u32, u32>),
    }
}

async fn assert_both(caller: Caller) {
    assert_eq!(CalcClient::new(caller.clone()).add(1, 2).await, Ok(3));
    assert_eq!(CalcClient::new(caller.clone()).nothing().await, Ok(()));
    assert_eq!(NamedClient::new(caller).name().await, Ok(String::new()));
}

async fn services_work_where_there_is_no_prelude<RT: AsyncRuntime>() {
    let both = Both { calc: Arc::new(Server), named: Arc::new(Other(1)) };
    let (_server, caller) = served::<RT>(Inline::new(both), ClientConfig::default()).await;
    assert_both(caller).await;
    let generic = Generic(Arc::new(Server), Arc::new(Other("")));
    let (_server, caller) = served::<RT>(Inline::new(generic), ClientConfig::default()).await;
    assert_both(caller).await;
}

#[test]
fn tasks_are_tasks_where_there_is_no_prelude() {
    fn is_task<T: ClientTask>() {}
    is_task::<Get>();
    is_task::<Tasks>();
    let _ = (Asked::Get, <Blocking<CalcClient> as CalcBlocking>::add);
}

on_each_runtime! {
    services_work_where_there_is_no_prelude
}
