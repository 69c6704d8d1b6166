//! Generated clients for threads that may block.
//!
//! Knows how a thread waits for a call. Does not know services: their methods come by generated traits.

use super::{ApiClientCaller, ConnectedCaller, Endpoint};
use crate::CallContext;
use razor_stream::__private::made;
use razor_stream::client::wait_blocking;
use razor_stream::error::{RpcErrCodec, RpcError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// A generated client for threads that may block: `Blocking<CalcClient>` implements the trait that
/// `#[endpoint_async(CalcClient, blocking CalcBlocking)]` declares.
///
/// It is as cheap a handle as the client, and makes the same calls over the same connection. A calling thread is parked
/// until the answer is there, and needs no runtime. The connection does, and it has to be driven by other threads: for
/// instance by an executor with threads of its own, passed to `CalcClient::connect_with_executor`.
///
/// Use it on plain threads, or on those that a runtime keeps for blocking work. In async code it blocks the other tasks
/// of its thread; if the thread is the only one that could drive the connection, each call ends with `Timeout` once it
/// has taken [`patience`](ApiClientCaller::patience), and never waits for ever.
///
/// # Example
///
/// ```
/// use orb::prelude::*;
/// use orb_tokio::TokioRT;
/// use razor_rpc::client::{Blocking, ClientConfig, Endpoint};
/// use razor_rpc::endpoint_async;
/// use razor_rpc::error::RpcError;
/// # use razor_rpc::server::{RpcServer, Serve};
/// # use razor_rpc::tokio::{MemoryClient, MemoryServer};
/// # use razor_rpc::service;
///
/// #[endpoint_async(new CalcClient, blocking CalcBlocking)]
/// pub trait Calc {
///     /// The sum of both.
///     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
/// }
/// # struct Server;
/// # #[service]
/// # impl Calc for Server {
/// #     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
/// #         a.checked_add(b).ok_or(RpcError::User(()))
/// #     }
/// # }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let exec = TokioRT::one();
/// # let server = RpcServer::bind(MemoryServer::bind("")?).with_executor(&exec).serve(Server)?;
/// # let (addr, transport) = (server.local_addr(), MemoryClient::new());
/// let client = CalcClient::connect_with_executor(transport, addr, ClientConfig::default(), &exec)?;
///
/// let blocking = Blocking::new(client.clone());
/// assert_eq!(blocking.add(1, 2)?, 3);
/// // A client that blocks, made for one call.
/// assert_eq!(client.blocking().add(1, 2)?, 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Blocking<C> {
    client: C,
}

impl<C> Blocking<C> {
    /// Makes a blocking client that calls by `client`.
    #[must_use]
    pub const fn new(client: C) -> Self {
        Self { client }
    }

    /// The client for async code. This is a function and not a method, so that a service may have a method of this
    /// name.
    ///
    /// ```
    /// use razor_rpc::client::Blocking;
    ///
    /// assert_eq!(Blocking::into_inner(Blocking::new("a client")), "a client");
    /// ```
    pub fn into_inner(this: Self) -> C {
        this.client
    }
}

impl<C: Endpoint> Blocking<C>
where
    C::Caller: ConnectedCaller,
{
    /// Returns the owner of the connection. This is a function and not a method, so that a service may have a method of
    /// this name.
    ///
    /// ```
    /// use razor_rpc::client::{Blocking, Caller, ClientCallerBlocking, Endpoint};
    /// use razor_rpc::error::RpcIntErr;
    ///
    /// /// Waits until there is a connection to the server.
    /// fn wait_for_server(client: &Blocking<impl Endpoint<Caller = Caller>>) -> Result<(), RpcIntErr> {
    ///     Blocking::connection(client).ready_blocking()
    /// }
    /// ```
    pub fn connection(this: &Self) -> &<C::Caller as ConnectedCaller>::Connection {
        this.client.caller().connection()
    }
}

impl<C: Endpoint> Blocking<C> {
    /// A client over the same connection whose calls may take `timeout` each, from their submission; one hour if
    /// `timeout` is longer. It replaces the timeout that this client has, and costs no allocation.
    ///
    /// A call that is not answered in time ends with `Timeout`. A server does not learn of it: its handler runs to its
    /// end.
    ///
    /// ```
    /// use razor_rpc::client::Blocking;
    /// use razor_rpc::endpoint_async;
    /// use razor_rpc::error::RpcError;
    /// use std::time::Duration;
    ///
    /// #[endpoint_async(new CalcClient, blocking CalcBlocking)]
    /// trait Calc {
    ///     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
    /// }
    ///
    /// /// Does not wait long.
    /// fn quick_sum(calc: &Blocking<CalcClient>) -> Result<i32, RpcError<()>> {
    ///     calc.with_timeout(Duration::from_millis(200)).add(1, 2)
    /// }
    /// ```
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        let context = self.client.context().clone().with_timeout(timeout);
        Self { client: self.client.with_context(context) }
    }

    /// Calls a method: `action` is `Service.method`, `req` its argument (nil for none, a tuple for several). The
    /// methods of the generated traits call this function. Like [`into_inner`](Self::into_inner), it is not a method.
    ///
    /// ```
    /// use razor_rpc::CallContext;
    /// use razor_rpc::client::{Blocking, Endpoint};
    /// use razor_rpc::error::RpcError;
    ///
    /// fn sum(client: &Blocking<impl Endpoint>) -> Result<i32, RpcError<()>> {
    ///     Blocking::call(client, &CallContext::new(), "Calc.add", &(1, 2))
    /// }
    /// ```
    ///
    /// # Errors
    /// The method's own error, or the framework's.
    pub fn call<Req, Resp, E>(
        this: &Self,
        context: &CallContext,
        action: &'static str,
        req: &Req,
    ) -> Result<Resp, RpcError<E>>
    where
        Req: Serialize + ?Sized,
        Resp: DeserializeOwned,
        E: RpcErrCodec,
    {
        let (caller, context) =
            (this.client.caller(), context.clone().inside(this.client.context()));
        wait_blocking(caller.call(&context, action, req), caller.patience(&context))
            .unwrap_or_else(|| Err(made::undriven().into()))
    }
}
