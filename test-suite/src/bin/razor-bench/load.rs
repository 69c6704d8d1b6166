//! The closed loop: a caller makes its next call when the one before has been answered.
//!
//! Knows the phases of a run, and the results of callers. Does not know what a call is, nor how long a phase lasts.

use crate::args::Workload;
use crate::report::Errors;
use crate::stats;
use orb::prelude::{AsyncRuntime, AsyncTime};
use parking_lot::Mutex;
use razor_stream::clock;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

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
pub(crate) struct Load {
    payload: &'static [u8],
    workload: Workload,
    /// A [`Phase`]. All accesses are relaxed: neither this nor the counters publish other memory, and the latencies of
    /// callers are read under the locks of the histograms.
    phase: AtomicU8,
    errors: AtomicU64,
    first_error: Mutex<Option<String>>,
    /// Callers whose single call has been answered.
    done: AtomicUsize,
    /// Callers with at least one answer in the measured phase: starved callers are missing here.
    active: AtomicUsize,
}

/// A client object, and the method that is called on it.
pub(crate) trait Target: Clone + Send + Sync + 'static {
    type Error: Display;

    /// Sends the payload, and returns what the answer holds.
    fn call(
        &self,
        payload: &'static [u8],
    ) -> impl Future<Output = Result<Seen, Self::Error>> + Send;
}

/// The part of an answer that a caller looks at, so that the answer must really be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    len: usize,
    last: Option<u8>,
}

impl Seen {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { len: bytes.len(), last: bytes.last().copied() }
    }
}

impl Load {
    pub(crate) fn new(payload: usize, workload: Workload) -> Arc<Self> {
        let bytes = (0..=u8::MAX).cycle().map(|i| i.wrapping_mul(31).wrapping_add(7));
        Arc::new(Self {
            payload: bytes.take(payload).collect::<Vec<_>>().leak(),
            workload,
            phase: AtomicU8::new(Phase::WarmUp as u8),
            errors: AtomicU64::new(0),
            first_error: Mutex::new(None),
            done: AtomicUsize::new(0),
            active: AtomicUsize::new(0),
        })
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
    }

    /// The number of calls that have failed, in any phase.
    pub(crate) fn failed(&self) -> u64 {
        self.errors.load(Relaxed)
    }

    pub(crate) fn errors(&self) -> Errors {
        Errors { count: self.failed(), first: self.first_error.lock().clone() }
    }

    /// The number of callers whose single call has been answered.
    pub(crate) fn done(&self) -> usize {
        self.done.load(Relaxed)
    }

    /// The number of callers that had an answer in the measured phase.
    pub(crate) fn active(&self) -> usize {
        self.active.load(Relaxed)
    }

    /// Runs one caller until the run is over. A call that fails is counted, and followed by a short pause.
    pub(crate) async fn caller<RT: AsyncRuntime>(self: Arc<Self>, target: impl Target) {
        let want = Seen::of(self.payload);
        let mut active = false;
        let mut start = clock::now();
        while self.phase.load(Relaxed) != Phase::Done as u8 {
            let answer = target.call(self.payload).await;
            if let Some(error) = unexpected(answer, want) {
                self.fail(error);
                let _ = <RT as AsyncTime>::sleep(PAUSE).await;
                start = clock::now();
                continue;
            }
            let end = clock::now();
            if self.phase.load(Relaxed) == Phase::Measure as u8 {
                stats::record(end - start);
                if !active {
                    active = true;
                    self.active.fetch_add(1, Relaxed);
                }
            }
            if self.workload == Workload::Idle {
                self.done.fetch_add(1, Relaxed);
                return;
            }
            start = end;
        }
    }

    #[cold]
    fn fail(&self, error: String) {
        if self.errors.fetch_add(1, Relaxed) == 0 {
            *self.first_error.lock() = Some(error);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use orb::prelude::AsyncExec;
    use orb_tokio::TokioRT;

    /// A target that answers each call, by its number, as a test says.
    #[derive(Clone)]
    struct Scripted<F>(Arc<AtomicUsize>, F);

    impl<F> Scripted<F> {
        fn new(answer: F) -> Self {
            Self(Arc::default(), answer)
        }
    }

    impl<F> Target for Scripted<F>
    where
        F: Fn(usize, &'static [u8]) -> Result<Seen, &'static str> + Clone + Send + Sync + 'static,
    {
        type Error = &'static str;

        async fn call(&self, payload: &'static [u8]) -> Result<Seen, &'static str> {
            (self.1)(self.0.fetch_add(1, Relaxed) + 1, payload)
        }
    }

    #[test]
    fn only_answers_of_the_measured_phase_count() {
        let load = Load::new(3, Workload::ClosedLoop);
        let shared = load.clone();
        let target = Scripted::new(move |call, payload| {
            match call {
                6 => shared.enter(Phase::Measure),
                11 => shared.enter(Phase::Done),
                _ => {}
            }
            Ok(Seen::of(payload))
        });
        TokioRT::current().block_on(load.clone().caller::<TokioRT>(target));
        assert_eq!(stats::recorded_here(), 5);
        assert_eq!((load.active(), load.failed()), (1, 0));
    }

    #[test]
    fn failed_calls_and_wrong_answers_are_counted_and_the_first_is_kept() {
        let load = Load::new(3, Workload::Idle);
        let target = Scripted::new(|call, payload: &'static [u8]| match call {
            1 => Err("out of luck"),
            2 => Ok(Seen::of(&payload[1..])),
            _ => Ok(Seen::of(payload)),
        });
        TokioRT::current().block_on(load.clone().caller::<TokioRT>(target));
        assert_eq!(load.errors().count, 2);
        assert_eq!(load.errors().first.as_deref(), Some("out of luck"));
        assert_eq!(load.done(), 1);
    }

    #[test]
    fn an_empty_payload_is_a_payload() {
        assert_eq!(Seen::of(Load::new(0, Workload::Idle).payload), Seen { len: 0, last: None });
        assert_eq!(Load::new(300, Workload::Idle).payload[..3], [7, 38, 69]);
    }
}
