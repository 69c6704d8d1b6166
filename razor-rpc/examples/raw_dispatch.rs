//! A block store on razor-stream alone: numeric actions, blobs, errors that are errnos, and no service trait.
//!
//! ```sh
//! cargo run --release --example raw_dispatch
//! ```
//!
//! Requests become tasks, an enum of them ([`Disk`]). Each connection hands its tasks, with what it knows of its
//! client, to a pool of threads ([`Workers`]), which may block, as a real disk does. The client is a single function,
//! which takes any action and any argument, right or wrong. The example `blob_store` sends tasks.

use bytes::Bytes;
use razor_rpc::tokio::{TcpClient, Workers, listen};
use razor_stream::captains_log::filter::LogFilter;
use razor_stream::captains_log::recipe;
use razor_stream::client::ClientStream;
use razor_stream::client::task::{decode_error, decode_response};
use razor_stream::client::{ClientCaller, ClientConfig, Completion, Response, render};
use razor_stream::error::{EncodedErr, Outcome, RpcErrKind, RpcError};
use razor_stream::proto::RpcAction;
use razor_stream::server::ServerConfig;
use razor_stream::server::WorkersConfig;
use razor_stream::server::dispatch::{MakeDispatch, per_connection, per_task};
use razor_stream::server::task::{ServerTask, ServerTaskDone, WithBlob, server_task_enum};
use razor_stream::{Codec, DefaultCodec, LogControl, LogLevel, bytes};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

type Failure = Box<dyn std::error::Error + Send + Sync>;

// ---- What is agreed: actions, arguments, errors. Server and client share this. ----

/// The number of each action.
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
enum Op {
    Write = 1,
    Read = 2,
    Stat = 3,
    Trim = 4,
}

/// Where a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Place {
    volume: u32,
    block: u64,
}

/// An error is a number, as in a kernel.
type Errno = i32;
const ENOENT: Errno = 2;
const EFBIG: Errno = 27;

const BLOCK: usize = 1 << 20;

// ---- The server. ----

/// The tasks of the server. `req`: they are decoded from requests, by action.
#[server_task_enum(req)]
enum Disk {
    #[action(Op::Write)]
    Write(ServerTask<WithBlob<Place>, u64, Errno>),
    #[action(Op::Read)]
    Read(ServerTask<Place, WithBlob<u64, Bytes>, Errno>),
    #[action(Op::Stat)]
    Stat(ServerTask<(), String, Errno>),
    /// Two actions: one by number, one by name.
    #[action(Op::Trim, "Disk.trim")]
    Trim(ServerTask<Place, (), Errno>),
}

/// The state of a connection, which its tasks carry with them.
struct Session {
    peer: String,
    tasks: AtomicU64,
}

#[derive(Default)]
struct Store {
    blocks: Mutex<HashMap<Place, (u64, Bytes)>>,
}

impl Store {
    /// Serves one task, on a thread of the pool. A task that is dropped in here answers with an internal error.
    fn serve(&self, session: &Session, task: Disk) {
        session.tasks.fetch_add(1, Ordering::Relaxed);
        match task {
            Disk::Write(task) => {
                let (WithBlob { msg: place, blob }, task) = task.split();
                task.done(self.write(place, blob));
            }
            Disk::Read(task) => {
                let found = self.blocks.lock().expect("no panic in here").get(&task.req).cloned();
                // The block is shared with the answer, not copied.
                task.done(found.map(|(msg, blob)| WithBlob { msg, blob }).ok_or(ENOENT));
            }
            Disk::Stat(task) => {
                let tasks = session.tasks.load(Ordering::Relaxed);
                task.done(Ok(format!("task {tasks} of {}", session.peer)));
            }
            Disk::Trim(task) => {
                let removed = self.blocks.lock().expect("no panic in here").remove(&task.req);
                task.done(removed.map(drop).ok_or(ENOENT));
            }
        }
    }

    /// Returns how often this block has been written.
    fn write(&self, place: Place, blob: Bytes) -> Result<u64, Errno> {
        if blob.len() > BLOCK {
            return Err(EFBIG);
        }
        let mut blocks = self.blocks.lock().expect("no panic in here");
        let (version, block) = blocks.entry(place).or_default();
        *version += 1;
        *block = blob;
        Ok(*version)
    }
}

/// Threads, because a disk blocks. The queue in front of them is bounded: when it is full, connections take turns.
fn workers() -> Result<Workers<(Arc<Session>, Disk)>, Failure> {
    let store = Store::default();
    let config = WorkersConfig::new(NonZero::new(4).ok_or("no workers")?);
    let config = config.with_max_queued(NonZero::new(64).ok_or("no queue")?);
    Ok(Workers::threads(config, move |(session, task): (Arc<Session>, Disk)| {
        store.serve(&session, task);
    })?)
}

/// Each connection makes a state of its own, which knows the peer's address.
fn disk(workers: Workers<(Arc<Session>, Disk)>) -> impl MakeDispatch {
    per_connection(move |peer| {
        let session = Arc::new(Session { peer: peer.to_string(), tasks: AtomicU64::new(0) });
        let workers = workers.clone();
        per_task(move |task: Disk| workers.submit((session.clone(), task)))
    })
}

// ---- The client: one connection, over which calls overtake each other. ----

/// The completion of a call; it is completed exactly once.
struct Waiting(crossfire::oneshot::TxOneshot<Answer>);

type Answer = Result<Response, RpcError<EncodedErr>>;

impl Completion for Waiting {
    fn complete(self, answer: Answer) {
        self.0.send(answer);
    }
}

#[derive(Clone)]
struct Client {
    stream: ClientStream<Waiting, TcpClient>,
}

impl Client {
    async fn call<T: DeserializeOwned>(
        &self,
        action: RpcAction<'_>,
        argument: &(impl Serialize + ?Sized),
        blob: Option<Bytes>,
    ) -> Result<WithBlob<T>, RpcError<Errno>> {
        let codec = DefaultCodec::default();
        let frame =
            render(self.stream.config(), action, blob, |out| codec.encode_into(argument, out))?;
        let (tell, told) = crossfire::oneshot::oneshot();
        self.stream.submit(self.stream.submission(frame, Waiting(tell))).await;
        match told.await.expect("a completion is always completed") {
            Ok(Response { msg, blob, .. }) => {
                Ok(WithBlob { msg: decode_response(&codec, &msg)?, blob: blob.into_bytes() })
            }
            Err(error) => Err(decode_error(&codec, error)),
        }
    }

    async fn write(&self, place: Place, block: Bytes) -> Result<u64, RpcError<Errno>> {
        let action = RpcAction::Num(Op::Write as u32);
        Ok(self.call(action, &place, Some(block)).await?.msg)
    }

    async fn read(&self, place: Place) -> Result<(u64, Bytes), RpcError<Errno>> {
        let action = RpcAction::Num(Op::Read as u32);
        let WithBlob { msg, blob } = self.call(action, &place, None).await?;
        Ok((msg, blob))
    }

    async fn stat(&self) -> Result<String, RpcError<Errno>> {
        Ok(self.call(RpcAction::Num(Op::Stat as u32), &(), None).await?.msg)
    }

    async fn trim(&self, place: Place) -> Result<(), RpcError<Errno>> {
        self.call(RpcAction::Str("Disk.trim"), &place, None).await.map(|answer| answer.msg)
    }
}

// ---- What a client sees. ----

fn block(of: u64) -> Bytes {
    Bytes::from(vec![of.to_le_bytes()[0]; BLOCK])
}

async fn blocks(client: &Client) -> Result<(), Failure> {
    let place = Place { volume: 1, block: 7 };
    assert_eq!(client.write(place, block(7)).await?, 1);
    assert_eq!(client.write(place, block(8)).await?, 2);
    let (version, read) = client.read(place).await?;
    assert!(version == 2 && read == block(8));
    println!("  a block of {} KiB, version {version}", read.len() >> 10);
    client.trim(place).await?;
    println!("  removed by the name \"Disk.trim\"");
    Ok(())
}

async fn errors(client: &Client) -> Result<(), Failure> {
    let nowhere = Place { volume: 9, block: 9 };
    assert_eq!(client.read(nowhere).await, Err(RpcError::User(ENOENT)));
    let large = Bytes::from(vec![0; BLOCK + 1]);
    assert_eq!(client.write(nowhere, large).await, Err(RpcError::User(EFBIG)));
    println!("  errors of the server's own: {ENOENT} (ENOENT), {EFBIG} (EFBIG)");

    let unknown = client.call::<()>(RpcAction::Num(99), &(), None).await;
    show("an unknown action", unknown, RpcErrKind::Method)?;
    let wrong = client.call::<()>(RpcAction::Num(Op::Read as u32), "the first one", None).await;
    show("a wrong argument", wrong, RpcErrKind::Decode)
}

fn show<T>(
    what: &str,
    result: Result<T, RpcError<Errno>>,
    kind: RpcErrKind,
) -> Result<(), Failure> {
    let error = result.err().ok_or("it cannot work")?;
    assert_eq!((error.kind(), error.outcome()), (Some(kind), Outcome::Refused));
    println!("  {what}: {error} ({})", error.outcome());
    Ok(())
}

/// Makes more calls at once than there are workers and places in their queue: calls that wait do not hold up other
/// clients.
async fn many_at_once(client: &Client) -> Result<(), Failure> {
    const CALLS: u64 = 300;
    let calls: Vec<_> = (0..CALLS)
        .map(|number| {
            let (client, place) = (client.clone(), Place { volume: 2, block: number });
            tokio::spawn(async move {
                let written = client.write(place, Bytes::from(number.to_le_bytes().to_vec())).await;
                (written, client.read(place).await)
            })
        })
        .collect();
    for (number, call) in (0..CALLS).zip(calls) {
        let (written, read) = call.await?;
        assert_eq!(written, Ok(1));
        assert_eq!(read, Ok((1, Bytes::from(number.to_le_bytes().to_vec()))));
    }
    println!("  {CALLS} blocks written and read at once");
    Ok(())
}

/// The program's logger, which writes to stderr, and a level that can be changed while the server runs.
fn logging() -> Result<LogControl, Failure> {
    recipe::stderr_logger(LogLevel::Info).build()?;
    // The program's own lines may be written by the same filter: `logger_info!(filter, …)`.
    Ok(LogControl::from(Arc::new(LogFilter::new())))
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (workers, log) = (workers()?, logging()?);
    let config = ServerConfig::default().with_log_control(log.clone());
    let server =
        listen("127.0.0.1:0").await?.with_config(config).dispatch(disk(workers.clone()))?;
    let addr = server.local_addr();
    println!("serving at {addr}");
    // The line above had the level info; from now on only warnings are written.
    log.set_level(LogLevel::Warn);

    let config = ClientConfig::default();
    let stream = ClientStream::connect(&TcpClient::new(), addr, config.clone()).await?;
    let client = Client { stream };
    blocks(&client).await?;
    errors(&client).await?;
    many_at_once(&client).await?;

    // The server counts the calls of each connection apart.
    let other = Client { stream: ClientStream::connect(&TcpClient::new(), addr, config).await? };
    let (first, second) = (client.stat().await?, other.stat().await?);
    assert!(first.starts_with("task 607 of 127.0.0.1:"), "{first}");
    assert!(second.starts_with("task 1 of 127.0.0.1:"), "{second}");
    println!("  two connections: {first}, {second}");

    // Requests in hand are answered, and queued tasks are served; then the threads end.
    server.close().await;
    workers.close().await;
    let error = client.stat().await.expect_err("the server is gone");
    assert!(error.outcome().is_safe_to_repeat());
    println!("closed: {error}");
    println!("everything was as expected");
    Ok(())
}
