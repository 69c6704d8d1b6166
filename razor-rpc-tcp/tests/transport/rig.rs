//! Mounts scenarios on each runtime, and makes what they need: a pair of ends, a directory.
//!
//! Each scenario has a thread of its own and a time limit: a scenario that hangs fails.

use orb::prelude::*;
use orb_tokio::TokioRT;
use razor_rpc_smol::SmolRT;
use razor_rpc_tcp::{TcpClient, TcpRead, TcpServer, TcpWrite};
use razor_stream::transport::{
    ClientTransport, Connection, Listener, ReadHalf, TransportError, WriteHalf,
};
use std::future::{Future, poll_fn};
use std::io::IoSlice;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::task::Poll;
use std::time::Duration;

pub(crate) type End<RT> = Connection<TcpRead<RT>, TcpWrite<RT>>;

/// A runtime that scenarios run on.
pub(crate) trait Mount: AsyncRuntime {
    fn exec() -> Self::Exec;
}

impl Mount for TokioRT {
    fn exec() -> Self::Exec {
        Self::current()
    }
}

impl Mount for SmolRT {
    fn exec() -> Self::Exec {
        Self::current()
    }
}

impl Mount for orb_smol::SmolRT {
    fn exec() -> Self::Exec {
        Self::multi(1)
    }
}

/// Makes a test of each scenario for each runtime.
macro_rules! on_each {
    ($($scenario:ident),* $(,)?) => {
        mod tokio {
            $(#[test] fn $scenario() {
                crate::rig::run::<orb_tokio::TokioRT>(super::$scenario::<orb_tokio::TokioRT>());
            })*
        }
        mod smol {
            $(#[test] fn $scenario() {
                crate::rig::run::<razor_rpc_smol::SmolRT>(
                    super::$scenario::<razor_rpc_smol::SmolRT>(),
                );
            })*
        }
        mod orb_smol {
            $(#[test] fn $scenario() {
                crate::rig::run::<orb_smol::SmolRT>(super::$scenario::<orb_smol::SmolRT>());
            })*
        }
    };
}
pub(crate) use on_each;

pub(crate) fn run<RT: Mount>(scenario: impl Future<Output = ()> + Send + 'static) {
    let (done, end) = channel::<()>();
    let thread = std::thread::spawn(move || {
        let _done = done;
        RT::exec().block_on(scenario);
    });
    match end.recv_timeout(Duration::from_secs(60)) {
        Err(RecvTimeoutError::Timeout) => panic!("the scenario hangs"),
        _ => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
    }
}

pub(crate) async fn bind<RT: Mount>(addr: &str) -> Result<TcpServer<RT>, TransportError> {
    TcpServer::bind(addr).await
}

pub(crate) async fn connect<RT: Mount>(addr: &str) -> Result<End<RT>, TransportError> {
    TcpClient::new().connect(addr).await
}

/// A connection to `server`: the client's end and the server's.
pub(crate) async fn meet<RT: Mount>(server: &TcpServer<RT>) -> (End<RT>, End<RT>) {
    let here = connect(server.local_addr()).await.unwrap();
    (here, accept(server).await)
}

/// The next connection of `server`.
pub(crate) async fn accept<RT: Mount>(server: &TcpServer<RT>) -> End<RT> {
    TcpServer::open(server.accept().await.unwrap()).await.unwrap()
}

/// Both ends of a TCP connection.
pub(crate) async fn pair<RT: Mount>() -> (End<RT>, End<RT>) {
    meet(&bind("127.0.0.1:0").await.unwrap()).await
}

/// Asserts that bytes go both ways.
pub(crate) async fn assert_connected<RT: Mount>((here, there): &mut (End<RT>, End<RT>)) {
    send(&here.write, b"ping").await;
    assert_eq!(receive(&mut there.read, 4).await, b"ping");
    send(&there.write, b"pong").await;
    assert_eq!(receive(&mut here.read, 4).await, b"pong");
}

pub(crate) async fn send(half: &impl WriteHalf, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let (first, second) = bytes.split_at(bytes.len() / 3);
        let sent = half.write(&[IoSlice::new(first), IoSlice::new(second)]).await.unwrap();
        bytes = &bytes[sent..];
    }
}

/// Receives `len` bytes or, at the end of the stream, fewer.
pub(crate) async fn receive(half: &mut impl ReadHalf, len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < len && half.read(&mut bytes, 64 << 10).await.unwrap() > 0 {}
    bytes
}

/// Polls a future once, inside of the coroutine that waits here.
pub(crate) async fn poll_once<F: Future + Send>(mut future: Pin<&mut F>) -> Poll<F::Output>
where
    F::Output: Send,
{
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// Lets other coroutines run.
pub(crate) async fn give_way() {
    let mut given = false;
    poll_fn(|cx| {
        if given {
            return Poll::Ready(());
        }
        given = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A directory of its own, removed with all that is in it.
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("razor-rpc-tcp-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names of the files in it.
    pub(crate) fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(&self.0).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

/// The address of a unix socket.
pub(crate) fn unix(path: &Path) -> String {
    format!("unix:{}", path.display())
}
