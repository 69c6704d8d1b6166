//! Requests from plain threads: the thread waits, and needs no runtime.
//!
//! Knows how long a thread waits at most. Does not know connections: every [`ClientCaller`] can send.

use super::waiter::{Answer, Waiter};
use crate::client::{ClientCaller, Completion, Response, Submission};
use crate::coroutine::{after, wait_until};
use crate::error::{EncodedErr, RpcError, RpcIntErr, made};
use crate::proto::RequestFrame;
use crossfire::oneshot;
use std::future::Future;
use std::time::{Duration, Instant};

/// Sends requests from threads that may block. Every [`ClientCaller`] can do that: a
/// [`ClientStream`](crate::client::ClientStream), a [`ClientPool`](crate::client::ClientPool), or a type of a user.
///
/// The calling thread is parked while it waits, and needs no runtime. The connection needs one: its coroutines run on
/// the runtime in which, or on the executor with which, it was made. Other threads have to drive that.
///
/// # In async code
///
/// Never call these functions in async code. Call them from plain threads, or from threads that a runtime keeps for
/// blocking work. They block the calling thread, and with it the coroutines that only this thread can run next. The
/// connection's coroutines may be among these, even where other workers are idle: on tokio's multi-thread runtime, the
/// coroutine that a worker woke last waits in a place from which no other worker takes it. Then no answer can arrive,
/// and the call ends by [`ClientConfig::patience`](crate::client::ClientConfig::patience), with the error `Timeout`. It
/// never waits for ever.
///
/// # Example
///
/// ```
/// use orb::prelude::*;
/// use orb_tokio::TokioRT;
/// use razor_stream::client::{ClientCaller, ClientCallerBlocking, ClientConfig, ClientPool, Waiter, render};
/// use razor_stream::proto::RpcAction;
/// # use razor_stream::server::dispatch::{Call, Dispatch, Flow};
/// # use razor_stream::server::task::{Reply, Respond};
/// # use razor_stream::server::RpcServer;
/// use razor_stream::transport::memory::{MemoryClient, MemoryServer};
///
/// # #[derive(Clone)]
/// # struct Echo;
/// # impl Dispatch for Echo {
/// #     fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
/// #         reply.success(call.msg(), None);
/// #         Flow::Next
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// // An executor with a thread of its own drives both sides; this one is plain.
/// let exec = TokioRT::one();
/// # let listener: MemoryServer<TokioRT> = MemoryServer::bind("")?;
/// # let server = RpcServer::bind(listener).with_executor(&exec).dispatch(Echo)?;
/// # let name = server.local_addr();
/// let transport: MemoryClient<TokioRT> = MemoryClient::new();
/// let pool: ClientPool<Waiter, _> =
///     ClientPool::with_executor(transport, name, ClientConfig::default(), &exec)?;
/// let request = render(pool.config(), RpcAction::Num(1), None, |out| {
///     out.extend_from_slice(b"hello");
///     Ok::<(), std::io::Error>(())
/// })?;
/// assert_eq!(pool.call_blocking(request)?.msg, b"hello");
/// # drop(server);
/// # Ok(())
/// # }
/// ```
pub trait ClientCallerBlocking<K: Completion>: ClientCaller<K> {
    /// Submits a request. If there is no room for it, the thread waits for room, at most until the request's deadline.
    /// The task of the request gets the answer, or the reason why there is none.
    ///
    /// ```
    /// use razor_stream::client::{ClientCallerBlocking, Completion, Submission};
    ///
    /// fn submit_all<K: Completion>(
    ///     caller: &impl ClientCallerBlocking<K>,
    ///     requests: Vec<Submission<K>>,
    /// ) {
    ///     for request in requests {
    ///         caller.submit_blocking(request);
    ///     }
    /// }
    /// ```
    fn submit_blocking(&self, request: Submission<K>);

    /// Waits until there is a connection, as [`ready`](ClientCaller::ready) does.
    ///
    /// ```
    /// use razor_stream::client::{ClientCallerBlocking, Completion};
    /// use razor_stream::error::RpcIntErr;
    ///
    /// fn wait_for_server<K: Completion>(client: &impl ClientCallerBlocking<K>) -> Result<(), RpcIntErr> {
    ///     client.ready_blocking()
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`ready_within`](ClientCaller::ready_within); also `Timeout` when nothing drives the executor of the
    /// connection.
    fn ready_blocking(&self) -> Result<(), RpcIntErr>;

    /// Submits a request and waits for its answer. For callers whose requests are completed by a [`Waiter`], or by
    /// something that is made of one.
    ///
    /// # Errors
    /// The method's own error, still encoded, or the framework's. `Timeout` at the call's deadline; with outcome
    /// `NotSent` if it passed while the request waited for room or for a connection.
    fn call_blocking(&self, frame: RequestFrame) -> Result<Response, RpcError<EncodedErr>>
    where
        K: From<Waiter>;
}

impl<K: Completion, C: ClientCaller<K> + ?Sized> ClientCallerBlocking<K> for C {
    fn submit_blocking(&self, request: Submission<K>) {
        // A request that is not submitted when the thread's patience ends is dropped, and the drop completes its task.
        let timeout = request.deadline.timeout();
        let patience =
            timeout.map_or(self.config().patience(), |own| self.config().patience_for(own));
        let _given_up = submit_until(self, request, after(patience));
    }

    fn ready_blocking(&self) -> Result<(), RpcIntErr> {
        wait_until(self.ready(), after(self.config().patience()))
            .unwrap_or_else(|| Err(made::undriven_connect()))
    }

    fn call_blocking(&self, frame: RequestFrame) -> Answer
    where
        K: From<Waiter>,
    {
        let until = after(self.config().patience());
        let (tx, rx) = oneshot::oneshot();
        let request = self.submission(frame, K::from(Waiter { tx }));
        if submit_until(self, request, until).is_none() {
            return Err(made::undriven_queue().into());
        }
        match wait_until(rx, until) {
            Some(Ok(answer)) => answer,
            // A connection completes each of its requests, unless its runtime was torn down.
            Some(Err(_)) => Err(made::torn_down().into()),
            None => Err(made::undriven().into()),
        }
    }
}

fn submit_until<K: Completion, C: ClientCaller<K> + ?Sized>(
    caller: &C,
    request: Submission<K>,
    until: Option<Instant>,
) -> Option<()> {
    match caller.try_submit(request) {
        Ok(()) => Some(()),
        Err(request) => wait_until(caller.submit(request), until),
    }
}

/// Runs `call`, for instance a future of a generated client, on this thread until it is done. Returns `None` if it is
/// not done within `patience`, and drops it.
///
/// `call` must not need a runtime where it is polled. The futures of this library's calls need none.
///
/// ```
/// use razor_stream::client::wait_blocking;
/// use std::future::{pending, ready};
/// use std::time::Duration;
///
/// assert_eq!(wait_blocking(ready(3), Duration::from_secs(1)), Some(3));
/// assert_eq!(wait_blocking(pending::<()>(), Duration::from_millis(1)), None);
/// ```
pub fn wait_blocking<F: Future>(call: F, patience: Duration) -> Option<F::Output> {
    wait_until(call, after(patience))
}
