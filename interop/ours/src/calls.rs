//! The service interface of our crates: trait, client and server, made from the list of methods.

use crate::fault::{Encoded, fault};
use orb::prelude::*;
use razor_rpc::client::{Caller, ClientConfig};
use razor_rpc::error::{Outcome, RpcErrKind, RpcError, RpcIntErr, Stage};
use razor_rpc::server::{RpcServer, Serve};
use razor_rpc::{endpoint_async, service};
use razor_rpc_tcp::{TcpClient, TcpServer};
use std::marker::PhantomData;
use std::time::Duration;
use values::{Calls, Fault, Refusal, methods};

macro_rules! cases {
    ($($name:ident: $arg:ty => $ok:ty, $err:ty;)*) => {
        #[endpoint_async(new RawClient)]
        pub trait Cases {
            $(async fn $name(&self, arg: $arg) -> Result<$ok, RpcError<$err>>;)*
            async fn fail_encoded(&self, arg: Refusal) -> Result<(), RpcError<Encoded>>;
            async fn wait_ms(&self, ms: u64) -> Result<u64, RpcError<()>>;
            /// Panics, at once or after having waited.
            async fn forward(&self, place: u8) -> Result<(), RpcError<()>>;
        }

        #[service]
        impl<RT: AsyncRuntime> Cases for Server<RT> {
            $(async fn $name(&self, arg: $arg) -> Result<$ok, RpcError<$err>> {
                methods::$name(arg).map_err(RpcError::User)
            })*
            async fn fail_encoded(&self, arg: Refusal) -> Result<(), RpcError<Encoded>> {
                Err(RpcError::User(Encoded(arg)))
            }
            async fn wait_ms(&self, ms: u64) -> Result<u64, RpcError<()>> {
                RT::sleep(Duration::from_millis(ms)).await;
                Ok(ms)
            }
            async fn forward(&self, place: u8) -> Result<(), RpcError<()>> {
                match place {
                    0 => panic!("meant: a panic in a handler"),
                    1 => {
                        RT::sleep(Duration::from_millis(1)).await;
                        panic!("meant: a panic in a handler that has waited")
                    }
                    _ => Err(RpcIntErr::new(RpcErrKind::Timeout, Outcome::NotSent, Stage::Wait).into()),
                }
            }
        }

        impl Calls for Client {
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
    };
}
values::methods!(cases);

/// Calls that no server can answer: a service of the same name that is another one, and an unknown service.
mod other {
    use super::*;

    #[endpoint_async(new OtherClient)]
    pub trait Cases {
        async fn add(&self, arg: String) -> Result<i32, RpcError<()>>;
        async fn missing(&self, arg: ()) -> Result<(), RpcError<()>>;
    }

    #[endpoint_async(new ElsewhereClient)]
    pub trait Elsewhere {
        async fn add(&self, arg: (i32, i32)) -> Result<i32, RpcError<()>>;
    }
}
use other::{Cases as _, Elsewhere as _};

struct Server<RT>(PhantomData<fn() -> RT>);

/// A client with one connection for all of its services.
#[derive(Clone)]
pub struct Client {
    /// The client of the service alone, with our own errors.
    pub cases: RawClient,
    other: other::OtherClient,
    elsewhere: other::ElsewhereClient,
}

impl Client {
    pub fn connect<RT: AsyncRuntime>(addr: &str) -> Self {
        let transport = TcpClient::<RT>::new();
        let caller: Caller = Caller::connect_with(transport, addr, ClientConfig::default())
            .expect("a runtime is around");
        Self {
            cases: RawClient::new(caller.clone()),
            other: other::OtherClient::new(caller.clone()),
            elsewhere: other::ElsewhereClient::new(caller),
        }
    }
}

/// Serves until the returned server is dropped; also returns its address.
pub async fn serve<RT: AsyncRuntime>() -> (RpcServer<RT>, String) {
    let listener = TcpServer::<RT>::bind("127.0.0.1:0").await.expect("a free port");
    let server = RpcServer::bind(listener).serve(Server::<RT>(PhantomData));
    let server = server.expect("a runtime is around");
    let addr = server.local_addr().to_owned();
    (server, addr)
}
