//! A generated client and its connection: whether there is one, waiting for it, its address, and closing it.

use orb::prelude::*;
use orb_tokio::TokioRT;
use razor_rpc::client::{
    ApiCall, Blocking, Caller, ClientCallerBlocking, ClientConfig, ClientPool, ConnectedCaller,
};
use razor_rpc::error::{Outcome, RpcErrKind, RpcError};
use razor_rpc::razor_stream::transport::memory::{MemoryClient, MemoryServer};
use razor_rpc::server::RpcServer;
use razor_rpc::{MsgpCodec, Serve, endpoint_async, service};
use razor_rpc_smol::SmolRT;
use std::time::Duration;

#[endpoint_async(new Client, blocking Twin)]
trait Site {
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
    /// A service may have methods that a connection has too.
    async fn ready(&self) -> Result<u8, RpcError<()>>;
    async fn is_connected(&self) -> Result<u8, RpcError<()>>;
    async fn close(&self) -> Result<u8, RpcError<()>>;
    async fn addr(&self) -> Result<u8, RpcError<()>>;
}

struct Server;

#[service]
impl Site for Server {
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
        a.checked_add(b).ok_or(RpcError::User(()))
    }
    async fn ready(&self) -> Result<u8, RpcError<()>> {
        Ok(1)
    }
    async fn is_connected(&self) -> Result<u8, RpcError<()>> {
        Ok(2)
    }
    async fn close(&self) -> Result<u8, RpcError<()>> {
        Ok(3)
    }
    async fn addr(&self) -> Result<u8, RpcError<()>> {
        Ok(4)
    }
}

async fn listen<RT: AsyncRuntime>(addr: &str) -> (RpcServer<RT>, String) {
    let listener = MemoryServer::<RT>::bind(addr).expect("a free name");
    let server = RpcServer::bind(listener).serve(Server).expect("a runtime is around");
    let addr = server.local_addr().to_owned();
    (server, addr)
}

async fn a_client_asks_after_its_connection<RT: AsyncRuntime>(addr: &'static str) {
    // There is no server yet, so calls would fail at once.
    let client = Client::connect(MemoryClient::<RT>::new(), addr).expect("a runtime is around");
    let error = client.add(1, 2).await.expect_err("nobody is there");
    assert_eq!((error.kind(), error.outcome()), (Some(RpcErrKind::Unreachable), Outcome::NotSent));
    assert_eq!((client.connection().addr(), client.connection().is_connected()), (addr, false));
    let late = client.connection().ready_within(Duration::from_millis(30)).await;
    assert_eq!(late.expect_err("nobody is there").kind(), RpcErrKind::Timeout);

    let (_server, _addr) = listen::<RT>(addr).await;
    assert_eq!(client.connection().ready().await, Ok(()));
    assert!(client.connection().is_connected());
    assert_eq!(client.add(1, 2).await, Ok(3));
    let own = (client.ready().await, client.is_connected().await, client.close().await);
    assert_eq!((own, client.addr().await), ((Ok(1), Ok(2), Ok(3)), Ok(4)));

    // All clones share one connection.
    client.clone().connection().close();
    assert!(!client.connection().is_connected());
    let error = client.add(1, 2).await.expect_err("it is closed");
    assert_eq!((error.kind(), error.outcome()), (Some(RpcErrKind::Closing), Outcome::NotSent));
    let closed = client.connection().ready().await.expect_err("it is closed");
    assert_eq!((closed.kind(), closed.outcome()), (RpcErrKind::Closing, Outcome::NotSent));
}

#[test]
fn a_client_asks_after_its_connection_on_tokio() {
    let asked = a_client_asks_after_its_connection::<TokioRT>("memory:asked-on-tokio");
    TokioRT::current().block_on(asked);
}

#[test]
fn a_client_asks_after_its_connection_on_smol() {
    let asked = a_client_asks_after_its_connection::<SmolRT>("memory:asked-on-smol");
    SmolRT::current().block_on(asked);
}

/// With a named transport, the connection is the pool itself; the blocking client has the same connection.
#[test]
fn a_client_of_a_named_transport_and_its_blocking_twin_reach_their_pool() {
    let exec = TokioRT::one();
    let (_server, addr) = exec.block_on(listen::<TokioRT>(""));
    let transport = MemoryClient::<TokioRT>::new();
    let pool = ClientPool::with_executor(transport, &*addr, ClientConfig::default(), &exec);
    let pool: ClientPool<ApiCall, MemoryClient<TokioRT>> = pool.expect("an address");
    let client = Client::new(Caller::<MsgpCodec, _>::new(pool.clone()));
    let blocking = Blocking::new(client.clone());
    assert_eq!(Blocking::connection(&blocking).ready_blocking(), Ok(()));
    assert_eq!(blocking.add(1, 2), Ok(3));
    assert_eq!(client.connection().addr(), addr);
    assert!(pool.is_connected() && client.connection().is_connected());
    Blocking::connection(&blocking).close();
    assert!(!pool.is_connected(), "it is one pool");
}

/// Generic code gets the connection by the trait.
#[test]
fn a_caller_is_asked_by_the_trait_too() {
    fn connection<C: ConnectedCaller>(caller: &C) -> &C::Connection {
        caller.connection()
    }
    let exec = TokioRT::one();
    let transport = MemoryClient::<TokioRT>::new();
    let caller: Caller = Caller::connect_with_executor(
        transport,
        "memory:nobody-here",
        ClientConfig::default(),
        &exec,
    )
    .expect("an address");
    assert_eq!(connection(&caller).addr(), "memory:nobody-here");
}
