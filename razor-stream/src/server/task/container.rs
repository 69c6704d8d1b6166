//! The ready-made task: a request, the place for its result, and the answer that it owes.
//!
//! Knows what a task can do, and no transport. Does not know who runs it.

use super::{
    Origin, Refuse, Reply, RespNoti, Respond, ServerTaskDecode, ServerTaskDone, ServerTaskEncode,
    TaskRequest, TaskResponse,
};
use crate::DefaultCodec;
use crate::error::RpcErrCodec;
use crate::proto::{FrameworkCode, RpcAction};
use crate::server::dispatch::Call;
use razor_rpc_codec::Codec;
use std::fmt;

/// A request that has been decoded, with the answer that it owes its client.
///
/// It is moved to the thread or coroutine that serves it and is answered there, by [`done`](ServerTaskDone::done), or
/// by [`set_result`](ServerTaskDone::set_result) and later [`respond`](ServerTaskEncode::respond). If it is dropped
/// without an answer, for instance by a panic, it answers `rpc_internal_err`, so that the client does not wait in vain.
/// It keeps one slot of its connection and one of its server until it is answered.
///
/// `Req` and `Resp` are any serde types, or a [`WithBlob`](super::WithBlob); `E` is any [`RpcErrCodec`]: a number like
/// an errno, a `String`, a type of your own. `K` is the codec, msgpack unless another is named.
///
/// ```
/// use razor_stream::server::dispatch::{Flow, per_task};
/// use razor_stream::server::task::{ServerTask, ServerTaskDone};
///
/// /// Divides; the error is an errno.
/// type Divide = ServerTask<(i64, i64), i64, i32>;
///
/// let dispatch = per_task(|task: Divide| {
///     std::thread::spawn(move || {
///         const EDOM: i32 = 33;
///         let (dividend, divisor) = task.req;
///         task.done(dividend.checked_div(divisor).ok_or(EDOM));
///     });
///     Flow::Next
/// });
/// ```
pub struct ServerTask<Req, Resp = (), E = (), K = DefaultCodec> {
    /// The decoded request.
    pub req: Req,
    action: Action,
    result: Option<Result<Resp, E>>,
    noti: RespNoti,
    codec: K,
}

/// An action that owns its name.
#[derive(Debug)]
enum Action {
    Num(u32),
    Str(Box<str>),
}

impl From<RpcAction<'_>> for Action {
    fn from(action: RpcAction<'_>) -> Self {
        match action {
            RpcAction::Num(number) => Self::Num(number),
            RpcAction::Str(name) => Self::Str(name.into()),
        }
    }
}

impl<Req, Resp, E, K> ServerTask<Req, Resp, E, K> {
    /// The action of the request. A variant with several actions tells them apart by this.
    #[must_use]
    pub fn action(&self) -> RpcAction<'_> {
        match &self.action {
            Action::Num(number) => RpcAction::Num(*number),
            Action::Str(name) => RpcAction::Str(name),
        }
    }

    /// Identifies the request on its connection.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.noti.seq()
    }

    /// Whether the connection has ended, so that nobody will read the answer.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.noti.is_abandoned()
    }

    /// Splits off the request, so that it can be consumed while the task still waits for its result.
    #[must_use]
    pub fn split(self) -> (Req, ServerTask<(), Resp, E, K>) {
        let Self { req, action, result, noti, codec } = self;
        (req, ServerTask { req: (), action, result, noti, codec })
    }
}

impl<Req, Resp, E, K> Refuse for ServerTask<Req, Resp, E, K>
where
    Self: Send + 'static,
{
    fn refuse(self, code: FrameworkCode) {
        self.noti.refuse(code);
    }

    fn origin(&self) -> Option<Origin> {
        self.noti.origin()
    }
}

impl<Req, Resp, E, K> ServerTaskDecode for ServerTask<Req, Resp, E, K>
where
    Req: TaskRequest,
    Resp: Send + 'static,
    E: Send + 'static,
    K: Codec,
{
    type Codec = K;

    fn decode_task(codec: &K, call: Call<'_>, reply: Reply<'_>) -> Option<Self> {
        let action = call.action();
        match Req::decode_from(codec, call) {
            Ok(req) => Some(Self {
                req,
                action: action.into(),
                result: None,
                noti: reply.detach(),
                codec: codec.clone(),
            }),
            Err(error) => {
                reply.undecodable(&error);
                None
            }
        }
    }
}

impl<Req, Resp, E, K> ServerTaskEncode for ServerTask<Req, Resp, E, K>
where
    Req: Send + 'static,
    Resp: TaskResponse,
    E: RpcErrCodec,
    K: Codec,
{
    fn respond(self) {
        let Self { result, noti, codec, .. } = self;
        match result {
            Some(Ok(response)) => response.answer(&codec, noti),
            Some(Err(error)) => noti.user_error(error.encode(&codec)),
            None => noti.internal_error(format_args!("a task was answered without a result")),
        }
    }
}

impl<Req, Resp, E, K> ServerTaskDone<Resp, E> for ServerTask<Req, Resp, E, K>
where
    Self: ServerTaskEncode,
{
    fn set_result(&mut self, result: Result<Resp, E>) {
        self.result = Some(result);
    }
}

/// The request is not shown: it may be large, or not be meant for a log.
impl<Req, Resp, E, K> fmt::Debug for ServerTask<Req, Resp, E, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTask")
            .field("action", &self.action())
            .field("seq", &self.seq())
            .finish_non_exhaustive()
    }
}
