//! What a task can do: be decoded from a request, be refused, get its result, be answered.
//!
//! [`ServerTask`](super::ServerTask) does all of it, and so does an enum of tasks under
//! [`#[server_task_enum]`](super::server_task_enum). Knows no container.

use super::{Origin, Reply, RespNoti, Respond};
use crate::proto::FrameworkCode;
use crate::server::dispatch::Call;
use razor_rpc_codec::Codec;

/// Something that owes a client an answer, and can be refused before any handler has seen it.
///
/// ```
/// use razor_stream::proto::FrameworkCode;
/// use razor_stream::server::task::{Origin, Refuse, RespNoti};
///
/// /// What a queue of one's own holds.
/// struct Job {
///     bytes: Vec<u8>,
///     noti: RespNoti,
/// }
///
/// impl Refuse for Job {
///     fn refuse(self, code: FrameworkCode) {
///         self.noti.refuse(code);
///     }
///
///     fn origin(&self) -> Option<Origin> {
///         self.noti.origin()
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be refused",
    note = "a task is a `ServerTask<…>`, an enum under `#[server_task_enum(req)]`, or implements `Refuse`"
)]
pub trait Refuse: Send + Sized + 'static {
    /// Answers with `code`, for instance [`Overloaded`](FrameworkCode::Overloaded): no handler has seen it.
    fn refuse(self, code: FrameworkCode);

    /// Which request this is, for log lines. By default it is not known, and a line about a handler that panics names
    /// neither method nor peer: a type that holds a [`RespNoti`] or a task returns the origin of that.
    fn origin(&self) -> Option<Origin> {
        None
    }
}

impl Refuse for RespNoti {
    fn refuse(self, code: FrameworkCode) {
        self.framework_error(code);
    }

    fn origin(&self) -> Option<Origin> {
        Self::origin(self)
    }
}

/// A task and what it was given on its way, a connection's state for instance.
impl<S: Send + 'static, T: Refuse> Refuse for (S, T) {
    fn refuse(self, code: FrameworkCode) {
        self.1.refuse(code);
    }

    fn origin(&self) -> Option<Origin> {
        self.1.origin()
    }
}

/// A task that is decoded from a request, and takes the answer along.
///
/// By hand it is written like this; mostly it is a [`ServerTask`](super::ServerTask), or an enum under
/// [`#[server_task_enum(req)]`](super::server_task_enum).
///
/// ```
/// use razor_stream::codec::MsgpCodec;
/// use razor_stream::proto::FrameworkCode;
/// use razor_stream::server::dispatch::Call;
/// use razor_stream::server::task::{Refuse, Reply, RespNoti, ServerTaskDecode};
///
/// /// Whatever is sent, undecoded.
/// struct Raw {
///     bytes: Vec<u8>,
///     noti: RespNoti,
/// }
///
/// impl Refuse for Raw {
///     fn refuse(self, code: FrameworkCode) {
///         self.noti.refuse(code);
///     }
/// }
///
/// impl ServerTaskDecode for Raw {
///     type Codec = MsgpCodec;
///
///     fn decode_task(_: &MsgpCodec, call: Call<'_>, reply: Reply<'_>) -> Option<Self> {
///         Some(Self { bytes: call.msg().to_vec(), noti: reply.detach() })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no task that is decoded from a request",
    note = "it is a `ServerTask<…>`, an enum under `#[server_task_enum(req)]`, or implements `ServerTaskDecode`"
)]
pub trait ServerTaskDecode: Refuse {
    /// What requests are encoded by.
    type Codec: Codec;

    /// The task that `call` asks for. `None` if it was answered instead: a request that does not decode by
    /// `rpc_decode`, one for an unknown action by `rpc_method_notfound`.
    fn decode_task(codec: &Self::Codec, call: Call<'_>, reply: Reply<'_>) -> Option<Self>;
}

/// A task that answers with the result it was given.
///
/// [`ServerTask`](super::ServerTask) is one, and so is an enum under
/// [`#[server_task_enum(resp)]`](super::server_task_enum). It is for stages: one sets the result
/// ([`ServerTaskDone::set_result`]), a later one encodes and answers, on a thread of its own for instance.
///
/// ```
/// use razor_stream::server::task::ServerTaskEncode;
///
/// fn answer_all<T: ServerTaskEncode>(finished: Vec<T>) {
///     for task in finished {
///         task.respond();
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no task that answers with its result",
    note = "it is a `ServerTask<…>`, an enum under `#[server_task_enum(resp)]`, or implements `ServerTaskEncode`"
)]
pub trait ServerTaskEncode: Send + Sized + 'static {
    /// Encodes the result and answers with it; `rpc_encode` if it does not encode or is over a limit. A task that
    /// has got none answers `rpc_internal_err`.
    fn respond(self);
}

/// A task that gets a result of this type, or an error.
///
/// ```
/// use razor_stream::server::task::ServerTaskDone;
///
/// fn look_up(task: impl ServerTaskDone<String, i32>, found: Option<&str>) {
///     const ENOENT: i32 = 2;
///     task.done(found.map(ToString::to_string).ok_or(ENOENT));
/// }
/// ```
pub trait ServerTaskDone<Resp, E>: ServerTaskEncode {
    /// Keeps the result until [`respond`](ServerTaskEncode::respond). A later one takes its place.
    fn set_result(&mut self, result: Result<Resp, E>);

    /// Answers with the result.
    fn done(mut self, result: Result<Resp, E>) {
        self.set_result(result);
        self.respond();
    }
}
