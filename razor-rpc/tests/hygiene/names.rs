//! Scopes in which the names that the macros use mean something else: the emitted paths are absolute, and the macros'
//! own names are rare.
//!
//! There is a module that redefines the prelude, and a client with a name that type parameters often have.

use crate::support::{on_each_runtime, served};
use razor_rpc::client::ClientConfig;
use razor_rpc::error::RpcError;
use razor_rpc::razor_stream::bytes::Bytes;
use razor_rpc::razor_stream::client::task::{ClientTask, ClientTaskCommon};
use razor_rpc::razor_stream::orb::prelude::AsyncRuntime;
use razor_rpc::razor_stream::proto::RpcAction;
use razor_rpc::server::{Eager, Inline};
use std::sync::Arc;

/// Types, traits and values with the names of the prelude, of primitive types and of type parameters.
#[expect(dead_code, non_camel_case_types, reason = "they are in the way, and nothing else")]
mod redefined {
    macro_rules! types {
        ($($name:ident)*) => { $(#[derive(Debug)] pub(super) struct $name;)* };
    }
    macro_rules! traits {
        ($($name:ident)*) => { $(pub(super) trait $name {})* };
    }
    types! {
        Result Option Vec String Box Arc Rc Pin Some None Ok Err T E F K R RT Req Resp Flow Exchange Caller Codec
        Service Endpoint Blocking RpcAction RpcIntErr Response Completion Notify Task Error Ready Poll
        MethodInfo CallContext Duration
        str u8 u16 u32 u64 usize i32 i128 bool
    }
    traits! {
        Send Sync Sized Copy Clone Default Debug From Into Future Iterator Drop Fn FnMut FnOnce
        NamedService ApiClientCaller ClientTransport
    }
    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod razor_rpc {}
    pub(super) mod razor_stream {}
}

mod around {
    #[expect(unused_imports, reason = "they are in the way, and nothing else")]
    use super::redefined::*;

    pub(super) type Answer<A> =
        ::core::result::Result<A, ::razor_rpc::error::RpcError<::core::primitive::u16>>;

    #[::razor_rpc::endpoint_async(new C, blocking S)]
    pub(super) trait Calc {
        async fn add(
            &self,
            exchange: ::core::primitive::u32,
            service: ::core::primitive::u32,
        ) -> Answer<::core::primitive::u32>;
        fn call(&self) -> impl ::core::future::Future<Output = Answer<()>> + ::core::marker::Send;
        async fn context(
            &self,
            context: ::razor_rpc::CallContext,
            caller: ::core::primitive::u32,
        ) -> Answer<::core::primitive::u32>;
    }

    pub(super) struct Server;

    #[::razor_rpc::service]
    impl Calc for Server {
        async fn add(
            &self,
            exchange: ::core::primitive::u32,
            service: ::core::primitive::u32,
        ) -> Answer<::core::primitive::u32> {
            ::core::result::Result::Ok(exchange + service)
        }
        async fn call(&self) -> Answer<()> {
            ::core::result::Result::Err(::razor_rpc::error::RpcError::User(7))
        }
        async fn context(
            &self,
            _: ::razor_rpc::CallContext,
            caller: ::core::primitive::u32,
        ) -> Answer<::core::primitive::u32> {
            ::core::result::Result::Ok(caller)
        }
    }

    #[::razor_rpc::service_mux_struct]
    pub(super) struct Both<X> {
        pub(super) exchange: ::std::sync::Arc<Server>,
        pub(super) other: ::std::sync::Arc<Other<X>>,
    }

    #[::razor_rpc::service_mux_struct]
    pub(super) struct Alone(pub(super) ::std::sync::Arc<Server>);

    pub(super) struct Other<X>(pub(super) X);

    ::razor_rpc::endpoint_client!(pub(super) K2);

    #[::razor_rpc::endpoint_async(K2)]
    pub(super) trait Named {
        async fn name(&self) -> Answer<::std::string::String>;
    }

    #[::razor_rpc::service]
    impl<X: ::core::marker::Send + ::core::marker::Sync + 'static> Named for Other<X> {
        async fn name(&self) -> Answer<::std::string::String> {
            ::core::result::Result::Ok(::std::string::ToString::to_string("other"))
        }
    }

    type Res = ::core::result::Result<(), ::razor_rpc::error::RpcError<::core::primitive::u32>>;

    #[::razor_stream::client::task::client_task(7)]
    pub(super) struct Get {
        #[field(common)]
        pub(super) codec: ::razor_stream::client::task::ClientTaskCommon,
        #[field(req)]
        pub(super) out: ::core::primitive::u32,
        #[field(req_blob)]
        pub(super) len: ::razor_stream::bytes::Bytes,
        #[field(resp)]
        pub(super) response: ::core::option::Option<::core::primitive::u32>,
        #[field(resp_blob)]
        pub(super) result: ::razor_stream::bytes::Bytes,
        #[field(res)]
        pub(super) error: ::core::option::Option<Res>,
        #[field(noti)]
        pub(super) noti: ::core::option::Option<fn(Get)>,
    }

    #[::razor_stream::client::task::client_task_enum]
    pub(super) enum Tasks {
        Get(Get),
    }

    #[::razor_stream::server::task::server_task_enum(req, resp)]
    pub(super) enum Asked {
        #[action(7, "seven")]
        Get(
            ::razor_stream::server::task::ServerTask<
                ::core::primitive::u32,
                ::core::primitive::u32,
                ::core::primitive::u32,
            >,
        ),
    }
}

/// A service whose names are all names of this library.
mod ours {
    use razor_rpc::error::RpcError;
    use razor_rpc::{endpoint_async, service, service_mux_struct};
    use std::sync::Arc;

    type Answer = Result<u8, RpcError<()>>;

    #[endpoint_async(new Caller, blocking Blocking)]
    pub(super) trait Endpoint: Clone {
        async fn caller(&self, caller: u8) -> Answer;
        async fn call(&self, action: u8, req: u8) -> Answer;
        #[expect(clippy::wrong_self_convention, reason = "the client has one too")]
        async fn new(&self) -> Answer;
        async fn connect(&self, transport: u8, addr: u8, config: u8) -> Answer;
        async fn clone(&self) -> Answer;
        async fn serve(&self, exchange: u8) -> Answer;
        async fn method(&self) -> Answer;
    }

    #[derive(Clone)]
    pub(super) struct Exchange;

    #[service]
    impl Endpoint for Exchange {
        async fn caller(&self, caller: u8) -> Answer {
            Ok(caller)
        }
        async fn call(&self, action: u8, req: u8) -> Answer {
            Ok(action + req)
        }
        async fn new(&self) -> Answer {
            Ok(3)
        }
        async fn connect(&self, transport: u8, addr: u8, config: u8) -> Answer {
            Ok(transport + addr + config)
        }
        async fn clone(&self) -> Answer {
            Ok(5)
        }
        async fn serve(&self, exchange: u8) -> Answer {
            Ok(exchange)
        }
        async fn method(&self) -> Answer {
            Ok(7)
        }
    }

    #[service_mux_struct]
    pub(super) struct Service {
        pub(super) service: Arc<Exchange>,
    }
}

async fn a_service_may_be_called_as_something_of_ours_is<RT: AsyncRuntime>() {
    use ours::Endpoint;
    let service = ours::Service { service: Arc::new(ours::Exchange) };
    let (_server, caller) = served::<RT>(Inline::new(service), ClientConfig::default()).await;
    let client = ours::Caller::new(caller);
    assert_eq!(client.caller(1).await, Ok(1));
    assert_eq!(client.call(1, 1).await, Ok(2));
    assert_eq!(Endpoint::new(&client).await, Ok(3));
    assert_eq!(Endpoint::connect(&client, 1, 1, 2).await, Ok(4));
    assert_eq!(Endpoint::clone(&client).await, Ok(5));
    assert_eq!(client.serve(6).await, Ok(6));
    assert_eq!(client.method().await, Ok(7));
    let _ = <razor_rpc::client::Blocking<ours::Caller> as ours::Blocking>::call;
}

use around::{Both, C, Calc, Get, K2, Named, Other, Server, Tasks};

async fn a_client_may_be_called_as_a_parameter_is<RT: AsyncRuntime>() {
    let (_server, caller) = served::<RT>(Eager::new(Server), ClientConfig::default()).await;
    let client: C = C::new(caller);
    assert_eq!(client.add(1, 2).await, Ok(3));
    assert_eq!(client.call().await, Err(RpcError::User(7)));
    let quick = client.with_timeout(std::time::Duration::from_secs(59));
    assert_eq!(Calc::context(&quick, razor_rpc::CallContext::new(), 3).await, Ok(3));
}

async fn services_work_where_the_prelude_is_redefined<RT: AsyncRuntime>() {
    let both = Both { exchange: Arc::new(Server), other: Arc::new(Other(())) };
    let (_server, caller) = served::<RT>(Inline::new(both), ClientConfig::default()).await;
    assert_eq!(C::new(caller.clone()).add(1, 2).await, Ok(3));
    assert_eq!(K2::new(caller).name().await, Ok("other".into()));
    let alone = around::Alone(Arc::new(Server));
    let (_server, caller) = served::<RT>(Inline::new(alone), ClientConfig::default()).await;
    assert_eq!(C::new(caller).add(1, 2).await, Ok(3));
}

#[test]
fn tasks_are_tasks_where_the_prelude_is_redefined() {
    let get = Get {
        codec: ClientTaskCommon::default(),
        out: 1,
        len: Bytes::new(),
        response: None,
        result: Bytes::new(),
        error: None,
        noti: None,
    };
    assert_eq!(Tasks::from(get).action(), RpcAction::Num(7));
    let _ = around::Asked::Get;
}

on_each_runtime! {
    a_client_may_be_called_as_a_parameter_is
    services_work_where_the_prelude_is_redefined
    a_service_may_be_called_as_something_of_ours_is
}
