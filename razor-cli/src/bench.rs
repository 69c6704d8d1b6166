//! `--bench`: how fast a method is answered.
//!
//! Knows calls and times. Does not know what is called.

use crate::failure::Failure;
use crate::server::{Calls, Server, lasting};
use crate::value::Received;
use hdrhistogram::Histogram;
use razor_rpc::CallContext;
use razor_rpc::client::ApiClientCaller;
use razor_rpc::error::{EncodedErr, RpcError};
use razor_rpc::razor_stream::clock;
use serde_json::Value;
use std::cell::RefCell;
use std::io::{IsTerminal, Write};
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What the callers have seen so far.
struct Seen {
    /// Microseconds of the calls that were answered.
    times: Histogram<u64>,
    failed: u64,
    /// The first error, and how long its call took.
    first: Option<(RpcError<EncodedErr>, Duration)>,
}

/// Calls the method until the time is over, and returns the report. One call goes ahead: if it fails there is no bench.
pub(crate) async fn run(
    server: &Server,
    action: String,
    argument: Value,
    callers: NonZeroUsize,
    time: Duration,
) -> Result<String, Failure> {
    let action = lasting(action);
    server.call(action.to_owned(), &argument).await?;
    let seen = Rc::new(RefCell::new(Seen::new()?));
    let (began, argument) = (clock::now(), Rc::new(argument));
    let local = tokio::task::LocalSet::new();
    let running: Vec<_> = (0..callers.get())
        .map(|_| {
            let (calls, argument, seen) = (server.calls().clone(), argument.clone(), seen.clone());
            local.spawn_local(caller(calls, action, argument, seen, began + time))
        })
        .collect();
    let progress = std::io::stderr().is_terminal();
    local
        .run_until(async {
            if progress {
                local.spawn_local(live(seen.clone(), began));
            }
            for caller in running {
                // A caller does not panic, and nobody aborts it.
                let _ = caller.await;
            }
        })
        .await;
    let took = began.elapsed();
    drop(local);
    if progress {
        line("");
    }
    let seen = seen.borrow();
    match &seen.first {
        Some((error, time)) => {
            Err(server.failed(action, error, *time).of_many(seen.failed, seen.times.len()))
        }
        None => Ok(seen.report(took)),
    }
}

/// Makes one call after the other.
async fn caller(
    calls: Calls,
    action: &'static str,
    argument: Rc<Value>,
    seen: Rc<RefCell<Seen>>,
    until: Instant,
) {
    while clock::now() < until {
        let began = clock::now();
        let answer =
            calls.call::<_, Received, EncodedErr>(&CallContext::new(), action, &*argument).await;
        let is_lost =
            answer.is_err() && !razor_rpc::client::ClientCaller::is_connected(calls.connection());
        seen.borrow_mut().note(answer, began.elapsed());
        if is_lost {
            return;
        }
    }
}

/// Shows the line on a terminal twice a second.
async fn live(seen: Rc<RefCell<Seen>>, began: Instant) {
    let mut ticks = tokio::time::interval(Duration::from_millis(500));
    // The first tick comes at once.
    ticks.tick().await;
    let mut before = 0;
    loop {
        ticks.tick().await;
        let (answered, failed) = {
            let seen = seen.borrow();
            (seen.times.len(), seen.failed)
        };
        let rate = (answered - before) * 2;
        line(&format!(
            "{:.1} s: {rate} calls/s, {answered} answered, {failed} failed",
            began.elapsed().as_secs_f64()
        ));
        before = answered;
    }
}

/// Replaces the line that the cursor is in.
fn line(text: &str) {
    let mut terminal = std::io::stderr().lock();
    let _ = write!(terminal, "\r\x1b[K{text}").and_then(|()| terminal.flush());
}

impl Seen {
    fn new() -> Result<Self, Failure> {
        // Three digits of microseconds, up to more than the longest timeout.
        let times = Histogram::new_with_bounds(1, LONGEST, 3).map_err(Failure::usage)?;
        Ok(Self { times, failed: 0, first: None })
    }

    fn note(&mut self, answer: Result<Received, RpcError<EncodedErr>>, took: Duration) {
        match answer {
            Ok(_) => {
                self.times.saturating_record(u64::try_from(took.as_micros()).unwrap_or(LONGEST))
            }
            Err(error) => {
                self.failed += 1;
                self.first.get_or_insert((error, took));
            }
        }
    }

    fn report(&self, took: Duration) -> String {
        let seconds = took.as_secs_f64();
        let at = |percent| self.times.value_at_percentile(percent);
        format!(
            "{} calls in {seconds:.1} s: {:.0} calls/s; half within {} us, 99 % within {} us, all within {} us\n",
            self.times.len(),
            self.times.len() as f64 / seconds,
            at(50.0),
            at(99.0),
            self.times.max(),
        )
    }
}

/// Two hours in microseconds.
const LONGEST: u64 = 7_200_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_tells_rate_and_times() {
        let mut seen = Seen::new().expect("bounds");
        for took in 1..=100 {
            seen.note(Ok(Received(Value::Null)), Duration::from_micros(took));
        }
        assert_eq!(
            seen.report(Duration::from_secs(2)),
            "100 calls in 2.0 s: 50 calls/s; half within 50 us, 99 % within 99 us, all within 100 us\n"
        );
        seen.note(Err(RpcError::User(EncodedErr::Num(7))), Duration::ZERO);
        assert_eq!((seen.failed, seen.times.len()), (1, 100));
    }
}
