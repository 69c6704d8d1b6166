//! What a server does with a request: the trait that users implement, and what it is given.
//!
//! Knows requests and replies. Does not know connections: the reader of a connection calls
//! [`Dispatch::dispatch`] and acts on the [`Flow`] it returns.

pub use super::adapter::{
    PerCall, PerConnection, PerTask, per_call, per_connection, per_task, per_task_with,
};
pub use super::flow::{Flow, Later};
use super::task::Reply;
use crate::proto::{Body, FrameworkCode, Request, RpcAction};
use crate::transport::PeerAddr;
use bytes::Bytes;

/// What a server does with each request of one connection.
///
/// It is called by the connection's reader, in the order in which the requests arrived. It must not block: a handler
/// that waits or computes for long takes the reply with it ([`Reply::detach`]) and answers later, from another thread
/// or coroutine. A panic in it is caught and answered as an internal error.
///
/// ```
/// use razor_stream::proto::{FrameworkCode, RpcAction};
/// use razor_stream::server::dispatch::{Call, Dispatch, Flow};
/// use razor_stream::server::task::{Reply, Respond};
///
/// #[derive(Clone)]
/// struct Echo;
///
/// impl Dispatch for Echo {
///     fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
///         match call.action() {
///             RpcAction::Num(1) => reply.success(call.msg(), None),
///             _ => reply.framework_error(FrameworkCode::NoMethod),
///         }
///         Flow::Next
///     }
/// }
/// ```
pub trait Dispatch: Send + 'static {
    /// Answers `call` by `reply`, or hands the reply to code that answers later. A reply that is dropped answers
    /// `rpc_internal_err`.
    fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow;
}

/// Makes a [`Dispatch`] for each connection, so that it can have a state of its own and know the peer.
///
/// Every [`Dispatch`] that is `Clone + Sync` is one: each connection gets a clone. [`per_connection`] makes one from a
/// closure. A type of your own implements it like this:
///
/// ```
/// use razor_stream::server::dispatch::{Call, Dispatch, Flow, MakeDispatch};
/// use razor_stream::server::task::{Reply, Respond};
/// use razor_stream::transport::PeerAddr;
///
/// struct Door;
///
/// /// What a connection has of its own; only its reader calls it, so it needs no lock.
/// struct Visitor {
///     peer: String,
///     calls: u64,
/// }
///
/// impl MakeDispatch for Door {
///     type Dispatch = Visitor;
///
///     fn make(&self, peer: &PeerAddr) -> Visitor {
///         Visitor { peer: peer.to_string(), calls: 0 }
///     }
/// }
///
/// impl Dispatch for Visitor {
///     fn dispatch(&mut self, _: Call<'_>, reply: Reply<'_>) -> Flow {
///         self.calls += 1;
///         reply.success(format!("call {} of {}", self.calls, self.peer).as_bytes(), None);
///         Flow::Next
///     }
/// }
/// ```
pub trait MakeDispatch: Send + Sync + 'static {
    /// The dispatcher of one connection.
    type Dispatch: Dispatch;

    /// Called once for each accepted connection.
    fn make(&self, peer: &PeerAddr) -> Self::Dispatch;
}

impl<D: Dispatch + Clone + Sync> MakeDispatch for D {
    type Dispatch = D;
    fn make(&self, _: &PeerAddr) -> D {
        self.clone()
    }
}

/// A request, for a [`Dispatch`]. Its action has been checked.
#[derive(Debug)]
pub struct Call<'a> {
    action: RpcAction<'a>,
    msg: &'a [u8],
    blob: Body<'a>,
    seq: u64,
    client_id: u64,
}

impl<'a> Call<'a> {
    pub(crate) fn new(request: &'a mut Request<'_>) -> Result<Self, FrameworkCode> {
        let blob = request.take_blob();
        let (seq, client_id) = (request.seq(), request.client_id());
        Ok(Self { action: request.action()?, msg: request.msg(), blob, seq, client_id })
    }

    /// The action that the request asks for.
    #[must_use]
    pub const fn action(&self) -> RpcAction<'a> {
        self.action
    }

    /// The message, where it was received. Decode it here rather than copy it.
    #[must_use]
    pub const fn msg(&self) -> &'a [u8] {
        self.msg
    }

    /// The blob, where it was received.
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The blob, to keep: a large one was received in a buffer of its own and is not copied.
    #[must_use]
    pub fn into_blob(self) -> Bytes {
        self.blob.into_bytes()
    }

    /// Identifies the request on its connection.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// A label chosen by the client; never an identity.
    #[must_use]
    pub const fn client_id(&self) -> u64 {
        self.client_id
    }
}
