//! The resources that processes use: CPU time, context switches, memory.
//!
//! Asks the kernel, about this process and others. Does not know what is measured.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::unistd::{SysconfVar, sysconf};
use std::fs;

/// CPU time in microseconds, and context switches, of this process since it started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    pub(crate) user_us: f64,
    pub(crate) sys_us: f64,
    pub(crate) switches: f64,
}

impl Usage {
    pub(crate) fn so_far() -> std::io::Result<Self> {
        let usage = getrusage(UsageWho::RUSAGE_SELF)?;
        let us = |time: TimeVal| time.tv_sec() as f64 * 1e6 + time.tv_usec() as f64;
        let switches = usage.voluntary_context_switches() + usage.involuntary_context_switches();
        Ok(Self {
            user_us: us(usage.user_time()),
            sys_us: us(usage.system_time()),
            switches: switches as f64,
        })
    }
}

/// CPU time of a process in microseconds: the scheduler's account of its threads, or the coarser one of the
/// process where the kernel keeps none.
pub(crate) fn cpu_us(pid: u32) -> Option<f64> {
    of_threads(pid).or_else(|| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let per_second = sysconf(SysconfVar::CLK_TCK).ok()??;
        Some(ticks(&stat)? as f64 * 1e6 / per_second as f64)
    })
}

fn of_threads(pid: u32) -> Option<f64> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|stat| stat.split_whitespace().next()?.parse::<f64>().ok())
        .reduce(|sum, ns| sum + ns)
        .map(|ns| ns / 1e3)
}

/// User and system time out of `/proc/PID/stat`.
fn ticks(stat: &str) -> Option<u64> {
    // The name of the process, in parentheses, may contain anything.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

/// Memory of a process that is resident, in KiB.
pub(crate) fn rss_kb(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_found_whatever_the_process_is_called() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 99 0 0 0 41 1 0 0 20 0 1 0 5 0 0";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("7 (a"), None);
    }

    #[test]
    fn a_process_has_time_and_memory_and_none_has_neither() {
        assert!(rss_kb(std::process::id()).is_some_and(|kb| kb > 100));
        assert!(cpu_us(std::process::id()).is_some());
        assert_eq!((rss_kb(u32::MAX), cpu_us(u32::MAX)), (None, None));
    }
}
