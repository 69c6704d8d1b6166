//! The framework's errors by name: which error a caller gets in each situation.
//!
//! One function for each situation, and the only place of the library where kind, outcome and stage are put together.
//! Peer and action are added where they are known. Does not know how a situation comes about.
//!
//! | when | kind | outcome |
//! |---|---|---|
//! | there is no connection: [`unreachable`], [`no_runtime`], [`undriven_executor`], [`undriven_connect`] | `Unreachable`, `NoRuntime`, `Timeout` | `NotSent` |
//! | the request cannot be sent as it is: [`inexpressible`] | `Encode`, `Invalid`, `TooLarge` | `NotSent` |
//! | the request waits to be sent: [`queue_full`], [`queued_too_long`], [`no_connection`], [`window_given_up`], [`undriven_queue`] | `Overloaded`, `Timeout` | `NotSent` |
//! | the request is taken back: [`takes_no_more`], [`unwanted_in_queue`], [`sender_gave_up`] | `Closing` | `NotSent` |
//! | the request was sent, and no answer came: [`no_answer_in_time`], [`undriven`], [`unwanted`], [`closed`], [`dropped`], [`connection_lost`], [`torn_down`] | `Timeout`, `Closing`, `IO` | `Unknown` |
//! | the answer did not arrive whole: [`blob_not_in_time`], [`unwanted_blob`], [`broken`] | `Timeout`, `Closing`, `Protocol`, `Version` | `Unknown` |
//! | the answer arrived: [`answer_over_limit`], [`undecodable_answer`], [`buffer_too_small`] | `TooLarge`, `Decode`, `BufferTooSmall` | `Executed` |
//! | the server answered with an error: [`answered`] | by its code | by its code |

use super::{Outcome, RpcErrKind, RpcIntErr, Stage};
use std::error::Error;

type Cause = Box<dyn Error + Send + Sync>;

/// No connection to the address could be made: the name has no address, nothing listens there, or the text is not an
/// address.
pub(crate) fn unreachable(stage: Stage, cause: impl Into<Cause>) -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::Unreachable, Outcome::NotSent, stage).with_cause(cause)
}

/// There is no runtime that could drive a connection.
pub(crate) const fn no_runtime() -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::NoRuntime, Outcome::NotSent, Stage::Connect)
}

/// No thread drives the executor that was passed, so the attempt to connect does not end.
pub(crate) fn undriven_executor() -> RpcIntErr {
    no_runtime().with_cause("nothing drives the executor")
}

/// The thread that waits for a connection has waited as long as a call can take, and there is neither a connection nor
/// an error.
pub(crate) fn undriven_connect() -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::Timeout, Outcome::NotSent, Stage::Connect).with_cause(UNDRIVEN)
}

/// The request does not encode, is over a limit of the client, or has an action that the wire cannot express.
pub(crate) const fn inexpressible(kind: RpcErrKind) -> RpcIntErr {
    RpcIntErr::new(kind, Outcome::NotSent, Stage::Encode).permanently()
}

/// The largest allowed number of requests waits for a connection already.
pub(crate) fn queue_full() -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::Overloaded, Outcome::NotSent, Stage::Queue)
        .with_cause("too many requests wait for a connection")
}

/// The deadline of the request passed while it waited for a place in the queue or in the window.
pub(crate) const fn queued_too_long() -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::Timeout, Outcome::NotSent, Stage::Queue)
}

/// The deadline of the request passed while there was no connection, because of `why`.
pub(crate) fn no_connection(why: Option<&RpcIntErr>) -> RpcIntErr {
    let why = why.map_or_else(|| "no connection yet".into(), ToString::to_string);
    queued_too_long().with_cause(why)
}

/// The connection is given up: too much of its window is kept by calls whose callers are gone.
pub(crate) fn window_given_up() -> RpcIntErr {
    queued_too_long().with_cause("half of the window is taken by calls that were given up")
}

/// The thread that made the call has waited as long as the call can take, and the request is still not sent.
pub(crate) fn undriven_queue() -> RpcIntErr {
    queued_too_long().with_cause(UNDRIVEN)
}

/// The client or its connection takes no more requests.
pub(crate) const fn takes_no_more() -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::Closing, Outcome::NotSent, Stage::Queue)
}

/// The caller is gone, and its request was not sent yet.
pub(crate) fn unwanted_in_queue() -> RpcIntErr {
    takes_no_more().with_cause(NOBODY_WAITS)
}

/// The future that was to submit the request was dropped before it had done so.
pub(crate) fn sender_gave_up() -> RpcIntErr {
    takes_no_more().with_cause("its sender gave up")
}

/// The deadline of the call passed after the request was sent.
pub(crate) const fn no_answer_in_time() -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::Timeout, Outcome::Unknown, Stage::Wait)
}

/// The thread that made the call has waited as long as the call can take, and the connection has not ended the call.
#[must_use]
pub fn undriven() -> RpcIntErr {
    no_answer_in_time().with_cause(UNDRIVEN)
}

/// The caller is gone, and its request was sent.
pub(crate) fn unwanted() -> RpcIntErr {
    closed().with_cause(NOBODY_WAITS)
}

/// The client was closed while the request was on its way.
pub(crate) const fn closed() -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::Closing, Outcome::Unknown, Stage::Wait)
}

/// The last handle of the client was dropped while the request was on its way.
pub(crate) fn dropped() -> RpcIntErr {
    closed().with_cause("the client was dropped")
}

/// The connection broke while the request was on its way.
pub(crate) fn connection_lost(cause: impl Into<Cause>) -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::IO, Outcome::Unknown, Stage::Wait).with_cause(cause)
}

/// The connection was dropped without ending the call, as it is when its runtime is torn down.
#[must_use]
pub fn torn_down() -> RpcIntErr {
    connection_lost("the connection went away without an answer")
}

/// The deadline of the call passed while the blob of its answer was received.
pub(crate) const fn blob_not_in_time() -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::Timeout, Outcome::Unknown, Stage::Reply)
}

/// The caller went away while the blob of its answer was received.
pub(crate) const fn unwanted_blob() -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::Closing, Outcome::Unknown, Stage::Reply)
}

/// The server broke the protocol (`Protocol`), or does not speak our version of it (`Version`); the connection is
/// closed.
pub(crate) fn broken(kind: RpcErrKind, cause: impl Into<Cause>) -> RpcIntErr {
    RpcIntErr::new(kind, Outcome::Unknown, Stage::Reply).with_cause(cause)
}

/// The answer is over a limit of the client.
pub(crate) const fn answer_over_limit() -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::TooLarge, Outcome::Executed, Stage::Reply)
}

/// The result, or the method's own error, is not of the type that the caller expects.
#[cold]
pub(crate) fn undecodable_answer(cause: impl Into<Cause>) -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::Decode, Outcome::Executed, Stage::Reply).with_cause(cause)
}

/// The memory that the task has for the blob of its answer is too small for it.
pub(crate) fn buffer_too_small(cause: impl Into<Cause>) -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::BufferTooSmall, Outcome::Executed, Stage::Reply).with_cause(cause)
}

/// The server has answered with an error of the framework;
/// [`FrameworkCode::to_error`](crate::proto::FrameworkCode::to_error) tells what each of its codes means.
pub(crate) const fn answered(kind: RpcErrKind, outcome: Outcome) -> RpcIntErr {
    RpcIntErr::new(kind, outcome, Stage::Server)
}

const NOBODY_WAITS: &str = "nobody waits for the answer";
const UNDRIVEN: &str = "nothing drives the connection, or this thread would have to";
