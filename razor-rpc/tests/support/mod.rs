//! A server and a client in memory: the tests of this crate open no port.
//!
//! Knows runtimes. Does not know services.

use razor_rpc::client::{Caller, ClientConfig};
use razor_rpc::razor_stream::orb::prelude::AsyncRuntime;
use razor_rpc::razor_stream::server::dispatch::MakeDispatch;
use razor_rpc::razor_stream::transport::memory::{MemoryClient, MemoryServer};
use razor_rpc::server::RpcServer;

/// Mounts each scenario on tokio and on smol.
macro_rules! on_each_runtime {
    ($($scenario:ident)*) => {
        mod on_tokio {
            use razor_rpc::razor_stream::orb::prelude::*;
            $(#[test]
            fn $scenario() {
                orb_tokio::TokioRT::current().block_on(super::$scenario::<orb_tokio::TokioRT>());
            })*
        }
        mod on_smol {
            use razor_rpc::razor_stream::orb::prelude::*;
            $(#[test]
            fn $scenario() {
                razor_rpc_smol::SmolRT::current().block_on(super::$scenario::<razor_rpc_smol::SmolRT>());
            })*
        }
    };
}
pub(crate) use on_each_runtime;

/// A server that serves `dispatch`, and a caller connected to it.
pub(crate) async fn served<RT: AsyncRuntime>(
    dispatch: impl MakeDispatch,
    config: ClientConfig,
) -> (RpcServer<RT>, Caller) {
    let (server, addr) = listening::<RT>(dispatch).await;
    let caller = Caller::connect_with(MemoryClient::<RT>::new(), &addr, config)
        .expect("a runtime is around");
    (server, caller)
}

/// A server that serves `dispatch`, and its address.
pub(crate) async fn listening<RT: AsyncRuntime>(
    dispatch: impl MakeDispatch,
) -> (RpcServer<RT>, String) {
    let listener = MemoryServer::<RT>::bind("").expect("the name is free");
    let server = RpcServer::bind(listener).dispatch(dispatch).expect("a runtime is around");
    let addr = server.local_addr().to_owned();
    (server, addr)
}
