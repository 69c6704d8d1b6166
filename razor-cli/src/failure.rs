//! What went wrong: one line that says what to do, and the exit code.
//!
//! Knows the errors of calls. Does not know how the calls were made.

use crate::told::harmless;
use crate::value::Received;
use razor_rpc::error::{EncodedErr, Outcome, RpcErrKind, RpcIntErr, Stage};
use razor_rpc::razor_stream::proto::FrameError;
use razor_rpc::{Codec, MsgpCodec};
use std::error::Error;
use std::fmt::{self, Display};
use std::io;
use std::process::ExitCode;
use std::time::Duration;

/// What went wrong.
#[derive(Debug)]
pub(crate) struct Failure {
    line: String,
    code: u8,
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl Failure {
    fn new(code: u8, line: impl Display) -> Self {
        Self { line: harmless(&line.to_string()), code }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        self.code.into()
    }

    /// The command line is wrong.
    pub(crate) fn usage(line: impl Display) -> Self {
        Self::new(USAGE, line)
    }

    /// Standard output takes nothing.
    pub(crate) fn output(error: &io::Error) -> Self {
        Self::new(EXECUTED, format_args!("the result cannot be written: {error}"))
    }

    /// The server, or a service, does not serve.
    pub(crate) fn not_serving(what: impl Display) -> Self {
        Self::new(NOT_SERVING, what)
    }

    /// The server has no such service.
    pub(crate) fn not_mounted(what: impl Display) -> Self {
        Self::new(REFUSED, what)
    }

    /// The first failure among several calls.
    pub(crate) fn of_many(self, failed: u64, answered: u64) -> Self {
        Self::new(
            self.code,
            format_args!("{failed} of {} calls failed, the first: {self}", failed + answered),
        )
    }

    /// No connection was made.
    pub(crate) fn unreached(addr: &str, error: &RpcIntErr) -> Self {
        if error.permanent() {
            let what = format_args!("{error}: write host:port, or the path of a unix socket");
            return Self::usage(what);
        }
        let hint = match (error.stage(), io_kind(error)) {
            (Stage::Resolve, _) => "check the name",
            (_, Some(io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound)) => {
                "start the server, or check the port"
            }
            _ => "check the address, and what is between here and there",
        };
        let at = if error.to_string().contains(addr) { String::new() } else { format!("{addr}: ") };
        Self::new(UNREACHED, format_args!("{at}{error}: {hint} ({})", error.outcome()))
    }

    /// The method returned an error of its own.
    pub(crate) fn of_method(action: &str, error: &EncodedErr, took: Duration) -> Self {
        let error = user_error(error);
        let took = shown(took);
        Self::new(USER, format_args!("{action}: error {error} (stage server, executed, {took})"))
    }

    /// The call failed by an error of the framework.
    pub(crate) fn of_call(
        addr: &str,
        action: &str,
        error: &RpcIntErr,
        took: Duration,
        timeout: Duration,
    ) -> Self {
        if let Some(other) = other_protocol(error) {
            let line = format_args!("{addr} {other}: give the port of a razor-rpc server");
            return Self::new(UNREACHED, line);
        }
        let hint = match error.kind() {
            RpcErrKind::Service | RpcErrKind::Method => {
                "check the name (`--list` shows those that there are)".to_owned()
            }
            RpcErrKind::Decode if error.outcome() == Outcome::Refused => {
                "give what the method takes: one argument as itself, several as a list, none as nothing".to_owned()
            }
            RpcErrKind::Invalid | RpcErrKind::TooLarge | RpcErrKind::Encode
                if error.outcome() == Outcome::NotSent =>
            {
                "shorten the name or the argument".to_owned()
            }
            RpcErrKind::Timeout => {
                let timeout = timeout.as_secs_f64();
                format!("no answer within {timeout} s; raise --timeout, or check that a razor-rpc server has this port")
            }
            RpcErrKind::IO => {
                "check the log of the server, and that the port is one of razor-rpc without TLS".to_owned()
            }
            RpcErrKind::Overloaded | RpcErrKind::Closing => "try again, or elsewhere".to_owned(),
            RpcErrKind::Version => "the server speaks another version".to_owned(),
            _ => "the log of the server says more".to_owned(),
        };
        let code = match error.outcome() {
            Outcome::NotSent if error.permanent() => USAGE,
            Outcome::NotSent => UNREACHED,
            Outcome::Refused => REFUSED,
            Outcome::Executed => EXECUTED,
            _ => UNKNOWN,
        };
        let about =
            if error.to_string().contains(action) { String::new() } else { format!("{action}: ") };
        let (stage, outcome, took) = (error.stage(), error.outcome(), shown(took));
        Self::new(code, format_args!("{about}{error}: {hint} (stage {stage}, {outcome}, {took})"))
    }
}

/// How long a call took.
fn shown(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1e3)
}

/// Which protocol the peer speaks instead of ours, if its first bytes say so.
fn other_protocol(error: &RpcIntErr) -> Option<&'static str> {
    if error.kind() != RpcErrKind::Protocol {
        return None;
    }
    let began = causes(error).find_map(|cause| match cause.downcast_ref::<FrameError>() {
        Some(FrameError::Magic { began, .. }) => Some(*began),
        _ => None,
    });
    Some(match began? {
        [b'H', b'T', b'T', b'P', b'/'] | [b'<', ..] => "speaks HTTP",
        [0x15 | 0x16, 3, ..] => "speaks TLS, which razor-call does not",
        _ => "speaks another protocol",
    })
}

fn io_kind(error: &RpcIntErr) -> Option<io::ErrorKind> {
    causes(error).find_map(|cause| cause.downcast_ref().map(io::Error::kind))
}

fn causes(error: &RpcIntErr) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

/// A number as itself, a text in quotes, other bytes as the value that they encode, or else in hexadecimal. A text and
/// an encoding come in one way; what can be read as a text is taken for one.
fn user_error(error: &EncodedErr) -> String {
    let bytes = match error {
        EncodedErr::Num(number) if *number > i32::MAX.cast_unsigned() => {
            return format!("{number} (or {})", number.cast_signed());
        }
        EncodedErr::Num(number) => return number.to_string(),
        EncodedErr::Unencodable(why) => return why.clone(),
        error => error.as_bytes().unwrap_or_default(),
    };
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|c| c.is_control() && !c.is_whitespace()) => {
            Received(text.into()).to_string()
        }
        _ => match MsgpCodec.decode::<Received>(bytes) {
            Ok(value) => value.to_string(),
            Err(_) => hexadecimal(bytes),
        },
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let shown = bytes.iter().take(MOST_BYTES).map(|byte| format!("{byte:02x}"));
    let more = if bytes.len() > MOST_BYTES { "…" } else { "" };
    format!("0x{}{more}", shown.collect::<String>())
}

/// How much is shown of bytes that nobody can read.
const MOST_BYTES: usize = 64;

const USER: u8 = 1;
const USAGE: u8 = 2;
const UNREACHED: u8 = 3;
const REFUSED: u8 = 4;
const UNKNOWN: u8 = 5;
const EXECUTED: u8 = 6;
const NOT_SERVING: u8 = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_method_is_shown_as_what_it_is() {
        let bytes = |bytes: &[u8]| user_error(&EncodedErr::Bytes(bytes.to_vec()));
        assert_eq!(user_error(&EncodedErr::Num(22)), "22");
        assert_eq!(user_error(&EncodedErr::Num(u32::MAX)), "4294967295 (or -1)");
        assert_eq!(
            user_error(&EncodedErr::Text("no \"such\" place".into())),
            r#""no \"such\" place""#
        );
        assert_eq!(
            user_error(&EncodedErr::Text("\u{7}".into())),
            "7",
            "an encoding that looks like a text"
        );
        let encoded = MsgpCodec.encode(&("Missing", 5)).expect("it encodes");
        assert_eq!(bytes(&encoded), r#"["Missing",5]"#);
        assert_eq!(bytes(&[0xc1, 0]), "0xc100");
        assert_eq!(bytes(&[0xc1; 65]).len(), 2 + 128 + "…".len());
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(Failure::usage("a\n\u{1b}[2Jb").to_string(), "a\\u{a}\\u{1b}[2Jb");
    }
}
