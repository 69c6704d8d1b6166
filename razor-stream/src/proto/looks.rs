//! When deadlines are looked at: often enough for the shortest timeout in use, and never while nothing waits.
//!
//! There is no timer per request. The owner of requests looks at all their deadlines at once, and [`Looks`] says when
//! the next look is due. Knows timeouts and instants. Does not know requests or the clock.

use std::time::{Duration, Instant};

/// How much later than its deadline a request may end.
///
/// ```
/// use razor_stream::proto::machines::Resolution;
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
    /// This duration for every timeout.
    Fixed(Duration),
}

/// The finest deadline resolution, and the shortest time between two attempts to connect: timers of the runtimes are no
/// finer.
pub(crate) const FINEST: Duration = Duration::from_millis(1);
/// The coarsest resolution that follows a timeout.
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

    /// The longest time from the submission of a request to the first look at it. The deadline begins to run at that
    /// look, so the other half of the resolution is left for the look that ends the request.
    fn first_look(self, timeout: Duration) -> Duration {
        self.of(timeout) / 2
    }
}

/// When an owner of requests looks at their deadlines.
///
/// ```text
///  resting ──submitted──► planned ──looked──► planned (something waits)
///     ▲                                │
///     └───────────rest (nothing waits)─┘
/// ```
#[derive(Debug)]
pub struct Looks {
    resolution: Resolution,
    /// The shortest timeout of the requests submitted since the last look.
    shortest: Duration,
    /// The next look is due this long after the last one, or after a submission that could not wait for the planned
    /// look.
    within: Duration,
    /// The next look has become due earlier, and the owner has not taken that change.
    is_untold: bool,
}

/// No look is planned.
const NEVER: Duration = Duration::MAX;

impl Looks {
    /// A plan without any look: nothing has been submitted.
    #[must_use]
    pub const fn new(resolution: Resolution) -> Self {
        Self { resolution, shortest: NEVER, within: NEVER, is_untold: false }
    }

    /// Records that a request with this timeout has been submitted. Returns whether the owner has to be woken, because
    /// the next look is due earlier than before.
    #[inline]
    pub fn submitted(&mut self, timeout: Duration) -> bool {
        timeout < self.shortest && self.is_earlier(timeout)
    }

    /// Records that something waits that has no deadline, or a deadline for which a look is planned already. Returns
    /// whether the owner has to be woken, like [`submitted`](Self::submitted).
    pub fn any_time(&mut self) -> bool {
        self.submitted(COARSEST * 10)
    }

    /// Records that a request has been submitted whose deadline runs already and may pass at any time. Returns whether
    /// the owner has to be woken, like [`submitted`](Self::submitted).
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

    /// For the owner: how soon the next look is due, if a submission has changed that since the owner asked last.
    #[must_use]
    pub const fn take_change(&mut self) -> Option<Duration> {
        if self.is_untold {
            self.is_untold = false;
            return Some(self.within);
        }
        None
    }

    /// Records that the owner has looked at all deadlines, and that something still waits; `earliest` is the first of
    /// the deadlines. Returns how soon the next look is due.
    ///
    /// Timeouts that were submitted since the last look are expected to be submitted again.
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

    /// Records that nothing waits: no look is due until something is submitted.
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

    /// Submits requests with `(after, timeout)`, and looks when a look is due. Returns the lateness of each end, and
    /// the number of looks.
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
    fn the_owner_is_woken_only_for_an_earlier_look() {
        let mut looks = Looks::new(Resolution::Follow);
        assert!(looks.submitted(1000 * MS), "no look was planned");
        assert!(!looks.submitted(1000 * MS) && !looks.submitted(9000 * MS));
        assert_eq!((looks.take_change(), looks.take_change()), (Some(50 * MS), None));
        assert!(looks.submitted(100 * MS));
        assert_eq!(looks.take_change(), Some(5 * MS));
        let now = clock::now();
        assert_eq!(looks.looked(now, None), 5 * MS, "this timeout is expected again");
        assert!(!looks.submitted(100 * MS) && !looks.submitted(1000 * MS));
        assert_eq!(looks.looked(now, Some(now + 2 * MS)), 2 * MS, "a deadline comes before that");
        assert_eq!(looks.looked(now, Some(now)), MS / 2, "two looks are never closer than this");
        assert_eq!(looks.looked(now, None), 500 * MS, "nothing was submitted any more");
        looks.rest();
        assert!(looks.submitted(10_000 * MS), "no look is planned");
    }
}
