//! The one JSON line that a client prints.
//!
//! Knows names, order and digits of the fields, which scripts rely on. Does not measure.

use crate::args::ClientArgs;
use crate::proc::{Rss, Usage};
use crate::stats::Latencies;
use std::fmt::{Display, Write};
use std::time::Duration;

/// The measurements of a closed loop.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) wall: Duration,
    pub(crate) latencies: Latencies,
    pub(crate) client: Usage,
    /// `None` where the server's process is not known.
    pub(crate) server_cpu_us: Option<f64>,
    pub(crate) active_callers: usize,
    pub(crate) client_rss: Rss,
    pub(crate) server_rss: Rss,
    pub(crate) errors: Errors,
}

/// The measurements of idle connections.
#[derive(Debug)]
pub(crate) struct Idle {
    pub(crate) wall: Duration,
    pub(crate) done: usize,
    pub(crate) client: Usage,
    pub(crate) server_cpu_us: Option<f64>,
    pub(crate) client_kb: u64,
    pub(crate) server_kb: u64,
    pub(crate) errors: Errors,
}

/// The calls that failed.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    pub(crate) count: u64,
    pub(crate) first: Option<String>,
}

/// The line about a closed loop.
pub(crate) fn measured(args: &ClientArgs, run: &Measured) -> String {
    let calls = run.latencies.count();
    let wall = run.wall.as_secs_f64();
    let rate = calls as f64 / wall;
    let per_call = |sum: f64| sum / calls as f64;
    let cores = |us: f64| us / 1e6 / wall;
    Line::new(&args.label, &args.tag, args)
        .number("threads", args.common.threads)
        .number("callers", args.callers)
        .number("conns", args.conns)
        .number("payload", args.payload)
        .digits("secs", Some(wall), 2)
        .number("n", calls)
        .digits("rps", Some(rate), 1)
        .digits("mb_s", Some(rate * args.payload as f64 / 1e6), 1)
        .digits("p50_us", Some(run.latencies.quantile_us(0.50)), 1)
        .digits("p99_us", Some(run.latencies.quantile_us(0.99)), 1)
        .digits("p999_us", Some(run.latencies.quantile_us(0.999)), 1)
        .digits("max_us", Some(run.latencies.max_us()), 1)
        .digits("client_cpu_us", Some(per_call(run.client.cpu_us())), 3)
        .digits("client_user_us", Some(per_call(run.client.user_us)), 3)
        .digits("client_sys_us", Some(per_call(run.client.sys_us)), 3)
        .digits("client_csw", Some(per_call(run.client.switches)), 4)
        .digits("client_util", Some(cores(run.client.cpu_us())), 3)
        .digits("server_cpu_us", run.server_cpu_us.map(per_call), 3)
        .digits("server_util", run.server_cpu_us.map(cores), 3)
        .number("active_callers", run.active_callers)
        .number("client_rss_kb", run.client_rss.total_kb)
        .number("server_rss_kb", run.server_rss.total_kb)
        .errors(&run.errors)
}

/// The line about idle connections.
pub(crate) fn idle(args: &ClientArgs, run: &Idle) -> String {
    let percent = |us: f64| us / 1e6 / run.wall.as_secs_f64() * 100.0;
    let per_connection = |kb: u64| kb as f64 * 1024.0 / args.conns.get() as f64;
    Line::new(&args.label, "idle-clients", args)
        .number("conns", args.conns)
        .number("payload", args.payload)
        .number("done", run.done)
        .digits("server_bytes_per_conn", Some(per_connection(run.server_kb)), 0)
        .digits("client_bytes_per_conn", Some(per_connection(run.client_kb)), 0)
        .digits("server_idle_cpu_pct", Some(percent(run.server_cpu_us.unwrap_or(0.0))), 2)
        .digits("client_idle_cpu_pct", Some(percent(run.client.cpu_us())), 2)
        .errors(&run.errors)
}

/// A JSON object under construction, with fields in order.
struct Line(String);

impl Line {
    fn new(label: &str, tag: &str, args: &ClientArgs) -> Self {
        let line = Self(String::with_capacity(1024));
        line.text("peer", label).text("tag", tag).text("rt", &args.common.rt.to_string())
    }

    fn raw(mut self, name: &str, value: impl Display) -> Self {
        let before = if self.0.is_empty() { '{' } else { ',' };
        write!(self.0, "{before}\"{name}\":{value}").expect("a String takes everything");
        self
    }

    fn number(self, name: &str, value: impl Display) -> Self {
        self.raw(name, value)
    }

    /// Appends a number; `null` where there is none.
    fn digits(self, name: &str, value: Option<f64>, digits: usize) -> Self {
        match value.filter(|value| value.is_finite()) {
            Some(value) => self.raw(name, format_args!("{value:.digits$}")),
            None => self.raw(name, "null"),
        }
    }

    /// Appends a text of at most 200 characters, none of which has to be escaped.
    fn text(self, name: &str, text: &str) -> Self {
        let plain = |c: char| if c == '"' || c == '\\' || c.is_control() { '\'' } else { c };
        let text: String = text.chars().map(plain).take(200).collect();
        self.raw(name, format_args!("\"{text}\""))
    }

    fn errors(self, errors: &Errors) -> String {
        let line = self.number("errors", errors.count);
        let mut line = match &errors.first {
            Some(first) => line.text("first_error", first),
            None => line.raw("first_error", "null"),
        };
        line.0.push('}');
        line.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Command;
    use clap::Parser;
    use serde_json::Value;

    fn args(words: &[&str]) -> ClientArgs {
        let start = ["razor-bench", "client", "--addr", "a:1"];
        match Command::try_parse_from(start.iter().chain(words)) {
            Ok(Command::Client(args)) => args,
            other => panic!("{other:?}"),
        }
    }

    fn run(latencies: impl IntoIterator<Item = Duration>) -> Measured {
        Measured {
            wall: Duration::from_secs(2),
            latencies: latencies.into_iter().collect(),
            client: Usage { user_us: 300_000.0, sys_us: 100_000.0, switches: 50.0 },
            server_cpu_us: Some(1_000_000.0),
            active_callers: 3,
            client_rss: Rss { total_kb: 5000, anon_kb: 400 },
            server_rss: Rss { total_kb: 6000, anon_kb: 500 },
            errors: Errors::default(),
        }
    }

    /// The names between quotes that a colon follows, in their order.
    fn names(line: &str) -> Vec<&str> {
        line.split('"')
            .zip(line.split('"').skip(1))
            .filter(|(_, after)| after.starts_with(':'))
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn the_line_has_the_documented_fields_in_their_order() {
        let line = measured(&args(&[]), &run([Duration::from_micros(5)]));
        let documented = "peer tag rt threads callers conns payload secs n rps mb_s p50_us p99_us p999_us max_us \
             client_cpu_us client_user_us client_sys_us client_csw client_util server_cpu_us server_util \
             active_callers client_rss_kb server_rss_kb errors first_error";
        assert_eq!(names(&line), documented.split_whitespace().collect::<Vec<_>>());
        let fields: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(fields.as_object().unwrap().len(), 27);
    }

    #[test]
    fn figures_are_per_call_and_have_fixed_digits() {
        let words = ["--label", "mine", "--tag", "W1", "--payload", "1000", "--callers", "3"];
        let line = measured(&args(&words), &run(vec![Duration::from_micros(5); 400]));
        for part in [
            r#"{"peer":"mine","tag":"W1","rt":"tokio","threads":1,"callers":3,"conns":1,"payload":1000,"#,
            r#""secs":2.00,"n":400,"rps":200.0,"mb_s":0.2,"p50_us":5.0,"#,
            r#""client_cpu_us":1000.000,"client_user_us":750.000,"client_sys_us":250.000,"client_csw":0.1250,"#,
            r#""client_util":0.200,"server_cpu_us":2500.000,"server_util":0.500,"active_callers":3,"#,
            r#""client_rss_kb":5000,"server_rss_kb":6000,"errors":0,"first_error":null}"#,
        ] {
            assert!(line.contains(part), "{part} in {line}");
        }
    }

    #[test]
    fn what_is_not_known_is_null_and_the_line_stays_json() {
        let mut nothing = run([]);
        nothing.server_cpu_us = None;
        nothing.errors = Errors { count: 2, first: Some("a \"b\\c\"\nd".to_string()) };
        let line = measured(&args(&["--label", "a\"b"]), &nothing);
        let fields: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(fields["n"], 0);
        for unknown in ["client_cpu_us", "client_csw", "server_cpu_us", "server_util"] {
            assert!(fields[unknown].is_null(), "{unknown}");
        }
        assert_eq!(fields["peer"], "a'b");
        assert_eq!(fields["errors"], 2);
        assert_eq!(fields["first_error"], "a 'b'c''d");
    }

    #[test]
    fn the_line_about_idle_connections_has_its_fields() {
        let idle_run = Idle {
            wall: Duration::from_secs(5),
            done: 10,
            client: Usage { user_us: 5_000.0, sys_us: 0.0, switches: 1.0 },
            server_cpu_us: Some(10_000.0),
            client_kb: 20,
            server_kb: 40,
            errors: Errors::default(),
        };
        let line = idle(&args(&["--conns", "10", "--callers", "10", "--idle", "1"]), &idle_run);
        let want = r#"{"peer":"razor-bench","tag":"idle-clients","rt":"tokio","conns":10,"payload":64,"done":10,"#
            .to_string()
            + r#""server_bytes_per_conn":4096,"client_bytes_per_conn":2048,"server_idle_cpu_pct":0.20,"#
            + r#""client_idle_cpu_pct":0.10,"errors":0,"first_error":null}"#;
        assert_eq!(line, want);
    }
}
