//! What goes into a session and what comes out of it.
//!
//! Knows the words. Does not know the rules.

use crate::error::RpcIntErr;
use crate::proto::{Deadline, RequestFrame};

/// How much a client's connection may have in its hands.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct SessionLimits {
    /// Requests in flight.
    pub window: usize,
    /// Requests that wait for a place in the window.
    pub queue: usize,
    /// Their bytes.
    pub queue_bytes: usize,
}

impl SessionLimits {
    /// A window and a queue before it, in requests and in bytes.
    #[must_use]
    pub const fn new(window: usize, queue: usize, queue_bytes: usize) -> Self {
        Self { window, queue, queue_bytes }
    }
}

/// What a session keeps of a request: whoever waits for its answer.
pub trait Pending {
    /// Whether nobody waits any more. Such a request is not sent if it has not been; if it has, the session gives its task
    /// back at the next look at deadlines. Called under the connection's lock: it must be quick and must not use the
    /// connection.
    fn is_abandoned(&self) -> bool {
        false
    }
}

/// What became of a request that was submitted.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "an owner handles them all")]
pub enum Submitted<T> {
    /// It is in the output. `flush`: enough has gathered for the peer to start on.
    Appended {
        /// Whether to write now, rather than when the writer gets to it.
        flush: bool,
    },
    /// It waits for a place in the window.
    Queued,
    /// There is no room for it.
    Full(RequestFrame, T),
    /// The connection takes no more requests.
    Closed(RequestFrame, T, RpcIntErr),
}

/// What a reply belongs to.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "an owner handles them all")]
pub enum Matched<T> {
    /// This request. The buffer, which held the frame of one, may take the response.
    Request(T, Vec<u8>),
    /// A request whose deadline has passed, or a ping.
    Unneeded,
    /// Nothing: never sent, or answered before.
    Stray,
    /// Nothing, and once too often: the connection is to be closed.
    TooManyStrays,
}

/// A request that ended without an answer.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a pair")]
pub struct Ended<T> {
    /// Whoever waits.
    pub task: T,
    /// What it gets.
    pub error: RpcIntErr,
}

/// A request that was never sent, and that another connection may send.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "what was submitted")]
pub struct Returned<T> {
    /// What is to be sent.
    pub frame: RequestFrame,
    /// Whoever waits.
    pub task: T,
    /// When it ends.
    pub deadline: Deadline,
}

/// What has happened so far, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionStats {
    /// Replies that came after their request's deadline, or after nobody waited for them any more.
    pub late_replies: u64,
    /// Replies to nothing.
    pub stray_replies: u32,
}
