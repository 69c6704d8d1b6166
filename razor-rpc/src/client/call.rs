//! Who waits for the answer of a call.
//!
//! Knows one channel that carries one answer. Does not know what is in it.

use crossfire::oneshot::{self, RxOneshot, TxOneshot};
use razor_stream::client::{Completion, Response};
use razor_stream::error::{EncodedErr, Outcome, RpcErrKind, RpcError, RpcIntErr, Stage};

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

/// The end of the caller.
pub(super) struct Waiting {
    rx: RxOneshot<Answer>,
}

impl ApiCall {
    pub(super) fn new() -> (Self, Waiting) {
        let (tx, rx) = oneshot::oneshot();
        (Self { tx }, Waiting { rx })
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

impl Waiting {
    /// The answer. Dropping the future gives up the call.
    pub(super) async fn answer(self) -> Answer {
        match self.rx.await {
            Ok(answer) => answer,
            // A connection completes each of its requests; only one that was torn down does not.
            Err(_) => {
                let lost = RpcIntErr::new(RpcErrKind::IO, Outcome::Unknown, Stage::Wait);
                Err(RpcError::Rpc(lost.with_cause("the connection went away without an answer")))
            }
        }
    }
}
