//! The service that is measured, and its methods that wait and panic on purpose.
//!
//! Knows what the methods do. Does not know how they are dispatched or called.

use crate::record::Record;
use orb::prelude::{AsyncRuntime, AsyncTime};
use razor_rpc::error::RpcError;
use razor_rpc::{endpoint_async, service};
use serde_bytes::ByteBuf;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::task::Poll;
use std::time::Duration;

/// What a server of razor-bench serves.
#[endpoint_async(new EchoClient)]
pub(crate) trait EchoService {
    /// Answers at once.
    async fn echo(&self, bytes: ByteBuf) -> Result<ByteBuf, RpcError<()>>;
    /// Answers when it is polled for the second time.
    async fn echo_wait(&self, bytes: ByteBuf) -> Result<ByteBuf, RpcError<()>>;
    /// Answers at once.
    async fn echo_record(&self, record: Record) -> Result<Record, RpcError<()>>;
    /// Answers after this time.
    async fn sleep_ms(&self, time: u64) -> Result<u64, RpcError<()>>;
    /// Panics.
    async fn panic_now(&self, nothing: ()) -> Result<(), RpcError<()>>;
}

/// The service, on a runtime.
#[derive(Debug, Clone)]
pub(crate) struct Echo<RT>(PhantomData<fn() -> RT>);

impl<RT> Echo<RT> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

#[service]
impl<RT: AsyncRuntime> EchoService for Echo<RT> {
    async fn echo(&self, bytes: ByteBuf) -> Result<ByteBuf, RpcError<()>> {
        Ok(bytes)
    }

    async fn echo_wait(&self, bytes: ByteBuf) -> Result<ByteBuf, RpcError<()>> {
        yield_once().await;
        Ok(bytes)
    }

    async fn echo_record(&self, record: Record) -> Result<Record, RpcError<()>> {
        Ok(record)
    }

    async fn sleep_ms(&self, time: u64) -> Result<u64, RpcError<()>> {
        let _ = <RT as AsyncTime>::sleep(Duration::from_millis(time)).await;
        Ok(time)
    }

    async fn panic_now(&self, (): ()) -> Result<(), RpcError<()>> {
        panic!("asked for")
    }
}

/// Is pending once, and wakes its coroutine at once.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use orb::prelude::AsyncExec;
    use orb_tokio::TokioRT;
    use razor_rpc::error::RpcErrKind;
    use razor_rpc::server::{RpcServer, Serve};
    use razor_rpc_tcp::{TcpClient, TcpServer};

    #[test]
    fn every_method_answers_and_a_panic_ends_its_own_call_alone() {
        TokioRT::current().block_on(async {
            let listener = TcpServer::<TokioRT>::bind("127.0.0.1:0").await.unwrap();
            let server = RpcServer::bind(listener).serve(Echo::<TokioRT>::new()).unwrap();
            let transport = TcpClient::<TokioRT>::new();
            let client = EchoClient::connect(transport, server.local_addr()).unwrap();

            let bytes = ByteBuf::from(b"some".as_slice());
            assert_eq!(client.echo(bytes.clone()).await, Ok(bytes.clone()));
            assert_eq!(client.panic_now(()).await.unwrap_err(), RpcErrKind::Internal);
            assert_eq!(client.echo_wait(bytes.clone()).await, Ok(bytes));
            assert_eq!(client.echo_record(Record::of(100)).await, Ok(Record::of(100)));
            assert_eq!(client.sleep_ms(1).await, Ok(1));
        });
    }
}
