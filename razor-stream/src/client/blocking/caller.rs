//! Requests from plain threads: the thread waits, and needs no runtime.
//!
//! Knows how long a thread waits at most. Does not know connections: whoever is a [`ClientCaller`] can be asked.

use super::waiter::{Answer, Waiter};
use crate::client::{ClientCaller, Completion, Response, Submission};
use crate::coroutine::{after, wait_until};
use crate::error::{EncodedErr, RpcError, RpcIntErr, made};
use crate::proto::RequestFrame;
use crossfire::oneshot;
use std::future::Future;
use std::time::{Duration, Instant};

/// Sends requests from threads that may block. Every [`ClientCaller`] does: a
/// [`ClientStream`](crate::client::ClientStream), a [`ClientPool`](crate::client::ClientPool), or a user's own.
///
/// The calling thread is parked while it waits, and needs no runtime. The connection does: its coroutines run on the
/// runtime that it was made in, or with, which has to be driven by other threads.
///
/// # In async code
///
/// Never call these functions there: only from plain threads, or from those that a runtime keeps for blocking work.
/// They block the thread they are called on, and with it the tasks that only this thread can run next. The connection's
/// coroutines may be among them, even where other workers are idle: on tokio's multi-thread runtime a task that was
/// woken last by a worker waits in a place from which no other worker takes it. Then nobody can answer, and the call
/// ends by [`ClientConfig::patience`](crate::client::ClientConfig::patience), with the error `Timeout`. It never waits for ever.
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
    /// Submits a request, after waiting for room if there is none; at most until its deadline. Its task
    /// gets the answer, or why there is none.
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
    /// As [`ready_within`](ClientCaller::ready_within); also `Timeout` when nothing drives the executor of the connection.
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
        // One that does not come to an end is dropped, which completes it.
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
            // A connection completes each of its requests; only one that was torn down does not.
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

/// Runs `call`, for instance a future of a generated client, on this thread until it is done. `None` if it is not
/// within `patience`; it is dropped then.
///
/// It is for futures that need no runtime where they are polled. Those of this library's calls do not.
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
