//! The live line on a terminal: phase, rate in the last half second, failed calls.
//!
//! Shows nothing where standard error is not a terminal. Does not know when to show the line: the control thread calls
//! it.

use crate::load::Phase;
use crate::stats;
use razor_stream::clock;
use std::io::{IsTerminal, Write};
use std::time::Instant;

/// The live line; dropping it clears it.
#[derive(Debug)]
pub(crate) struct Progress {
    last: Option<Look>,
}

#[derive(Debug, Clone, Copy)]
struct Look {
    at: Instant,
    answered: u64,
}

impl Progress {
    /// Shows nothing unless standard error is a terminal.
    pub(crate) fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { last: terminal.then(|| Look { at: clock::now(), answered: 0 }) }
    }

    /// Shows the rate since the last call of this.
    pub(crate) fn show(&mut self, phase: Phase, failed: u64) {
        if let Some(last) = &mut self.last {
            let look = Look { at: clock::now(), answered: stats::recorded() };
            let seconds = (look.at - last.at).as_secs_f64();
            let rate = (look.answered - last.answered) as f64 / seconds;
            print(&line(phase, rate, failed));
            *last = look;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.last.is_some() {
            print("");
        }
    }
}

/// Calls are not counted during the warm-up, so there is no rate then.
fn line(phase: Phase, rate: f64, failed: u64) -> String {
    match phase {
        Phase::WarmUp => format!("warm-up {failed:>9} failed"),
        Phase::Measure | Phase::Done => format!("measure {failed:>9} failed {rate:>12.0} calls/s"),
    }
}

/// Replaces the line that the cursor is in. A terminal that is gone is no reason to stop.
fn print(line: &str) {
    let mut terminal = std::io::stderr().lock();
    let _ = write!(terminal, "\r\x1b[K{line}").and_then(|()| terminal.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_phase_failures_and_rate() {
        assert_eq!(line(Phase::WarmUp, 0.0, 3), "warm-up         3 failed");
        assert_eq!(
            line(Phase::Measure, 41_234.6, 0),
            "measure         0 failed        41235 calls/s"
        );
    }
}
