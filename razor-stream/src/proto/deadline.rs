//! When a request without an answer ends.
//!
//! The owner of requests looks at their deadlines in batches, and reads the clock only then. A new deadline begins to
//! run at the first look: so a call reads no clock, and never ends early. `looks` says how late it may end. Knows
//! instants. Does not know the clock.

use std::time::{Duration, Instant};

/// When a request without an answer ends.
///
/// ```
/// use razor_stream::clock;
/// use razor_stream::proto::machines::Deadline;
/// use std::time::Duration;
///
/// let (now, second) = (clock::now(), Duration::from_secs(1));
/// let mut deadline = Deadline::after(second);
/// assert!(!deadline.has_passed(now), "it begins to run");
/// assert!(deadline.has_passed(now + second));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Clock);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    NotYetRunning(Duration),
    Until(Instant),
}

impl Deadline {
    /// The longest timeout that a request may have.
    pub const LONGEST: Duration = Duration::from_secs(3600);

    /// A deadline that begins to run when it is first looked at, and passes `timeout` later.
    #[must_use]
    pub const fn after(timeout: Duration) -> Self {
        Self(Clock::NotYetRunning(timeout))
    }

    /// A deadline that passes at `instant`.
    #[must_use]
    pub const fn at(instant: Instant) -> Self {
        Self(Clock::Until(instant))
    }

    /// Whether the deadline has passed at `now`. A deadline that was not running begins to run.
    pub fn has_passed(&mut self, now: Instant) -> bool {
        self.start(now) <= now
    }

    /// Begins to run, if it did not; says when it passes.
    pub fn start(&mut self, now: Instant) -> Instant {
        match self.0 {
            Clock::Until(instant) => instant,
            Clock::NotYetRunning(timeout) => {
                self.0 = Clock::Until(now + timeout);
                now + timeout
            }
        }
    }

    /// The timeout of a deadline that has not been looked at; `None` if it is running.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        match self.0 {
            Clock::NotYetRunning(timeout) => Some(timeout),
            Clock::Until(_) => None,
        }
    }

    /// The instant at which the deadline passes; `None` if it is not running yet.
    #[must_use]
    pub const fn until(&self) -> Option<Instant> {
        match self.0 {
            Clock::NotYetRunning(_) => None,
            Clock::Until(instant) => Some(instant),
        }
    }
}
