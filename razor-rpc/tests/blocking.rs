//! The blocking trait of a generated client: every shape of a method, called from plain threads.

use async_trait::async_trait;
use orb::prelude::*;
use orb_tokio::TokioRT;
use razor_rpc::CallContext;
use razor_rpc::client::{ApiClientCaller, Blocking, Caller, ClientConfig, Endpoint};
use razor_rpc::error::{Outcome, RpcErrKind, RpcError};
use razor_rpc::razor_stream::transport::memory::{MemoryClient, MemoryServer};
use razor_rpc::server::{RpcServer, Serve, ServiceMuxDyn};
use razor_rpc::{endpoint_async, endpoint_client, service};
use razor_rpc_smol::SmolRT;
use std::future::Future;
use std::time::Duration;

type Answer<T> = Result<T, RpcError<String>>;

endpoint_client!(Client);

/// The trait as it is written without another macro on it.
#[endpoint_async(Client, blocking CalcBlocking)]
trait Calc {
    /// The sum of both.
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
    fn by_future(&self, a: String) -> impl Future<Output = Answer<String>> + Send;
    async fn r#type(&self) -> Answer<Vec<u8>>;
    async fn never(&self) -> Answer<()>;
    /// A service may have methods of these names.
    async fn blocking(&self) -> Answer<u8>;
    async fn call(&self) -> Answer<u8>;
    #[cfg(any())]
    async fn not_here(&self) -> Answer<NoSuchType>;
}

#[endpoint_async(Client, blocking BelowBlocking)]
#[async_trait]
trait Below {
    async fn below(&self, a: u8) -> Answer<u8>;
}

mod above {
    use super::*;

    #[async_trait]
    #[endpoint_async(super::Client, blocking AboveBlocking)]
    pub(crate) trait Above {
        async fn above(&self, a: u8, b: String) -> Answer<(u8, String)>;
    }
}
use above::{Above, AboveBlocking};

struct Server;

#[service]
impl Calc for Server {
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
        a.checked_add(b).ok_or(RpcError::User(()))
    }
    async fn by_future(&self, a: String) -> Answer<String> {
        Err(RpcError::User(a))
    }
    async fn r#type(&self) -> Answer<Vec<u8>> {
        Ok(vec![1, 200])
    }
    async fn never(&self) -> Answer<()> {
        std::future::pending().await
    }
    async fn blocking(&self) -> Answer<u8> {
        Ok(1)
    }
    async fn call(&self) -> Answer<u8> {
        Ok(3)
    }
}

struct Boxed;

#[service]
#[async_trait]
impl Below for Boxed {
    async fn below(&self, a: u8) -> Answer<u8> {
        Ok(a + 1)
    }
}

struct AlsoBoxed;

#[service]
#[async_trait]
impl Above for AlsoBoxed {
    async fn above(&self, a: u8, b: String) -> Answer<(u8, String)> {
        Ok((a, b))
    }
}

/// A server on `exec`, and a client of it that is driven by `exec`.
fn served<RT: AsyncRuntime>(exec: &RT::Exec, config: ClientConfig) -> (RpcServer<RT>, Client) {
    let services =
        ServiceMuxDyn::new().with(Server).and_then(|all| all.with(Boxed)?.with(AlsoBoxed));
    let services = services.expect("their names differ");
    let listener = MemoryServer::<RT>::bind("").expect("a free name");
    let server =
        RpcServer::bind(listener).with_executor(exec).serve(services).expect("an executor");
    let addr = server.local_addr();
    let client = Client::connect_with_executor(MemoryClient::<RT>::new(), addr, config, exec);
    (server, client.expect("a name"))
}

fn every_shape_of_a_method_blocks<RT: AsyncRuntime>() {
    let exec = RT::one();
    let (_server, client) = served::<RT>(&exec, ClientConfig::default());
    let client = Blocking::new(client);
    assert_eq!(client.add(1, 2), Ok(3));
    assert_eq!(client.add(i32::MAX, 1), Err(RpcError::User(())));
    assert_eq!(client.by_future("no".into()), Err(RpcError::User("no".into())));
    assert_eq!(client.r#type(), Ok(vec![1, 200]));
    assert_eq!((client.blocking(), client.call()), (Ok(1), Ok(3)));
    assert_eq!(client.below(1), Ok(2));
    assert_eq!(client.above(1, "a".into()), Ok((1, "a".into())));
}

#[test]
fn every_shape_of_a_method_blocks_on_tokio() {
    every_shape_of_a_method_blocks::<TokioRT>();
}

#[test]
fn every_shape_of_a_method_blocks_on_smol() {
    every_shape_of_a_method_blocks::<SmolRT>();
}

#[test]
fn one_client_is_called_from_async_code_and_from_threads() {
    let exec = TokioRT::one();
    let (_server, client) = served::<TokioRT>(&exec, ClientConfig::default());
    let threads = [0, 1, 2, 3].map(|thread| {
        let client = Blocking::new(client.clone());
        std::thread::spawn(move || {
            for call in 0..200 {
                assert_eq!(client.add(thread, call), Ok(thread + call));
            }
        })
    });
    exec.block_on(async move {
        for call in 0..200 {
            assert_eq!(client.add(4, call).await, Ok(4 + call));
        }
    });
    for thread in threads {
        thread.join().expect("each gets its own answers");
    }
}

#[test]
fn a_call_ends_by_its_deadline_and_the_connection_lives() {
    let exec = TokioRT::one();
    let config = ClientConfig::default()
        .with_call_timeout(Duration::from_millis(50))
        .with_deadline_resolution(Duration::from_millis(10));
    let (_server, client) = served::<TokioRT>(&exec, config);
    let client = Endpoint::blocking(&client);
    let error = client.never().expect_err("it is never answered");
    assert_eq!((error.kind(), error.outcome()), (Some(RpcErrKind::Timeout), Outcome::Unknown));
    assert_eq!(client.below(1), Ok(2));
}

/// The calling thread is the only one that could drive the connection: it must not wait for ever.
#[test]
fn a_call_that_blocks_its_own_runtime_ends() {
    let config = ClientConfig::default()
        .with_call_timeout(Duration::from_millis(50))
        .with_deadline_resolution(Duration::from_millis(10));
    let ended = TokioRT::current().block_on(async move {
        let listener = MemoryServer::<TokioRT>::bind("").expect("a name");
        let server = RpcServer::bind(listener).serve(Server).expect("a runtime is around");
        let addr = server.local_addr();
        let client = Client::connect_with(MemoryClient::<TokioRT>::new(), addr, config);
        let client = client.expect("a runtime is around");
        assert_eq!(Calc::add(&client, 1, 2).await, Ok(3));
        let blocked = Blocking::new(client.clone()).add(1, 2);
        (blocked, Calc::add(&client, 1, 2).await)
    });
    let error = ended.0.expect_err("nobody could answer");
    assert_eq!((error.kind(), error.outcome()), (Some(RpcErrKind::Timeout), Outcome::Unknown));
    assert_eq!(ended.1, Ok(3), "once the thread is free again, the connection goes on");
}

/// A caller of a user, which knows nothing of threads.
#[derive(Clone)]
struct Loud(Caller);

impl ApiClientCaller for Loud {
    type Codec = razor_rpc::MsgpCodec;

    fn call<'a, Req, Resp, E>(
        &'a self,
        context: &CallContext,
        action: &'static str,
        req: &Req,
    ) -> impl Future<Output = Result<Resp, RpcError<E>>> + Send + use<'a, Req, Resp, E>
    where
        Req: serde::Serialize + ?Sized,
        Resp: serde::de::DeserializeOwned,
        E: razor_rpc::error::RpcErrCodec,
    {
        self.0.call(context, action, req)
    }
}

/// The trait can stand for a client, for instance in the tests of a user.
fn twice(calc: &impl CalcBlocking) -> Result<i32, RpcError<()>> {
    Ok(calc.add(1, 2)? * 2)
}

#[test]
fn the_twin_of_any_caller_works_and_the_trait_can_be_implemented_by_hand() {
    let exec = TokioRT::one();
    let (_server, client) = served::<TokioRT>(&exec, ClientConfig::default());
    let loud = Client::new(Loud(client.caller().clone()));
    assert_eq!(loud.caller().patience(&CallContext::new()), Duration::from_secs(3600));
    assert_eq!(client.caller().patience(&CallContext::new()), Duration::from_secs(13));
    assert_eq!(twice(&Blocking::new(loud)), Ok(6));

    struct Fixed;
    impl CalcBlocking for Fixed {
        fn add(&self, _: i32, _: i32) -> Result<i32, RpcError<()>> {
            Ok(20)
        }
        fn by_future(&self, _: String) -> Answer<String> {
            unreachable!()
        }
        fn r#type(&self) -> Answer<Vec<u8>> {
            unreachable!()
        }
        fn never(&self) -> Answer<()> {
            unreachable!()
        }
        fn blocking(&self) -> Answer<u8> {
            unreachable!()
        }
        fn call(&self) -> Answer<u8> {
            unreachable!()
        }
    }
    assert_eq!(twice(&Fixed), Ok(40));
}
