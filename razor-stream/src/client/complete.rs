//! Handing an answer, or a refusal, to its task.
//!
//! A panic in the code of one task does not touch other tasks. Knows completions. Does not know connections.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

use super::{Completion, Response, Submission};
use crate::LogControl;
use crate::error::{EncodedErr, Outcome, RpcError, RpcIntErr};
use crate::isolation::{discard, isolated};

/// Hands an answer to its task.
#[inline(always)]
pub(super) fn complete<K: Completion>(
    task: K,
    result: Result<Response, RpcError<EncodedErr>>,
    control: &LogControl,
    peer: &str,
) {
    if isolated(|| task.complete(result)).is_none() {
        crate::log::client::COMPLETION
            .warn(control, format_args!("a completion of a call to {peer} panicked"));
    }
}

/// Completes a request that no connection took.
pub(super) fn refuse<K: Completion>(
    request: Submission<K>,
    cause: RpcIntErr,
    control: &LogControl,
) {
    let Submission { frame, task, .. } = request;
    refuse_task(task, cause, control);
    discard(frame);
}

/// Completes a task whose request no connection took.
pub(super) fn refuse_task<K: Completion>(task: K, cause: RpcIntErr, control: &LogControl) {
    let cause = cause.with_outcome(Outcome::NotSent);
    let peer = cause.peer().unwrap_or("(nobody yet)");
    complete(task, Err(cause.clone().into()), control, peer);
}
