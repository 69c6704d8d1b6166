//! Numeric action 1, which answers message and blob as they came: how it is served beside a service, and how it is
//! called.
//!
//! Knows razor-stream only. Does not know the service that it stands beside.

use bytes::Bytes;
use crossfire::oneshot::{TxOneshot, oneshot};
use razor_stream::client::{ClientCaller, ClientConfig, ClientPool, Completion, Response, render};
use razor_stream::error::{EncodedErr, RpcError, RpcIntErr};
use razor_stream::proto::RpcAction;
use razor_stream::server::dispatch::{Call, Dispatch, Flow, MakeDispatch};
use razor_stream::server::task::{Reply, Respond};
use razor_stream::transport::{ClientTransport, PeerAddr};
use std::convert::Infallible;

const ECHO: RpcAction<'static> = RpcAction::Num(1);

/// A dispatcher that serves action 1, and leaves other actions to the dispatcher within.
#[derive(Debug, Clone)]
pub(crate) struct WithBlobEcho<D>(pub(crate) D);

impl<D: MakeDispatch> MakeDispatch for WithBlobEcho<D> {
    type Dispatch = BlobEcho<D::Dispatch>;
    fn make(&self, peer: &PeerAddr) -> Self::Dispatch {
        BlobEcho(self.0.make(peer))
    }
}

/// [`WithBlobEcho`] for one connection.
#[derive(Debug)]
pub(crate) struct BlobEcho<D>(D);

impl<D: Dispatch> Dispatch for BlobEcho<D> {
    fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
        if call.action() != ECHO {
            return self.0.dispatch(call, reply);
        }
        let msg = call.msg();
        reply.success(msg, Some(call.into_blob()));
        Flow::Next
    }
}

/// A client that calls action 1.
#[derive(Debug, Clone)]
pub(crate) struct BlobClient<T: ClientTransport>(ClientPool<Waiting, T>);

impl<T: ClientTransport> BlobClient<T> {
    /// Makes a client on the runtime that the calling code runs on.
    pub(crate) fn connect(
        transport: T,
        addr: &str,
        config: ClientConfig,
    ) -> Result<Self, RpcIntErr> {
        ClientPool::new(transport, addr, config).map(Self)
    }

    /// Sends the blob with an empty message, and waits for the answer.
    pub(crate) async fn echo(&self, blob: &'static [u8]) -> Result<Response, RpcError<EncodedErr>> {
        let nothing = |_: &mut Vec<u8>| Ok::<_, Infallible>(());
        let frame = render(self.0.config(), ECHO, Some(Bytes::from_static(blob)), nothing)?;
        let (sender, answer) = oneshot();
        if let Err(request) = self.0.try_submit(self.0.submission(frame, Waiting(sender))) {
            self.0.submit(request).await;
        }
        answer.await.expect("a completion is completed on every path")
    }
}

/// A completion that hands the answer to the caller.
struct Waiting(TxOneshot<Result<Response, RpcError<EncodedErr>>>);

impl Completion for Waiting {
    fn complete(self, result: Result<Response, RpcError<EncodedErr>>) {
        self.0.send(result);
    }

    fn is_abandoned(&self) -> bool {
        self.0.is_disconnected()
    }
}
