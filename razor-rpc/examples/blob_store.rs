//! A file server on razor-stream alone: blobs of up to 64 MiB, put and got over TCP and over a unix socket.
//!
//! ```sh
//! cargo run --release --example blob_store
//! ```
//!
//! The client works as with the queue of a disk: it keeps some tasks in flight, and each task comes back when it has
//! ended. The blob of a put is written from where it lies; the blob of a get is received in memory that the task brings
//! ([`InPlace`]). The server decodes requests to tasks and hands them to threads ([`Workers`]), which may block on
//! files. Both sides compare checksums. No file is synced: the blobs end in the page cache, and a put that is
//! interrupted leaves a part of a file.

use razor_rpc::tokio::{TcpClient, TcpServer, Workers};
use razor_stream::bytes::Bytes;
use razor_stream::client::ClientConfig;
use razor_stream::client::ClientStream;
use razor_stream::client::task::{InPlace, client_task, client_task_enum};
use razor_stream::crossfire::{MTx, mpsc};
use razor_stream::error::{Outcome, RpcErrKind, RpcError};
use razor_stream::server::task::{ServerTask, ServerTaskDone, WithBlob, server_task_enum};
use razor_stream::server::{RpcServer, ServerConfig, WorkersConfig};
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error + Send + Sync>;

// ---- What is agreed: actions, arguments, errors. Server and client share this. ----

/// The number of each action.
#[repr(u32)]
enum Op {
    Put = 1,
    Get = 2,
}

/// An error is a number, as in the kernel.
type Errno = i32;
const ENOENT: Errno = 2;
const EIO: Errno = 5;
const EBADMSG: Errno = 74;

/// The longest blob, by the default limits of both sides.
const LONGEST: usize = 64 << 20;
/// Requests that a client has in flight. Each may have a blob in memory, on both sides.
const AT_ONCE: NonZero<usize> = NonZero::new(4).expect("not 0");

// ---- The server. ----

/// The tasks of the server, decoded from requests by action.
#[server_task_enum(req)]
enum Asked {
    /// The message holds the name and the CRC-32 of the blob. A name is a number, so that no name leads out of the
    /// directory.
    #[action(Op::Put)]
    Put(ServerTask<WithBlob<(u64, u32)>, (), Errno>),
    /// The message holds a name; the answer is the CRC-32 and the blob.
    #[action(Op::Get)]
    Get(ServerTask<u64, WithBlob<u32, Vec<u8>>, Errno>),
}

/// A directory with a file for each blob.
struct Files(PathBuf);

impl Files {
    /// Serves one task, on a thread of the pool. The answer is encoded here; the connection's writer sends it.
    fn serve(&self, task: Asked) {
        let path = |name: u64| self.0.join(format!("{name:016x}"));
        let errno = |error: io::Error| error.raw_os_error().unwrap_or(EIO);
        match task {
            Asked::Put(task) => {
                let (WithBlob { msg: (name, crc), blob }, task) = task.split();
                task.done(match crc32fast::hash(&blob) == crc {
                    true => fs::write(path(name), blob).map_err(errno),
                    false => Err(EBADMSG),
                });
            }
            Asked::Get(task) => {
                let read = fs::read(path(task.req)).map_err(errno);
                task.done(read.map(|blob| WithBlob { msg: crc32fast::hash(&blob), blob }));
            }
        }
    }
}

// ---- The client: tasks that come back through a channel. ----

/// A blob: its name, its checksum, its bytes.
type Blob = (u64, u32, Bytes);
/// Memory in which a blob is received.
type Page = InPlace<Box<[u8]>>;

/// Stores a blob.
#[client_task(Op::Put)]
struct Put {
    #[field(req)]
    name_and_crc: (u64, u32),
    #[field(req_blob)]
    blob: Bytes,
    #[field(res)]
    res: Option<Result<(), RpcError<Errno>>>,
    #[field(noti)]
    noti: Option<MTx<mpsc::List<Put>>>,
}

/// Gets a blob into a page.
#[client_task(Op::Get)]
struct Get {
    #[field(req)]
    name: u64,
    #[field(resp)]
    crc: Option<u32>,
    #[field(resp_blob)]
    page: Page,
    #[field(res)]
    res: Option<Result<(), RpcError<Errno>>>,
    #[field(noti)]
    noti: Option<MTx<mpsc::List<Get>>>,
    /// The checksum of the blob that was put: a field of the client's own.
    expected: u32,
}

/// The tasks that one connection carries.
#[client_task_enum]
enum Task {
    Put(Put),
    Get(Get),
}

type Client = ClientStream<Task, TcpClient>;

fn put((name, crc, bytes): &Blob, noti: &MTx<mpsc::List<Put>>) -> Task {
    let (name_and_crc, blob, noti) = ((*name, *crc), bytes.clone(), Some(noti.clone()));
    Put { name_and_crc, blob, res: None, noti }.into()
}

fn get(&(name, expected, _): &Blob, page: Page, noti: &MTx<mpsc::List<Get>>) -> Task {
    Get { name, crc: None, page, res: None, noti: Some(noti.clone()), expected }.into()
}

/// Puts all blobs, a few at once: each put that has ended makes room for the next.
async fn put_all(client: &Client, blobs: &[Blob]) -> Result<(), Failure> {
    let mut progress = Progress::start("put", blobs);
    let (noti, ended) = mpsc::unbounded_async();
    let mut waiting = blobs.iter();
    for blob in waiting.by_ref().take(AT_ONCE.get()) {
        client.send_task(put(blob, &noti)).await;
    }
    for _ in blobs {
        let Put { res, blob, .. } = ended.recv().await?;
        res.expect("it has ended")?;
        progress.add(blob.len());
        if let Some(next) = waiting.next() {
            client.send_task(put(next, &noti)).await;
        }
    }
    Ok(())
}

/// Gets all blobs, one for each page at once: each get that has ended leaves its page to the next.
async fn get_all(client: &Client, blobs: &[Blob], pages: &mut Vec<Page>) -> Result<(), Failure> {
    let mut progress = Progress::start("get", blobs);
    let (noti, ended) = mpsc::unbounded_async();
    let mut waiting = blobs.iter();
    for (page, blob) in pages.drain(..).zip(waiting.by_ref()) {
        client.send_task(get(blob, page, &noti)).await;
    }
    for _ in blobs {
        let Get { name, crc, page, res, expected, .. } = ended.recv().await?;
        res.expect("it has ended")?;
        if crc != Some(expected) || crc32fast::hash(page.filled()) != expected {
            return Err(format!("blob {name} is not what was put").into());
        }
        progress.add(page.len());
        match waiting.next() {
            Some(next) => client.send_task(get(next, page, &noti)).await,
            None => pages.push(page),
        }
    }
    Ok(())
}

/// Requests that cannot work: the client refuses a blob that is too long, and the server answers with errnos.
async fn refusals(client: &Client, data: &Bytes) -> Result<(), Failure> {
    let (noti, ended) = mpsc::unbounded_async();
    let blob = (u64::MAX, 0, data.slice(..=LONGEST));
    client.send_task(put(&blob, &noti)).await;
    let error = ended.recv().await?.res.and_then(Result::err).ok_or("it is too long")?;
    assert_eq!((error.kind(), error.outcome()), (Some(RpcErrKind::TooLarge), Outcome::NotSent));
    println!("  a put of {} bytes: {}: {error}", blob.2.len(), error.outcome());
    client.send_task(put(&(0, 0, data.slice(..100)), &noti)).await;
    assert_eq!(ended.recv().await?.res, Some(Err(RpcError::User(EBADMSG))), "a wrong checksum");
    let (noti, ended) = mpsc::unbounded_async();
    client.send_task(get(&blob, Page::default(), &noti)).await;
    assert_eq!(ended.recv().await?.res, Some(Err(RpcError::User(ENOENT))), "nothing was stored");
    println!("  a wrong checksum, a name that is not there: errno {EBADMSG}, errno {ENOENT}");
    Ok(())
}

/// Shows the progress: a line at the end, and on a terminal a bar until then.
struct Progress {
    what: &'static str,
    total: usize,
    done: usize,
    started: Instant,
}

impl Progress {
    #[expect(clippy::disallowed_methods, reason = "an example measures")]
    fn start(what: &'static str, blobs: &[Blob]) -> Self {
        let total = blobs.iter().map(|(_, _, bytes)| bytes.len()).sum();
        Self { what, total, done: 0, started: Instant::now() }
    }

    fn add(&mut self, bytes: usize) {
        self.done += bytes;
        let (&mut Self { what, total, done, started }, terminal) =
            (self, io::stdout().is_terminal());
        if done == total {
            let erase = if terminal { "\r\x1b[K" } else { "" };
            let rate = total as f64 / 1e6 / started.elapsed().as_secs_f64();
            println!("{erase}  {what} {} MiB: {rate:.0} MB/s", total >> 20);
        } else if terminal {
            print!("\r  {what} [{:40}] ", "#".repeat(40 * done / total));
            let _late = io::stdout().flush();
        }
    }
}

// ---- Both, in one process. ----

/// Blobs of `total` bytes together, from the longest to one of 4 KiB and again: each is another part of `data`.
fn blobs(data: &Bytes, total: usize, first: u64) -> Vec<Blob> {
    let (mut left, sizes) = (total, (0..8).map(|step| LONGEST >> (2 * step)));
    let cut = |(number, size): (usize, usize)| {
        let bytes = data.slice(number % (data.len() - LONGEST)..).split_to(left.min(size));
        left -= bytes.len();
        (!bytes.is_empty()).then(|| (first + number as u64, crc32fast::hash(&bytes), bytes))
    };
    (0..).zip(sizes.cycle()).map_while(cut).collect()
}

/// Puts and gets blobs of `total` bytes at each address.
async fn clients(addrs: [String; 2], total: usize) -> Result<(), Failure> {
    let data = (0..LONGEST + 4096).map(|at| at.wrapping_mul(40_503).to_le_bytes()[2]).collect();
    let mut pages = vec![Page::new(vec![0; LONGEST].into_boxed_slice()); AT_ONCE.get()];
    for (addr, first) in addrs.iter().zip([0, 1 << 32]) {
        println!("over {addr}");
        let config = ClientConfig::default().with_call_timeout(Duration::from_secs(60));
        let client = Client::connect(&TcpClient::new(), addr, config).await?;
        let blobs = blobs(&data, total, first);
        put_all(&client, &blobs).await?;
        get_all(&client, &blobs, &mut pages).await?;
        refusals(&client, &data).await?;
    }
    Ok(())
}

async fn everything(dir: &Path, total: usize) -> Result<(), Failure> {
    let files = Files(dir.to_path_buf());
    let config = WorkersConfig::new(AT_ONCE);
    let workers = Workers::threads(config, move |task| files.serve(task))?;
    let tcp = TcpServer::bind("127.0.0.1:0").await?;
    let unix = TcpServer::bind(&format!("unix:{}", dir.join("socket").display())).await?;
    let addrs = [&tcp, &unix].map(|listener| listener.local_addr().to_owned());
    let config = ServerConfig::default().with_max_in_flight_per_connection(AT_ONCE);
    let server = RpcServer::bind(tcp).and(unix).with_config(config).dispatch(workers.clone())?;
    let result = clients(addrs, total).await;
    // Also after a failure: no file may be written any more when the directory is removed.
    server.close().await;
    workers.close().await;
    result
}

/// A directory that is removed in the end, also after a panic.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _left = fs::remove_dir_all(&self.0);
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    const USAGE: &str = "usage: blob_store [MiB to put and get over each transport, or 256]";
    let mib = match std::env::args().nth(1).as_deref() {
        None => 256,
        Some("--help") => return writeln!(io::stdout(), "{USAGE}").map_err(Into::into),
        Some(mib) => mib.parse::<u16>().ok().filter(|&mib| mib > 0).ok_or(USAGE)?,
    };
    let dir = std::env::temp_dir().join(format!("razor-rpc-blob-store-{}", std::process::id()));
    fs::create_dir(&dir)?;
    let dir = Temporary(dir);
    everything(&dir.0, usize::from(mib) << 20).await?;
    println!("everything was as expected");
    Ok(())
}
