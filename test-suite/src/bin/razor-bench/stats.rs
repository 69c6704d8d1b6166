//! Latencies: one histogram per thread, and the sum of them at the end.
//!
//! Knows nanoseconds. Does not know calls, callers or phases.

use hdrhistogram::Histogram;
use parking_lot::Mutex;
use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

type Shared = Arc<Mutex<Histogram<u64>>>;

/// The histograms of all threads that have recorded something.
static ALL: Mutex<Vec<Shared>> = Mutex::new(Vec::new());

thread_local! {
    /// The histogram of this thread. Its lock is free while callers run: the control thread takes it twice a second at
    /// most.
    static MINE: OnceCell<Shared> = const { OnceCell::new() };
}

/// Records the latency of a call in this thread's histogram.
#[inline]
pub(crate) fn record(latency: Duration) {
    MINE.with(|mine| mine.get_or_init(register).lock().saturating_record(nanos(latency)));
}

/// Makes this thread's histogram now, so that it does not count as memory of a connection.
pub(crate) fn prepare_thread() {
    MINE.with(|mine| {
        mine.get_or_init(register);
    });
}

/// The number of calls that all threads have recorded.
pub(crate) fn recorded() -> u64 {
    ALL.lock().iter().map(|one| one.lock().len()).sum()
}

/// The number of calls that this thread has recorded.
#[cfg(test)]
pub(crate) fn recorded_here() -> u64 {
    MINE.with(|mine| mine.get().map_or(0, |mine| mine.lock().len()))
}

/// The latencies that all threads have recorded.
pub(crate) fn summary() -> Latencies {
    let mut sum = empty();
    for one in ALL.lock().iter() {
        sum.add(&*one.lock()).expect("all histograms have the same bounds");
    }
    Latencies(sum)
}

/// The latencies of a run.
#[derive(Debug)]
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    /// The number of latencies.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency that this part of the calls does not exceed, in microseconds; `part` is between 0 and 1.
    pub(crate) fn quantile_us(&self, part: f64) -> f64 {
        self.0.value_at_quantile(part) as f64 / 1e3
    }

    /// The longest latency, in microseconds.
    pub(crate) fn max_us(&self) -> f64 {
        self.0.max() as f64 / 1e3
    }
}

#[cfg(test)]
impl FromIterator<Duration> for Latencies {
    fn from_iter<I: IntoIterator<Item = Duration>>(latencies: I) -> Self {
        let mut sum = empty();
        for latency in latencies {
            sum.saturating_record(nanos(latency));
        }
        Self(sum)
    }
}

/// Registers a histogram for this thread.
#[cold]
fn register() -> Shared {
    let mine = Arc::new(Mutex::new(empty()));
    ALL.lock().push(mine.clone());
    mine
}

fn empty() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, DIGITS).expect("constants that hdrhistogram accepts")
}

const fn nanos(latency: Duration) -> u64 {
    let nanos = latency.as_secs().saturating_mul(1_000_000_000);
    let nanos = nanos.saturating_add(latency.subsec_nanos() as u64);
    if nanos == 0 { 1 } else { nanos }
}

/// The longest latency that is counted, in nanoseconds: 100 s; a longer one counts as this.
const LONGEST: u64 = 100_000_000_000;
/// Significant decimal digits.
const DIGITS: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64) -> bool {
        (got - want).abs() <= want / 1e3
    }

    #[test]
    fn percentiles_are_those_of_the_recorded_latencies_to_three_digits() {
        let run: Latencies = (1..=10_000).map(Duration::from_micros).collect();
        assert_eq!(run.count(), 10_000);
        assert!(close(run.quantile_us(0.50), 5_000.0), "{}", run.quantile_us(0.50));
        assert!(close(run.quantile_us(0.99), 9_900.0), "{}", run.quantile_us(0.99));
        assert!(close(run.quantile_us(0.999), 9_990.0), "{}", run.quantile_us(0.999));
        assert!(close(run.max_us(), 10_000.0), "{}", run.max_us());
    }

    #[test]
    fn one_slow_call_shows_in_the_maximum_alone() {
        let fast = std::iter::repeat_n(Duration::from_micros(10), 9_999);
        let run: Latencies = fast.chain([Duration::from_secs(3)]).collect();
        assert!(close(run.quantile_us(0.999), 10.0));
        assert!(close(run.max_us(), 3e6));
    }

    #[test]
    fn latencies_outside_the_bounds_are_cut_not_lost() {
        let run: Latencies = [Duration::ZERO, Duration::from_secs(1_000_000)].into_iter().collect();
        assert_eq!(run.count(), 2);
        assert!(close(run.max_us(), 1e8));
    }

    #[test]
    fn what_several_threads_record_is_summed() {
        // A latency that no other test records.
        let latency = Duration::from_secs(77);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..100).for_each(|_| record(latency)));
            }
        });
        assert_eq!(summary().0.count_at(nanos(latency)), 200);
        assert!(recorded() >= 200);
    }
}
