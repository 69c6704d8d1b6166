//! Categories of lines, each limited to ten lines a second.
//!
//! Knows targets and levels. Does not know what a line says.

use super::{LogControl, line};
use crate::clock;
use log::Level;
use parking_lot::Mutex;
use std::fmt::Arguments;
use std::time::{Duration, Instant};

/// The most lines of one category in a second.
const LINES: u32 = 10;

/// A category of lines, limited to ten a second in the whole process.
pub(crate) struct Limited {
    target: &'static str,
    state: Mutex<Option<Second>>,
}

struct Second {
    began: Instant,
    lines: u32,
    left_out: u64,
}

/// What to do with one more line.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Write { left_out: u64 },
    LeaveOut,
}

impl Limited {
    pub(super) const fn new(target: &'static str) -> Self {
        Self { target, state: Mutex::new(None) }
    }

    /// Writes the line as a warning, unless ten have been written within the second.
    pub(crate) fn warn(&self, control: &LogControl, told: Arguments<'_>) {
        self.write(Level::Warn, control, told);
    }

    /// Writes the line as information, unless ten have been written within the second.
    pub(crate) fn info(&self, control: &LogControl, told: Arguments<'_>) {
        self.write(Level::Info, control, told);
    }

    fn write(&self, level: Level, control: &LogControl, told: Arguments<'_>) {
        if !control.writes(self.target, level) {
            return;
        }
        match self.admit(clock::now()) {
            Verdict::LeaveOut => {}
            Verdict::Write { left_out: 0 } => line::write(self.target, level, told),
            Verdict::Write { left_out } => {
                line::write_with_rest(
                    self.target,
                    level,
                    told,
                    format_args!(" ({left_out} lines like it left out)"),
                );
            }
        }
    }

    fn admit(&self, now: Instant) -> Verdict {
        let mut state = self.state.lock();
        let second = state.get_or_insert(Second { began: now, lines: 0, left_out: 0 });
        if now.duration_since(second.began) >= Duration::from_secs(1) {
            second.began = now;
            second.lines = 0;
        }
        if second.lines >= LINES {
            second.left_out += 1;
            return Verdict::LeaveOut;
        }
        second.lines += 1;
        Verdict::Write { left_out: std::mem::take(&mut second.left_out) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_lines_a_second_are_written_and_the_rest_is_counted() {
        let limited = Limited::new("razor_stream");
        let now = clock::now();
        for _ in 0..10 {
            assert_eq!(limited.admit(now), Verdict::Write { left_out: 0 });
        }
        for _ in 0..7 {
            assert_eq!(limited.admit(now), Verdict::LeaveOut);
        }
        let later = now + Duration::from_secs(1);
        assert_eq!(limited.admit(later), Verdict::Write { left_out: 7 });
        assert_eq!(limited.admit(later), Verdict::Write { left_out: 0 });
    }
}
