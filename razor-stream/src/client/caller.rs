//! What sends requests: one connection, a pool, or a type of a user.
//!
//! Object-safe, so that a client can be stored without naming its transport. Knows submissions. Does not know connections.

use super::{ClientConfig, Completion, Submission};
use crate::proto::RequestFrame;
use std::future::Future;
use std::pin::Pin;

/// Sends requests, each with the task that gets its answer.
pub trait ClientCaller<K: Completion>: Send + Sync + 'static {
    /// The limits and deadlines in force.
    fn config(&self) -> &ClientConfig;

    /// A request that has the [timeout](ClientConfig::call_timeout) of this caller.
    #[inline]
    fn submission(&self, frame: RequestFrame, task: K) -> Submission<K> {
        Submission::new(frame, task, self.config().call_timeout())
    }

    /// Submits a request, if there is room for it. Its task gets the answer, or the reason why there is none.
    ///
    /// # Errors
    /// The request is given back if there is no room now; [`submit`](Self::submit) waits for room.
    fn try_submit(&self, request: Submission<K>) -> Result<(), Submission<K>>;

    /// Submits a request, and waits for room if there is none; at most until the request's deadline. However it ends, the
    /// task is completed: it gets the answer, or the reason why there is none.
    ///
    /// # Cancellation
    /// Dropped before it has been polled, or while it waits for room, the request is not sent: its task gets `Closing`,
    /// outcome `NotSent`.
    fn submit(&self, request: Submission<K>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
