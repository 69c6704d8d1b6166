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
use std::mem;
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
    progress: Progress<'a>,
    result: PhantomData<fn() -> (Resp, E)>,
}

enum Progress<'a> {
    /// What is to be sent, or why nothing is; and when it ends, if not by the configuration.
    Unsent(Result<RequestFrame, RpcIntErr>, Option<Deadline>),
    Sent {
        answered: Waiter,
        /// The way into the connection. Nearly always there is room, so that waiting for it may cost a box.
        room: Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>,
    },
    /// It has a result.
    Over,
}

impl<'a, K, P: ClientCaller<ApiCall>, Resp, E> Calling<'a, K, P, Resp, E> {
    pub(super) const fn new(
        caller: &'a Caller<K, P>,
        action: &'static str,
        request: Result<RequestFrame, RpcIntErr>,
        deadline: Option<Deadline>,
    ) -> Self {
        Self { caller, action, progress: Progress::Unsent(request, deadline), result: PhantomData }
    }

    #[inline]
    fn send(
        caller: &'a Caller<K, P>,
        frame: RequestFrame,
        deadline: Option<Deadline>,
        waker: &Waker,
    ) -> Progress<'a> {
        let (giver, answered) = mailbox(waker);
        let pool = &caller.pool;
        let mut submission = pool.submission(frame, ApiCall { waiter: giver });
        if let Some(deadline) = deadline {
            submission.deadline = deadline;
        }
        let sent = pool.try_submit(submission);
        Progress::Sent { answered, room: sent.err().map(|request| pool.submit(request)) }
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
        if matches!(this.progress, Progress::Unsent(..))
            && let Progress::Unsent(request, deadline) =
                mem::replace(&mut this.progress, Progress::Over)
        {
            this.progress = Self::send(this.caller, request?, deadline, cx.waker());
            if let Progress::Sent { answered, room: None } = &this.progress
                && !answered.is_over()
            {
                // The mailbox holds the waker of this caller already.
                return Poll::Pending;
            }
        }
        let Progress::Sent { answered, room } = &mut this.progress else { return Poll::Pending };
        if let Some(way) = room {
            ready!(way.as_mut().poll(cx));
            *room = None;
        }
        let answer = ready!(answered.poll(cx));
        if let Progress::Sent { answered, .. } = mem::replace(&mut this.progress, Progress::Over) {
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
