//! The counts of this process so far: heap allocations, live bytes, uses of counted transports.
//!
//! Does not know which side this process is.

use crate::transport::{READS, WRITES};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::ops::Sub;
use std::sync::atomic::Ordering::Relaxed;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The counts of a process so far, or the difference of two such counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Blocks asked for, and blocks made larger or smaller.
    pub(crate) allocations: i64,
    /// Bytes asked for and not given back.
    pub(crate) live: i64,
    pub(crate) writes: i64,
    pub(crate) reads: i64,
}

impl Tally {
    pub(crate) fn of_this_process() -> Self {
        let stats = ALLOCATOR.stats();
        let signed = |count: usize| i64::try_from(count).expect("less than all memory");
        Self {
            allocations: signed(stats.allocations + stats.reallocations),
            live: signed(stats.bytes_allocated) - signed(stats.bytes_deallocated),
            writes: WRITES.load(Relaxed).cast_signed(),
            reads: READS.load(Relaxed).cast_signed(),
        }
    }

    /// Writes the counts as a line of text.
    pub(crate) fn render(&self) -> String {
        let Self { allocations, live, writes, reads } = self;
        format!("{allocations} {live} {writes} {reads}")
    }

    /// Reads the counts from a line that [`render`](Self::render) has written.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut numbers = line.split_whitespace().map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Self { allocations: next()?, live: next()?, writes: next()?, reads: next()? })
    }
}

impl Sub for Tally {
    type Output = Self;
    fn sub(self, earlier: Self) -> Self {
        Self {
            allocations: self.allocations - earlier.allocations,
            live: self.live - earlier.live,
            writes: self.writes - earlier.writes,
            reads: self.reads - earlier.reads,
        }
    }
}

#[test]
fn a_tally_is_read_as_it_was_written() {
    let tally = Tally { allocations: 5, live: -7, writes: 0, reads: 1 << 40 };
    assert_eq!(Tally::parse(&tally.render()), Some(tally));
    assert_eq!(Tally::parse("1 2 3"), None);
    assert_eq!(Tally::parse("1 2 3 x"), None);
}
