//! tarpc over TCP with bincode: a task per request at the server, which is the idiom of its examples.

#![forbid(unsafe_code)]

use driver::{Client, Ended, Load, NoOptions, Seen, Server};
use futures::StreamExt;
use serde_bytes::ByteBuf;
use std::sync::Arc;
use tarpc::server::{BaseChannel, Channel};
use tarpc::tokio_serde::formats::Bincode;
use tarpc::{client, context, serde_transport};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{Framed, LengthDelimitedCodec};

#[tarpc::service]
trait Echo {
    async fn echo(data: ByteBuf) -> ByteBuf;
}

#[derive(Clone)]
struct Mirror;

impl Echo for Mirror {
    async fn echo(self, _: context::Context, data: ByteBuf) -> ByteBuf {
        data
    }
}

fn main() {
    driver::run(serve, load)
}

async fn serve(server: Server<NoOptions>) -> Ended {
    let listener = TcpListener::bind(&server.addr).await?;
    server.ready(listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        let transport = serde_transport::new(framed(stream)?, Bincode::default());
        let requests = BaseChannel::with_defaults(transport).execute(Mirror.serve());
        tokio::spawn(requests.for_each(|response| async {
            tokio::spawn(response);
        }));
    }
}

async fn load(client: &Client<NoOptions>, load: Arc<Load>) -> Ended {
    let mut config = client::Config::default();
    config.max_in_flight_requests = 8192;
    config.pending_request_buffer = 1024;
    let mut clients = Vec::new();
    for _ in 0..client.conns.get() {
        let stream = TcpStream::connect(&client.addr).await?;
        let transport = serde_transport::new(framed(stream)?, Bincode::default());
        clients.push(EchoClient::new(config.clone(), transport).spawn());
    }
    for echo in clients.iter().cycle().take(client.callers.get()) {
        let echo = echo.clone();
        tokio::spawn(load.clone().caller(move |payload| {
            let echo = echo.clone();
            async move {
                let answer = echo.echo(context::current(), ByteBuf::from(payload)).await;
                answer.map(|bytes| Seen::of(&bytes))
            }
        }));
    }
    Ok(())
}

fn framed(stream: TcpStream) -> std::io::Result<Framed<TcpStream, LengthDelimitedCodec>> {
    stream.set_nodelay(true)?;
    Ok(Framed::new(stream, LengthDelimitedCodec::new()))
}
