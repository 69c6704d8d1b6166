//! The wire protocol, version 1, without any IO.
//!
//! Takes bytes, commands and the time; returns bytes, events and the next deadline. Knows no socket, channel, clock,
//! coroutine or runtime. The rules are those of docs/PROTOCOL.md; a test names each of them.
//!
//! | file | holds |
//! |---|---|
//! | `action` | what a request asks for: a number or a name |
//! | `head` | the two fixed headers |
//! | `code` | the framework's errors on the wire |
//! | `limits` | how long a message, a blob and an action may be |
//! | `frame` | encoding of whole frames |
//! | `decode` | incremental decoding of requests and responses |
//! | `output` | bytes and blobs waiting to be written |
//! | `outbox` | the output of a connection, and the right to write it |
//! | `deadline` | when a request without an answer ends |
//! | `looks` | when deadlines are looked at |
//! | `in_flight` | the table of requests in flight |
//! | `progress` | how fast a frame has to arrive |
//! | `session` | a client's connection: window, queue, sequence, table and output in one state machine |

mod action;
mod code;
mod deadline;
mod decode;
mod frame;
mod head;
mod in_flight;
mod limits;
mod looks;
mod outbox;
mod output;
mod progress;
mod session;

pub use action::{ActionError, RpcAction};
pub use code::FrameworkCode;
pub use decode::FrameError;
pub use frame::FrameTooLarge;
pub use head::VERSION;
pub use limits::{Limit, Limits};
pub use session::SessionStats;

pub(crate) use frame::MAX_ERROR_TEXT;
pub(crate) use looks::FINEST;
pub(crate) use machines::*;

/// The state machines of the protocol, for the tests and benchmarks of this repository. They may change in any release.
#[doc(hidden)]
pub mod machines {
    pub use super::deadline::Deadline;
    pub use super::decode::{
        BlobAhead, Body, Decoder, Direction, Input, Replies, ReplyFrame, Request, Requests, Step,
    };
    pub use super::frame::{ErrorReply, RequestFrame};
    pub use super::head::{REQUEST_HEAD, RESPONSE_HEAD, RequestHead, ResponseHead};
    pub use super::in_flight::InFlight;
    pub use super::looks::{Looks, Resolution};
    pub use super::outbox::{Left, Outbox};
    pub use super::output::Output;
    pub use super::progress::{Pace, Progress, Unfinished};
    pub use super::session::{
        Ended, Matched, NotTaken, Pending, Session, SessionLimits, Submission, Submitted,
    };
}
