//! Several services at one address, put together at run time.
//!
//! Knows names. Does not know methods.

use super::names::NameTaken;
use super::{Exchange, NamedService, Service, ServiceInfo};
use razor_stream::Codec;
use razor_stream::server::dispatch::Flow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::Arc;

/// Several services at one address, put together at run time.
///
/// It is a service itself, for any dispatcher. If the services are known when the program is compiled,
/// [`#[service_mux_struct]`](super::service_mux_struct) saves the indirect call.
///
/// Each service has a name of its own. A second service with the same name is refused with an error, because the first
/// one would answer the calls of its clients.
///
/// ```
/// use razor_rpc::error::RpcError;
/// use razor_rpc::server::{Inline, NameTaken, ServiceMuxDyn};
/// use razor_rpc::{endpoint_async, service};
///
/// #[endpoint_async(new CalcClient)]
/// trait Calc {
///     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
/// }
///
/// struct Server;
///
/// #[service]
/// impl Calc for Server {
///     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
///         a.checked_add(b).ok_or(RpcError::User(()))
///     }
/// }
///
/// # fn main() -> Result<(), NameTaken> {
/// let services: ServiceMuxDyn = ServiceMuxDyn::new().with(Server)?;
/// let again: ServiceMuxDyn = ServiceMuxDyn::new().with(Server)?;
/// assert_eq!(again.with(Server).expect_err("it is there").name(), "Calc");
/// let dispatch = Inline::new(services);
/// # Ok(())
/// # }
/// ```
pub struct ServiceMuxDyn<K = crate::DefaultCodec> {
    services: HashMap<&'static str, Arc<dyn Service<K>>>,
}

impl<K> Default for ServiceMuxDyn<K> {
    fn default() -> Self {
        Self { services: HashMap::new() }
    }
}

impl<K> fmt::Debug for ServiceMuxDyn<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.services.keys()).finish()
    }
}

impl<K: Codec> ServiceMuxDyn<K> {
    /// Makes a multiplexer without services.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a service.
    ///
    /// # Errors
    /// An earlier service has the same name. All services are dropped then.
    pub fn with<S: NamedService + Service<K>>(self, service: S) -> Result<Self, NameTaken> {
        self.with_shared(Arc::new(service))
    }

    /// Adds a service that other code shares.
    ///
    /// # Errors
    /// An earlier service has the same name. All services are dropped then.
    pub fn with_shared<S: NamedService + Service<K>>(
        mut self,
        service: Arc<S>,
    ) -> Result<Self, NameTaken> {
        match self.services.entry(S::NAME) {
            Entry::Occupied(_) => Err(NameTaken::new(S::NAME)),
            Entry::Vacant(place) => {
                place.insert(service);
                Ok(self)
            }
        }
    }
}

impl<K: Codec> Service<K> for ServiceMuxDyn<K> {
    fn serve(self: Arc<Self>, exchange: Exchange<'_, K>) -> Flow {
        match self.services.get(exchange.service()) {
            Some(service) => service.clone().serve(exchange),
            None => exchange.no_service(),
        }
    }

    fn describe(&self, each: &mut dyn FnMut(&'static ServiceInfo)) {
        for service in self.services.values() {
            service.describe(each);
        }
    }
}
