//! The one place that asks the system for the time.
//!
//! The protocol gets the time as an argument, so it runs under virtual time in tests.

use std::time::Instant;

/// The present time of the monotonic clock.
#[must_use]
pub fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "this is the clock file")]
    Instant::now()
}
