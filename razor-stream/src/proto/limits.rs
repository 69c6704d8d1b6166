//! How long a message, a blob and an action may be.
//!
//! Knows the three limits and what to do with a length that is over one. Does not know frames.

use super::RpcAction;

/// How long a message and a blob may be, in bytes. An action's limit is fixed at 256.
///
/// ```
/// use razor_stream::proto::{Limit, Limits};
/// let limits = Limits::default();
/// assert_eq!(limits.msg, 4 << 20);
/// assert_eq!(limits.check(4 << 20, 64 << 20), Limit::Within);
/// assert_eq!(limits.check((4 << 20) + 1, 0), Limit::Discard);
/// assert_eq!(limits.check(u32::MAX, 0), Limit::Close);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest message; 4 MiB by default.
    pub msg: u32,
    /// The longest blob; 64 MiB by default, at most 2 GiB - 1.
    pub blob: u32,
}

/// What to do with a frame of these lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[must_use]
#[non_exhaustive]
pub enum Limit {
    /// Take the frame.
    Within,
    /// Read the frame and throw it away: it is over a limit, but not over twice the limit.
    Discard,
    /// Close the connection: reading the frame would take too long.
    Close,
}

impl Default for Limits {
    fn default() -> Self {
        Self { msg: 4 << 20, blob: 64 << 20 }
    }
}

impl Limits {
    /// The longest blob that the wire can express.
    pub const MAX_BLOB: u32 = i32::MAX as u32;

    /// Makes limits of these lengths in bytes; a larger limit for blobs than 2 GiB - 1 becomes 2 GiB - 1.
    #[must_use]
    pub fn new(msg: u32, blob: u32) -> Self {
        Self { msg, blob: blob.min(Self::MAX_BLOB) }
    }

    /// What to do with a frame of these lengths.
    #[inline]
    pub fn check(&self, msg_len: u32, blob_len: u32) -> Limit {
        if msg_len <= self.msg && blob_len <= self.blob.min(Self::MAX_BLOB) {
            return Limit::Within;
        }
        self.excess(msg_len, blob_len)
    }

    #[cold]
    fn excess(&self, msg_len: u32, blob_len: u32) -> Limit {
        Self::one(msg_len, self.msg).max(Self::one(blob_len, self.blob.min(Self::MAX_BLOB)))
    }

    fn one(len: u32, limit: u32) -> Limit {
        if len <= limit {
            Limit::Within
        } else if u64::from(len) <= 2 * u64::from(limit) {
            Limit::Discard
        } else {
            Limit::Close
        }
    }

    /// What to do with an action whose name has this length.
    pub(super) fn check_name(len: u32) -> Limit {
        if len as usize <= RpcAction::MAX_STR { Limit::Within } else { Limit::Close }
    }
}
