//! The lines of clients.

use super::limited::Limited;
use super::{LogControl, line};
use crate::error::{RpcErrKind, RpcIntErr};
use log::Level;
use std::fmt::{self, Arguments, Display};

const TARGET: &str = "razor_stream::client";

/// A completion that panicked.
pub(crate) static COMPLETION: Limited = Limited::new(TARGET);
/// A connection that was closed for what the server sent.
static FRAMING: Limited = Limited::new(TARGET);
/// A connection that ended by an error of the transport.
static LOST: Limited = Limited::new(TARGET);

/// Logs the end of a connection that no pool keeps up, unless the program has asked for that end.
pub(crate) fn ended(control: &LogControl, peer: &str, cause: &RpcIntErr) {
    let Some(level) = severity(cause) else { return };
    let told = EndOfConnection { peer, cause };
    match level {
        Level::Warn => FRAMING.warn(control, format_args!("{told}")),
        _ => LOST.info(control, format_args!("{told}")),
    }
}

/// Logs a line about a pool's connection. The number of lines is not limited here: an outage has two, and begins at
/// most once a second; the lines about attempts between them are limited by the backoff.
pub(crate) fn pool(control: &LogControl, level: Level, told: Arguments<'_>) {
    if control.writes(TARGET, level) {
        line::write(TARGET, level, told);
    }
}

/// How severe the end of a connection is; `None` if the program has asked for it.
pub(crate) fn severity(cause: &RpcIntErr) -> Option<Level> {
    match cause.kind() {
        RpcErrKind::Protocol | RpcErrKind::Version => Some(Level::Warn),
        RpcErrKind::Closing => None,
        _ => Some(Level::Info),
    }
}

/// The text about the end of a connection.
pub(crate) struct EndOfConnection<'a> {
    pub(crate) peer: &'a str,
    pub(crate) cause: &'a RpcIntErr,
}

impl Display for EndOfConnection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, cause } = self;
        match severity(cause) {
            Some(Level::Warn) => write!(f, "closing the connection to {peer}: ")?,
            _ => write!(f, "lost the connection to {peer}: ")?,
        }
        match std::error::Error::source(cause) {
            Some(source) => write!(f, "{source}"),
            None => write!(f, "{cause}"),
        }
    }
}
