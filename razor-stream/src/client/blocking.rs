//! Requests from plain threads: the thread waits, and needs no runtime.
//!
//! Knows how long a thread waits at most. Does not know connections: whoever is a [`ClientCaller`] can be asked.

use super::config::MAX_CALL_TIMEOUT;
use super::stream::ClientStream;
use super::{ClientCaller, ClientConfig, Completion, Response};
use crate::coroutine::{after, wait_until};
use crate::error::{EncodedErr, RpcError, RpcIntErr, made};
use crate::proto::RequestFrame;
use crate::transport::ClientTransport;
use crossfire::oneshot::{self, TxOneshot};
use orb::prelude::AsyncRuntime;
use std::fmt;
use std::future::Future;
use std::time::{Duration, Instant};

type Answer = Result<Response, RpcError<EncodedErr>>;

/// Sends requests from threads that may block. Every [`ClientCaller`] does: a
/// [`ClientStream`], a [`ClientPool`](super::ClientPool), or a user's own.
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
/// ends by [`ClientConfig::patience`], with the error `Timeout`. It never waits for ever.
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
/// # use razor_stream::server::{RpcServer, ServerConfig};
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
/// # let mut server = RpcServer::<TokioRT>::with_executor(ServerConfig::default(), &exec);
/// # let (server, name) = exec.block_on(async move {
/// #     let name = server.listen::<MemoryServer<TokioRT>, _>("", Echo).await;
/// #     (server, name)
/// # });
/// # let name = name?;
/// let pool: ClientPool<Waiter, _> =
///     ClientPool::with_executor(MemoryClient::<TokioRT>::new(), name, ClientConfig::default(), &exec)?;
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
    /// Submits a request, after waiting for room if there is none; at most until the call's deadline. The completion
    /// gets the answer, or why there is none.
    ///
    /// ```
    /// use razor_stream::client::{ClientCallerBlocking, Completion};
    /// use razor_stream::proto::RequestFrame;
    ///
    /// fn submit_all<K: Completion>(
    ///     caller: &impl ClientCallerBlocking<K>,
    ///     requests: Vec<(RequestFrame, K)>,
    /// ) {
    ///     for (request, completion) in requests {
    ///         caller.submit_blocking(request, completion);
    ///     }
    /// }
    /// ```
    fn submit_blocking(&self, frame: RequestFrame, completion: K);

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
    fn submit_blocking(&self, frame: RequestFrame, completion: K) {
        // One that does not come to an end is dropped, which completes it.
        let _given_up = submit_until(self, frame, completion, after(self.config().patience()));
    }

    fn call_blocking(&self, frame: RequestFrame) -> Answer
    where
        K: From<Waiter>,
    {
        let until = after(self.config().patience());
        let (tx, rx) = oneshot::oneshot();
        if submit_until(self, frame, K::from(Waiter { tx }), until).is_none() {
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
    frame: RequestFrame,
    completion: K,
    until: Option<Instant>,
) -> Option<()> {
    match caller.try_submit(frame, completion) {
        Ok(()) => Some(()),
        Err((frame, completion)) => wait_until(caller.submit(frame, completion), until),
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

/// The completion of a thread that waits for its answer: what a connection carries for
/// [`call_blocking`](ClientCallerBlocking::call_blocking), as in `ClientPool<Waiter, _>`.
///
/// A connection that carries other completions as well makes them of it:
///
/// ```
/// use razor_stream::client::{Completion, Response, Waiter};
/// use razor_stream::error::{EncodedErr, RpcError};
///
/// enum Task {
///     Blocking(Waiter),
///     Logged,
/// }
///
/// impl From<Waiter> for Task {
///     fn from(waiter: Waiter) -> Self {
///         Self::Blocking(waiter)
///     }
/// }
///
/// impl Completion for Task {
///     fn complete(self, result: Result<Response, RpcError<EncodedErr>>) {
///         match self {
///             Self::Blocking(waiter) => waiter.complete(result),
///             Self::Logged => println!("{result:?}"),
///         }
///     }
/// }
/// ```
pub struct Waiter {
    tx: TxOneshot<Answer>,
}

impl fmt::Debug for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter").finish_non_exhaustive()
    }
}

impl Completion for Waiter {
    fn complete(self, result: Answer) {
        self.tx.send(result);
    }

    fn is_abandoned(&self) -> bool {
        self.tx.is_disconnected()
    }
}

impl ClientConfig {
    /// How long a thread that makes a call waits for its end: the call's timeout, how late it may end
    /// ([`tick`](Self::tick)), and two seconds; at most two hours. A connection that is driven, also by a busy machine, ends its calls before, and knows their outcome.
    ///
    /// ```
    /// use razor_stream::client::ClientConfig;
    /// use std::time::Duration;
    ///
    /// assert_eq!(ClientConfig::default().patience(), Duration::from_secs(13));
    /// ```
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.call_timeout.saturating_add(self.slack()).min(2 * MAX_CALL_TIMEOUT)
    }

    /// How much later than planned something may end while it is driven, also by a busy machine.
    fn slack(&self) -> Duration {
        self.late().saturating_add(Duration::from_secs(2))
    }
}

impl<K: Completion, T: ClientTransport> ClientStream<K, T> {
    /// Connects from a plain thread, which waits for it; the connection's coroutines run on `exec`, which has to be
    /// driven by other threads.
    ///
    /// ```
    /// use razor_stream::client::stream::ClientStream;
    /// use razor_stream::client::{ClientConfig, Waiter};
    /// use razor_stream::error::RpcIntErr;
    /// use razor_stream::orb::prelude::AsyncRuntime;
    /// use razor_stream::transport::memory::MemoryClient;
    ///
    /// fn connect<RT: AsyncRuntime>(
    ///     exec: &RT::Exec,
    /// ) -> Result<ClientStream<Waiter, MemoryClient<RT>>, RpcIntErr> {
    ///     ClientStream::connect_blocking(&MemoryClient::new(), "desk", ClientConfig::default(), exec)
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`connect_on`](Self::connect_on); `NoRuntime` if nothing has come of it two seconds after the time to connect
    /// and what a call may be late, because `exec` is not driven.
    pub fn connect_blocking(
        transport: &T,
        addr: &str,
        config: ClientConfig,
        exec: &<T::RT as AsyncRuntime>::Exec,
    ) -> Result<Self, RpcIntErr> {
        let patience = config.connect_timeout.saturating_add(config.slack());
        let connecting = Self::connect_on(transport, addr, config, exec);
        wait_blocking(connecting, patience)
            .unwrap_or_else(|| Err(made::undriven_executor().with_peer(addr.to_string())))
    }
}
