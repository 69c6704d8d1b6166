//! The service interface of the published crates: trait, client and server, made from the list of methods.

use crate::fault::{Encoded, fault, internal};
use orb::prelude::*;
use orb_smol::SmolRT;
use orb_tokio::TokioRT;
use razor_rpc::client::{APIConnPool, APIFact, ClientConfig, endpoint_async, endpoint_client};
use razor_rpc::error::RpcError;
use razor_rpc::server::dispatch::Inline;
use razor_rpc::server::{RpcServer, ServerConfig, ServerDefault, service};
use razor_rpc_codec::MsgpCodec;
use razor_rpc_tcp::{TcpClient, TcpServer};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use values::{Calls, Fault, Refusal, methods};

type Pool<RT> = APIConnPool<MsgpCodec, TcpClient<RT>>;

macro_rules! cases {
    ($($name:ident: $arg:ty => $ok:ty, $err:ty;)*) => {
        endpoint_client!(CasesClient);

        #[endpoint_async(CasesClient)]
        pub trait Cases {
            $(fn $name(&self, arg: $arg) -> impl Future<Output = Result<$ok, RpcError<$err>>> + Send;)*
            fn fail_encoded(&self, arg: Refusal) -> impl Future<Output = Result<(), RpcError<Encoded>>> + Send;
            fn wait_ms(&self, ms: u64) -> impl Future<Output = Result<u64, RpcError<()>>> + Send;
            fn forward(&self, place: u8) -> impl Future<Output = Result<(), RpcError<()>>> + Send;
        }

        impl<RT: AsyncRuntime> Calls for Client<RT> {
            $(async fn $name(&self, arg: $arg) -> Result<$ok, Fault<$err>> {
                self.cases.$name(arg).await.map_err(fault)
            })*
            async fn fail_encoded(&self, arg: Refusal) -> Result<(), Fault<Refusal>> {
                self.cases.fail_encoded(arg).await.map_err(|error| match fault(error) {
                    Fault::User(Encoded(refusal)) => Fault::User(refusal),
                    Fault::Framework(error) => Fault::Framework(error),
                })
            }
            async fn wait_ms(&self, ms: u64) -> Result<u64, Fault<()>> {
                self.cases.wait_ms(ms).await.map_err(fault)
            }
            async fn forward(&self, place: u8) -> Result<(), Fault<()>> {
                self.cases.forward(place).await.map_err(fault)
            }
            async fn missing(&self, arg: ()) -> Result<(), Fault<()>> {
                self.other.missing(arg).await.map_err(fault)
            }
            async fn add_text(&self, arg: String) -> Result<i32, Fault<()>> {
                self.other.add(arg).await.map_err(fault)
            }
            async fn add_elsewhere(&self, arg: (i32, i32)) -> Result<i32, Fault<()>> {
                self.elsewhere.add(arg).await.map_err(fault)
            }
        }

        cases!(@server ServerTokio TokioRT $($name: $arg => $ok, $err;)*);
        cases!(@server ServerSmol SmolRT $($name: $arg => $ok, $err;)*);
    };
    // `#[service]` wants a concrete type.
    (@server $server:ident $rt:ident $($name:ident: $arg:ty => $ok:ty, $err:ty;)*) => {
        #[derive(Clone)]
        struct $server;

        #[service]
        impl Cases for $server {
            $(async fn $name(&self, arg: $arg) -> Result<$ok, RpcError<$err>> {
                methods::$name(arg).map_err(RpcError::User)
            })*
            async fn fail_encoded(&self, arg: Refusal) -> Result<(), RpcError<Encoded>> {
                Err(RpcError::User(Encoded(arg)))
            }
            async fn wait_ms(&self, ms: u64) -> Result<u64, RpcError<()>> {
                $rt::sleep(Duration::from_millis(ms)).await;
                Ok(ms)
            }
            async fn forward(&self, place: u8) -> Result<(), RpcError<()>> {
                Err(RpcError::Rpc(internal(place)))
            }
        }
    };
}
values::methods!(cases);

/// Calls that no server can answer: a service of the same name that is another one, and an unknown service.
mod other {
    use super::*;

    endpoint_client!(OtherClient);

    #[endpoint_async(OtherClient)]
    pub trait Cases {
        fn add(&self, arg: String) -> impl Future<Output = Result<i32, RpcError<()>>> + Send;
        fn missing(&self, arg: ()) -> impl Future<Output = Result<(), RpcError<()>>> + Send;
    }

    endpoint_client!(ElsewhereClient);

    #[endpoint_async(ElsewhereClient)]
    pub trait Elsewhere {
        fn add(&self, arg: (i32, i32)) -> impl Future<Output = Result<i32, RpcError<()>>> + Send;
    }
}
use other::{Cases as _, Elsewhere as _};

/// A client with one pool for all of its services.
pub struct Client<RT: AsyncRuntime> {
    cases: Arc<CasesClient<Pool<RT>>>,
    other: Arc<other::OtherClient<Pool<RT>>>,
    elsewhere: Arc<other::ElsewhereClient<Pool<RT>>>,
}

impl<RT: AsyncRuntime> Clone for Client<RT> {
    fn clone(&self) -> Self {
        Self {
            cases: self.cases.clone(),
            other: self.other.clone(),
            elsewhere: self.elsewhere.clone(),
        }
    }
}

impl<RT: AsyncRuntime> Client<RT> {
    pub fn connect(addr: &str) -> Self {
        let fact = APIFact::<MsgpCodec>::new(ClientConfig::default());
        let pool = fact.new_conn_pool::<TcpClient<RT>>(None, addr);
        Self {
            cases: Arc::new(CasesClient::new(pool.clone())),
            other: Arc::new(other::OtherClient::new(pool.clone())),
            elsewhere: Arc::new(other::ElsewhereClient::new(pool)),
        }
    }
}

/// A runtime that there is a server for.
pub trait Serve: AsyncRuntime {
    /// Serves until the returned server is dropped; also returns its address.
    fn serve() -> impl Future<Output = (RpcServer<ServerDefault>, String)> + Send;
}

macro_rules! serve {
    ($rt:ident, $server:expr) => {
        impl Serve for $rt {
            async fn serve() -> (RpcServer<ServerDefault>, String) {
                let mut server = RpcServer::new(ServerDefault::new(ServerConfig::default()));
                let dispatch = Inline::<MsgpCodec, _>::new($server);
                let listening = server.listen::<TcpServer<$rt>, _>("127.0.0.1:0", dispatch);
                let addr = listening.await.expect("a port is free");
                (server, addr)
            }
        }
    };
}
serve!(TokioRT, ServerTokio);
serve!(SmolRT, ServerSmol);
