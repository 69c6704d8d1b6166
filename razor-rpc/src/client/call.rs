//! A call under way, and the completion that takes its answer.
//!
//! Knows the mailbox for the answer. Does not know how an answer becomes a result.

use super::answer;
use super::caller::Caller;
use super::mailbox::{Giver, Waiter, mailbox};
use razor_stream::__private::made;
use razor_stream::Codec;
use razor_stream::client::{ClientCaller, Completion, Response};
use razor_stream::error::{EncodedErr, RpcErrCodec, RpcError, RpcIntErr, Stage};
use razor_stream::proto::machines::{Deadline, RequestFrame};
use serde::de::DeserializeOwned;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

pub(super) type Answer = Result<Response, RpcError<EncodedErr>>;

/// The completion of a call: it hands the answer to the caller that waits for it. If the caller is gone, a request that
/// has not been sent is never sent.
///
/// A [`ClientPool`](super::ClientPool) under a [`Caller`](super::Caller) carries it: `ClientPool<ApiCall, _>`.
pub struct ApiCall {
    waiter: Giver,
}

impl std::fmt::Debug for ApiCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiCall").finish_non_exhaustive()
    }
}

impl Completion for ApiCall {
    fn complete(self, result: Answer) {
        self.waiter.give(result);
    }

    fn is_abandoned(&self) -> bool {
        self.waiter.is_abandoned()
    }
}

/// A call under way: sends its request when it is first polled, and waits for the answer.
///
/// This future is written by hand, because the memory that a call keeps decides how many calls in flight a cache holds:
/// an `async` block kept memory for each of its states.
pub(super) struct Calling<'a, K, P, Resp, E> {
    caller: &'a Caller<K, P>,
    action: &'static str,
    /// The request to be sent, or the reason why there is none; taken by the first poll.
    request: Option<Result<RequestFrame, RpcIntErr>>,
    /// When the call ends, if its context says so.
    deadline: Option<Deadline>,
    /// The wait for room in the connection. Nearly always there is room, so this wait may cost a box.
    room: Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>,
    answered: Option<Waiter>,
    result: PhantomData<fn() -> (Resp, E)>,
}

impl<'a, K, P: ClientCaller<ApiCall>, Resp, E> Calling<'a, K, P, Resp, E> {
    pub(super) const fn new(
        caller: &'a Caller<K, P>,
        action: &'static str,
        request: Result<RequestFrame, RpcIntErr>,
        deadline: Option<Deadline>,
    ) -> Self {
        Self {
            caller,
            action,
            request: Some(request),
            deadline,
            room: None,
            answered: None,
            result: PhantomData,
        }
    }

    #[inline]
    fn send(
        &mut self,
        request: Result<RequestFrame, RpcIntErr>,
        waker: &Waker,
    ) -> Result<Waiter, RpcIntErr> {
        let frame = request?;
        let (giver, answered) = mailbox(waker);
        let pool = &self.caller.pool;
        let mut submission = pool.submission(frame, ApiCall { waiter: giver });
        if let Some(deadline) = self.deadline {
            submission.deadline = deadline;
        }
        if let Err(request) = pool.try_submit(submission) {
            self.room = Some(pool.submit(request));
        }
        Ok(answered)
    }
}

impl<K, P, Resp, E> Future for Calling<'_, K, P, Resp, E>
where
    K: Codec,
    P: ClientCaller<ApiCall>,
    Resp: DeserializeOwned,
    E: RpcErrCodec,
{
    type Output = Result<Resp, RpcError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Some(request) = this.request.take() {
            let answered = this.send(request, cx.waker())?;
            let is_over = answered.is_over();
            this.answered = Some(answered);
            if this.room.is_none() && !is_over {
                // The mailbox holds the waker of this caller already.
                return Poll::Pending;
            }
        }
        if let Some(room) = &mut this.room {
            ready!(room.as_mut().poll(cx));
            this.room = None;
        }
        // A call that has its result stays pending if it is polled again.
        let Some(answered) = &mut this.answered else { return Poll::Pending };
        let answer = ready!(answered.poll(cx));
        if let Some(answered) = this.answered.take() {
            answered.give_back();
        }
        let answer = answer.unwrap_or_else(|| Err(torn_down()));
        let result = answer::decode(&this.caller.codec, answer);
        Poll::Ready(result.map_err(|error| named(error, this.action)))
    }
}

/// Adds the action to an error of the server, or of its answer.
#[cold]
fn named<E>(error: RpcError<E>, action: &'static str) -> RpcError<E> {
    match error {
        RpcError::Rpc(error) if matches!(error.stage(), Stage::Server | Stage::Reply) => {
            RpcError::Rpc(error.with_action(action))
        }
        error => error,
    }
}

/// A connection completes each of its requests, unless its runtime was torn down.
#[cold]
fn torn_down() -> RpcError<EncodedErr> {
    RpcError::Rpc(made::torn_down())
}
