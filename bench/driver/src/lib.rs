//! The code that all peers share, so that it measures each of them: command line, runtime, load and result.
//!
//! | file | holds |
//! |---|---|
//! | `args` | the command line, which is that of razor-bench |
//! | `load` | the closed loop of a caller |
//! | `control` | the phases of a run and the JSON line at its end |
//! | `process` | CPU time and memory of processes |
//!
//! A peer gives [`run`] two functions, of which each command calls one. Does not know what a call is, nor how it
//! travels.

#![forbid(unsafe_code)]

mod args;
mod control;
mod load;
mod process;

pub use args::{Client, NoOptions, Server};
pub use load::{Load, Seen};

use args::Command;
use clap::{Args, Parser};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// How a side ends: a server by an error alone, a client after it has spawned its callers.
pub type Ended = Result<(), Box<dyn Error + Send + Sync>>;

/// The `main` of a peer: one runtime thread, which is this one.
///
/// `serve` binds, calls [`Server::ready`] and serves for ever. `load` opens `client.conns` connections, spawns
/// [`Load::caller`] for each of `client.callers`, caller `i` on connection `i % conns`, and returns; then it is
/// measured. Both may use `tokio::spawn` and `spawn_local`.
pub fn run<O: Args>(
    serve: impl AsyncFnOnce(Server<O>) -> Ended,
    load: impl AsyncFnOnce(&Client<O>, Arc<Load>) -> Ended,
) -> ! {
    let ended = on_one_thread(async {
        match Command::<O>::parse() {
            Command::Server(server) => tokio::time::timeout(LIFE, serve(server)).await?,
            Command::Client(client) => {
                let shared = Load::new(client.payload);
                load(&client, shared.clone()).await?;
                control::measure(&client, &shared).await
            }
        }
    });
    // Callers are still there; the end of the process ends them.
    let code = match ended {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("{error}");
            1
        }
    };
    std::process::exit(code)
}

fn on_one_thread(main: impl Future<Output = Ended>) -> Ended {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, main)
}

/// The longest life of a server, so that none outlives the script that started it for long.
const LIFE: Duration = Duration::from_secs(900);
