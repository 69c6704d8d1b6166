//! razor-rpc 0.9 as it was published: msgpack over TCP, inline dispatch, on tokio.

#![forbid(unsafe_code)]

use clap::Args;
use driver::{Client, Ended, Load, Seen, Server};
use orb_tokio::TokioRT;
use razor_rpc::client::{APIConnPool, APIFact, ClientConfig, endpoint_async, endpoint_client};
use razor_rpc::error::RpcError;
use razor_rpc::server::{RpcServer, ServerConfig, ServerDefault, dispatch::Inline, service};
use razor_rpc_codec::MsgpCodec;
use razor_rpc_tcp::{TcpClient, TcpServer};
use serde_bytes::ByteBuf;
use std::sync::Arc;

endpoint_client!(EchoClient);

#[endpoint_async(EchoClient)]
trait EchoService {
    fn echo(&self, data: ByteBuf) -> impl Future<Output = Result<ByteBuf, RpcError<()>>> + Send;
}

#[derive(Clone)]
struct Mirror;

#[service]
impl EchoService for Mirror {
    async fn echo(&self, data: ByteBuf) -> Result<ByteBuf, RpcError<()>> {
        Ok(data)
    }
}

/// The values that may be tuned; by default they are the library's.
#[derive(Debug, Args)]
struct Tuning {
    /// Calls in flight per connection, of a client.
    #[arg(long)]
    window: Option<usize>,
    /// Bytes of the stream buffers.
    #[arg(long)]
    buffer: Option<usize>,
}

fn main() {
    driver::run(serve, load)
}

async fn serve(args: Server<Tuning>) -> Ended {
    let mut config = ServerConfig::default();
    config.stream_buf_size = args.peer.buffer.unwrap_or(config.stream_buf_size);
    let mut server = RpcServer::new(ServerDefault::new(config));
    let dispatch = Inline::<MsgpCodec, _>::new(Mirror);
    let addr = server.listen::<TcpServer<TokioRT>, _>(&args.addr, dispatch).await?;
    args.ready(addr)?;
    std::future::pending().await
}

async fn load(args: &Client<Tuning>, load: Arc<Load>) -> Ended {
    let mut config = ClientConfig::default();
    config.thresholds = args.peer.window.unwrap_or(config.thresholds);
    config.stream_buf_size = args.peer.buffer.unwrap_or(config.stream_buf_size);
    let connect = |_| -> Arc<EchoClient<APIConnPool<MsgpCodec, TcpClient<TokioRT>>>> {
        let factory = APIFact::<MsgpCodec>::new(config.clone());
        Arc::new(EchoClient::new(factory.new_conn_pool::<TcpClient<TokioRT>>(None, &args.addr)))
    };
    let clients: Vec<_> = (0..args.conns.get()).map(connect).collect();
    for echo in clients.iter().cycle().take(args.callers.get()) {
        let echo = echo.clone();
        tokio::spawn(load.clone().caller(move |payload| {
            let echo = echo.clone();
            async move { echo.echo(ByteBuf::from(payload)).await.map(|bytes| Seen::of(&bytes)) }
        }));
    }
    Ok(())
}
