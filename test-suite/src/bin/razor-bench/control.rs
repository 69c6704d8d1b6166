//! The thread that leads a run through its phases, prints the result and ends the process.
//!
//! Knows how long phases last, and what is measured at their ends. Does not know what a call is.

use crate::args::{ClientArgs, Workload};
use crate::load::{Load, Phase};
use crate::proc::{self, Rss, Usage};
use crate::progress::Progress;
use crate::report::{self, Idle, Measured};
use crate::stats;
use razor_stream::clock;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Memory of both sides before the first connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Baseline {
    client: Rss,
    server: Rss,
}

impl Baseline {
    /// Measures the memory. Call this before the first connection.
    pub(crate) fn take(args: &ClientArgs) -> Self {
        stats::prepare_thread();
        Self { client: Rss::own(), server: args.server_pid.map(Rss::of).unwrap_or_default() }
    }
}

/// Starts the thread; it ends the process when the run is over.
pub(crate) fn start(load: Arc<Load>, args: ClientArgs, baseline: Baseline) {
    std::thread::spawn(move || {
        let result = match args.workload() {
            Workload::ClosedLoop => closed_loop(&load, &args),
            Workload::Idle => idle(&load, &args, baseline),
        };
        std::process::exit(i32::from(conclude(result) != ExitCode::SUCCESS));
    });
}

/// No call was measured, so there is nothing to print; the errors say why.
struct NothingMeasured(report::Errors);

fn conclude(result: Result<String, NothingMeasured>) -> ExitCode {
    match result {
        Ok(line) => {
            let mut out = std::io::stdout().lock();
            match writeln!(out, "{line}").and_then(|()| out.flush()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            }
        }
        Err(NothingMeasured(errors)) => {
            let first = errors.first.as_deref().unwrap_or("the calls are still waiting");
            eprintln!("no call was answered; {} failed, the first with: {first}", errors.count);
            ExitCode::FAILURE
        }
    }
}

fn closed_loop(load: &Load, args: &ClientArgs) -> Result<String, NothingMeasured> {
    let mut progress = Progress::new();
    wait(args.warm, || progress.show(Phase::WarmUp, load.failed()));
    let server_before = args.server_pid.and_then(proc::cpu_us);
    let client_before = Usage::so_far();
    let start = clock::now();
    load.enter(Phase::Measure);
    wait(args.secs, || progress.show(Phase::Measure, load.failed()));
    load.enter(Phase::Done);
    let wall = clock::now() - start;
    let client = Usage::so_far() - client_before;
    let server_after = args.server_pid.and_then(proc::cpu_us);
    drop(progress);

    let run = Measured {
        wall,
        latencies: stats::summary(),
        client,
        server_cpu_us: server_after.zip(server_before).map(|(after, before)| after - before),
        active_callers: load.active(),
        client_rss: Rss::own(),
        server_rss: args.server_pid.map(Rss::of).unwrap_or_default(),
        errors: load.errors(),
    };
    if run.latencies.count() == 0 {
        return Err(NothingMeasured(run.errors));
    }
    Ok(report::measured(args, &run))
}

fn idle(load: &Load, args: &ClientArgs, before: Baseline) -> Result<String, NothingMeasured> {
    let give_up = clock::now() + CONNECT;
    while load.done() < args.callers.get() && clock::now() < give_up {
        nap(Duration::from_millis(50));
    }
    if load.done() == 0 {
        return Err(NothingMeasured(load.errors()));
    }
    nap(args.warm + SETTLE);
    let client_rss = Rss::own();
    let server_rss = args.server_pid.map(Rss::of).unwrap_or_default();
    let server_before = args.server_pid.and_then(proc::cpu_us);
    let client_before = Usage::so_far();
    let start = clock::now();
    nap(args.secs);
    let run = Idle {
        wall: clock::now() - start,
        done: load.done(),
        client: Usage::so_far() - client_before,
        server_cpu_us: args
            .server_pid
            .and_then(proc::cpu_us)
            .zip(server_before)
            .map(|(after, before)| after - before),
        client_kb: client_rss.anon_kb.saturating_sub(before.client.anon_kb),
        server_kb: server_rss.anon_kb.saturating_sub(before.server.anon_kb),
        errors: load.errors(),
    };
    Ok(report::idle(args, &run))
}

/// Waits, and calls `look` from time to time.
fn wait(time: Duration, mut look: impl FnMut()) {
    let end = clock::now() + time;
    while let Some(left) = remaining(end) {
        nap(left.min(LOOK));
        look();
    }
}

fn remaining(end: Instant) -> Option<Duration> {
    end.checked_duration_since(clock::now()).filter(|left| !left.is_zero())
}

#[expect(clippy::disallowed_methods, reason = "the control thread is no coroutine")]
fn nap(time: Duration) {
    std::thread::sleep(time);
}

/// The time between two updates of the progress.
const LOOK: Duration = Duration::from_millis(500);
/// The time that idle clients have to connect.
const CONNECT: Duration = Duration::from_secs(60);
/// The time that idle connections have to come to rest, besides the warm-up.
const SETTLE: Duration = Duration::from_secs(1);
