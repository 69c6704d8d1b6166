//! A handler's future: when it is polled, what becomes of its panics, and how its result is answered.
//!
//! Knows futures and replies. Does not know names, nor how the argument was decoded.

use super::slots::{Slot, Slots};
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
    /// In the reader as long as it does not wait, then as a task.
    Eager,
    /// As a task.
    Spawn,
}

/// The future of a handler.
pub(super) struct Handler<F> {
    slot: Slot<F>,
}

/// A handler panicked. What it said is its own business.
struct Panicked;

impl<F, T, E> Handler<F>
where
    F: Future<Output = Result<T, RpcError<E>>> + Send + 'static,
    T: Serialize + 'static,
    E: RpcErrCodec,
{
    pub(super) fn new(mut slot: Slot<F>, future: F) -> Self {
        slot.set(Some(future));
        Self { slot }
    }

    /// Runs it as `strategy` says.
    pub(super) fn start<K: Codec>(
        mut self,
        reply: Reply<'_>,
        codec: &K,
        strategy: Strategy,
        slots: &mut Slots,
    ) -> Flow {
        if !matches!(strategy, Strategy::Spawn) {
            // Nobody has to be woken: whoever takes a handler that waits polls it again.
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(result) = self.poll(&mut context) {
                slots.give_back(self.slot);
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

    /// Polls the handler, and drops its future when it is done; a panic in it is a result like any other.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<F::Output, Panicked>> {
        let slot = &mut self.slot;
        let polled = isolated(|| {
            let future = slot.as_mut().as_pin_mut().expect("filled when made, emptied when done");
            let poll = future.poll(context);
            if poll.is_ready() {
                slot.set(None);
            }
            poll
        });
        match polled {
            Some(poll) => poll.map(Ok),
            None => {
                // What is left of it may panic once more, while it is dropped.
                let _panicked = isolated(|| self.slot.set(None));
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
    // A user's own `Serialize` may panic as well; the reply that it drops then answers an internal error.
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
