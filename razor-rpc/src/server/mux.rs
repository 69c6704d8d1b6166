//! Several services at one address, put together at run time.
//!
//! Knows names. Does not know methods.

use super::{Exchange, NamedService, Service};
use razor_stream::Codec;
use razor_stream::server::dispatch::Flow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Several services at one address, put together at run time.
///
/// It is a service itself: `Eager::<TokioRT>::new(ServiceMuxDyn::new().with(Calc).with(Bank))`. For a set that is
/// known when it is compiled, [`#[service_mux_struct]`](super::service_mux_struct) saves the indirect call.
pub struct ServiceMuxDyn<K = crate::codec::DefaultCodec> {
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
    /// No service yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a service. One that has the name of an earlier one takes its place.
    #[must_use]
    pub fn with<S: NamedService + Service<K>>(self, service: S) -> Self {
        self.with_shared(Arc::new(service))
    }

    /// Adds a service that others hold too.
    #[must_use]
    pub fn with_shared<S: NamedService + Service<K>>(mut self, service: Arc<S>) -> Self {
        self.services.insert(S::NAME, service);
        self
    }
}

impl<K: Codec> Service<K> for ServiceMuxDyn<K> {
    fn serve(self: Arc<Self>, exchange: Exchange<'_, K>) -> Flow {
        match self.services.get(exchange.service()) {
            Some(service) => service.clone().serve(exchange),
            None => exchange.no_service(),
        }
    }
}
