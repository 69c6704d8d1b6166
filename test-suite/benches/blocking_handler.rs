//! A handler that blocks its thread for 5 ms, under each dispatcher: how many such calls are answered, and how long a
//! call that needs no time waits beside them, on their connection and on another one.
//!
//! `cargo bench -p test-suite --bench blocking_handler` prints the table of docs/DISPATCHERS.md. Knows no library but
//! through its public items.

#![forbid(unsafe_code)]

use razor_rpc::error::RpcError;
use razor_rpc::server::{Eager, Inline, Spawn};
use razor_rpc::tokio::{RpcServer, TcpClient, Workers, listen};
use razor_rpc::{endpoint_async, service};
use razor_stream::server::WorkersConfig;
use razor_stream::server::dispatch::MakeDispatch;
use razor_stream::server::task::{ServerTask, ServerTaskDone, server_task_enum};
use std::num::NonZero;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const BLOCKED: Duration = Duration::from_millis(5);
const CALLERS: usize = 16;
const WORKERS: usize = 2 * CALLERS;
const SERVER_THREADS: usize = 2;
const MEASURED: Duration = Duration::from_secs(3);

#[endpoint_async(new DeskClient)]
trait Desk {
    async fn block(&self) -> Result<(), RpcError<()>>;
    async fn quick(&self) -> Result<(), RpcError<()>>;
}

/// Blocks the thread that it runs on.
struct Blocks;

#[service]
impl Desk for Blocks {
    async fn block(&self) -> Result<(), RpcError<()>> {
        block();
        Ok(())
    }

    async fn quick(&self) -> Result<(), RpcError<()>> {
        Ok(())
    }
}

/// Blocks a thread that the runtime has for this.
struct Moves;

#[service]
impl Desk for Moves {
    async fn block(&self) -> Result<(), RpcError<()>> {
        Ok(tokio::task::spawn_blocking(block).await.map_err(|_| ())?)
    }

    async fn quick(&self) -> Result<(), RpcError<()>> {
        Ok(())
    }
}

/// The calls of the service as tasks, for workers.
#[server_task_enum(req)]
enum Task {
    #[action("Desk.block")]
    Block(ServerTask<()>),
    #[action("Desk.quick")]
    Quick(ServerTask<()>),
}

#[expect(clippy::disallowed_methods, reason = "a handler that blocks is what is measured")]
fn block() {
    std::thread::sleep(BLOCKED);
}

#[expect(clippy::disallowed_methods, reason = "a bench measures, the library asks its own clock")]
fn now() -> Instant {
    Instant::now()
}

/// What one dispatcher did.
struct Row {
    blocked_per_second: f64,
    beside: Waits,
    elsewhere: Waits,
}

/// How long the calls took that need no time.
struct Waits(Vec<Duration>);

impl Waits {
    /// In ms, a share of the calls took no longer.
    fn share(&mut self, of_hundred: usize) -> f64 {
        self.0.sort_unstable();
        let at = self.0.len().saturating_sub(1) * of_hundred / 100;
        self.0.get(at).map_or(f64::NAN, |wait| wait.as_secs_f64() * 1e3)
    }
}

async fn block_until(client: DeskClient, end: Instant) -> Result<u32, RpcError<()>> {
    let mut calls = 0;
    while now() < end {
        client.block().await?;
        calls += 1;
    }
    Ok(calls)
}

async fn quick_until(client: DeskClient, end: Instant) -> Result<Waits, RpcError<()>> {
    let mut waits = Vec::new();
    while now() < end {
        let start = now();
        client.quick().await?;
        waits.push(start.elapsed());
    }
    Ok(Waits(waits))
}

async fn calls(addr: &str) -> Result<Row, Failure> {
    let shared = DeskClient::connect(TcpClient::new(), addr)?;
    let other = DeskClient::connect(TcpClient::new(), addr)?;
    shared.quick().await?;
    other.quick().await?;

    let end = now() + MEASURED;
    let callers: Vec<_> =
        (0..CALLERS).map(|_| tokio::spawn(block_until(shared.clone(), end))).collect();
    let beside = tokio::spawn(quick_until(shared, end));
    let elsewhere = tokio::spawn(quick_until(other, end));
    let mut blocked = 0;
    for caller in callers {
        blocked += caller.await??;
    }
    let blocked_per_second = f64::from(blocked) / MEASURED.as_secs_f64();
    Ok(Row { blocked_per_second, beside: beside.await??, elsewhere: elsewhere.await?? })
}

/// Serves by `dispatch` on a runtime of two threads, and calls from another runtime.
fn measure(name: &str, dispatch: impl MakeDispatch) -> Result<(), Failure> {
    let threads =
        Builder::new_multi_thread().worker_threads(SERVER_THREADS).enable_all().build()?;
    let server: RpcServer = threads
        .block_on(async { Ok::<_, Failure>(listen("127.0.0.1:0").await?.dispatch(dispatch)?) })?;
    let client: Runtime = Builder::new_current_thread().enable_all().build()?;
    let mut row = client.block_on(calls(server.local_addr()))?;
    assert!(row.blocked_per_second > 0.0, "{name} answered nothing");
    println!(
        "| {name} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} |",
        row.blocked_per_second,
        row.beside.share(50),
        row.beside.share(99),
        row.elsewhere.share(50),
        row.elsewhere.share(99),
    );
    drop(client);
    threads.block_on(server.close());
    Ok(())
}

fn main() -> Result<(), Failure> {
    println!("| dispatcher | blocking calls/s | beside: p50 ms | p99 | elsewhere: p50 ms | p99 |");
    println!("|---|--:|--:|--:|--:|--:|");
    measure("`Inline`", Inline::new(Blocks))?;
    measure("`Eager`", Eager::new(Blocks))?;
    measure("`Spawn`", Spawn::new(Blocks))?;
    measure("`Eager`, `spawn_blocking` in the handler", Eager::new(Moves))?;
    let config = WorkersConfig::new(NonZero::new(WORKERS).unwrap_or(NonZero::<usize>::MIN));
    let workers: Workers<Task> = Workers::threads(config, |task: Task| match task {
        Task::Block(task) => {
            block();
            task.done(Ok(()));
        }
        Task::Quick(task) => task.done(Ok(())),
    })?;
    measure("`Workers::threads`", workers)
}
