//! Who waits for the answer of a call.
//!
//! Knows one channel that carries one answer. Does not know what is in it.

use crossfire::oneshot::{self, TxOneshot};
use razor_stream::client::{ClientCaller, Completion, Response};
use razor_stream::error::{EncodedErr, Outcome, RpcErrKind, RpcError, RpcIntErr, Stage};
use razor_stream::proto::RequestFrame;

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

/// Sends a request and waits for its answer. Dropping the future gives up the call.
pub(super) async fn exchange<P: ClientCaller<ApiCall>>(pool: &P, frame: RequestFrame) -> Answer {
    let (tx, rx) = oneshot::oneshot();
    // Waiting for room costs a box, and there nearly always is some.
    if let Err((frame, call)) = pool.try_submit(frame, ApiCall { tx }) {
        pool.submit(frame, call).await;
    }
    match rx.await {
        Ok(answer) => answer,
        // A connection completes each of its requests; only one that was torn down does not.
        Err(_) => {
            let lost = RpcIntErr::new(RpcErrKind::IO, Outcome::Unknown, Stage::Wait);
            Err(RpcError::Rpc(lost.with_cause("the connection went away without an answer")))
        }
    }
}
