//! Services, which dispatchers call, and whose methods have names.
//!
//! Holds the two traits. `#[service]` implements them.

use super::{Exchange, ServiceInfo};
use razor_stream::Codec;
use razor_stream::server::dispatch::Flow;
use std::sync::Arc;

/// A service, which dispatchers call. [`#[service]`](crate::service) implements this trait, and so does
/// [`ServiceMuxDyn`](super::ServiceMuxDyn), which passes each request on to one of its services.
///
/// This is an implementation by hand:
///
/// ```
/// use razor_rpc::Codec;
/// use razor_rpc::error::RpcError;
/// use razor_rpc::server::{Exchange, Flow, Service};
/// use std::sync::Arc;
///
/// struct Clock;
///
/// impl<K: Codec> Service<K> for Clock {
///     fn serve(self: Arc<Self>, exchange: Exchange<'_, K>) -> Flow {
///         match (exchange.service(), exchange.method()) {
///             ("Clock", "ticks") => exchange.run(self, |_, ()| async { Ok::<u64, RpcError<()>>(7) }),
///             ("Clock", _) => exchange.no_method(),
///             _ => exchange.no_service(),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service",
    label = "write `#[service]` above the implementation of its trait"
)]
pub trait Service<K: Codec>: Send + Sync + 'static {
    /// Runs the method that `exchange` asks for, or answers that there is no such method.
    fn serve(self: Arc<Self>, exchange: Exchange<'_, K>) -> Flow;

    /// Tells `each` of every service that is served here: for [`Health`](crate::standard::Health), which knows services
    /// by name then. Default: of none.
    fn describe(&self, each: &mut dyn FnMut(&'static ServiceInfo)) {
        let _none = each;
    }
}

/// A shared service is a service too: `serve(shared.clone())`.
///
/// A `Box<S>` is not a service, because a handler needs shared ownership of its service: write `Arc::from(boxed)`.
impl<K: Codec, S: Service<K> + ?Sized> Service<K> for Arc<S> {
    fn serve(self: Arc<Self>, exchange: Exchange<'_, K>) -> Flow {
        Self::clone(&self).serve(exchange)
    }

    fn describe(&self, each: &mut dyn FnMut(&'static ServiceInfo)) {
        (**self).describe(each);
    }
}

/// A service that has one name on the wire.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service with a name",
    label = "write `#[service]` above the implementation of its trait"
)]
pub trait NamedService: Send + Sync + 'static {
    /// The name: the last segment of the trait's path, or the `name` in `#[service(name = "CalcV2")]`.
    const NAME: &'static str;
}

impl<S: NamedService> NamedService for Arc<S> {
    const NAME: &'static str = S::NAME;
}
