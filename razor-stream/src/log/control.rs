//! Which lines a server or a client writes.
//!
//! Knows levels. Does not know lines.

#[cfg(not(feature = "captains-log"))]
use super::filter::LogFilter;
#[cfg(feature = "captains-log")]
use captains_log::filter::LogFilter;
use log::Level;
use std::fmt;
use std::sync::Arc;

/// Which log lines a server or a client writes. Clones control the same server or client.
///
/// A line is written if its level is at least as severe as the one that is set here, and if the program's logger takes
/// it. The level can be changed at any time and from any thread; from then on it holds for every line.
///
/// | level | lines of a server | lines of a client |
/// |---|---|---|
/// | warn | a peer that breaks the protocol, a handler that panics, a listener that cannot accept | a server that breaks the protocol, a completion that panics, a pool that has never reached its server |
/// | info | the address where it listens, a connection that is lost | a connection that is lost, and that a pool is connected again |
/// | debug | none | each attempt of a pool to connect |
///
/// With the feature `captains-log`, it can be made from a `LogFilter` of captains-log, so that the lines of a service
/// and the lines of the library share one level.
///
/// ```
/// use razor_stream::server::ServerConfig;
/// use razor_stream::{LogControl, LogLevel};
///
/// let control = LogControl::default();
/// let config = ServerConfig::default().with_log_control(control.clone());
/// // Later, while the server runs: no more warnings about hostile peers.
/// control.set_level(LogLevel::Error);
/// assert_eq!(control.level(), LogLevel::Error);
/// ```
#[derive(Clone)]
pub struct LogControl {
    filter: Arc<LogFilter>,
}

impl Default for LogControl {
    /// Writes lines of all levels that the program's logger takes.
    fn default() -> Self {
        Self { filter: Arc::new(LogFilter::new()) }
    }
}

/// Shares a level with the lines that a program writes by `logger_info!` and the other macros of captains-log.
///
/// ```
/// use razor_stream::captains_log::filter::LogFilter;
/// use razor_stream::server::ServerConfig;
/// use razor_stream::{LogControl, LogLevel};
/// use std::sync::Arc;
///
/// let filter = Arc::new(LogFilter::new());
/// let config = ServerConfig::default().with_log_control(LogControl::from(filter.clone()));
/// // For the lines of the program and for those of the server.
/// filter.set_level(LogLevel::Warn);
/// # let _ = config;
/// ```
#[cfg(feature = "captains-log")]
impl From<Arc<LogFilter>> for LogControl {
    fn from(filter: Arc<LogFilter>) -> Self {
        Self { filter }
    }
}

impl fmt::Debug for LogControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogControl").field("level", &self.level()).finish()
    }
}

impl LogControl {
    /// Makes a control with this level.
    #[must_use]
    pub fn new(level: Level) -> Self {
        let control = Self::default();
        control.set_level(level);
        control
    }

    /// From now on, only lines of this level and of more severe levels are written.
    pub fn set_level(&self, level: Level) {
        self.filter.set_level(level);
    }

    /// The least severe level that is written.
    #[must_use]
    pub fn level(&self) -> Level {
        let level = self.filter.get_level();
        let levels = [Level::Error, Level::Warn, Level::Info, Level::Debug];
        levels.into_iter().find(|known| *known as u8 >= level).unwrap_or(Level::Trace)
    }

    /// Whether a line is to be written: by this control, and by the program's logger.
    pub(super) fn writes(&self, target: &'static str, level: Level) -> bool {
        level as u8 <= self.filter.get_level() && log::log_enabled!(target: target, level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_is_changed_holds_for_every_clone() {
        let control = LogControl::default();
        let other = control.clone();
        assert_eq!(other.level(), Level::Trace);
        for level in Level::iter() {
            control.set_level(level);
            assert_eq!((other.level(), LogControl::new(level).level()), (level, level));
        }
    }

    #[cfg(feature = "captains-log")]
    #[test]
    fn a_filter_of_the_program_is_the_one_of_the_control() {
        let filter = Arc::new(LogFilter::new());
        let control = LogControl::from(filter.clone());
        filter.set_level(Level::Warn);
        assert_eq!(control.level(), Level::Warn);
        control.set_level(Level::Debug);
        assert_eq!(filter.get_level(), Level::Debug as u8);
    }
}
