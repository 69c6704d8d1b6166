//! Load generator of razor-rpc: a server, and a client that measures it in a closed loop.
//!
//! ```text
//! razor-bench server --addr 127.0.0.1:0 --rt tokio            prints READY <addr>
//! razor-bench client --addr <addr> --callers 128 --secs 4     prints one JSON line
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `args` | the command line |
//! | `service` | the service that is measured |
//! | `record` | a struct with strings |
//! | `blob` | numeric action 1, served and called |
//! | `server` | the server's side |
//! | `client` | client objects and their callers |
//! | `load` | the closed loop of one caller |
//! | `stats` | latencies |
//! | `control` | the phases of a run |
//! | `proc` | CPU time, memory and descriptors of processes |
//! | `report` | the JSON line |
//! | `progress` | the live line on a terminal |

#![forbid(unsafe_code)]

mod args;
mod blob;
mod client;
mod control;
mod load;
mod proc;
mod progress;
mod record;
mod report;
mod server;
mod service;
mod stats;

use args::{Command, Common, Runtime};
use clap::Parser;
use orb::prelude::{AsyncExec, AsyncRuntime};
use orb_tokio::TokioRT;
use razor_rpc_smol::SmolRT;
use razor_stream::proto::Limits;
use std::error::Error;
use std::process::ExitCode;

type Ended = Result<(), Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let command = Command::parse();
    proc::raise_descriptor_limit();
    let common = match &command {
        Command::Server(args) => args.common.clone(),
        Command::Client(args) => args.common.clone(),
    };
    let ended = match common.rt {
        Runtime::Tokio => run::<TokioRT>(command, &common),
        Runtime::Smol => run::<SmolRT>(command, &common),
        Runtime::OrbSmol => run::<orb_smol::SmolRT>(command, &common),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("razor-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs either side on a runtime. With one thread, this thread drives the runtime; of several runtimes it drives the
/// first.
fn run<RT: AsyncRuntime>(command: Command, common: &Common) -> Ended {
    let exec = match common.threads.get() {
        1 => RT::current(),
        threads => RT::multi(threads),
    };
    let mut execs = vec![exec.clone()];
    execs.extend((1..common.executors.get()).map(|_| on_a_thread_of_its_own::<RT>()));
    exec.block_on(async move {
        match command {
            Command::Server(args) => server::run::<RT>(args, &execs).await,
            Command::Client(args) => client::run::<RT>(args, &execs).await,
        }
    })
}

/// A runtime of one thread, which lives as long as the process.
fn on_a_thread_of_its_own<RT: AsyncRuntime>() -> RT::Exec {
    let exec = RT::current();
    let driven = exec.clone();
    std::thread::spawn(move || driven.block_on(std::future::pending::<()>()));
    exec
}

/// The limits of either side: the default ones, raised to `max_msg`.
fn limits(max_msg: Option<u32>) -> Limits {
    let default = Limits::default();
    max_msg.map_or(default, |max| Limits::new(max, default.blob.max(max)))
}
