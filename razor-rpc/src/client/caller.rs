//! What makes calls: the trait by which generated clients call, and the caller that does so over a connection.
//!
//! Knows codecs and names of methods. Does not know transports beyond what a [`ClientCaller`] hides.

use super::blocking::Blocking;
use super::call::{ApiCall, Calling};
use super::pool::AnyPool;
use crate::{CallContext, DefaultCodec};
use razor_stream::Codec;
use razor_stream::client::{ClientCaller, ClientConfig, ClientPool, render};
use razor_stream::error::{RpcErrCodec, RpcError, RpcIntErr};
use razor_stream::orb::prelude::AsyncRuntime;
use razor_stream::proto::RpcAction;
use razor_stream::transport::ClientTransport;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::time::Duration;

/// Makes calls for generated clients: over one connection, over several, or in another way that a user implements.
///
/// A generated `CalcClient<C>` has the methods of its services for every `C` that is one.
pub trait ApiClientCaller: Clone + Send + Sync + 'static {
    /// How arguments and results are encoded.
    type Codec: Codec;

    /// Calls a method: `action` is `Service.method`, `req` its argument (nil for none, a tuple for several). `context`
    /// says how long the call may take; it is read before this returns.
    ///
    /// `req` is encoded before this returns; the future does not hold it, so it need not be `Sync`.
    ///
    /// # Errors
    /// The method's own error, or the framework's.
    ///
    /// # Cancellation
    /// Dropping the future gives up the call. A request that has not been sent is then never sent. A request that has
    /// been sent is executed, and its answer is ignored.
    fn call<'a, Req, Resp, E>(
        &'a self,
        context: &CallContext,
        action: &'static str,
        req: &Req,
    ) -> impl Future<Output = Result<Resp, RpcError<E>>> + Send + use<'a, Self, Req, Resp, E>
    where
        Req: Serialize + ?Sized,
        Resp: DeserializeOwned,
        E: RpcErrCodec;

    /// How long a thread that makes a call with this context by a [`Blocking`] client waits for its end, should it not
    /// end by itself. Default: one hour; [`Caller`]'s is that of its [configuration](ClientConfig::patience_for).
    fn patience(&self, _context: &CallContext) -> Duration {
        Duration::from_secs(3600)
    }
}

/// A caller that gives access to its connection: to ask whether it is up, to get its address, or to close it.
///
/// A generated client of such a caller has the function `connection`, and no method of a service may have that name.
///
/// ```
/// use razor_rpc::endpoint_async;
/// use razor_rpc::error::{RpcError, RpcIntErr};
/// use std::time::Duration;
///
/// #[endpoint_async(new CalcClient)]
/// trait Calc {
///     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
/// }
///
/// /// Gives the server half a minute to come up, and returns its address.
/// async fn come_up(client: &CalcClient) -> Result<&str, RpcIntErr> {
///     client.connection().ready_within(Duration::from_secs(30)).await?;
///     Ok(client.connection().addr())
/// }
/// ```
pub trait ConnectedCaller: ApiClientCaller {
    /// What has the connection: an [`AnyPool`], or any other [`ClientCaller`].
    type Connection;

    /// Returns the owner of the connection.
    fn connection(&self) -> &Self::Connection;
}

/// A generated client, which has a caller that makes its calls.
///
/// [`endpoint_client!`](crate::endpoint_client) implements it.
pub trait Endpoint {
    /// What makes the calls.
    type Caller: ApiClientCaller;

    /// The caller that makes the calls.
    fn caller(&self) -> &Self::Caller;

    /// What each call of this client asks for, for instance a timeout.
    fn context(&self) -> &CallContext;

    /// A client over the same connection each of whose calls asks for what `context` says.
    ///
    /// ```
    /// use razor_rpc::CallContext;
    /// use razor_rpc::client::Endpoint;
    /// use std::time::Duration;
    ///
    /// /// A client of any type for work that has to end within a second, however many calls it takes.
    /// fn for_a_second<C: Endpoint>(client: &C) -> C {
    ///     client.with_context(CallContext::new().with_deadline_in(Duration::from_secs(1)))
    /// }
    /// ```
    #[must_use]
    fn with_context(&self, context: CallContext) -> Self
    where
        Self: Sized;

    /// Returns a client for threads that may block, which calls over the same connection. It has the methods of the
    /// traits that `#[endpoint_async(CalcClient, blocking CalcBlocking)]` declares. [`Blocking`] has an example.
    fn blocking(&self) -> Blocking<Self>
    where
        Self: Clone,
    {
        Blocking::new(self.clone())
    }
}

/// The context of one call, inside of that of its client.
#[must_use]
pub fn inside(context: CallContext, client: &impl Endpoint) -> CallContext {
    context.inside(client.context())
}

/// The executor that goes with a transport.
pub type Executor<T> = <<T as ClientTransport>::RT as AsyncRuntime>::Exec;

/// Makes calls by a [`ClientPool`] or any other [`ClientCaller`]. A clone is a cheap handle to the same pool.
///
/// Without parameters its transport is erased, so that a client can be stored under one short name. The price is one
/// indirect call per request; `Caller<MsgpCodec, ClientPool<ApiCall, T>>` names the transport and saves that call.
///
/// ```no_run
/// use razor_rpc::CallContext;
/// use razor_rpc::client::{ApiClientCaller, Caller};
/// use razor_rpc::error::RpcError;
/// # use razor_stream::transport::ClientTransport;
///
/// # async fn example(transport: impl ClientTransport) -> Result<(), Box<dyn std::error::Error>> {
/// let caller: Caller = Caller::connect(transport, "10.0.0.7:8082")?;
/// // What a generated client does. A name that no service has is answered by an error.
/// let sum: Result<i32, RpcError<()>> = caller.call(&CallContext::new(), "Calc.add", &(1, 2)).await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Caller<K = DefaultCodec, P = AnyPool> {
    pub(super) codec: K,
    pub(super) pool: P,
}

impl<K: Default> Caller<K> {
    /// Makes a caller of the server at `addr`, with default limits and times. It connects at once, and again whenever
    /// the connection is lost.
    ///
    /// # Errors
    /// The address is malformed: the error is [permanent](RpcIntErr::permanent), and nothing is dialled. Or no async
    /// runtime of the transport's kind is around.
    pub fn connect<T: ClientTransport>(transport: T, addr: &str) -> Result<Self, RpcIntErr> {
        Self::connect_with(transport, addr, ClientConfig::default())
    }

    /// As [`connect`](Self::connect), with limits and times of your own.
    ///
    /// # Errors
    /// The address is malformed: the error is [permanent](RpcIntErr::permanent), and nothing is dialled. Or no async
    /// runtime of the transport's kind is around.
    pub fn connect_with<T: ClientTransport>(
        transport: T,
        addr: &str,
        config: ClientConfig,
    ) -> Result<Self, RpcIntErr> {
        Ok(Self::new(AnyPool::new(ClientPool::new(transport, addr, config)?)))
    }

    /// As [`connect_with`](Self::connect_with), for a thread or an executor that is not of the transport's kind:
    /// `executor` drives the connection.
    ///
    /// # Errors
    /// [Permanently](RpcIntErr::permanent) when the address is malformed; nothing is dialled then.
    pub fn connect_with_executor<T: ClientTransport>(
        transport: T,
        addr: &str,
        config: ClientConfig,
        executor: &Executor<T>,
    ) -> Result<Self, RpcIntErr> {
        Ok(Self::new(AnyPool::new(ClientPool::with_executor(transport, addr, config, executor)?)))
    }
}

impl<K: Default, P> Caller<K, P> {
    /// Makes calls by `pool`.
    #[must_use]
    pub fn new(pool: P) -> Self {
        Self { codec: K::default(), pool }
    }
}

impl<K, P> Caller<K, P> {
    /// Returns the owner of the connection. It tells whether the connection is up, waits until it is, and closes it.
    #[must_use]
    pub const fn connection(&self) -> &P {
        &self.pool
    }
}

impl<K, P> ConnectedCaller for Caller<K, P>
where
    K: Codec,
    P: ClientCaller<ApiCall> + Clone,
{
    type Connection = P;

    fn connection(&self) -> &P {
        &self.pool
    }
}

impl<K, P> ApiClientCaller for Caller<K, P>
where
    K: Codec,
    P: ClientCaller<ApiCall> + Clone,
{
    type Codec = K;

    fn call<'a, Req, Resp, E>(
        &'a self,
        context: &CallContext,
        action: &'static str,
        req: &Req,
    ) -> impl Future<Output = Result<Resp, RpcError<E>>> + Send + use<'a, K, P, Req, Resp, E>
    where
        Req: Serialize + ?Sized,
        Resp: DeserializeOwned,
        E: RpcErrCodec,
    {
        let frame = render(self.pool.config(), RpcAction::Str(action), None, |out| {
            self.codec.encode_into(req, out)
        });
        let deadline = context.of_call(|| self.pool.config().call_timeout());
        Calling::new(self, action, frame, deadline)
    }

    fn patience(&self, context: &CallContext) -> Duration {
        let config = self.pool.config();
        config.patience_for(context.limit(config.call_timeout()))
    }
}
