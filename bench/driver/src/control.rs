//! The phases of a run, and the JSON line that it ends with.
//!
//! Knows how long phases last and what is read at their ends; the fields are those of razor-bench, so that one
//! script reads both. Does not know what a call is.

use crate::Ended;
use crate::args::Client;
use crate::load::{Load, Phase};
use crate::process::{self, Usage};
use clap::Args;
use serde::Serialize;
use tokio::time::Instant;

/// The values that are read at the start and at the end of the measurement.
struct Reading {
    at: Instant,
    client: Usage,
    server_cpu_us: Option<f64>,
}

impl Reading {
    fn take(server: Option<u32>) -> std::io::Result<Self> {
        let server_cpu_us = server.and_then(process::cpu_us);
        Ok(Self { at: Instant::now(), client: Usage::so_far()?, server_cpu_us })
    }
}

/// Leads the callers through their phases and prints what was measured.
pub(crate) async fn measure<O: Args>(client: &Client<O>, load: &Load) -> Ended {
    tokio::time::sleep(client.warm).await;
    let before = Reading::take(client.server_pid)?;
    load.enter(Phase::Measure);
    tokio::time::sleep(client.secs).await;
    load.enter(Phase::Done);
    let after = Reading::take(client.server_pid)?;
    if load.latencies().is_empty() {
        let first = load.errors().first.clone();
        let first = first.unwrap_or_else(|| "the calls are still waiting".to_owned());
        return Err(format!("no call was answered: {first}").into());
    }
    println!("{}", serde_json::to_string(&line(client, load, &before, &after))?);
    Ok(())
}

/// The line; a value that was not measured is `null`.
#[derive(Debug, Serialize)]
struct Line<'a> {
    peer: &'a str,
    tag: &'a str,
    rt: &'static str,
    threads: usize,
    callers: usize,
    conns: usize,
    payload: usize,
    secs: f64,
    n: u64,
    rps: f64,
    mb_s: f64,
    p50_us: f64,
    p99_us: f64,
    p999_us: f64,
    max_us: f64,
    client_cpu_us: f64,
    client_user_us: f64,
    client_sys_us: f64,
    client_csw: f64,
    client_util: f64,
    server_cpu_us: Option<f64>,
    server_util: Option<f64>,
    active_callers: usize,
    client_rss_kb: Option<u64>,
    server_rss_kb: Option<u64>,
    errors: u64,
    first_error: Option<String>,
}

fn line<'a, O: Args>(
    client: &'a Client<O>,
    load: &Load,
    before: &Reading,
    after: &Reading,
) -> Line<'a> {
    let latencies = load.latencies();
    let errors = load.errors().clone();
    let (n, secs) = (latencies.len(), (after.at - before.at).as_secs_f64());
    let per_call = |us: f64| round(us / n as f64);
    let cores = |us: f64| round(us / 1e6 / secs);
    let quantile = |part| round(latencies.value_at_quantile(part) as f64 / 1e3);
    let user_us = after.client.user_us - before.client.user_us;
    let sys_us = after.client.sys_us - before.client.sys_us;
    let server_us =
        after.server_cpu_us.zip(before.server_cpu_us).map(|(after, before)| after - before);
    let rps = n as f64 / secs;
    Line {
        peer: &client.label,
        tag: &client.tag,
        rt: "tokio",
        threads: 1,
        callers: client.callers.get(),
        conns: client.conns.get(),
        payload: client.payload,
        secs: round(secs),
        n,
        rps: round(rps),
        mb_s: round(rps * client.payload as f64 / 1e6),
        p50_us: quantile(0.50),
        p99_us: quantile(0.99),
        p999_us: quantile(0.999),
        max_us: round(latencies.max() as f64 / 1e3),
        client_cpu_us: per_call(user_us + sys_us),
        client_user_us: per_call(user_us),
        client_sys_us: per_call(sys_us),
        client_csw: per_call(after.client.switches - before.client.switches),
        client_util: cores(user_us + sys_us),
        server_cpu_us: server_us.map(per_call),
        server_util: server_us.map(cores),
        active_callers: load.active(),
        client_rss_kb: process::rss_kb(std::process::id()),
        server_rss_kb: client.server_pid.and_then(process::rss_kb),
        errors: errors.count,
        first_error: errors.first,
    }
}

/// Four digits after the point.
fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
