//! The command line of razor-bench.
//!
//! Parses words into values that cannot be nonsense, and refuses unknown ones. Does not know what is done with them.

use clap::{Args, Parser, ValueEnum};
use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

/// Load generator of razor-rpc: a server, and a client that measures it.
#[derive(Debug, Parser)]
#[command(name = "razor-bench", version)]
pub(crate) enum Command {
    /// Serve until killed, at most 15 minutes; prints `READY <addr>` once it listens.
    Server(ServerArgs),
    /// Put a closed loop of callers on a server, and print one JSON line about it.
    Client(ClientArgs),
}

/// The options of both sides.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// The async runtime.
    #[arg(long, value_enum, default_value_t = Runtime::Tokio)]
    pub(crate) rt: Runtime,
    /// Threads of the runtime; with 1 everything runs on the main thread.
    #[arg(long, default_value = "1")]
    pub(crate) threads: NonZeroUsize,
    /// Runtimes of one thread each, instead of one runtime: each has its share of the connections, with their callers.
    #[arg(long, default_value = "1", conflicts_with = "threads")]
    pub(crate) executors: NonZeroUsize,
    /// The longest message and blob, in bytes, if that is more than the default [default: the library's].
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_msg: Option<u32>,
}

/// The options of a server.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServerArgs {
    /// Where to listen: an address with a port, or the path of a unix socket.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) addr: String,
    /// How handlers are run.
    #[arg(long, value_enum, default_value_t = DispatchKind::Eager)]
    pub(crate) dispatch: DispatchKind,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// The options of a client.
#[derive(Debug, Clone, Args)]
pub(crate) struct ClientArgs {
    /// The server: an address with a port, or the path of a unix socket.
    #[arg(long)]
    pub(crate) addr: String,
    /// Concurrent callers; each makes its next call when the one before has been answered.
    #[arg(long, default_value = "1")]
    pub(crate) callers: NonZeroUsize,
    /// Client objects that the callers are spread over.
    #[arg(long, default_value = "1")]
    pub(crate) conns: NonZeroUsize,
    /// Bytes of the payload; the answer is the same bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 64)]
    pub(crate) payload: usize,
    /// Seconds to measure.
    #[arg(long, default_value = "4", value_parser = some_seconds)]
    pub(crate) secs: Duration,
    /// Seconds to warm up before.
    #[arg(long, default_value = "1", value_parser = seconds)]
    pub(crate) warm: Duration,
    /// The process of the server, if its CPU time and memory are to be measured too.
    #[arg(long, value_name = "PID")]
    pub(crate) server_pid: Option<u32>,
    /// The name of this row of a table.
    #[arg(long, default_value = "razor-bench")]
    pub(crate) label: String,
    /// The name of the workload, which goes into the output as it is.
    #[arg(long, default_value = "")]
    pub(crate) tag: String,
    /// 1: each caller makes one call and keeps its connection, to measure the cost of idle connections.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=1))]
    idle: u8,
    /// What is called.
    #[arg(long, value_enum, default_value_t = Method::Echo)]
    pub(crate) method: Method,
    #[command(flatten)]
    pub(crate) common: Common,
}

impl ClientArgs {
    pub(crate) const fn workload(&self) -> Workload {
        if self.idle == 1 { Workload::Idle } else { Workload::ClosedLoop }
    }
}

/// What the callers of a client do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workload {
    /// One call after the other.
    ClosedLoop,
    /// One call, then nothing.
    Idle,
}

/// An async runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Runtime {
    Tokio,
    /// smol by razor-rpc-smol: the threads that run tasks poll the sockets.
    Smol,
    /// smol by orb-smol: a thread of its own polls the sockets.
    OrbSmol,
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tokio => "tokio",
            Self::Smol => "smol",
            Self::OrbSmol => "orb-smol",
        })
    }
}

/// How a server runs its handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DispatchKind {
    /// The reader polls a handler once in place; the handler gets a coroutine of its own only if it has to wait.
    Eager,
    /// The reader of the connection awaits each handler.
    Inline,
    /// Every handler gets a coroutine of its own.
    Spawn,
}

/// What a client calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Method {
    /// A method that answers at once.
    Echo,
    /// A method that waits once before it answers.
    EchoWait,
    /// A method that answers at once, with a struct of strings that have the payload's bytes.
    Record,
    /// Numeric action 1 with the payload as its blob.
    Blob,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number of seconds".to_string())?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}

fn some_seconds(text: &str) -> Result<Duration, String> {
    seconds(text).and_then(|time| {
        if time.is_zero() { Err("must be more than 0".to_string()) } else { Ok(time) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::error::ErrorKind;

    fn parse(words: &str) -> Result<Command, clap::Error> {
        Command::try_parse_from(words.split(' '))
    }

    fn client(words: &str) -> ClientArgs {
        match parse(format!("razor-bench client --addr a:1 {words}").trim_end()) {
            Ok(Command::Client(args)) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_unknown_option_or_value_is_refused_by_either_side() {
        for words in [
            "razor-bench server --bufs 1",
            "razor-bench server --callers 1",
            "razor-bench client --addr a:1 --dispatch eager",
            "razor-bench client --addr a:1 --verbose",
            "razor-bench client --addr a:1 extra",
        ] {
            assert_eq!(parse(words).unwrap_err().kind(), ErrorKind::UnknownArgument, "{words}");
        }
        for words in [
            "razor-bench server --rt async-std",
            "razor-bench server --dispatch lazy",
            "razor-bench client --addr a:1 --method echo-wait",
        ] {
            assert_eq!(parse(words).unwrap_err().kind(), ErrorKind::InvalidValue, "{words}");
        }
    }

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        for words in [
            "--callers 0",
            "--conns 0",
            "--threads 0",
            "--secs 0",
            "--secs -1",
            "--secs nan",
            "--warm -0.5",
            "--idle 2",
            "--payload many",
        ] {
            let refused = parse(&format!("razor-bench client --addr a:1 {words}"));
            assert!(refused.is_err(), "{words}");
        }
    }

    #[test]
    fn a_client_needs_an_address_and_nothing_else() {
        let missing = parse("razor-bench client").unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::MissingRequiredArgument);
        let args = client("");
        assert_eq!((args.callers.get(), args.conns.get(), args.payload), (1, 1, 64));
        assert_eq!((args.secs, args.warm), (Duration::from_secs(4), Duration::from_secs(1)));
        assert_eq!(args.workload(), Workload::ClosedLoop);
        assert_eq!(args.method, Method::Echo);
    }

    #[test]
    fn the_options_that_a_harness_gives_are_understood() {
        let args = client(
            "--callers 256 --conns 8 --payload 16384 --secs 0.5 --warm 0 --server-pid 7 --label L --tag W4 \
             --idle 1 --rt smol --threads 2 --method echo_wait --max-msg 9000000",
        );
        assert_eq!((args.callers.get(), args.conns.get(), args.payload), (256, 8, 16384));
        assert_eq!((args.secs, args.warm), (Duration::from_millis(500), Duration::ZERO));
        assert_eq!((args.server_pid, &*args.label, &*args.tag), (Some(7), "L", "W4"));
        assert_eq!((args.workload(), args.method), (Workload::Idle, Method::EchoWait));
        assert_eq!(args.common.rt.to_string(), "smol");
        assert_eq!((args.common.threads.get(), args.common.max_msg), (2, Some(9_000_000)));
    }

    #[test]
    fn a_server_needs_no_option() {
        let Ok(Command::Server(args)) = parse("razor-bench server") else { panic!() };
        assert_eq!((&*args.addr, args.dispatch), ("127.0.0.1:0", DispatchKind::Eager));
        let words = "razor-bench server --addr /tmp/s --rt smol --threads 3 --dispatch inline";
        let Ok(Command::Server(args)) = parse(words) else { panic!() };
        assert_eq!((&*args.addr, args.dispatch), ("/tmp/s", DispatchKind::Inline));
        assert_eq!((args.common.rt, args.common.threads.get()), (Runtime::Smol, 3));
    }
}
