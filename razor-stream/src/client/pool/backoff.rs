//! How long to pause between two attempts to connect.
//!
//! Exponential with full jitter ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015): many clients that
//! lose a server together do not come back together. Knows durations. Does not know connections or the clock.

use crate::client::ClientConfig;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Each bound is this many percent of the one before.
const GROWTH_PERCENT: u32 = 160;

/// The pauses of one outage.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    most: Duration,
    /// The bound of the next pause.
    next: Duration,
    random: RandomState,
    count: u64,
}

/// A pause between two attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pause {
    /// How long it lasts if no call arrives.
    pub(super) longest: Duration,
    /// How long it lasts at least: a call that arrives ends the pause, but not before this time.
    pub(super) shortest: Duration,
}

impl Backoff {
    pub(super) fn new(config: &ClientConfig) -> Self {
        let (first, most) = (config.reconnect_first(), config.reconnect_most());
        Self { first, most, next: first, random: RandomState::new(), count: 0 }
    }

    /// Returns the pause before the next attempt: a random time up to the current bound, never zero. The bound grows.
    pub(super) fn next_pause(&mut self) -> Pause {
        let bound = self.next;
        self.next = (bound * GROWTH_PERCENT / 100).min(self.most);
        let longest = self.share_of(bound);
        let asked = self.first + self.share_of(self.first);
        Pause { longest, shortest: longest.min(asked) }
    }

    /// Returns a random part of `whole`, never zero.
    fn share_of(&mut self, whole: Duration) -> Duration {
        self.count += 1;
        let share = self.random.hash_one(self.count) % 1024 + 1;
        whole / 1024 * u32::try_from(share).unwrap_or(1024)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn backoff(first: Duration, most: Duration) -> Backoff {
        Backoff::new(&ClientConfig::default().with_reconnect(first, most))
    }

    #[test]
    fn pauses_grow_from_the_first_to_the_longest_that_is_configured() {
        let mut backoff = backoff(50 * MS, 5000 * MS);
        let mut bound = 50 * MS;
        for _ in 0..40 {
            let Pause { longest, .. } = backoff.next_pause();
            assert!(longest > Duration::ZERO && longest <= bound, "{longest:?} of {bound:?}");
            bound = (bound * GROWTH_PERCENT / 100).min(5000 * MS);
        }
        let longest = (0..200).map(|_| backoff.next_pause().longest).max().unwrap_or_default();
        assert!(longest > 4000 * MS && longest <= 5000 * MS, "{longest:?}");
    }

    #[test]
    fn a_call_ends_no_pause_before_the_first_time_has_gone_by() {
        let mut backoff = backoff(50 * MS, 5000 * MS);
        for _ in 0..200 {
            let Pause { longest, shortest } = backoff.next_pause();
            assert!(shortest == longest || shortest > 50 * MS, "{shortest:?} of {longest:?}");
            assert!(shortest <= 100 * MS, "{shortest:?}");
        }
    }

    #[test]
    fn two_clients_pause_differently() {
        let pauses = || {
            let mut backoff = backoff(50 * MS, 5000 * MS);
            (0..8).map(|_| backoff.next_pause()).collect::<Vec<_>>()
        };
        assert_ne!(pauses(), pauses());
    }

    #[test]
    fn the_longest_times_there_are_do_not_overflow() {
        let mut backoff = backoff(Duration::MAX, Duration::MAX);
        for _ in 0..3 {
            let Pause { longest, .. } = backoff.next_pause();
            assert!(longest > MS && longest <= 3_600_000 * MS, "{longest:?}");
        }
    }
}
