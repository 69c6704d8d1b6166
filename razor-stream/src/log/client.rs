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

/// A connection has ended that no pool keeps up. An end that the program has asked for is not told.
pub(crate) fn ended(control: &LogControl, peer: &str, cause: &RpcIntErr) {
    let Some(level) = severity(cause) else { return };
    let told = EndOfConnection { peer, cause };
    match level {
        Level::Warn => FRAMING.warn(control, format_args!("{told}")),
        _ => LOST.info(control, format_args!("{told}")),
    }
}

/// A line about a pool's connection. It is not limited here: two of them are an outage, which begins at most once a second,
/// and between them the backoff decides how many attempts there are.
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

/// The end of a connection, as lines tell it.
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
