//! What may have happened to a request whose call failed.
//!
//! Knows the four words and when a repeat is safe. Does not know errors, kinds or retries.

use std::fmt;

/// What may have happened to a request whose call ended in a framework error.
///
/// ```
/// use razor_stream::error::Outcome;
/// assert!(Outcome::Refused.is_safe_to_repeat());
/// assert!(!Outcome::Unknown.is_safe_to_repeat());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the four outcomes are a promise; a fifth would be a breaking change"
)]
pub enum Outcome {
    /// The last byte of the frame never left this process: no handler can have seen the request.
    NotSent,
    /// The peer's framework states that no handler saw the request.
    Refused,
    /// The whole frame was handed to the kernel and no answer came: the request was executed once or not at all, and
    /// may still be running.
    Unknown,
    /// A handler started.
    Executed,
}

impl Outcome {
    /// Whether a repeat cannot execute the request twice.
    #[must_use]
    pub const fn is_safe_to_repeat(self) -> bool {
        matches!(self, Self::NotSent | Self::Refused)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            Self::Refused => "refused",
            Self::Unknown => "outcome unknown",
            Self::Executed => "executed",
        })
    }
}
