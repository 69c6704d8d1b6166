//! A call under way, and who waits for its answer.
//!
//! Knows one channel that carries one answer. Does not know how an answer becomes a result.

use super::answer;
use crossfire::oneshot::{self, RxOneshot, TxOneshot};
use razor_stream::Codec;
use razor_stream::client::{ClientCaller, Completion, Response};
use razor_stream::error::{
    EncodedErr, Outcome, RpcErrCodec, RpcErrKind, RpcError, RpcIntErr, Stage,
};
use razor_stream::proto::RequestFrame;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

type Answer = Result<Response, RpcError<EncodedErr>>;

/// Who waits for the answer of a call. A caller that is gone takes back a request that has not been sent.
///
/// It is what a [`ClientPool`](razor_stream::client::ClientPool) under a [`Caller`](super::Caller) carries:
/// `ClientPool<ApiCall, _>`.
pub struct ApiCall {
    tx: TxOneshot<Answer>,
}

impl std::fmt::Debug for ApiCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiCall").finish_non_exhaustive()
    }
}

impl Completion for ApiCall {
    fn complete(self, result: Answer) {
        self.tx.send(result);
    }

    fn is_abandoned(&self) -> bool {
        self.tx.is_disconnected()
    }
}

/// A call under way: sends its request when it is first polled, and waits for the answer.
///
/// Written by hand, because what every call in flight keeps in memory decides how many of them a cache holds: an
/// `async` block kept each of these states beside the others.
pub(super) struct Calling<'a, K, P, Resp, E> {
    codec: &'a K,
    pool: &'a P,
    state: State<'a>,
    result: PhantomData<fn() -> Result<Resp, RpcError<E>>>,
}

type Answered = RxOneshot<Answer>;
type Room<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

enum State<'a> {
    /// Rendered and not submitted, or refused before that.
    Rendered(Result<RequestFrame, RpcIntErr>),
    /// Waits for room. Nearly always there is some, so that this may cost a box.
    Queued(Room<'a>, Answered),
    Submitted(Answered),
    Ended,
}

impl<'a, K, P, Resp, E> Calling<'a, K, P, Resp, E> {
    pub(super) const fn new(
        codec: &'a K,
        pool: &'a P,
        frame: Result<RequestFrame, RpcIntErr>,
    ) -> Self {
        Self { codec, pool, state: State::Rendered(frame), result: PhantomData }
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

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { codec, pool, state, .. } = &mut *self;
        loop {
            *state = match state {
                State::Submitted(answered) => {
                    let answer = ready!(Pin::new(answered).poll(cx));
                    *state = State::Ended;
                    return Poll::Ready(answer::decode(
                        *codec,
                        answer.unwrap_or_else(|_| Err(torn_down())),
                    ));
                }
                State::Queued(room, _) => {
                    ready!(room.as_mut().poll(cx));
                    match mem::replace(state, State::Ended) {
                        State::Queued(_, answered) => State::Submitted(answered),
                        other => other,
                    }
                }
                State::Rendered(_) => match mem::replace(state, State::Ended) {
                    State::Rendered(Ok(frame)) => submit(*pool, frame),
                    State::Rendered(Err(refused)) => return Poll::Ready(Err(refused.into())),
                    other => other,
                },
                State::Ended => panic!("a call was polled after its result"),
            };
        }
    }
}

fn submit<'a, P: ClientCaller<ApiCall>>(pool: &'a P, frame: RequestFrame) -> State<'a> {
    let (tx, answered) = oneshot::oneshot();
    match pool.try_submit(frame, ApiCall { tx }) {
        Ok(()) => State::Submitted(answered),
        Err((frame, call)) => State::Queued(pool.submit(frame, call), answered),
    }
}

/// A connection completes each of its requests; only one that was torn down does not.
#[cold]
fn torn_down() -> RpcError<EncodedErr> {
    let lost = RpcIntErr::new(RpcErrKind::IO, Outcome::Unknown, Stage::Wait);
    RpcError::Rpc(lost.with_cause("the connection went away without an answer"))
}
