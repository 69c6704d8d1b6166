//! A tokio program that serves pages gets an RPC server beside them. SIGTERM drains both: what is in hand is answered.
//!
//! ```sh
//! cargo run --release --example existing_tokio_app
//! ```
//!
//! The pages stand for what the program has already, axum or hyper for instance. The program sends itself the signal.

use razor_rpc::error::{Outcome, RpcError};
use razor_rpc::tokio::{TcpClient, listen};
use razor_rpc::{Serve, endpoint_async, service};
use rustix::process::{Signal, getpid, kill_process};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::{sync::Barrier, sync::watch, task::JoinSet};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What pages and calls share. The barrier only shows that both are in hand when the signal comes.
struct App {
    in_hand: Barrier,
}

#[endpoint_async(new JobsClient)]
trait Jobs {
    async fn work(&self) -> Result<String, RpcError<()>>;
}

#[service]
impl Jobs for App {
    async fn work(&self) -> Result<String, RpcError<()>> {
        self.in_hand.wait().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok("done".into())
    }
}

/// One page. A real program has a library for this.
async fn page(mut stream: TcpStream, app: Arc<App>) -> io::Result<()> {
    let _request = stream.read(&mut [0; 1024]).await?;
    let text = app.work().await.map_err(io::Error::other)?;
    stream.write_all(format!("HTTP/1.0 200 OK\r\n\r\n{text}").as_bytes()).await
}

/// Serves pages until it is to stop, then finishes those in hand.
async fn pages(listener: TcpListener, app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut in_hand = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => { in_hand.spawn(page(stream, app.clone())); }
            Some(_) = in_hand.join_next() => {}
            _ = stop.changed() => break,
        }
    }
    drop(listener);
    in_hand.join_all().await;
}

/// What a browser does.
async fn browse(addr: SocketAddr) -> io::Result<String> {
    let (mut stream, mut text) = (TcpStream::connect(addr).await?, String::new());
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
    stream.read_to_string(&mut text).await.map(|_| text)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let app = Arc::new(App { in_hand: Barrier::new(3) });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let page_addr = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let pages = tokio::spawn(pages(listener, app.clone(), stopped));
    // The RPC server runs on this runtime too, and shares the state of the program.
    let server = listen("127.0.0.1:0").await?.serve(app.clone())?;

    let client = JobsClient::connect(TcpClient::new(), server.local_addr())?;
    let main = async {
        terminate.recv().await;
        stop.send(true)?;
        // Both drain at the same time. `close` waits for the calls in hand, by default at most 30 s.
        tokio::join!(pages, server.close()).0.map_err(Failure::from)
    };
    let operator = async {
        app.in_hand.wait().await;
        kill_process(getpid(), Signal::TERM)
    };
    let (ended, sent, call, page) = tokio::join!(main, operator, client.work(), browse(page_addr));
    sent.map_err(Failure::from).and(ended)?;
    assert_eq!((&*call?, &*page?), ("done", "HTTP/1.0 200 OK\r\n\r\ndone"));
    // Nothing listens any more.
    assert!(browse(page_addr).await.is_err());
    assert_eq!(client.work().await.map_err(|error| error.outcome()), Err(Outcome::NotSent));
    println!("a call and a page were answered after the signal");
    Ok(())
}
