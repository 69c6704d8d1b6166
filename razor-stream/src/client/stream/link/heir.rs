//! Where the requests go that a connection did not send.
//!
//! Knows submissions. Does not know what an heir does with them: a pool is one.

use crate::error::RpcIntErr;
use crate::proto::Submission;

/// Gets the requests that a connection took and did not send, because it ended or was given up.
pub(in crate::client) trait Heir<K>: Send + Sync {
    /// Sends these requests by another connection, or completes them; `cause` is why the connection did not send them.
    fn inherit(&self, unsent: Vec<Submission<K>>, cause: &RpcIntErr);
}
