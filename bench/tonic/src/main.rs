//! tonic: gRPC over HTTP/2 with protobuf, its payload as `Bytes`, which prost shares where it can.

#![forbid(unsafe_code)]

use bytes::Bytes;
use driver::{Client, Ended, Load, NoOptions, Seen};
use generated::echo_client::EchoClient;
use generated::echo_server::{Echo, EchoServer};
use std::sync::Arc;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Endpoint, Server};
use tonic::{Request, Response, Status};

mod generated {
    include!(concat!(env!("OUT_DIR"), "/bench.Echo.rs"));
}

/// The message of requests and answers.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Message {
    #[prost(bytes = "bytes", tag = "1")]
    data: Bytes,
}

struct Mirror;

#[tonic::async_trait]
impl Echo for Mirror {
    async fn echo(&self, request: Request<Message>) -> Result<Response<Message>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

fn main() {
    driver::run(serve, load)
}

async fn serve(server: driver::Server<NoOptions>) -> Ended {
    let incoming = TcpIncoming::bind(server.addr.parse()?)?.with_nodelay(Some(true));
    server.ready(incoming.local_addr()?)?;
    Server::builder()
        // The default, 200, would throttle the workload of 1024 callers.
        .max_concurrent_streams(Some(8192))
        .add_service(EchoServer::new(Mirror))
        .serve_with_incoming(incoming)
        .await?;
    Ok(())
}

async fn load(client: &Client<NoOptions>, load: Arc<Load>) -> Ended {
    let mut clients = Vec::new();
    for _ in 0..client.conns.get() {
        let endpoint = Endpoint::from_shared(format!("http://{}", client.addr))?;
        clients.push(EchoClient::new(endpoint.tcp_nodelay(true).connect().await?));
    }
    for echo in clients.iter().cycle().take(client.callers.get()) {
        let echo = echo.clone();
        tokio::spawn(load.clone().caller(move |payload| {
            let mut echo = echo.clone();
            async move {
                // Copied, as the other peers copy theirs into the request.
                let data = Bytes::copy_from_slice(payload);
                let answer = echo.echo(Message { data }).await;
                answer.map(|message| Seen::of(&message.get_ref().data))
            }
        }));
    }
    Ok(())
}
