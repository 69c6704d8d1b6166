//! The one place that asks for the time.
//!
//! Everything else is told what time it is; so the protocol runs under virtual time in tests.

use std::time::Instant;

/// The monotonic clock.
#[must_use]
pub fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "this is the clock file")]
    Instant::now()
}
