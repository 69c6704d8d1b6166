//! What a pool writes to the log about its connection: one line when an outage begins, one when it is over, and details
//! between.
//!
//! An outage begins with a connection that ends, or with the first attempt that fails. It is over when a connection has
//! held for [`PROVEN`]: a server that accepts and hangs up each time is one outage. Knows what has happened. Neither
//! connects nor waits.

use crate::client::ClientConfig;
use crate::error::RpcIntErr;
use crate::log::client::{EndOfConnection, pool, severity};
use log::Level;
use std::time::{Duration, Instant};

/// A connection that ends sooner counts as a failed attempt: a server that accepts and hangs up is not dialled in a
/// busy loop.
pub(super) const PROVEN: Duration = Duration::from_secs(1);

/// Whether a pool is without a connection that holds, and since when.
pub(super) struct Outage<'a> {
    addr: &'a str,
    config: &'a ClientConfig,
    since: Option<Instant>,
    /// There has been a connection before.
    again: bool,
}

impl<'a> Outage<'a> {
    pub(super) const fn none(addr: &'a str, config: &'a ClientConfig) -> Self {
        Self { addr, config, since: None, again: false }
    }

    pub(super) const fn is_on(&self) -> bool {
        self.since.is_some()
    }

    /// An attempt to connect has failed.
    pub(super) fn note_failed_attempt(&mut self, cause: &RpcIntErr, now: Instant) {
        let level = self.begin(now, Level::Warn);
        // A permanent error ends the pool, so no further line follows.
        let level = if cause.permanent() { Level::Warn } else { level };
        pool(&self.config.log, level, format_args!("{cause}"));
    }

    /// There is a connection; whether it holds is not known yet.
    pub(super) fn note_connected(&self) {
        pool(&self.config.log, Level::Debug, format_args!("connected to {}", self.addr));
    }

    /// The connection, which was made at `connected`, has held for [`PROVEN`]: the outage is over.
    pub(super) fn end(&mut self, connected: Instant) {
        if let Some(since) = self.since.take() {
            let after = connected.saturating_duration_since(since);
            let again = if self.again { "connected again to" } else { "connected to" };
            let told = format_args!("{again} {}, after {after:.1?}", self.addr);
            pool(&self.config.log, Level::Info, told);
        }
        self.again = true;
    }

    /// The connection has ended.
    pub(super) fn note_lost(&mut self, cause: &RpcIntErr, now: Instant) {
        self.again = true;
        let level = self.begin(now, severity(cause).unwrap_or(Level::Info));
        let ended = EndOfConnection { peer: self.addr, cause };
        pool(&self.config.log, level, format_args!("{ended}"));
    }

    /// This side has stopped using the connection.
    pub(super) fn note_given_up(&mut self, cause: &RpcIntErr, now: Instant) {
        self.again = true;
        let level = self.begin(now, Level::Info);
        let told = format_args!("gave up the connection to {}: {cause}", self.addr);
        pool(&self.config.log, level, told);
    }

    /// Returns the level of a line about a fault: `level` if an outage begins with it, debug if an outage lasts
    /// already.
    fn begin(&mut self, now: Instant, level: Level) -> Level {
        if self.since.is_some() {
            return Level::Debug;
        }
        self.since = Some(now);
        level
    }
}
