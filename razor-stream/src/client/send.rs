//! Sending tasks, and waiting for room.
//!
//! Knows that a request is completed on every way out. What a task is made of is its own business.

use super::caller::begin;
use super::config::MAX_CALL_TIMEOUT;
use super::link::{Link, NotTaken};
use super::shared::Shared;
use super::stream::{Place, refuse};
use super::task::ClientTask;
use super::{ClientCaller, ClientConfig, ClientPool, Completion};
use crate::client::stream::ClientStream;
use crate::clock;
use crate::error::{RpcIntErr, made};
use crate::proto::{Deadline, RequestFrame};
use crate::transport::{ClientTransport, WriteHalf};
use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

impl<K: ClientTask, T: ClientTransport> ClientStream<K, T> {
    /// Sends a task. It is encoded here and now; then this waits while there is no room for it, at most until the
    /// task's deadline. However it ends, the task is completed: that is where errors go.
    ///
    /// ```
    /// use razor_stream::client::ClientConfig;
    /// use razor_stream::client::stream::ClientStream;
    /// use razor_stream::client::task::client_task;
    /// use razor_stream::crossfire::oneshot::{TxOneshot, oneshot};
    /// use razor_stream::error::{RpcError, RpcIntErr};
    /// use razor_stream::transport::ClientTransport;
    ///
    /// /// Asks for the length of what is stored under a key.
    /// #[client_task("Store.len")]
    /// struct Len {
    ///     #[field(req)]
    ///     key: String,
    ///     #[field(resp)]
    ///     len: Option<u64>,
    ///     #[field(res)]
    ///     res: Option<Result<(), RpcError<String>>>,
    ///     #[field(noti)]
    ///     noti: Option<TxOneshot<Len>>,
    /// }
    ///
    /// async fn len<T: ClientTransport>(transport: &T, key: String) -> Result<Option<u64>, RpcIntErr> {
    ///     let client = ClientStream::connect(transport, "db:7000", ClientConfig::default()).await?;
    ///     let (tx, ended) = oneshot();
    ///     client.send_task(Len { key, len: None, res: None, noti: Some(tx) }).await;
    ///     Ok(ended.await.expect("each task ends").len)
    /// }
    /// ```
    ///
    /// That it returns means that the task is on its way, not that it has been written ([`flush`](Self::flush)) or
    /// answered. Tasks are written in the order in which their `send_task` returned.
    ///
    /// # Cancellation
    /// Dropped before it has been polled, or while it waits for room, the task is not sent: it is completed with
    /// `Closing`, outcome `NotSent`.
    pub fn send_task(&self, task: K) -> impl Future<Output = ()> + Send {
        let mut unsent = Unsent::new(task, self.config());
        async move {
            let Some(Ready { frame, task, timeout }) = ready(&mut unsent) else { return };
            match self.link().submit(frame, task, Deadline::after(timeout)) {
                Ok(()) => {}
                Err(NotTaken::Closed(_, task, cause)) => unsent.put_back(task).refuse(cause),
                Err(NotTaken::Full(frame, task)) => {
                    unsent.put_back(task);
                    let until = clock::now() + timeout;
                    submit_to_stream(self.link(), frame, unsent, until).await;
                }
            }
        }
    }
}

impl<K: ClientTask, T: ClientTransport> ClientPool<K, T> {
    /// Sends a task. It is encoded here and now; then this waits while the connection has no room for it, at most until
    /// the task's deadline. However it ends, the task is completed: that is where errors go. Without a connection it
    /// waits or ends at once, as [`WhenDown`](crate::client::WhenDown) says.
    ///
    /// # Cancellation
    /// Dropped before it has been polled, or while it waits for room, the task is not sent: it is completed with
    /// `Closing`, outcome `NotSent`.
    pub fn send_task(&self, task: K) -> impl Future<Output = ()> + Send {
        let mut unsent = Unsent::new(task, self.config());
        async move {
            let Some(Ready { frame, task, timeout }) = ready(&mut unsent) else { return };
            unsent.put_back(task);
            submit_to_pool(self.shared(), frame, &mut unsent, timeout).await;
        }
    }
}

/// A task that has been encoded.
struct Ready<K> {
    frame: RequestFrame,
    task: K,
    timeout: Duration,
}

/// Encodes the task; one that cannot be sent is completed with the reason.
fn ready<K: ClientTask>(unsent: &mut Unsent<'_, K>) -> Option<Ready<K>> {
    let config = unsent.config;
    let task = unsent.task.as_mut()?;
    let timeout =
        task.common().timeout.map_or(config.call_timeout, |own| own.min(MAX_CALL_TIMEOUT));
    let rendered = begin(config, task.action(), |out| task.encode(out))
        .and_then(|begun| begun.finish(task.take_blob()));
    match rendered {
        Ok(frame) => Some(Ready { frame, task: unsent.take()?, timeout }),
        Err(cause) => {
            unsent.refuse(cause);
            None
        }
    }
}

/// Submits a request once there is room, waiters in their order; at the deadline it gives up. The deadline is looked at
/// by the connection's reader, so that this needs no timer and runs under any executor.
///
/// Returns the request, whose task is in `unsent` again, and the reason if the connection takes no more requests.
async fn wait_for_room<K: Completion, W: WriteHalf>(
    link: &Link<K, W>,
    mut frame: RequestFrame,
    unsent: &mut Unsent<'_, K>,
    deadline: Instant,
) -> Option<(RequestFrame, RpcIntErr)> {
    let mut place = Place::new(link);
    while let Some(task) = unsent.take() {
        match link.submit_or_wait(frame, task, deadline, place.ticket()) {
            Ok(()) => return None,
            Err(NotTaken::Closed(back, task, cause)) => {
                unsent.put_back(task);
                return Some((back, cause));
            }
            Err(NotTaken::Full(back, task)) => {
                frame = back;
                unsent.put_back(task);
            }
        }
        if clock::now() >= deadline {
            let late = made::queued_too_long();
            unsent.refuse(late.with_peer(link.peer().to_string()));
            return None;
        }
        // Also late: a thread that waits looks at the end of its own patience.
        poll_fn(|cx| match place.poll(cx.waker()) || clock::now() >= deadline {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }
    None
}

/// Hands a request to a connection once that has room, or completes it with the reason why the connection takes none.
pub(super) async fn submit_to_stream<K: Completion, W: WriteHalf>(
    link: &Link<K, W>,
    frame: RequestFrame,
    mut unsent: Unsent<'_, K>,
    deadline: Instant,
) {
    if let Some((_, cause)) = wait_for_room(link, frame, &mut unsent, deadline).await {
        unsent.refuse(cause);
    }
}

/// Hands a request to a pool. If its connection has no room, this waits for that, and if it ends meanwhile, for the next
/// connection.
pub(super) async fn submit_to_pool<K: Completion, T: ClientTransport>(
    shared: &Shared<K, T>,
    frame: RequestFrame,
    unsent: &mut Unsent<'_, K>,
    timeout: Duration,
) {
    let Some(task) = unsent.take() else { return };
    let Err(full) = shared.submit(frame, task, Deadline::after(timeout)) else { return };
    unsent.put_back(full.completion);
    let (mut link, mut frame, deadline) = (full.link, full.frame, clock::now() + timeout);
    loop {
        let closed = wait_for_room(&*link, frame, unsent, deadline).await;
        let Some((back, _)) = closed else { return };
        shared.lost(&link);
        match shared.connection(deadline).await {
            Ok(next) => (link, frame) = (next, back),
            Err(cause) => return unsent.refuse(cause),
        }
    }
}

/// A request that has not been handed to a connection. Dropped, it is completed: whoever sent it gave up, or panicked.
pub(super) struct Unsent<'a, K: Completion> {
    task: Option<K>,
    config: &'a ClientConfig,
}

impl<'a, K: Completion> Unsent<'a, K> {
    pub(super) const fn new(task: K, config: &'a ClientConfig) -> Self {
        Self { task: Some(task), config }
    }

    pub(super) const fn take(&mut self) -> Option<K> {
        self.task.take()
    }

    pub(super) fn put_back(&mut self, task: K) -> &mut Self {
        self.task = Some(task);
        self
    }

    fn refuse(&mut self, cause: RpcIntErr) {
        if let Some(task) = self.task.take() {
            refuse(task, cause, &self.config.log);
        }
    }
}

impl<K: Completion> Drop for Unsent<'_, K> {
    fn drop(&mut self) {
        self.refuse(made::sender_gave_up());
    }
}
