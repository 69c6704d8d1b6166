//! The order in which the addresses of a name are tried.
//!
//! As in RFC 8305 (Happy Eyeballs): IPv6 and IPv4 in turns, and addresses that have failed lately last. Knows addresses
//! and instants. Does not know sockets or the clock.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Orders addresses: both families in turns, each family in the order of the resolver, which puts the best address
/// first. Each address is there once.
pub(crate) fn in_turns(found: &[SocketAddr]) -> Vec<SocketAddr> {
    let mut seen = HashSet::new();
    let found = found.iter().copied().filter(|addr| seen.insert(*addr)).take(MOST_CONSIDERED);
    let found: Vec<_> = found.collect();
    let first_is_v6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        found.iter().copied().partition(|addr| addr.is_ipv6() == first_is_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut ordered = Vec::with_capacity(found.len());
    while ordered.len() < found.len() {
        ordered.extend(first.next());
        ordered.extend(second.next());
    }
    ordered
}

/// The addresses that have failed lately: an attempt does not start where the one before has failed.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The oldest failure first.
    failures: Mutex<VecDeque<(SocketAddr, Instant)>>,
}

impl Record {
    /// Records that this address has refused, or has not answered.
    pub(crate) fn failed(&self, addr: SocketAddr, now: Instant) {
        let mut failures = self.failures();
        failures.retain(|(failed, _)| *failed != addr);
        failures.push_back((addr, now));
        if failures.len() > MOST_CONSIDERED {
            failures.pop_front();
        }
    }

    /// Records that this address has accepted.
    pub(crate) fn accepted(&self, addr: SocketAddr) {
        self.failures().retain(|(failed, _)| *failed != addr);
    }

    /// Puts the addresses that have failed lately behind the others; among these, the address whose failure is the
    /// longest ago comes first.
    pub(crate) fn sort(&self, addrs: &mut [SocketAddr], now: Instant) {
        let mut failures = self.failures();
        failures.retain(|(_, at)| now.duration_since(*at) < FORGOTTEN);
        let places: HashMap<_, _> =
            failures.iter().enumerate().map(|(place, (addr, _))| (*addr, place)).collect();
        addrs.sort_by_key(|addr| places.get(addr).copied());
    }

    fn failures(&self) -> MutexGuard<'_, VecDeque<(SocketAddr, Instant)>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The most addresses of one name that are ever tried, and the most failures that are remembered.
const MOST_CONSIDERED: usize = 1024;
/// A failure is forgotten after this time: an address that was dead may be alive again, and the resolver may have had a
/// reason to put it first.
const FORGOTTEN: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;
    use razor_stream::clock;

    fn addrs<const N: usize>(hosts: [&str; N]) -> Vec<SocketAddr> {
        hosts.map(|host| SocketAddr::new(host.parse().unwrap(), 80)).to_vec()
    }

    #[test]
    fn families_take_turns_and_the_resolver_says_which_begins() {
        for (found, tried) in [
            (addrs(["::1", "::2", "::3", "1.1.1.1"]), addrs(["::1", "1.1.1.1", "::2", "::3"])),
            (addrs(["1.1.1.1", "2.2.2.2", "::1"]), addrs(["1.1.1.1", "::1", "2.2.2.2"])),
            (addrs(["1.1.1.1", "1.1.1.1", "::1"]), addrs(["1.1.1.1", "::1"])),
            (addrs(["::1"]), addrs(["::1"])),
            (addrs([]), addrs([])),
        ] {
            assert_eq!(in_turns(&found), tried, "{found:?}");
        }
    }

    #[test]
    fn of_a_million_addresses_a_bounded_number_is_considered() {
        let found: Vec<_> = (0..1_000_000_u32)
            .map(|n| SocketAddr::new(std::net::Ipv4Addr::from(n).into(), 80))
            .collect();
        assert_eq!(in_turns(&found), found[..MOST_CONSIDERED]);
    }

    #[test]
    fn what_has_failed_comes_last_and_the_oldest_failure_first() {
        let (now, record) = (clock::now(), Record::default());
        let [a, b, c, d] = addrs(["::1", "::2", "::3", "::4"])[..] else { unreachable!() };
        let sorted = |at| {
            let mut addrs = [a, b, c, d];
            record.sort(&mut addrs, at);
            addrs
        };
        assert_eq!(sorted(now), [a, b, c, d]);
        record.failed(a, now);
        record.failed(c, now);
        assert_eq!(sorted(now), [b, d, a, c]);
        record.failed(a, now + Duration::from_secs(1));
        assert_eq!(sorted(now), [b, d, c, a]);
        record.accepted(c);
        assert_eq!(sorted(now), [b, c, d, a]);
        assert_eq!(sorted(now + 2 * FORGOTTEN), [a, b, c, d]);
    }

    #[test]
    fn failures_are_remembered_in_a_bounded_number() {
        let (now, record) = (clock::now(), Record::default());
        for port in 0..=u16::MAX {
            record.failed(SocketAddr::from(([127, 0, 0, 1], port)), now);
        }
        assert_eq!(record.failures().len(), MOST_CONSIDERED);
    }
}
