//! When and where handlers run, and other codecs and callers than the default ones.

mod support;
#[path = "support/wait.rs"]
mod wait;

use crossfire::{MAsyncRx, MTx, mpmc};
use razor_rpc::CallContext;
use razor_rpc::client::{AnyPool, ApiCall, ApiClientCaller, Caller, ClientConfig, ClientPool};
use razor_rpc::error::{EncodedErr, RpcErrCodec, RpcErrKind, RpcError};
use razor_rpc::razor_stream::orb::prelude::{AsyncExec, AsyncRuntime};
use razor_rpc::razor_stream::transport::memory::MemoryClient;
use razor_rpc::server::{Eager, Inline, Spawn};
use razor_rpc::{Codec, MsgpCodec, RoomyMsgpCodec, endpoint_async, service};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use support::{listening, on_each_runtime, served};

#[endpoint_async(new DoorClient)]
trait Door {
    /// Waits until `open` is called.
    async fn wait(&self) -> Result<u32, RpcError<()>>;
    async fn open(&self) -> Result<u32, RpcError<()>>;
    async fn nap(&self) -> Result<(), RpcError<()>>;
    async fn log(&self, word: String) -> Result<Vec<String>, RpcError<()>>;
}

type Queue<T> = (MTx<mpmc::List<T>>, MAsyncRx<mpmc::List<T>>);

struct Server<RT> {
    opened: Queue<u32>,
    waiting: MTx<mpmc::List<()>>,
    words: std::sync::Mutex<Vec<String>>,
    runtime: std::marker::PhantomData<fn() -> RT>,
}

impl<RT> Server<RT> {
    /// Makes a door, and a channel that reports each handler that waits before it.
    fn new() -> (Self, MAsyncRx<mpmc::List<()>>) {
        let (waiting, told) = mpmc::unbounded_async();
        let server = Self {
            opened: mpmc::unbounded_async(),
            waiting,
            words: std::sync::Mutex::default(),
            runtime: std::marker::PhantomData,
        };
        (server, told)
    }
}

#[service]
impl<RT: AsyncRuntime> Door for Server<RT> {
    async fn wait(&self) -> Result<u32, RpcError<()>> {
        self.waiting.send(()).map_err(|_| RpcError::User(()))?;
        self.opened.1.recv().await.map_err(|_| RpcError::User(()))
    }
    async fn open(&self) -> Result<u32, RpcError<()>> {
        self.opened.0.send(7).map_err(|_| RpcError::User(()))?;
        Ok(1)
    }
    async fn nap(&self) -> Result<(), RpcError<()>> {
        self.waiting.send(()).map_err(|_| RpcError::User(()))?;
        wait::wait_once().await;
        self.log("nap".into()).await.map(drop)
    }
    async fn log(&self, word: String) -> Result<Vec<String>, RpcError<()>> {
        let mut words = self.words.lock().map_err(|_| RpcError::User(()))?;
        words.push(word);
        Ok(words.clone())
    }
}

/// One call waits; another call on the same connection ends the wait.
async fn assert_waiting_holds_up_nobody<RT: AsyncRuntime>(
    caller: Caller,
    told: MAsyncRx<mpmc::List<()>>,
) {
    let client = DoorClient::new(caller);
    // Twice, because the first call of a method takes another way than the second.
    for _ in 0..2 {
        let waiting = client.clone();
        let waiting = RT::spawn(async move { waiting.wait().await });
        told.recv().await.expect("the handler runs");
        assert_eq!(client.open().await, Ok(1));
        assert_eq!(waiting.await, Ok(Ok(7)));
    }
}

async fn a_handler_that_waits_holds_up_nobody_under_eager<RT: AsyncRuntime>() {
    let (door, told) = Server::<RT>::new();
    let (_server, caller) = served::<RT>(Eager::new(door), ClientConfig::default()).await;
    assert_waiting_holds_up_nobody::<RT>(caller, told).await;
}

async fn a_handler_that_waits_holds_up_nobody_under_spawn<RT: AsyncRuntime>() {
    let (door, told) = Server::<RT>::new();
    let (_server, caller) = served::<RT>(Spawn::new(door), ClientConfig::default()).await;
    assert_waiting_holds_up_nobody::<RT>(caller, told).await;
}

async fn a_handler_that_waits_is_waited_for_under_inline<RT: AsyncRuntime>() {
    let (door, told) = Server::<RT>::new();
    let (_server, caller) = served::<RT>(Inline::new(door), ClientConfig::default()).await;
    let client = DoorClient::new(caller);
    let napping = client.clone();
    let napping = RT::spawn(async move { napping.nap().await });
    told.recv().await.expect("the handler runs");
    assert_eq!(client.log("after".into()).await, Ok(vec!["nap".into(), "after".into()]));
    assert_eq!(napping.await, Ok(Ok(())));
}

async fn another_codec_is_named_at_both_ends<RT: AsyncRuntime>() {
    type Roomy = RoomyMsgpCodec<64>;
    let (door, _told) = Server::<RT>::new();
    let (_server, addr) = listening::<RT>(Eager::with_codec(door, Roomy {})).await;
    let caller = Caller::<Roomy>::connect(MemoryClient::<RT>::new(), &addr).expect("a runtime");
    assert_eq!(DoorClient::new(caller).open().await, Ok(1));
}

async fn a_caller_may_name_its_transport_and_share_its_pool<RT: AsyncRuntime>() {
    let (door, _told) = Server::<RT>::new();
    let (server, addr) = listening::<RT>(Eager::new(door)).await;
    let pool = ClientPool::<ApiCall, _>::new(
        MemoryClient::<RT>::new(),
        addr.as_str(),
        ClientConfig::default(),
    )
    .expect("a runtime is around");
    let named = DoorClient::new(Caller::<MsgpCodec, _>::new(pool.clone()));
    let erased: DoorClient = DoorClient::new(Caller::new(AnyPool::new(pool)));
    assert_eq!(named.open().await, Ok(1));
    assert_eq!(erased.open().await, Ok(1));
    assert_eq!(server.connections(), 1);
}

/// It is ready at the first poll, which is the only one in a timeout of no length.
async fn a_call_that_is_refused_at_once_is_ready_at_once<RT: AsyncRuntime>() {
    let addr = "memory:nobody";
    let config = ClientConfig::default();
    let pool =
        ClientPool::<ApiCall, _>::new(MemoryClient::<RT>::new(), addr, config).expect("a runtime");
    pool.close();
    let client = DoorClient::new(Caller::<MsgpCodec, _>::new(pool));
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(refused) = pin!(client.open()).poll(&mut context) else {
        panic!("the pool has been closed");
    };
    assert_eq!(refused.expect_err("the pool has been closed"), RpcErrKind::Closing);
}

on_each_runtime! {
    a_call_that_is_refused_at_once_is_ready_at_once
    a_handler_that_waits_holds_up_nobody_under_eager
    a_handler_that_waits_holds_up_nobody_under_spawn
    a_handler_that_waits_is_waited_for_under_inline
    another_codec_is_named_at_both_ends
    a_caller_may_name_its_transport_and_share_its_pool
}

/// Answers every call with its own name, without any network.
#[derive(Clone)]
struct Parrot;

impl ApiClientCaller for Parrot {
    type Codec = MsgpCodec;

    fn call<'a, Req, Resp, E>(
        &'a self,
        _: &CallContext,
        action: &'static str,
        _: &Req,
    ) -> impl Future<Output = Result<Resp, RpcError<E>>> + Send + use<'a, Req, Resp, E>
    where
        Req: Serialize + ?Sized,
        Resp: DeserializeOwned,
        E: RpcErrCodec,
    {
        async move {
            let answer = MsgpCodec.encode(&[action]).ok();
            let decoded = answer.and_then(|answer| MsgpCodec.decode(&answer).ok());
            decoded.ok_or_else(|| match E::decode(&MsgpCodec, EncodedErr::Num(0)) {
                Ok(error) => RpcError::User(error),
                Err(error) => panic!("the errors of this service are (): {error}"),
            })
        }
    }
}

#[test]
fn a_client_takes_any_caller_also_one_without_a_network() {
    let exec = razor_rpc_smol::SmolRT::current();
    let client = DoorClient::new(Parrot);
    let words = exec.block_on(async move { client.log("word".into()).await });
    assert_eq!(words, Ok(vec!["Door.log".to_string()]));
}

#[test]
fn a_client_without_a_runtime_is_refused_and_one_with_an_executor_works() {
    use razor_rpc_smol::SmolRT;
    let refused = DoorClient::connect(MemoryClient::<SmolRT>::new(), "nowhere");
    assert!(refused.is_err(), "no runtime is around");

    let exec = SmolRT::multi(1);
    let (door, _told) = Server::<SmolRT>::new();
    let (_server, addr) = exec.block_on(listening::<SmolRT>(Eager::new(door)));
    let transport = MemoryClient::<SmolRT>::new();
    let client =
        DoorClient::connect_with_executor(transport, &addr, ClientConfig::default(), &exec)
            .expect("a name");
    assert_eq!(exec.block_on(async move { client.open().await }), Ok(1));
}
