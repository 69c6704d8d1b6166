//! What goes into a session and what comes out of it.
//!
//! Knows the values. Does not know the rules: `session` does.

use crate::error::RpcIntErr;
use crate::proto::{Deadline, RequestFrame};
use std::time::Duration;

/// How many requests a client's connection may hold.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct SessionLimits {
    /// Requests in flight.
    pub window: usize,
    /// Requests that wait for a place in the window.
    pub queue: usize,
    /// The bytes of these waiting requests.
    pub queue_bytes: usize,
}

impl SessionLimits {
    /// A window and a queue before it, in requests and in bytes.
    #[must_use]
    pub const fn new(window: usize, queue: usize, queue_bytes: usize) -> Self {
        Self { window, queue, queue_bytes }
    }
}

/// What a session keeps for a request: the task that waits for its answer.
pub trait Pending {
    /// Whether nobody waits for the answer any more. Such a request is never sent if it is still queued; if it has been
    /// sent, the session gives its task back at the next look at deadlines. Called under the connection's lock: it must
    /// be quick and must not use the connection.
    fn is_abandoned(&self) -> bool {
        false
    }
}

/// A request on its way to a connection: what is sent, the task that gets the answer, and when it ends.
///
/// It is one value from the caller to the output or the queue of a connection. A request that is refused comes back
/// whole.
///
/// ```
/// use razor_stream::client::{ClientCaller, Completion, Submission};
/// use razor_stream::error::RpcIntErr;
/// use razor_stream::proto::RpcAction;
/// use std::time::Duration;
///
/// /// Sends a request without a message. It has one second, waiting for room included.
/// async fn poke<K: Completion>(caller: &impl ClientCaller<K>, task: K) -> Result<(), RpcIntErr> {
///     let nothing = |_: &mut Vec<u8>| Ok::<(), std::io::Error>(());
///     let frame = razor_stream::client::render(caller.config(), RpcAction::Num(1), None, nothing)?;
///     caller.submit(Submission::new(frame, task, Duration::from_secs(1))).await;
///     Ok(())
/// }
/// ```
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "these three are all that an owner needs")]
pub struct Submission<T> {
    /// The rendered request.
    pub frame: RequestFrame,
    /// The task that gets the answer.
    pub task: T,
    /// When the task ends without an answer.
    pub deadline: Deadline,
}

impl<T> Submission<T> {
    /// A request that ends `timeout` after its submission, time spent in queues included; at most one hour.
    #[inline]
    #[must_use]
    pub fn new(frame: RequestFrame, task: T, timeout: Duration) -> Self {
        Self { frame, task, deadline: Deadline::after(timeout.min(Deadline::LONGEST)) }
    }
}

/// A request that was not taken. It comes back whole, and nothing of it has been sent.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "an owner handles them all")]
pub enum NotTaken<T> {
    /// There is no room for it now.
    Full(Submission<T>),
    /// The connection takes no more requests, for this reason.
    Closed(Submission<T>, RpcIntErr),
}

/// Where a request is after it has been taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "an owner handles them all")]
pub enum Submitted {
    /// It is in the output. `flush`: enough has gathered for the peer to start on.
    Appended {
        /// Whether to write now, rather than when the writer gets to it.
        flush: bool,
    },
    /// It waits for a place in the window.
    Queued,
}

/// What a reply belongs to.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "an owner handles them all")]
pub enum Matched<T> {
    /// This request. The buffer has held the frame of a request, and may take the response.
    Request(T, Vec<u8>),
    /// A request whose deadline has passed, or a ping.
    Unneeded,
    /// No request: it was never sent, or was answered before.
    Stray,
    /// No request, once more than allowed: the connection has to be closed.
    TooManyStrays,
}

/// A request that ended without an answer.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a pair")]
pub struct Ended<T> {
    /// The task that waits for the answer.
    pub task: T,
    /// The error that the task gets.
    pub error: RpcIntErr,
}

/// Counts of replies that nobody waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionStats {
    /// Replies that came after their request's deadline, or when nobody waited for them any more.
    pub late_replies: u64,
    /// Replies that belong to no request.
    pub stray_replies: u32,
}
