//! The command line, and what it asks for.
//!
//! Knows words. Does not know servers.

use crate::failure::Failure;
use clap::Parser;
use serde_json::Value;
use std::num::NonZeroUsize;
use std::time::Duration;

/// Calls a method of a razor-rpc server, and prints its result as JSON.
#[derive(Debug, Parser)]
#[command(name = "razor-call", version, after_help = AFTER)]
pub(crate) struct Args {
    /// The server: host:port, or the path of a unix socket.
    pub(crate) addr: String,
    /// What is called: Service.method.
    #[arg(required_unless_present_any = ["health", "list"], conflicts_with_all = ["health", "list"])]
    method: Option<String>,
    /// The argument: one JSON value. The arguments of a method that has several are a list; without it the method has
    /// none.
    #[arg(allow_negative_numbers = true)]
    json: Option<String>,
    /// How long a call and connecting may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// Ask whether the server, or one of its services, serves.
    #[arg(long, value_name = "SERVICE", num_args = 0..=1, require_equals = true, conflicts_with = "list")]
    health: Option<Option<String>>,
    /// List the services and methods of the server, or the methods of one service.
    #[arg(long, value_name = "SERVICE", num_args = 0..=1, require_equals = true)]
    list: Option<Option<String>>,
    /// Call the method again and again, and print how fast it is answered.
    #[arg(long, conflicts_with_all = ["health", "list"])]
    bench: bool,
    /// With --bench: how many calls are under way at a time.
    #[arg(long, value_name = "NUMBER", default_value = "32", requires = "bench", value_parser = callers)]
    pub(crate) callers: NonZeroUsize,
    /// With --bench: how long it lasts.
    #[arg(long, value_name = "SECONDS", default_value = "5", requires = "bench", value_parser = seconds)]
    pub(crate) seconds: Duration,
}

const AFTER: &str = "\
Examples:
  razor-call 127.0.0.1:8082 Bank.balance '\"alice\"'
  razor-call 127.0.0.1:8082 Calc.add '[1, 2]'
  razor-call /run/bank.sock --health

Exit codes:
  0  the call has a result; the server serves
  1  the method returned an error of its own
  2  the command line is wrong
  3  no razor-rpc server was reached; nothing was executed
  4  the server refused the call; nothing was executed
  5  there was no answer: the call may have been executed
  6  the call was executed, and has no result
  7  the server, or the service, does not serve (--health)";

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Task {
    Call { action: String, argument: Value },
    Bench { action: String, argument: Value },
    Health(Option<String>),
    List(Option<String>),
}

/// The most calls at a time: as many as a connection has places for.
const MOST_CALLERS: usize = 1024;
const LONGEST: Duration = Duration::from_secs(3600);

impl Args {
    /// What the words of the command line say. Help and version are printed, and the program ends.
    pub(crate) fn parsed() -> Result<Self, Failure> {
        Self::try_parse().map_err(|error| {
            if !error.use_stderr() {
                error.exit();
            }
            Failure::usage(one_line(&error.to_string()))
        })
    }

    /// What is to be done.
    pub(crate) fn task(&self) -> Result<Task, Failure> {
        if let Some(service) = &self.health {
            return Ok(Task::Health(service.clone()));
        }
        if let Some(service) = &self.list {
            return Ok(Task::List(service.clone()));
        }
        let action = self.method.clone().unwrap_or_default();
        if !action.contains('.') {
            return Err(Failure::usage(format!(
                "`{action}` names no method: write Service.method, for instance Calc.add"
            )));
        }
        let argument = self.json.as_deref().map_or(Ok(Value::Null), serde_json::from_str);
        let argument = argument.map_err(|error| {
            Failure::usage(format!(
                "the argument is not JSON ({error}): write for instance '[1, 2]', or '\"text\"' with its quotes"
            ))
        })?;
        Ok(if self.bench {
            Task::Bench { action, argument }
        } else {
            Task::Call { action, argument }
        })
    }
}

/// What is said before the usage, which has lines of its own.
fn one_line(said: &str) -> String {
    let said = said.split("\nUsage:").next().unwrap_or(said).trim_start_matches("error: ");
    let said = said.split("\nFor more information").next().unwrap_or(said);
    let words: Vec<_> = said.split_whitespace().collect();
    format!("{} (razor-call --help says more)", words.join(" "))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "write seconds, more than 0 and at most 3600, for instance 0.5".to_owned();
    let time = text.parse().ok().and_then(|time| Duration::try_from_secs_f64(time).ok());
    let time = time.ok_or_else(wrong)?;
    if time.is_zero() || time > LONGEST { Err(wrong()) } else { Ok(time) }
}

fn callers(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().filter(|number: &NonZeroUsize| number.get() <= MOST_CALLERS);
    number.ok_or_else(|| format!("write a number from 1 to {MOST_CALLERS}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task, String> {
        let words = std::iter::once("razor-call").chain(line.split_whitespace());
        let args = Args::try_parse_from(words).map_err(|error| one_line(&error.to_string()))?;
        args.task().map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_command_line_says_what_is_to_be_done() {
        assert!(matches!(parsed("a:1 B.c 7"), Ok(Task::Call { argument: Value::Number(_), .. })));
        assert!(matches!(
            parsed("a:1 B.c -3.5"),
            Ok(Task::Call { argument: Value::Number(_), .. })
        ));
        assert!(matches!(parsed("a:1 B.c"), Ok(Task::Call { argument: Value::Null, .. })));
        assert!(matches!(parsed("a:1 --bench --callers 8 B.c"), Ok(Task::Bench { .. })));
        assert!(matches!(parsed("a:1 --health"), Ok(Task::Health(None))));
        assert!(matches!(parsed("a:1 --health=B"), Ok(Task::Health(Some(_)))));
        assert!(matches!(parsed("a:1 --list"), Ok(Task::List(None))));
    }

    #[test]
    fn what_makes_no_sense_is_refused_before_anything_is_dialled() {
        for (line, expected) in [
            ("a:1", "METHOD"),
            ("a:1 B", "write Service.method"),
            ("a:1 B.c [1,", "is not JSON"),
            ("a:1 B.c text", "with its quotes"),
            ("a:1 B.c --timeout 0", "more than 0"),
            ("a:1 B.c --timeout soon", "more than 0"),
            ("a:1 B.c --timeout 1e9", "at most 3600"),
            ("a:1 B.c --bench --callers 9999", "from 1 to 1024"),
            ("a:1 B.c --callers 9", "--bench"),
            ("a:1 B.c --health", "cannot be used with"),
            ("a:1 --list --health", "cannot be used with"),
        ] {
            let said = parsed(line).expect_err(line);
            assert!(
                said.contains(expected) && said.lines().count() == 1,
                "{line}: {said:?} does not say {expected:?}"
            );
        }
    }
}
