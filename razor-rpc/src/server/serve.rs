//! Serving a service by the default dispatcher and the default codec.
//!
//! Knows which these are. Does not know servers, except that they take a dispatcher.

use super::{AddedListener, Eager, RpcServer, ServerBuilder, Service};
use crate::DefaultCodec;
use razor_stream::transport::{Listener, TransportError};

/// Serves a service by [`Eager`], with the default codec. `serve` is called after [`RpcServer::bind`] and
/// [`RpcServer::add`].
///
/// For another dispatcher or codec, write `dispatch(Inline::new(service))` or
/// `dispatch(Eager::with_codec(service, codec))` in the place of `serve(service)`.
///
/// # Example
/// ```
/// use razor_rpc::error::RpcError;
/// use razor_rpc::orb::prelude::*;
/// use razor_rpc::server::{RpcServer, Serve};
/// use razor_rpc::tokio::{MemoryClient, MemoryServer, TokioRT};
/// use razor_rpc::{endpoint_async, service};
///
/// #[endpoint_async(new ClockClient)]
/// trait Clock {
///     async fn ticks(&self) -> Result<u64, RpcError<()>>;
/// }
///
/// struct Wall(u64);
///
/// #[service]
/// impl Clock for Wall {
///     async fn ticks(&self) -> Result<u64, RpcError<()>> {
///         Ok(self.0)
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// TokioRT::current().block_on(async {
///     let server = RpcServer::bind(MemoryServer::bind("hall")?).serve(Wall(7))?;
///     // A further address, where something else is served.
///     let kitchen = server.add(MemoryServer::bind("kitchen")?).serve(Wall(8))?;
///
///     let client = ClockClient::connect(MemoryClient::new(), server.local_addr())?;
///     assert_eq!(client.ticks().await?, 7);
///     let client = ClockClient::connect(MemoryClient::new(), &kitchen)?;
///     assert_eq!(client.ticks().await?, 8);
///     Ok(())
/// })
/// # }
/// ```
pub trait Serve {
    /// The result: the running server, or the address of an added listener.
    type Served;

    /// Starts to serve `service`. [`#[service]`](crate::service) makes a type a service; several services at one
    /// address are put together by [`#[service_mux_struct]`](crate::service_mux_struct) or
    /// [`ServiceMuxDyn`](super::ServiceMuxDyn).
    ///
    /// # Errors
    /// There is no runtime around, and the server has no executor. The addresses are free then.
    fn serve<S: Service<DefaultCodec>>(self, service: S) -> Result<Self::Served, TransportError>;
}

impl<L: Listener> Serve for ServerBuilder<L> {
    type Served = RpcServer<L::RT>;

    fn serve<S: Service<DefaultCodec>>(self, service: S) -> Result<Self::Served, TransportError> {
        self.dispatch(Eager::new(service))
    }
}

impl<L: Listener> Serve for AddedListener<'_, L> {
    type Served = String;

    fn serve<S: Service<DefaultCodec>>(self, service: S) -> Result<String, TransportError> {
        self.dispatch(Eager::new(service))
    }
}
