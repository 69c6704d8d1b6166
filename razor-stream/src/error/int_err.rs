//! The framework's own error, small and cheap to clone.
//!
//! Knows what failed, where, and what may have happened to the request. Does not know how errors travel
//! (see [`crate::proto::FrameworkCode`]) nor the method's own errors.

use super::Outcome;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The class of a framework error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RpcErrKind {
    /// No connection to the peer could be made.
    Unreachable,
    /// The connection broke.
    IO,
    /// The deadline of the call passed.
    Timeout,
    /// The peer has no such method.
    Method,
    /// The peer has no such service.
    Service,
    /// A message could not be encoded.
    Encode,
    /// A message could not be decoded.
    Decode,
    /// The peer failed inside: a handler panicked, dropped its answer or returned a framework error.
    Internal,
    /// The peer does not speak our version of the protocol.
    Version,
    /// A queue is full, here or at the peer.
    Overloaded,
    /// The peer, or this end, is closing.
    Closing,
    /// A message, blob or action is over a limit.
    TooLarge,
    /// The buffer that the caller gave for the response's blob is too small for it.
    BufferTooSmall,
    /// The peer broke the protocol.
    Protocol,
    /// A request that the wire cannot express.
    Invalid,
    /// No async runtime was around.
    NoRuntime,
}

impl RpcErrKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::IO => "connection lost",
            Self::Timeout => "timed out",
            Self::Method => "no such method",
            Self::Service => "no such service",
            Self::Encode => "message does not encode",
            Self::Decode => "message does not decode",
            Self::Internal => "internal error at the peer",
            Self::Version => "protocol version not spoken by the peer",
            Self::Overloaded => "overloaded",
            Self::Closing => "closing",
            Self::TooLarge => "over a limit",
            Self::BufferTooSmall => "buffer too small",
            Self::Protocol => "protocol broken by the peer",
            Self::Invalid => "invalid request",
            Self::NoRuntime => {
                "no async runtime here, pass one with `connect_with_executor` or `with_executor`"
            }
        }
    }
}

/// The stage of a call at which it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Finding out the addresses of a name.
    Resolve,
    /// Making the connection.
    Connect,
    /// Listening for connections.
    Listen,
    /// Encoding the request, before anything was queued.
    Encode,
    /// Waiting for a connection, for room in a queue or for a place in the window.
    Queue,
    /// Waiting for the answer.
    Wait,
    /// At the server.
    Server,
    /// Reading the answer.
    Reply,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Listen => "listen",
            Self::Encode => "encode",
            Self::Queue => "queue",
            Self::Wait => "wait",
            Self::Server => "server",
            Self::Reply => "reply",
        })
    }
}

type Cause = Arc<dyn Error + Send + Sync>;

/// An error of the framework: what failed, at which stage, with which peer and action, why, and what may have
/// happened to the request.
///
/// An error with which a server has answered has the stage [`Server`](Stage::Server) and names the peer. If the call
/// was made by a generated client or a task, it also names the action.
///
/// It is as large as two pointers and a clone allocates nothing.
///
/// ```
/// use razor_stream::error::{Outcome, RpcErrKind, RpcIntErr, Stage};
///
/// let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
/// let err = RpcIntErr::new(RpcErrKind::Unreachable, Outcome::NotSent, Stage::Connect)
///     .with_peer("10.0.0.7:8082")
///     .with_cause(refused);
/// assert_eq!(err.outcome(), Outcome::NotSent);
/// assert_eq!(err.to_string(), "connect to 10.0.0.7:8082: connection refused");
/// ```
#[derive(Clone)]
pub struct RpcIntErr {
    kind: RpcErrKind,
    outcome: Outcome,
    stage: Stage,
    permanent: bool,
    detail: Option<Arc<Detail>>,
}

#[derive(Clone, Default)]
struct Detail {
    peer: Option<Cow<'static, str>>,
    action: Option<Cow<'static, str>>,
    cause: Option<Cause>,
}

impl RpcIntErr {
    /// Makes an error without peer and cause, for a caller or a transport of your own. The library's own errors are
    /// made in `error/made.rs`, each by a function with a name.
    #[must_use]
    pub const fn new(kind: RpcErrKind, outcome: Outcome, stage: Stage) -> Self {
        Self { kind, outcome, stage, permanent: false, detail: None }
    }

    /// Adds the address of the peer.
    #[must_use]
    pub fn with_peer(mut self, peer: impl Into<Cow<'static, str>>) -> Self {
        self.detail_mut().peer = Some(peer.into());
        self
    }

    /// Adds the action of the request: a number, or `Service.method`.
    ///
    /// ```
    /// use razor_stream::proto::FrameworkCode;
    ///
    /// let err = FrameworkCode::NoMethod.to_error().with_peer("db:1").with_action("Calc.ad");
    /// assert_eq!(err.to_string(), "server at db:1: Calc.ad: no such method");
    /// ```
    #[must_use]
    pub fn with_action(mut self, action: impl Into<Cow<'static, str>>) -> Self {
        self.detail_mut().action = Some(action.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.detail_mut().cause = Some(Arc::from(cause.into()));
        self
    }

    /// Marks the error as permanent: a repeat of the request, or of the attempt to connect to this address, will get it
    /// again.
    #[must_use]
    pub const fn permanently(mut self) -> Self {
        self.permanent = true;
        self
    }

    /// Changes the outcome: when a connection breaks, it is `NotSent` for one request and `Unknown` for another.
    #[must_use]
    pub fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// The class of the error.
    #[must_use]
    pub const fn kind(&self) -> RpcErrKind {
        self.kind
    }

    /// What may have happened to the request.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether a repeat cannot execute the request twice: no handler has seen it. [`permanent`](Self::permanent) tells
    /// whether a repeat is useless.
    ///
    /// ```
    /// use razor_stream::proto::FrameworkCode;
    ///
    /// let overloaded = FrameworkCode::Overloaded.to_error();
    /// assert!(overloaded.is_safe_to_repeat() && !overloaded.permanent());
    /// let no_method = FrameworkCode::NoMethod.to_error();
    /// assert!(no_method.is_safe_to_repeat() && no_method.permanent());
    /// let panicked = FrameworkCode::Internal.to_error();
    /// assert!(!panicked.is_safe_to_repeat());
    /// ```
    #[must_use]
    pub const fn is_safe_to_repeat(&self) -> bool {
        self.outcome.is_safe_to_repeat()
    }

    /// The stage at which the call failed.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether a repeat is useless: every server will refuse this request again, or the address is malformed.
    #[must_use]
    pub const fn permanent(&self) -> bool {
        self.permanent
    }

    /// The peer's address, where it is known.
    #[must_use]
    pub fn peer(&self) -> Option<&str> {
        self.detail.as_ref()?.peer.as_deref()
    }

    /// The action of the request, where it is known.
    #[must_use]
    pub fn action(&self) -> Option<&str> {
        self.detail.as_ref()?.action.as_deref()
    }

    fn cause(&self) -> Option<&Cause> {
        self.detail.as_ref()?.cause.as_ref()
    }

    fn detail_mut(&mut self) -> &mut Detail {
        Arc::make_mut(self.detail.get_or_insert_default())
    }
}

impl fmt::Display for RpcIntErr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.stage)?;
        if let Some(peer) = self.peer() {
            match self.stage {
                Stage::Connect => write!(f, " to {peer}")?,
                Stage::Resolve => write!(f, " {peer}")?,
                _ => write!(f, " at {peer}")?,
            }
        }
        if let Some(action) = self.action() {
            write!(f, ": {action}")?;
        }
        match self.cause() {
            None => write!(f, ": {}", self.kind.text()),
            Some(cause) if self.kind == RpcErrKind::Unreachable => write!(f, ": {cause}"),
            Some(cause) => write!(f, ": {}: {cause}", self.kind.text()),
        }
    }
}

impl fmt::Debug for RpcIntErr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}/{:?} ({self})", self.kind, self.outcome)
    }
}

impl Error for RpcIntErr {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause().map(|cause| &**cause as &(dyn Error + 'static))
    }
}

/// Two framework errors are equal when their kinds are equal and their outcomes are equal.
impl PartialEq for RpcIntErr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.outcome == other.outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::made;

    #[test]
    fn a_framework_error_is_two_words_large() {
        assert!(size_of::<RpcIntErr>() <= 2 * size_of::<usize>());
    }

    #[test]
    fn the_message_names_stage_peer_and_cause() {
        let err = made::connection_lost("reset").with_peer("db:1");
        assert_eq!(err.to_string(), "wait at db:1: connection lost: reset");
        assert_eq!(err.source().map(ToString::to_string).as_deref(), Some("reset"));
    }

    #[test]
    fn a_changed_outcome_leaves_the_first_error_alone() {
        let lost = made::connection_lost("reset");
        assert_eq!(lost.clone().with_outcome(Outcome::NotSent).outcome(), Outcome::NotSent);
        assert_eq!(lost.outcome(), Outcome::Unknown);
    }
}
