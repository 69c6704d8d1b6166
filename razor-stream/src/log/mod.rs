//! Every log line of the library goes through here, to whatever logger the program has installed for `log`.
//!
//! A server or a client carries a [`LogControl`]. With the feature `captains-log` its level can be changed while it
//! runs.
//!
//! No line is longer than 1 KiB, or has characters that could forge another one. A line about a call says which method
//! it is of and which peer; no line holds what users send, answer or say in a panic. The reason why a value does not decode is
//! told as far as its text is one of serde's or of this library: a `Deserialize` of a user's own whose error imitates such a
//! text is told like it.
//!
//! Lines about what a peer did are limited to 10 a second for each category, so that a hostile peer cannot
//! fill a disk; the ones left out are counted and told with the next line.

mod line;
mod told;

use crate::clock;
#[cfg(feature = "captains-log")]
use captains_log::filter::LogFilter;
use parking_lot::Mutex;
use std::fmt::Arguments;
#[cfg(feature = "captains-log")]
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use told::told;

/// Lines of one category in a second.
const LINES: u32 = 10;
/// Room for what is told of those that were left out.
const LEFT_OUT: usize = 64;

/// Which log lines a server or a client writes. A clone controls the same.
///
/// ```
/// use razor_stream::server::ServerConfig;
/// use razor_stream::{LogControl, LogLevel};
///
/// let control = LogControl::default();
/// let config = ServerConfig::default().log_control(control.clone());
/// // Later, while the server runs: no more warnings about hostile peers.
/// # #[cfg(feature = "captains-log")]
/// control.set_level(LogLevel::Error);
/// ```
#[derive(Clone)]
pub struct LogControl {
    #[cfg(feature = "captains-log")]
    filter: Arc<LogFilter>,
}

impl Default for LogControl {
    /// Leaves it to the program's logger.
    fn default() -> Self {
        Self {
            #[cfg(feature = "captains-log")]
            filter: Arc::new(LogFilter::new()),
        }
    }
}

impl std::fmt::Debug for LogControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogControl").finish_non_exhaustive()
    }
}

impl LogControl {
    /// From now on, only lines of this level and of more severe ones.
    #[cfg(feature = "captains-log")]
    pub fn set_level(&self, level: log::Level) {
        self.filter.set_level(level);
    }

    #[cfg(feature = "captains-log")]
    fn warns(&self) -> bool {
        use captains_log::filter::Filter;
        self.filter.is_enabled(log::Level::Warn)
    }

    #[cfg(not(feature = "captains-log"))]
    #[expect(clippy::unused_self, reason = "with the feature it is used")]
    const fn warns(&self) -> bool {
        true
    }
}

/// A category of lines, limited to ten a second in the whole process.
pub(crate) struct Limited {
    state: Mutex<Option<Second>>,
}

struct Second {
    began: Instant,
    lines: u32,
    left_out: u64,
}

/// What to do with one more line.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Write { left_out: u64 },
    LeaveOut,
}

impl Limited {
    pub(crate) const fn new() -> Self {
        Self { state: Mutex::new(None) }
    }

    /// Writes the line as a warning, unless ten have been written within the second.
    pub(crate) fn warn(&self, control: &LogControl, told: Arguments<'_>) {
        if !control.warns() {
            return;
        }
        match self.admit(clock::now()) {
            Verdict::LeaveOut => {}
            Verdict::Write { left_out: 0 } => {
                log::warn!(target: "razor_stream", "{}", line::line(told, line::LONGEST));
            }
            Verdict::Write { left_out } => {
                let told = line::line(told, line::LONGEST - LEFT_OUT);
                log::warn!(target: "razor_stream", "{told} ({left_out} lines like it left out)");
            }
        }
    }

    fn admit(&self, now: Instant) -> Verdict {
        let mut state = self.state.lock();
        let second = state.get_or_insert(Second { began: now, lines: 0, left_out: 0 });
        if now.duration_since(second.began) >= Duration::from_secs(1) {
            second.began = now;
            second.lines = 0;
        }
        if second.lines >= LINES {
            second.left_out += 1;
            return Verdict::LeaveOut;
        }
        second.lines += 1;
        Verdict::Write { left_out: std::mem::take(&mut second.left_out) }
    }
}

/// A connection that was closed for what its peer sent.
pub(crate) static FRAMING: Limited = Limited::new();
/// A request whose argument does not decode.
pub(crate) static DECODE: Limited = Limited::new();
/// A connection that was refused because there were too many.
pub(crate) static CROWD: Limited = Limited::new();
/// A handler that panicked, or an error that it may not return.
pub(crate) static HANDLER: Limited = Limited::new();
/// A listener that cannot accept.
pub(crate) static ACCEPT: Limited = Limited::new();
/// A pool that cannot connect.
pub(crate) static CONNECT: Limited = Limited::new();

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "captains-log")]
    #[test]
    fn a_level_that_is_changed_holds_for_every_clone() {
        let control = LogControl::default();
        let other = control.clone();
        assert!(other.warns());
        control.set_level(log::Level::Error);
        assert!(!other.warns());
        control.set_level(log::Level::Warn);
        assert!(other.warns());
    }

    #[test]
    fn ten_lines_a_second_are_written_and_the_rest_is_counted() {
        let limited = Limited::new();
        let now = clock::now();
        for _ in 0..10 {
            assert_eq!(limited.admit(now), Verdict::Write { left_out: 0 });
        }
        for _ in 0..7 {
            assert_eq!(limited.admit(now), Verdict::LeaveOut);
        }
        let later = now + Duration::from_secs(1);
        assert_eq!(limited.admit(later), Verdict::Write { left_out: 7 });
        assert_eq!(limited.admit(later), Verdict::Write { left_out: 0 });
    }
}
