//! Closures as dispatchers: per call, per connection, per task.
//!
//! Knows with what each closure is called. Does not know what it does.

use super::dispatch::{Call, Dispatch, Flow, MakeDispatch};
use super::task::{Reply, ServerTaskDecode};
use crate::transport::PeerAddr;
use std::fmt;
use std::marker::PhantomData;

/// A closure that is called with each request; made by [`per_call`].
#[derive(Clone)]
pub struct PerCall<F>(F);

/// Makes a dispatcher from a closure that gets each request as it arrived.
///
/// What the closure has captured is cloned for each connection. The rules of [`Dispatch::dispatch`] hold for the
/// closure too: it must not block.
///
/// ```
/// use razor_stream::proto::{FrameworkCode, RpcAction};
/// use razor_stream::server::dispatch::{Flow, per_call};
/// use razor_stream::server::task::Respond;
///
/// let echo = per_call(|call, reply| {
///     match call.action() {
///         RpcAction::Num(1) => reply.success(call.msg(), None),
///         _ => reply.framework_error(FrameworkCode::NoMethod),
///     }
///     Flow::Next
/// });
/// ```
pub const fn per_call<F>(serve: F) -> PerCall<F>
where
    F: FnMut(Call<'_>, Reply<'_>) -> Flow + Send + 'static,
{
    PerCall(serve)
}

impl<F> Dispatch for PerCall<F>
where
    F: FnMut(Call<'_>, Reply<'_>) -> Flow + Send + 'static,
{
    fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
        (self.0)(call, reply)
    }
}

/// A closure that makes a dispatcher for each connection; made by [`per_connection`].
#[derive(Clone)]
pub struct PerConnection<F>(F);

/// Makes a dispatcher for each connection, by a closure that is called once for it with the address of the peer.
///
/// So a connection can have a state of its own; its requests are dispatched one after the other, so the state needs no
/// lock:
///
/// ```
/// use razor_stream::server::dispatch::{Flow, per_call, per_connection};
/// use razor_stream::server::task::Respond;
///
/// let counting = per_connection(|peer| {
///     let peer = peer.to_string();
///     let mut calls = 0u64;
///     per_call(move |_call, reply| {
///         calls += 1;
///         reply.success(format!("call {calls} of {peer}").as_bytes(), None);
///         Flow::Next
///     })
/// });
/// ```
pub const fn per_connection<F, D>(make: F) -> PerConnection<F>
where
    F: Fn(&PeerAddr) -> D + Send + Sync + 'static,
    D: Dispatch,
{
    PerConnection(make)
}

impl<F, D> MakeDispatch for PerConnection<F>
where
    F: Fn(&PeerAddr) -> D + Send + Sync + 'static,
    D: Dispatch,
{
    type Dispatch = D;

    fn make(&self, peer: &PeerAddr) -> D {
        (self.0)(peer)
    }
}

/// A closure that is called with each task; made by [`per_task`].
pub struct PerTask<T: ServerTaskDecode, F> {
    codec: T::Codec,
    serve: F,
    task: PhantomData<fn() -> T>,
}

/// Makes a dispatcher from a closure that gets each request as a task. A request that does not decode is answered with
/// an error, and the closure does not see it.
///
/// The task can be sent to where it is served: a thread, a channel, [`Workers`](crate::server::Workers).
///
/// ```
/// use razor_stream::server::dispatch::{Flow, per_task};
/// use razor_stream::server::task::{ServerTask, ServerTaskDone};
/// use std::sync::mpsc;
///
/// let (queue, tasks) = mpsc::sync_channel::<ServerTask<u64, u64>>(1024);
/// let dispatch = per_task(move |task| {
///     // If the queue is full, the task is dropped, and its drop answers with an internal error.
///     let _ = queue.try_send(task);
///     Flow::Next
/// });
/// std::thread::spawn(move || {
///     for task in tasks {
///         let doubled = task.req * 2;
///         task.done(Ok(doubled));
///     }
/// });
/// # fn serves<D: razor_stream::server::dispatch::MakeDispatch>(_: D) {}
/// # serves(dispatch);
/// ```
pub fn per_task<T, F>(serve: F) -> PerTask<T, F>
where
    T: ServerTaskDecode,
    F: FnMut(T) -> Flow + Send + 'static,
{
    per_task_with(T::Codec::default(), serve)
}

/// As [`per_task`], with a codec that is passed.
///
/// ```
/// use razor_stream::codec::MsgpCodec;
/// use razor_stream::server::dispatch::{Flow, per_task_with};
/// use razor_stream::server::task::{ServerTask, ServerTaskDone};
///
/// let dispatch = per_task_with(MsgpCodec, |task: ServerTask<u64>| {
///     task.done(Ok(()));
///     Flow::Next
/// });
/// ```
pub const fn per_task_with<T, F>(codec: T::Codec, serve: F) -> PerTask<T, F>
where
    T: ServerTaskDecode,
    F: FnMut(T) -> Flow + Send + 'static,
{
    PerTask { codec, serve, task: PhantomData }
}

impl<T: ServerTaskDecode, F: Clone> Clone for PerTask<T, F> {
    fn clone(&self) -> Self {
        Self { codec: self.codec.clone(), serve: self.serve.clone(), task: PhantomData }
    }
}

impl<T, F> Dispatch for PerTask<T, F>
where
    T: ServerTaskDecode,
    F: FnMut(T) -> Flow + Send + 'static,
{
    fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
        match T::decode_task(&self.codec, call, reply) {
            Some(task) => (self.serve)(task),
            None => Flow::Next,
        }
    }
}

impl<F> fmt::Debug for PerCall<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerCall").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for PerConnection<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerConnection").finish_non_exhaustive()
    }
}

impl<T: ServerTaskDecode, F> fmt::Debug for PerTask<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerTask").finish_non_exhaustive()
    }
}
