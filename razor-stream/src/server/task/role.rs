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
/// /// An entry of a queue of your own.
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
    /// Answers with `code`, for instance [`Overloaded`](FrameworkCode::Overloaded), because no handler has seen the
    /// request.
    fn refuse(self, code: FrameworkCode);

    /// Which request this is, for log lines. By default this is `None`, and a line about a handler that panics names
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

/// A task with a value that was added to it on its way, for instance the state of its connection.
impl<S: Send + 'static, T: Refuse> Refuse for (S, T) {
    fn refuse(self, code: FrameworkCode) {
        self.1.refuse(code);
    }

    fn origin(&self) -> Option<Origin> {
        self.1.origin()
    }
}

/// A task that is decoded from a request, and carries the answer with it.
///
/// Mostly it is a [`ServerTask`](super::ServerTask), or an enum under
/// [`#[server_task_enum(req)]`](super::server_task_enum).
///
/// ```
/// use razor_stream::codec::MsgpCodec;
/// use razor_stream::proto::FrameworkCode;
/// use razor_stream::server::dispatch::Call;
/// use razor_stream::server::task::{Refuse, Reply, RespNoti, ServerTaskDecode};
///
/// /// The message as it was sent, undecoded.
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
    /// The codec by which requests are encoded.
    type Codec: Codec;

    /// Decodes the task that `call` asks for. Returns `None` if the request was answered with an error instead: with
    /// `rpc_decode` if it does not decode, with `rpc_method_notfound` if its action is unknown.
    fn decode_task(codec: &Self::Codec, call: Call<'_>, reply: Reply<'_>) -> Option<Self>;
}

/// A task that answers with the result that was set.
///
/// [`ServerTask`](super::ServerTask) is one, and so is an enum under
/// [`#[server_task_enum(resp)]`](super::server_task_enum). It is for programs with stages: one stage sets the result
/// ([`ServerTaskDone::set_result`]), and a later stage encodes it and answers, for instance on a thread of its own.
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
    /// Encodes the result and answers with it, or with `rpc_encode` if it does not encode or is over a limit. A task
    /// without a result answers `rpc_internal_err`.
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
    /// Keeps the result until [`respond`](ServerTaskEncode::respond) sends it. A second call replaces the result.
    fn set_result(&mut self, result: Result<Resp, E>);

    /// Answers with the result.
    fn done(mut self, result: Result<Resp, E>) {
        self.set_result(result);
        self.respond();
    }
}
