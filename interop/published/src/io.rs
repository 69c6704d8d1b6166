//! The stream interface of the published crates: numeric actions, with a message and a blob.

use crate::fault::fault;
use crossfire::{MTx, mpsc};
use orb::prelude::*;
use razor_rpc_codec::MsgpCodec;
use razor_rpc_tcp::{TcpClient, TcpServer};
use razor_stream::client::task::{ClientTask, ClientTaskCommon, client_task};
use razor_stream::client::{ClientConfig, ClientDefault, ConnPool};
use razor_stream::error::RpcError;
use razor_stream::proto::RpcAction;
use razor_stream::server::dispatch::DispatchClosure;
use razor_stream::server::task::{ServerTaskDone, ServerTaskVariant, server_task_enum};
use razor_stream::server::{RpcServer, ServerConfig, ServerDefault};
use values::{Errno, Fault, Io};

#[client_task(debug)]
pub struct IoTask {
    #[field(common)]
    common: ClientTaskCommon,
    #[field(action)]
    action: i32,
    #[field(req)]
    req: Io,
    #[field(req_blob)]
    req_blob: Vec<u8>,
    #[field(resp)]
    resp: Option<Io>,
    #[field(resp_blob)]
    resp_blob: Option<Vec<u8>>,
    #[field(res)]
    res: Option<Result<(), RpcError<Errno>>>,
    #[field(noti)]
    noti: Option<MTx<mpsc::List<Self>>>,
}

impl ClientTask for IoTask {}

type Pool<RT> = ConnPool<ClientDefault<IoTask, MsgpCodec>, TcpClient<RT>>;

pub struct IoClient<RT: AsyncRuntime>(Pool<RT>);

impl<RT: AsyncRuntime> IoClient<RT> {
    pub fn connect(addr: &str) -> Self {
        Self(ConnPool::new(ClientDefault::new(ClientConfig::default()), None, addr, 128))
    }

    /// Sends one request; returns the message and the blob of the answer.
    pub async fn call(
        &self,
        action: i32,
        req: Io,
        req_blob: Vec<u8>,
    ) -> Result<(Io, Vec<u8>), Fault<Errno>> {
        let (tx, rx) = mpsc::unbounded_async();
        let common = ClientTaskCommon::default();
        let (resp, resp_blob, res, noti) = (None, None, None, Some(tx));
        self.0.send_req(IoTask { common, action, req, req_blob, resp, resp_blob, res, noti }).await;
        let task = rx.recv().await.expect("every task comes back");
        task.res.expect("a task comes back with its result").map_err(fault)?;
        Ok((task.resp.expect("a success has a message"), task.resp_blob.unwrap_or_default()))
    }
}

#[server_task_enum(req, resp, error = Errno)]
#[derive(Debug)]
pub enum Task {
    #[action(1, 2, 3, 32767)]
    Io(ServerTaskVariant<Task, Io, Errno>),
}

/// Serves the actions of [`Io`] until the returned server is dropped; also returns its address.
pub async fn serve_io<RT: AsyncRuntime>() -> (RpcServer<ServerDefault>, String) {
    let mut server = RpcServer::new(ServerDefault::new(ServerConfig::default()));
    let dispatch = DispatchClosure::<MsgpCodec, Task, Task, _, _>::new(|task: Task| async move {
        let Task::Io(mut io) = task;
        let result = match io.action.to_action() {
            RpcAction::Num(Io::READ) => {
                io.blob = Some(io.msg.data().into());
                Ok(())
            }
            RpcAction::Num(Io::FAIL) => Err(Errno::ENOENT),
            _ => Ok(()),
        };
        io.set_result(result);
        Ok(())
    });
    let addr = server.listen::<TcpServer<RT>, _>("127.0.0.1:0", dispatch).await;
    (server, addr.expect("a port is free"))
}
