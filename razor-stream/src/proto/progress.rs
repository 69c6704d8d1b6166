//! How fast a frame has to arrive once its first byte has.
//!
//! A peer that begins a frame and does not finish it keeps a connection and its buffers for nothing. Time is counted in
//! looks, and only while the reader waits for bytes: time in which the reader does not read, or the machine is
//! suspended, does not count against the peer. Knows how many bytes are missing. Does not know what they are, or the
//! clock.

use std::time::Duration;

/// How fast a frame has to arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pace {
    /// The longest time for a whole header, and the longest time without a byte after it.
    pub stall: Duration,
    /// The least bytes a second of a frame, on average, once its header has been whole for longer than `stall`.
    pub rate: u32,
}

impl Default for Pace {
    /// 5 seconds, 64 KiB a second.
    fn default() -> Self {
        Self { stall: Duration::from_secs(5), rate: 64 << 10 }
    }
}

impl Pace {
    /// The time between two looks: a fifth of `stall`, between a millisecond and a second.
    #[must_use]
    pub fn look_every(&self) -> Duration {
        (self.stall / 5).clamp(Duration::from_millis(1), Duration::from_secs(1))
    }

    fn bytes_in(&self, time: Duration) -> u128 {
        u128::from(self.rate) * time.as_millis() / 1000
    }
}

/// A frame that has begun to arrive and is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unfinished {
    /// Frames of this connection that were whole before it.
    pub after: u64,
    /// Whether its header is whole.
    pub head: bool,
    /// Bytes that are still to come: of the header as long as that is not whole, of the frame afterwards.
    pub missing: u64,
}

/// Checks whether the frame that a connection is receiving arrives fast enough.
///
/// ```
/// use razor_stream::proto::machines::{Pace, Progress, Unfinished};
/// use std::time::Duration;
///
/// let (pace, mut progress) = (Pace::default(), Progress::default());
/// let mut decoder = razor_stream::proto::machines::Decoder::requests(Default::default());
/// let mut input = razor_stream::proto::machines::Input::default();
/// decoder.target(&mut input).0.push(b'M');
/// let looks = (1..).take_while(|_| {
///     progress.keeps_up(decoder.unfinished(&input), Duration::from_secs(1), &pace)
/// });
/// assert_eq!(looks.count(), 5, "the first look finds the frame, and it has five seconds from then on");
/// ```
#[derive(Debug, Default)]
pub struct Progress {
    frame: Option<Seen>,
}

#[derive(Debug)]
struct Seen {
    /// What was missing when this part of the frame was looked at first.
    first: Unfinished,
    missing: u64,
    /// Time since then.
    elapsed: Duration,
    /// Time since the last byte.
    still: Duration,
}

impl Progress {
    /// Looks at the frame that is arriving, if there is one. `after` is the time since the look before. Returns `false`
    /// if it arrives too slowly: then the connection has to be closed.
    pub fn keeps_up(&mut self, now: Option<Unfinished>, after: Duration, pace: &Pace) -> bool {
        let Some(now) = now else {
            self.frame = None;
            return true;
        };
        let part = |of: &Unfinished| (of.after, of.head);
        match &mut self.frame {
            Some(seen) if part(&seen.first) == part(&now) => seen.keeps_up(now, after, pace),
            _ => {
                let (elapsed, still) = (Duration::ZERO, Duration::ZERO);
                self.frame = Some(Seen { first: now, missing: now.missing, elapsed, still });
                true
            }
        }
    }
}

impl Seen {
    fn keeps_up(&mut self, now: Unfinished, after: Duration, pace: &Pace) -> bool {
        self.elapsed += after;
        let stood_still = now.missing >= self.missing;
        self.still = if stood_still { self.still + after } else { Duration::ZERO };
        self.missing = now.missing;
        if !now.head {
            return self.elapsed < pace.stall;
        }
        let arrived = u128::from(self.first.missing.saturating_sub(now.missing));
        let wanted = pace.bytes_in(self.elapsed.saturating_sub(pace.stall));
        self.still < pace.stall && arrived >= wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Duration = Duration::from_millis(500);

    fn frame(after: u64, head: bool, missing: u64) -> Option<Unfinished> {
        Some(Unfinished { after, head, missing })
    }

    /// Looks until a frame is given up that brings `each` bytes between two looks; returns the number of looks after
    /// the first.
    fn looks(head: bool, missing: u64, each: u64) -> Option<u64> {
        let (pace, mut progress) = (Pace::default(), Progress::default());
        (0..10_000)
            .take_while(|look| each * look < missing)
            .find(|look| !progress.keeps_up(frame(7, head, missing - each * look), LOOK, &pace))
    }

    #[test]
    fn a_header_has_five_seconds_however_it_comes() {
        assert_eq!(looks(false, 31, 0), Some(10));
        assert_eq!(looks(false, 31, 1), Some(10));
        assert_eq!(looks(false, 31, 4), None);
    }

    #[test]
    fn a_frame_stands_still_for_five_seconds_at_most() {
        assert_eq!(looks(true, 1, 0), Some(10));
        let (pace, mut progress) = (Pace::default(), Progress::default());
        // The bytes that came earlier give the frame no more time.
        assert!(progress.keeps_up(frame(0, true, 64 << 20), LOOK, &pace));
        for look in 1..=10 {
            assert!(progress.keeps_up(frame(0, true, 1), LOOK, &pace), "look {look}");
        }
        assert!(!progress.keeps_up(frame(0, true, 1), LOOK, &pace));
    }

    #[test]
    fn a_frame_that_comes_at_the_rate_is_never_given_up_and_half_as_fast_is() {
        let each = (64 << 10) / 2;
        assert_eq!(looks(true, 100 << 20, each), None);
        // Half of the rate is what ten seconds want of the five after the first five.
        assert_eq!(looks(true, 100 << 20, each / 2), Some(21));
        assert_eq!(looks(true, 100 << 20, 1), Some(11));
    }

    #[test]
    fn another_frame_begins_anew() {
        let (pace, mut progress) = (Pace::default(), Progress::default());
        for after in 0..1000 {
            assert!(progress.keeps_up(frame(after, false, 3), Duration::from_secs(4), &pace));
            assert!(progress.keeps_up(frame(after, false, 3), Duration::from_secs(4), &pace));
            assert!(progress.keeps_up(frame(after, true, 3), Duration::from_secs(4), &pace));
            assert!(progress.keeps_up(frame(after, true, 3), Duration::from_secs(4), &pace));
        }
        assert!(progress.keeps_up(None, Duration::from_secs(100), &pace));
        assert!(progress.keeps_up(frame(999, true, 3), Duration::from_secs(100), &pace));
    }

    #[test]
    fn looks_follow_a_short_stall() {
        let pace = |stall| Pace { stall, ..Pace::default() };
        assert_eq!(pace(Duration::ZERO).look_every(), Duration::from_millis(1));
        assert_eq!(pace(Duration::from_millis(50)).look_every(), Duration::from_millis(10));
        assert_eq!(pace(Duration::MAX).look_every(), Duration::from_secs(1));
    }
}
