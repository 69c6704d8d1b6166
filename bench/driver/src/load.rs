//! The closed loop: a caller makes its next call when the one before has been answered.
//!
//! Knows the phases of a run and what callers have seen. Does not know what a call is, nor how long a phase
//! lasts.

use hdrhistogram::Histogram;
use std::fmt::Display;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;

/// The phase of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// Calls are made but not counted.
    WarmUp,
    /// Calls that are answered now count.
    Measure,
    /// Callers stop after their present call.
    Done,
}

/// What the callers of a run share.
#[derive(Debug)]
pub struct Load {
    payload: &'static [u8],
    /// A [`Phase`]. Relaxed, as the counter: there is one runtime thread.
    phase: AtomicU8,
    /// Callers with at least one answer in the measured phase: starved callers are missing here.
    active: AtomicUsize,
    /// In nanoseconds. Never contended, for the same reason.
    latencies: Mutex<Histogram<u64>>,
    errors: Mutex<Errors>,
}

/// Calls that failed, in any phase.
#[derive(Debug, Clone, Default)]
pub(crate) struct Errors {
    pub(crate) count: u64,
    pub(crate) first: Option<String>,
}

/// The part of an answer that a caller looks at, so that the answer must really be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    len: usize,
    last: Option<u8>,
}

impl Seen {
    /// The length and the last byte.
    pub fn of(bytes: &[u8]) -> Self {
        Self { len: bytes.len(), last: bytes.last().copied() }
    }
}

impl Load {
    pub(crate) fn new(payload: usize) -> Arc<Self> {
        let bytes = (0..=u8::MAX).cycle().map(|i| i.wrapping_mul(31).wrapping_add(7));
        let latencies = Histogram::new_with_bounds(1, LONGEST, DIGITS);
        Arc::new(Self {
            payload: bytes.take(payload).collect::<Vec<_>>().leak(),
            phase: AtomicU8::new(Phase::WarmUp as u8),
            active: AtomicUsize::new(0),
            latencies: Mutex::new(latencies.expect("bounds that hdrhistogram accepts")),
            errors: Mutex::default(),
        })
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
    }

    pub(crate) fn active(&self) -> usize {
        self.active.load(Relaxed)
    }

    pub(crate) fn latencies(&self) -> MutexGuard<'_, Histogram<u64>> {
        self.latencies.lock().expect("no holder of this lock panics")
    }

    pub(crate) fn errors(&self) -> MutexGuard<'_, Errors> {
        self.errors.lock().expect("no holder of this lock panics")
    }

    /// Runs one caller until the run is over. `call` sends the payload that it gets and returns a part of the answer. A
    /// call that fails is counted, and followed by a short pause.
    pub async fn caller<F, Fut, E>(self: Arc<Self>, mut call: F)
    where
        F: FnMut(&'static [u8]) -> Fut,
        Fut: Future<Output = Result<Seen, E>>,
        E: Display,
    {
        let want = Seen::of(self.payload);
        let mut active = false;
        let mut start = Instant::now();
        while self.phase.load(Relaxed) != Phase::Done as u8 {
            let answer = call(self.payload).await;
            if let Some(error) = unexpected(answer, want) {
                self.fail(error);
                tokio::time::sleep(PAUSE).await;
                start = Instant::now();
                continue;
            }
            let end = Instant::now();
            if self.phase.load(Relaxed) == Phase::Measure as u8 {
                self.record(end - start);
                if !active {
                    active = true;
                    self.active.fetch_add(1, Relaxed);
                }
            }
            start = end;
        }
    }

    #[inline]
    fn record(&self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.latencies().saturating_record(nanos.max(1));
    }

    #[cold]
    fn fail(&self, error: String) {
        let mut errors = self.errors();
        errors.count += 1;
        errors.first.get_or_insert(error);
    }
}

fn unexpected<E: Display>(answer: Result<Seen, E>, want: Seen) -> Option<String> {
    match answer {
        Ok(got) if got == want => None,
        Ok(got) => Some(format!("a wrong answer: {got:?} instead of {want:?}")),
        Err(error) => Some(error.to_string()),
    }
}

/// The time that a caller waits after a failed call: without a server, calls may fail at once.
const PAUSE: Duration = Duration::from_millis(10);
/// The longest latency that is counted: 100 s; a longer one counts as this.
const LONGEST: u64 = 100_000_000_000;
/// Significant decimal digits.
const DIGITS: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_right_answers_of_the_measured_phase_count() {
        let load = Load::new(3);
        let mut calls = 0;
        let shared = load.clone();
        let callers = load.clone().caller(move |payload| {
            calls += 1;
            match calls {
                3 => shared.enter(Phase::Measure),
                10 => shared.enter(Phase::Done),
                _ => {}
            }
            std::future::ready(match calls {
                4 => Err("out of luck"),
                5 => Ok(Seen::of(&payload[1..])),
                _ => Ok(Seen::of(payload)),
            })
        });
        callers.await;
        // Calls 3 and 6 to 9.
        assert_eq!((load.latencies().len(), load.active()), (5, 1));
        assert_eq!(load.errors().count, 2);
        assert_eq!(load.errors().first.as_deref(), Some("out of luck"));
    }
}
