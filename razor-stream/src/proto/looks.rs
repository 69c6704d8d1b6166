//! When deadlines are looked at: often enough for the shortest timeout in use, and never while nothing waits.
//!
//! There is no timer per request. Whoever holds requests looks at all their deadlines at once, and this says when the
//! next look is due. Knows timeouts and instants. Does not know requests or the clock.

use std::time::{Duration, Instant};

/// How much later than its deadline a request may end.
///
/// ```
/// use razor_stream::proto::Resolution;
/// use std::time::Duration;
///
/// let (ms, follow) = (Duration::from_millis, Resolution::Follow);
/// assert_eq!(follow.of(ms(200)), ms(20));
/// assert_eq!((follow.of(ms(2)), follow.of(ms(60_000))), (ms(1), ms(1000)));
/// assert_eq!(Resolution::Fixed(ms(50)).of(ms(200)), ms(50));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Resolution {
    /// A tenth of the request's timeout, at least 1 ms and at most 1 s.
    #[default]
    Follow,
    /// The same for every timeout.
    Fixed(Duration),
}

/// The finest resolution that follows a timeout: timers of the runtimes are no finer.
const FINEST: Duration = Duration::from_millis(1);
/// The coarsest one.
const COARSEST: Duration = Duration::from_secs(1);

impl Resolution {
    /// The resolution for requests with this timeout.
    #[must_use]
    pub fn of(self, timeout: Duration) -> Duration {
        match self {
            Self::Follow => (timeout / 10).clamp(FINEST, COARSEST),
            Self::Fixed(resolution) => resolution,
        }
    }

    /// How long after its submission a request is looked at for the first time. Its deadline begins to run there, so
    /// the rest of the resolution is left for the look at the end.
    fn first_look(self, timeout: Duration) -> Duration {
        self.of(timeout) / 2
    }
}

/// The plan of the looks at what one owner holds.
///
/// ```text
///  resting ──submitted──► planned ──looked──► planned (something waits)
///     ▲                                │
///     └───────────rest (nothing waits)─┘
/// ```
#[derive(Debug)]
pub struct Looks {
    resolution: Resolution,
    /// The shortest timeout of what was submitted since the last look.
    shortest: Duration,
    /// How long after the last look, or after a submission that could not wait for it, the next one is due.
    within: Duration,
    /// The next look is due earlier than whoever looks knows.
    is_untold: bool,
}

/// No look is planned.
const NEVER: Duration = Duration::MAX;

impl Looks {
    /// Nothing has been submitted, and no look is planned.
    #[must_use]
    pub const fn new(resolution: Resolution) -> Self {
        Self { resolution, shortest: NEVER, within: NEVER, is_untold: false }
    }

    /// A request with this timeout has been submitted. Says whether whoever looks has to be woken, because the next look
    /// is due earlier than it was.
    #[inline]
    pub fn submitted(&mut self, timeout: Duration) -> bool {
        timeout < self.shortest && self.is_earlier(timeout)
    }

    /// Something waits that has no deadline, or one for which a look is planned already. Says the same as
    /// [`submitted`](Self::submitted).
    pub fn any_time(&mut self) -> bool {
        self.submitted(COARSEST * 10)
    }

    /// A request has been submitted whose deadline runs already; it may pass at any time.
    pub fn soon(&mut self) -> bool {
        self.submitted(Duration::ZERO)
    }

    fn is_earlier(&mut self, timeout: Duration) -> bool {
        self.shortest = timeout;
        let within = self.resolution.first_look(timeout);
        let is_earlier = within < self.within;
        if is_earlier {
            self.within = within;
            self.is_untold = true;
        }
        is_earlier
    }

    /// For whoever looks: how soon the next look is due, if that has changed by a submission.
    #[must_use]
    pub const fn take_change(&mut self) -> Option<Duration> {
        if self.is_untold {
            self.is_untold = false;
            return Some(self.within);
        }
        None
    }

    /// All deadlines have been looked at, and something still waits; `earliest` is the first of its deadlines. Returns
    /// how soon the next look is due.
    ///
    /// Whatever was submitted since the last look is expected to be submitted again.
    #[must_use]
    pub fn looked(&mut self, now: Instant, earliest: Option<Instant>) -> Duration {
        let expected = std::mem::replace(&mut self.shortest, NEVER);
        self.within = self.resolution.first_look(expected);
        if let (Resolution::Follow, Some(earliest)) = (self.resolution, earliest) {
            let due = earliest.saturating_duration_since(now);
            self.within = self.within.min(due).max(FINEST / 2);
        }
        self.is_untold = false;
        self.within
    }

    /// Nothing waits: no look is due until something is submitted.
    pub const fn rest(&mut self) {
        self.shortest = NEVER;
        self.within = NEVER;
        self.is_untold = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use crate::proto::Deadline;
    use proptest::prelude::*;

    const MS: Duration = Duration::from_millis(1);

    /// Submits requests with `(after, timeout)`, and looks when a look is due, or when `others` look. Returns the lateness
    /// of each end, and the number of looks.
    fn run(resolution: Resolution, requests: &[(Duration, Duration)]) -> (Vec<Duration>, usize) {
        let start = clock::now();
        let (mut looks, mut waiting) = (Looks::new(resolution), Vec::new());
        let (mut late, mut count, mut due) = (vec![None; requests.len()], 0, None::<Instant>);
        let mut next = requests.iter().enumerate().peekable();
        while next.peek().is_some() || !waiting.is_empty() {
            let submits = next.peek().map(|(_, (after, _))| start + *after);
            if let Some(at) = submits.filter(|at| due.is_none_or(|due| *at < due)) {
                let now = at;
                let (number, (_, timeout)) = next.next().expect("peeked");
                waiting.push((number, now + *timeout, Deadline::after(*timeout)));
                looks.submitted(*timeout);
                if let Some(within) = looks.take_change() {
                    due = Some(due.map_or(now + within, |due| due.min(now + within)));
                }
                continue;
            }
            let now = due.expect("a look is due while anything waits");
            count += 1;
            waiting.retain_mut(|(number, end, deadline)| {
                let passed = deadline.has_passed(now);
                if passed {
                    assert!(now >= *end, "request {number} ended early");
                    late[*number] = Some(now - *end);
                }
                !passed
            });
            let earliest = waiting.iter().filter_map(|(_, _, deadline)| deadline.until()).min();
            due = if waiting.is_empty() {
                looks.rest();
                None
            } else {
                Some(now + looks.looked(now, earliest))
            };
        }
        (late.into_iter().map(|late| late.expect("each ends")).collect(), count)
    }

    fn timeouts() -> impl Strategy<Value = Duration> {
        prop_oneof![1u32..50, 50u32..2000, 2000u32..60_000].prop_map(|millis| MS * millis)
    }

    proptest! {
        #[test]
        fn a_request_ends_never_early_and_no_later_than_its_resolution(
            fixed in prop::option::of(1u32..3000),
            requests in prop::collection::vec((0u32..5000, timeouts()), 1..60),
        ) {
            let resolution = fixed.map_or(Resolution::Follow, |fixed| Resolution::Fixed(MS * fixed));
            let mut requests: Vec<_> =
                requests.into_iter().map(|(after, timeout)| (MS * after, timeout)).collect();
            requests.sort_unstable();
            let (late, _) = run(resolution, &requests);
            for ((_, timeout), late) in requests.iter().zip(late) {
                prop_assert!(late <= resolution.of(*timeout), "{late:?} after {timeout:?}");
            }
        }
    }

    #[test]
    fn looks_follow_the_timeouts_in_use_and_fall_back_with_them() {
        let short = (Duration::ZERO, 100 * MS);
        let (_, alone) = run(Resolution::Follow, &[short]);
        assert!(alone <= 4, "{alone} looks at one request");
        let long = (Duration::ZERO, 60_000 * MS);
        let (_, both) = run(Resolution::Follow, &[short, long]);
        assert!(both <= 130, "{both} looks in a minute, where twice a second is enough");
    }

    #[test]
    fn whoever_looks_is_woken_only_for_an_earlier_look() {
        let mut looks = Looks::new(Resolution::Follow);
        assert!(looks.submitted(1000 * MS), "it rests");
        assert!(!looks.submitted(1000 * MS) && !looks.submitted(9000 * MS));
        assert_eq!((looks.take_change(), looks.take_change()), (Some(50 * MS), None));
        assert!(looks.submitted(100 * MS));
        assert_eq!(looks.take_change(), Some(5 * MS));
        let now = clock::now();
        assert_eq!(looks.looked(now, None), 5 * MS, "the same is expected again");
        assert!(!looks.submitted(100 * MS) && !looks.submitted(1000 * MS));
        assert_eq!(looks.looked(now, Some(now + 2 * MS)), 2 * MS, "a deadline comes before that");
        assert_eq!(looks.looked(now, Some(now)), MS / 2, "looks have a distance");
        assert_eq!(looks.looked(now, None), 500 * MS, "nothing was submitted any more");
        looks.rest();
        assert!(looks.submitted(10_000 * MS), "nobody looks");
    }
}
