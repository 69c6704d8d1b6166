//! What makes calls: the trait that generated clients ask, and the caller that does it over a connection.
//!
//! Knows codecs and names of methods. Does not know transports beyond what a [`ClientCaller`] hides.

use super::answer;
use super::call::ApiCall;
use crate::codec::DefaultCodec;
use razor_stream::Codec;
use razor_stream::client::{ClientCaller, ClientConfig, ClientPool, render};
use razor_stream::error::{RpcErrCodec, RpcError, RpcIntErr};
use razor_stream::orb::prelude::AsyncRuntime;
use razor_stream::proto::RpcAction;
use razor_stream::transport::ClientTransport;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

/// Makes calls for generated clients: over a connection, over several, or whatever a user puts in their place.
///
/// A generated `CalcClient<C>` has the methods of its services for every `C` that is one.
pub trait APIClientCaller: Clone + Send + Sync + 'static {
    /// How arguments and results are encoded.
    type Codec: Codec;

    /// Calls a method: `action` is `Service.method`, `req` its argument (nil for none, a tuple for several).
    ///
    /// # Errors
    /// The method's own error, or the framework's.
    ///
    /// # Cancellation
    /// Dropping the future gives up the call. A request that has not been sent is then not sent; one that has
    /// been is executed, and its answer ignored.
    fn call<Req, Resp, E>(
        &self,
        action: &'static str,
        req: &Req,
    ) -> impl Future<Output = Result<Resp, RpcError<E>>> + Send
    where
        Req: Serialize + Sync + ?Sized,
        Resp: DeserializeOwned,
        E: RpcErrCodec;
}

/// A generated client, as its services see it: something that has a caller.
///
/// [`endpoint_client!`](crate::endpoint_client) implements it.
pub trait Endpoint {
    /// What makes the calls.
    type Caller: APIClientCaller;

    /// What makes the calls.
    fn caller(&self) -> &Self::Caller;
}

/// The executor that goes with a transport.
pub type Executor<T> = <<T as ClientTransport>::RT as AsyncRuntime>::Exec;

/// Makes calls by a [`ClientPool`] or any other [`ClientCaller`]. A clone is a cheap handle to the same.
///
/// Without parameters its transport is erased, so that a client can be stored under one short name. The price is
/// one indirect call per request; `Caller<MsgpCodec, ClientPool<ApiCall, T>>` names the transport and saves it.
///
/// ```no_run
/// use razor_rpc::client::{APIClientCaller, Caller};
/// use razor_rpc::error::RpcError;
/// # use razor_stream::transport::ClientTransport;
///
/// # async fn example(transport: impl ClientTransport) -> Result<(), Box<dyn std::error::Error>> {
/// let caller: Caller = Caller::connect(transport, "10.0.0.7:8082")?;
/// // What a generated client does. A name that no service has is answered by an error.
/// let sum: Result<i32, RpcError<()>> = caller.call("Calc.add", &(1, 2)).await;
/// # Ok(())
/// # }
/// ```
pub struct Caller<K = DefaultCodec, P: ?Sized = dyn ClientCaller<ApiCall>> {
    codec: K,
    pool: Arc<P>,
}

impl<K: Clone, P: ?Sized> Clone for Caller<K, P> {
    fn clone(&self) -> Self {
        Self { codec: self.codec.clone(), pool: self.pool.clone() }
    }
}

impl<K: fmt::Debug, P: ?Sized> fmt::Debug for Caller<K, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("codec", &self.codec).finish_non_exhaustive()
    }
}

impl<K: Default> Caller<K> {
    /// Calls the server at `addr`, with default limits and times. It connects when it is first used, and
    /// again whenever the connection is lost.
    ///
    /// # Errors
    /// When no async runtime of the transport's kind runs here.
    pub fn connect<T: ClientTransport>(transport: T, addr: &str) -> Result<Self, RpcIntErr> {
        Self::connect_with(transport, addr, ClientConfig::default())
    }

    /// The same, with limits and times of your own.
    ///
    /// # Errors
    /// When no async runtime of the transport's kind runs here.
    pub fn connect_with<T: ClientTransport>(
        transport: T,
        addr: &str,
        config: ClientConfig,
    ) -> Result<Self, RpcIntErr> {
        Ok(Self::erased(Arc::new(ClientPool::new(transport, addr, config)?)))
    }

    /// The same, from a thread or an executor that is not one of the transport's kind: the connection is driven
    /// by `executor`.
    #[must_use]
    pub fn connect_on<T: ClientTransport>(
        transport: T,
        addr: &str,
        config: ClientConfig,
        executor: &Executor<T>,
    ) -> Self {
        Self::erased(Arc::new(ClientPool::with_executor(transport, addr, config, executor)))
    }

    /// Makes calls by `pool`, which may be shared with other callers.
    #[must_use]
    pub fn erased(pool: Arc<dyn ClientCaller<ApiCall>>) -> Self {
        Self { codec: K::default(), pool }
    }
}

impl<K: Default, P: ClientCaller<ApiCall>> Caller<K, P> {
    /// Makes calls by `pool`, whose type stays known.
    #[must_use]
    pub fn new(pool: P) -> Self {
        Self { codec: K::default(), pool: Arc::new(pool) }
    }
}

impl<K, P> APIClientCaller for Caller<K, P>
where
    K: Codec,
    P: ClientCaller<ApiCall> + ?Sized,
{
    type Codec = K;

    async fn call<Req, Resp, E>(&self, action: &'static str, req: &Req) -> Result<Resp, RpcError<E>>
    where
        Req: Serialize + Sync + ?Sized,
        Resp: DeserializeOwned,
        E: RpcErrCodec,
    {
        let frame = render(self.pool.config(), RpcAction::Str(action), None, |out| {
            self.codec.encode_into(req, out)
        })?;
        let (call, waiting) = ApiCall::new();
        // Waiting for room costs a box, and there nearly always is some.
        if let Err((frame, call)) = self.pool.try_submit(frame, call) {
            self.pool.submit(frame, call).await;
        }
        answer::decode(&self.codec, waiting.answer().await)
    }
}
