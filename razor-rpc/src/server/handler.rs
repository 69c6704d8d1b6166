//! A handler's future: when it is polled, what becomes of its panics, and how its result is answered.
//!
//! Knows futures and replies. Does not know names, nor how the argument was decoded.

use super::boxes::{Boxes, FutureBox};
use razor_stream::__private::isolated;
use razor_stream::Codec;
use razor_stream::error::{RpcErrCodec, RpcError};
use razor_stream::server::dispatch::Flow;
use razor_stream::server::task::{Reply, RespNoti, Respond};
use serde::Serialize;
use std::future::Future;
use std::task::{Context, Poll, Waker};

/// When and where a handler is run.
#[derive(Debug, Clone, Copy)]
pub(super) enum Strategy {
    /// In the reader of the connection, which waits for it.
    Inline,
    /// In the reader as long as it does not wait, then as a coroutine of its own.
    Eager,
    /// As a coroutine of its own.
    Spawn,
}

/// The future of a handler.
pub(super) struct Handler<F> {
    place: FutureBox<F>,
}

/// A handler panicked. The text of the panic is not kept.
struct Panicked;

impl<F, T, E> Handler<F>
where
    F: Future<Output = Result<T, RpcError<E>>> + Send + 'static,
    T: Serialize + 'static,
    E: RpcErrCodec,
{
    pub(super) fn new(mut place: FutureBox<F>, future: F) -> Self {
        place.set(Some(future));
        Self { place }
    }

    /// Runs the handler as `strategy` says.
    pub(super) fn start<K: Codec>(
        mut self,
        reply: Reply<'_>,
        codec: &K,
        strategy: Strategy,
        boxes: &mut Boxes,
    ) -> Flow {
        if !matches!(strategy, Strategy::Spawn) {
            // No waker is needed: a handler that waits is polled again by the reader, or by its coroutine.
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(result) = self.poll(&mut context) {
                boxes.give_back(self.place);
                answer(reply, codec, result);
                return Flow::Next;
            }
        }
        let task = self.finish(reply.detach(), codec.clone());
        match strategy {
            Strategy::Inline => Flow::wait_for(task),
            Strategy::Eager | Strategy::Spawn => Flow::spawn(task),
        }
    }

    /// Polls the handler, and drops its future when it is done. A panic in it becomes the result `Panicked`.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<F::Output, Panicked>> {
        let place = &mut self.place;
        let polled = isolated(|| {
            let future = place.as_mut().as_pin_mut().expect("filled when made, emptied when done");
            let poll = future.poll(context);
            if poll.is_ready() {
                place.set(None);
            }
            poll
        });
        match polled {
            Some(poll) => poll.map(Ok),
            None => {
                // The drop of the handler's future may panic too.
                let _panicked = isolated(|| self.place.set(None));
                Poll::Ready(Err(Panicked))
            }
        }
    }

    /// Waits for the handler and answers.
    async fn finish<K: Codec>(mut self, reply: RespNoti, codec: K) {
        let result = std::future::poll_fn(|context| self.poll(context)).await;
        answer(reply, &codec, result);
    }
}

/// Answers with what the handler made. A framework error that it returns, for instance of a nested call, is an
/// internal error to its caller (rule R6).
fn answer<R, K, T, E>(reply: R, codec: &K, result: Result<Result<T, RpcError<E>>, Panicked>)
where
    R: Respond,
    K: Codec,
    T: Serialize,
    E: RpcErrCodec,
{
    // A user's own `Serialize` may panic; then the reply is dropped, and answers with an internal error.
    let _panicked = isolated(|| match result {
        Ok(Ok(value)) => reply.success_with(None, |out| codec.encode_into(&value, out)),
        Ok(Err(RpcError::User(error))) => reply.user_error(error.encode(codec)),
        Ok(Err(RpcError::Rpc(error))) => {
            // Its cause may hold values of a nested call.
            let (kind, stage) = (error.kind(), error.stage());
            reply.internal_error(format_args!(
                "its handler returned a framework error, {kind:?} of the stage {stage}"
            ));
        }
        Err(Panicked) => reply.internal_error(format_args!("its handler panicked")),
    });
}
