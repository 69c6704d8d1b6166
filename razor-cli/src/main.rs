//! `razor-call`: calls a method of a razor-rpc server from a shell, by JSON.
//!
//! | file | holds |
//! |---|---|
//! | `args` | the command line |
//! | `server` | the connection, and one call over it |
//! | `value` | any message as JSON |
//! | `failure` | what went wrong: one line for a person, one exit code for a script |
//! | `told` | texts of a server, made harmless to a terminal |
//! | `health`, `list`, `bench` | the options of these names |
//!
//! The README of the crate is its manual.

#![forbid(unsafe_code)]

mod args;
mod bench;
mod failure;
mod health;
mod list;
mod server;
mod told;
mod value;

use args::{Args, Task};
use failure::Failure;
use server::Server;
use std::io::Write;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match answered().await.and_then(|text| print(&text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Standard error that is gone is no reason to hide the exit code.
            let _ = writeln!(std::io::stderr(), "razor-call: {failure}");
            failure.exit_code()
        }
    }
}

/// What goes to standard output.
async fn answered() -> Result<String, Failure> {
    let args = Args::parsed()?;
    let task = args.task()?;
    let server = Server::connect(&args.addr, args.timeout).await?;
    match task {
        Task::Call { action, argument } => {
            let answer = server.call(action, &argument).await?;
            Ok(format!("{answer}\n"))
        }
        Task::Bench { action, argument } => {
            bench::run(&server, action, argument, args.callers, args.seconds).await
        }
        Task::Health(service) => health::ask(&server, service).await,
        Task::List(service) => list::ask(&server, service).await,
    }
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Such as `razor-call … | head -1`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Failure::output(&error)),
    }
}
