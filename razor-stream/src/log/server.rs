//! The lines of servers.

use super::limited::Limited;
use super::{LogControl, line};
use log::Level;
use std::fmt::Display;

const TARGET: &str = "razor_stream::server";

/// A connection that was closed for what its peer sent.
pub(crate) static FRAMING: Limited = Limited::new(TARGET);
/// A request whose argument does not decode.
pub(crate) static DECODE: Limited = Limited::new(TARGET);
/// A connection that was refused because there were too many.
pub(crate) static CROWD: Limited = Limited::new(TARGET);
/// A handler that panicked, or an error that it may not return.
pub(crate) static HANDLER: Limited = Limited::new(TARGET);
/// A listener that cannot accept.
pub(crate) static ACCEPT: Limited = Limited::new(TARGET);
/// A connection that ended by an error of the transport.
pub(crate) static LOST: Limited = Limited::new(TARGET);

/// A server listens. No peer can cause this line, so it is not limited.
pub(crate) fn listening(control: &LogControl, addr: &dyn Display) {
    if control.writes(TARGET, Level::Info) {
        line::write(TARGET, Level::Info, format_args!("listening at {addr}"));
    }
}
