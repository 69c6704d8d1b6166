//! Whole calls of a service: in memory, and over the loopback interface; by one caller, and by 1,024 at once.
//!
//! Client and server share one thread, so the time of a call is the work of both sides; over loopback it includes the
//! work of the kernel. The counter gives calls per second. `razor-bench` measures what two processes on two cores
//! reach.

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher};
use orb::prelude::{AsyncExec, AsyncRuntime};
use orb_tokio::TokioRT;
use razor_rpc::error::RpcError;
use razor_rpc::razor_stream::transport::memory::{MemoryClient, MemoryServer};
use razor_rpc::server::{RpcServer, Serve};
use razor_rpc::{endpoint_async, service};
use razor_rpc_tcp::{TcpClient, TcpServer};
use serde_bytes::ByteBuf;
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: AllocProfiler<System> = AllocProfiler::system();

fn main() {
    divan::main();
}

/// The service that is called.
#[endpoint_async(new EchoClient)]
pub(crate) trait EchoService {
    /// Answers what it was sent.
    async fn echo(&self, bytes: ByteBuf) -> Result<ByteBuf, RpcError<()>>;
}

struct Echo;

#[service]
impl EchoService for Echo {
    async fn echo(&self, bytes: ByteBuf) -> Result<ByteBuf, RpcError<()>> {
        Ok(bytes)
    }
}

type Exec = <TokioRT as AsyncRuntime>::Exec;

/// Bytes of the argument and of the result.
const PAYLOAD: &[u8] = &[7; 64];
/// The calls of each caller in one measurement; there are enough of them to make the start of the callers a small part.
const CALLS: usize = 16;

#[divan::bench(args = [1, 1024])]
fn in_memory(bencher: Bencher<'_, '_>, callers: usize) {
    let exec = TokioRT::current();
    let (_server, client) = exec.block_on(async {
        let listener = MemoryServer::<TokioRT>::bind("").expect("a free name");
        let server = RpcServer::bind(listener).serve(Echo).expect("a runtime is around");
        let client = EchoClient::connect(MemoryClient::<TokioRT>::new(), server.local_addr());
        (server, client.expect("a runtime is around"))
    });
    measure(bencher, &exec, &client, callers);
}

#[divan::bench(args = [1, 1024])]
fn loopback(bencher: Bencher<'_, '_>, callers: usize) {
    let exec = TokioRT::current();
    let (_server, client) = exec.block_on(async {
        let listener = TcpServer::<TokioRT>::bind("127.0.0.1:0").await.expect("a free port");
        let server = RpcServer::bind(listener).serve(Echo).expect("a runtime is around");
        let client = EchoClient::connect(TcpClient::<TokioRT>::new(), server.local_addr());
        (server, client.expect("a runtime is around"))
    });
    measure(bencher, &exec, &client, callers);
}

fn measure(bencher: Bencher<'_, '_>, exec: &Exec, client: &EchoClient, callers: usize) {
    bencher.counter(ItemsCount::new(callers * CALLS)).bench_local(|| {
        let running: Vec<_> = (0..callers).map(|_| exec.spawn(calls(client.clone()))).collect();
        exec.block_on(async {
            for caller in running {
                caller.await.expect("a caller does not panic");
            }
        });
    });
}

/// One caller: one call after the other.
async fn calls(client: EchoClient) {
    for _ in 0..CALLS {
        let answer = client.echo(ByteBuf::from(PAYLOAD)).await.expect("an echo");
        assert_eq!(answer.len(), PAYLOAD.len());
    }
}
