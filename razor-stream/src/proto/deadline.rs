//! When a request ends that is not answered.
//!
//! Deadlines are looked at in batches, twice a tick, by whoever holds the requests; only then is the clock read. A new
//! deadline begins to run at the first look: so a call reads no clock, ends never early, and at most one tick late
//! (half a tick until the first look, half a tick after the last). Knows instants. Does not know the clock.

use std::time::{Duration, Instant};

/// When a request ends that is not answered.
///
/// ```
/// use razor_stream::clock;
/// use razor_stream::proto::Deadline;
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
    /// So long after it has first been looked at.
    #[must_use]
    pub const fn after(timeout: Duration) -> Self {
        Self(Clock::NotYetRunning(timeout))
    }

    /// At this instant.
    #[must_use]
    pub const fn at(instant: Instant) -> Self {
        Self(Clock::Until(instant))
    }

    /// Whether it has passed; if it was not running, it is now.
    pub fn has_passed(&mut self, now: Instant) -> bool {
        match self.0 {
            Clock::Until(instant) => instant <= now,
            Clock::NotYetRunning(timeout) => {
                self.0 = Clock::Until(now + timeout);
                timeout.is_zero()
            }
        }
    }
}

impl From<Instant> for Deadline {
    fn from(instant: Instant) -> Self {
        Self::at(instant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn looked_at_twice_a_tick_it_is_never_early_and_at_most_a_tick_late() {
        let (start, ms) = (clock::now(), Duration::from_millis);
        let (timeout, half_tick) = (ms(70), ms(10));
        for submitted in 0..20u64 {
            let (submitted, mut deadline) = (start + ms(submitted), Deadline::after(timeout));
            let mut looks = (0..).map(|n| start + half_tick * n).skip_while(|at| *at < submitted);
            let ended = looks.find(|at| deadline.has_passed(*at)).expect("endless");
            assert!(ended >= submitted + timeout, "early");
            assert!(ended <= submitted + timeout + 2 * half_tick, "late");
        }
    }
}
