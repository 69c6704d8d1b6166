//! The command line of every peer: that of razor-bench, as far as it is used here.
//!
//! Parses words and refuses unknown ones. Does not know what is done with them.

use clap::{Args, Parser};
use std::fmt::Display;
use std::io::Write;
use std::num::NonZeroUsize;
use std::time::Duration;

#[derive(Debug, Parser)]
pub(crate) enum Command<O: Args> {
    /// Serve until killed, at most 15 minutes; prints `READY <addr>` once it listens.
    Server(Server<O>),
    /// Put a closed loop of callers on a server, and print one JSON line about it.
    Client(Client<O>),
}

/// The options of a server.
#[derive(Debug, Args)]
pub struct Server<O: Args> {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub addr: String,
    /// The options that only this peer has.
    #[command(flatten)]
    pub peer: O,
}

impl<O: Args> Server<O> {
    /// Tells the program that started this server that it listens.
    ///
    /// # Errors
    /// The output of this process is closed.
    pub fn ready(&self, addr: impl Display) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "READY {addr}")?;
        out.flush()
    }
}

/// The options of a client.
#[derive(Debug, Args)]
pub struct Client<O: Args> {
    /// The server.
    #[arg(long)]
    pub addr: String,
    /// Concurrent callers; each makes its next call when the one before has been answered.
    #[arg(long, default_value = "1")]
    pub callers: NonZeroUsize,
    /// Connections that the callers are spread over.
    #[arg(long, default_value = "1")]
    pub conns: NonZeroUsize,
    /// Bytes of the payload, which is answered as it came.
    #[arg(long, default_value_t = 64)]
    pub payload: usize,
    /// Seconds to measure.
    #[arg(long, default_value = "4", value_parser = seconds)]
    pub secs: Duration,
    /// Seconds to warm up before.
    #[arg(long, default_value = "1", value_parser = seconds)]
    pub warm: Duration,
    /// The process of the server, if its CPU time and memory are to be measured too.
    #[arg(long)]
    pub server_pid: Option<u32>,
    /// The name of this row of a table.
    #[arg(long, default_value = "peer")]
    pub label: String,
    /// Goes into the output as it is: the name of the workload.
    #[arg(long, default_value = "")]
    pub tag: String,
    /// The options that only this peer has.
    #[command(flatten)]
    pub peer: O,
}

/// For peers without options of their own.
#[derive(Debug, Args)]
pub struct NoOptions {}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Command<NoOptions>, clap::Error> {
        Command::try_parse_from(words.split(' '))
    }

    #[test]
    fn the_options_that_the_script_gives_are_understood() {
        let words = "peer client --addr a:1 --callers 256 --conns 8 --payload 16384 --secs 0.5 --warm 0 \
                     --server-pid 7 --label L --tag W4";
        let Ok(Command::Client(client)) = parse(words) else { panic!() };
        assert_eq!((client.callers.get(), client.conns.get(), client.payload), (256, 8, 16384));
        assert_eq!((client.secs, client.warm), (Duration::from_millis(500), Duration::ZERO));
        assert_eq!((client.server_pid, &*client.label, &*client.tag), (Some(7), "L", "W4"));
    }

    #[test]
    fn unknown_options_and_senseless_numbers_are_refused() {
        for words in [
            "peer server --buffer 1",
            "peer client",
            "peer client --addr a:1 --callers 0",
            "peer client --addr a:1 --secs -1",
            "peer client --addr a:1 --secs nan",
        ] {
            assert!(parse(words).is_err(), "{words}");
        }
    }
}
