//! The stream interface of our crates: numeric actions, with a message and a blob.

use crate::fault::fault;
use bytes::Bytes;
use crossfire::oneshot::{TxOneshot, oneshot};
use orb::prelude::*;
use razor_rpc::error::{EncodedErr, RpcErrCodec, RpcError};
use razor_rpc::razor_stream::client::{
    ClientCaller, ClientConfig, ClientPool, Completion, Response, render,
};
use razor_rpc::razor_stream::proto::{FrameworkCode, RpcAction};
use razor_rpc::razor_stream::server::dispatch::{Call, Dispatch, Flow};
use razor_rpc::razor_stream::server::task::{Reply, Respond};
use razor_rpc::server::RpcServer;
use razor_rpc::{Codec, MsgpCodec};
use razor_rpc_tcp::{TcpClient, TcpServer};
use values::{Errno, Fault, Io};

type Answer = Result<Response, RpcError<EncodedErr>>;

struct Waiting(TxOneshot<Answer>);

impl Completion for Waiting {
    fn complete(self, result: Answer) {
        self.0.send(result);
    }
}

pub struct IoClient<RT: AsyncRuntime>(ClientPool<Waiting, TcpClient<RT>>);

impl<RT: AsyncRuntime> IoClient<RT> {
    pub fn connect(addr: &str) -> Self {
        let pool = ClientPool::new(TcpClient::new(), addr, ClientConfig::default());
        Self(pool.expect("a runtime is around"))
    }

    /// Sends one request; returns the message and the blob of the answer.
    pub async fn call(
        &self,
        action: i32,
        req: Io,
        blob: Vec<u8>,
    ) -> Result<(Io, Vec<u8>), Fault<Errno>> {
        let action = RpcAction::Num(action.cast_unsigned());
        let blob = (!blob.is_empty()).then(|| Bytes::from(blob));
        let frame = render(self.0.config(), action, blob, |out| MsgpCodec.encode_into(&req, out))
            .expect("a small message can be encoded");
        let (tx, rx) = oneshot();
        self.0.submit(self.0.submission(frame, Waiting(tx))).await;
        match rx.await.expect("every request is completed") {
            Ok(answer) => {
                let msg = MsgpCodec.decode(&answer.msg).expect("the message is an Io");
                Ok((msg, answer.blob.into()))
            }
            Err(RpcError::User(error)) => {
                Err(Fault::User(Errno::decode(&MsgpCodec, error).expect("the error is an Errno")))
            }
            Err(RpcError::Rpc(error)) => Err(fault(RpcError::Rpc(error))),
        }
    }
}

#[derive(Clone)]
struct Store;

impl Dispatch for Store {
    fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
        const ECHO: u32 = Io::ECHO.cast_unsigned();
        const HIGH: u32 = Io::HIGH.cast_unsigned();
        const READ: u32 = Io::READ.cast_unsigned();
        const FAIL: u32 = Io::FAIL.cast_unsigned();
        match (call.action(), MsgpCodec.decode::<Io>(call.msg())) {
            (RpcAction::Num(ECHO | HIGH), Ok(_)) => {
                let blob = (!call.blob().is_empty()).then(|| Bytes::copy_from_slice(call.blob()));
                reply.success(call.msg(), blob);
            }
            (RpcAction::Num(READ), Ok(io)) => reply.success(call.msg(), Some(io.data().into())),
            (RpcAction::Num(FAIL), Ok(_)) => reply.user_error(Errno::ENOENT.encode(&MsgpCodec)),
            (RpcAction::Num(ECHO | HIGH | READ | FAIL), Err(_)) => {
                reply.framework_error(FrameworkCode::Undecodable);
            }
            _ => reply.framework_error(FrameworkCode::NoMethod),
        }
        Flow::Next
    }
}

/// Serves the actions of [`Io`] until the returned server is dropped; also returns its address.
pub async fn serve_io<RT: AsyncRuntime>() -> (RpcServer<RT>, String) {
    let listener = TcpServer::<RT>::bind("127.0.0.1:0").await.expect("a free port");
    let server = RpcServer::bind(listener).dispatch(Store);
    let server = server.expect("a runtime is around");
    let addr = server.local_addr().to_owned();
    (server, addr)
}
