//! How long to wait between two attempts to connect.
//!
//! Exponential with full jitter ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015): many clients that
//! lose a server together do not come back together. Knows durations. Does not know connections or the clock.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// The first wait, before jitter.
const FIRST: Duration = Duration::from_millis(50);
/// Each wait is this many percent of the one before.
const GROWTH_PERCENT: u32 = 160;
/// The longest wait of a young outage.
const CAP_YOUNG: Duration = Duration::from_secs(1);
/// An outage is young this long.
const YOUNG: Duration = Duration::from_secs(30);
/// The longest wait.
const CAP: Duration = Duration::from_secs(30);

/// The waits of one outage.
#[derive(Debug)]
pub(super) struct Backoff {
    began: Instant,
    next: Duration,
    random: RandomState,
    count: u64,
}

impl Backoff {
    pub(super) fn new(now: Instant) -> Self {
        Self { began: now, next: FIRST, random: RandomState::new(), count: 0 }
    }

    /// How long to wait before the next attempt: anything up to the current bound, and never nothing.
    pub(super) fn wait(&mut self, now: Instant) -> Duration {
        let cap = if now.duration_since(self.began) < YOUNG { CAP_YOUNG } else { CAP };
        let bound = self.next.min(cap);
        self.next = (self.next * GROWTH_PERCENT / 100).min(CAP);
        self.count += 1;
        let share = self.random.hash_one(self.count) % 1024 + 1;
        bound * u32::try_from(share).unwrap_or(1024) / 1024
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn waits_grow_up_to_a_second_in_a_young_outage_and_to_thirty_in_an_old_one() {
        let began = clock::now();
        let mut backoff = Backoff::new(began);
        let mut bound = FIRST;
        for _ in 0..40 {
            let wait = backoff.wait(began);
            assert!(wait > Duration::ZERO && wait <= bound.min(CAP_YOUNG), "{wait:?} of {bound:?}");
            bound = bound * GROWTH_PERCENT / 100;
            bound = bound.min(CAP);
        }
        let later = began + YOUNG;
        let longest = (0..200).map(|_| backoff.wait(later)).max().unwrap_or_default();
        assert!(longest > CAP_YOUNG && longest <= CAP, "{longest:?}");
    }

    /// Case 74
    #[test]
    fn two_clients_wait_differently() {
        let now = clock::now();
        let waits =
            |mut backoff: Backoff| (0..8).map(move |_| backoff.wait(now)).collect::<Vec<_>>();
        assert_ne!(waits(Backoff::new(now)), waits(Backoff::new(now)));
    }
}
