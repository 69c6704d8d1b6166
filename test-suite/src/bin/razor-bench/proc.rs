//! The resources that processes use: CPU time, context switches, memory, file descriptors.
//!
//! Asks the kernel, about this process and others. Does not know what is measured.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs;
use std::ops::Sub;

/// Allows this process as many file descriptors as it may allow itself.
pub(crate) fn raise_descriptor_limit() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        eprintln!("the limit of file descriptors stays as it is: {error}");
    }
}

/// CPU time in microseconds, and context switches, of this process.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Usage {
    pub(crate) user_us: f64,
    pub(crate) sys_us: f64,
    pub(crate) switches: f64,
}

impl Usage {
    /// The usage since this process started.
    pub(crate) fn so_far() -> Self {
        let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else { return Self::default() };
        let us = |time: TimeVal| time.tv_sec() as f64 * 1e6 + time.tv_usec() as f64;
        let switches = usage.voluntary_context_switches() + usage.involuntary_context_switches();
        Self {
            user_us: us(usage.user_time()),
            sys_us: us(usage.system_time()),
            switches: switches as f64,
        }
    }

    /// CPU time in user and kernel mode, in microseconds.
    pub(crate) fn cpu_us(&self) -> f64 {
        self.user_us + self.sys_us
    }
}

impl Sub for Usage {
    type Output = Self;
    fn sub(self, earlier: Self) -> Self {
        Self {
            user_us: self.user_us - earlier.user_us,
            sys_us: self.sys_us - earlier.sys_us,
            switches: self.switches - earlier.switches,
        }
    }
}

/// Memory of a process, in KiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Rss {
    pub(crate) total_kb: u64,
    /// Memory that no file backs: heap and stacks.
    pub(crate) anon_kb: u64,
}

impl Rss {
    /// The memory of a process; 0 if there is no such process.
    pub(crate) fn of(pid: u32) -> Self {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default())
    }

    /// The memory of this process.
    pub(crate) fn own() -> Self {
        Self::of(std::process::id())
    }

    fn parse(status: &str) -> Self {
        let field = |name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
        };
        Self { total_kb: field("VmRSS:"), anon_kb: field("RssAnon:") }
    }
}

/// CPU time of a process in microseconds: the scheduler's account of its threads, or the coarser one of the process
/// where the kernel keeps none. `None` if there is no such process.
pub(crate) fn cpu_us(pid: u32) -> Option<f64> {
    of_threads(pid).map(|ns| ns as f64 / 1e3).or_else(|| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let ticks = ticks(&stat)?;
        Some(ticks as f64 * 1e6 / rustix::param::clock_ticks_per_second() as f64)
    })
}

fn of_threads(pid: u32) -> Option<u64> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|stat| stat.split_whitespace().next()?.parse::<u64>().ok())
        .reduce(|sum, ns| sum + ns)
}

/// User and system time out of `/proc/PID/stat`.
fn ticks(stat: &str) -> Option<u64> {
    // The name of the process, in parentheses, may contain anything.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_out_of_the_status_of_a_process() {
        let status = "Name:\tx\nVmRSS:\t    5120 kB\nRssAnon:\t     640 kB\nRssFile:\t 4480 kB\n";
        assert_eq!(Rss::parse(status), Rss { total_kb: 5120, anon_kb: 640 });
        assert_eq!(Rss::parse(""), Rss::default());
        assert!(Rss::own().total_kb >= Rss::own().anon_kb && Rss::own().anon_kb > 0);
    }

    #[test]
    fn ticks_are_found_whatever_the_process_is_called() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 99 0 0 0 41 1 0 0 20 0 1 0 5 0 0";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("7 (a"), None);
    }

    #[test]
    fn both_accounts_of_the_own_cpu_time_grow_with_work() {
        let (usage, account) = (Usage::so_far(), cpu_us(std::process::id()).unwrap());
        let mut x = 1u64;
        while (Usage::so_far() - usage).cpu_us() < 20_000.0 {
            x = std::hint::black_box(x.wrapping_mul(3));
        }
        assert!(cpu_us(std::process::id()).unwrap() > account);
    }

    #[test]
    fn a_process_that_does_not_exist_has_no_cpu_time() {
        assert_eq!(cpu_us(u32::MAX), None);
        assert_eq!(Rss::of(u32::MAX), Rss::default());
    }
}
