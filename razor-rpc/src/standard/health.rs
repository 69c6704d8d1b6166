//! `RazorHealth`: whether a server, and each of its services, serves.
//!
//! Knows names and whether they are switched on. Does not know connections: that a server drains is answered by the
//! server itself, before any service is asked.

use super::Beside;
use super::short::Short;
use crate::endpoint_async;
use crate::error::RpcError;
use crate::server::{ArgInfo, Exchange, Flow, MethodDescription, Service, ServiceInfo};
use parking_lot::Mutex;
use razor_stream::Codec;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::future::ready;
use std::sync::Arc;

/// Whether calls should be sent to a server, or to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Status {
    /// It answers calls.
    Serving,
    /// Calls should go elsewhere. It may still answer calls.
    NotServing,
}

/// What [`RazorHealth::all`] returns. It is encoded as a map: `{"server": "Serving", "services": {"Calc":
/// "NotServing"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AllHealth {
    /// The server as a whole.
    pub server: Status,
    /// Each service that the server knows, by name.
    pub services: BTreeMap<String, Status>,
}

/// The health of a server, as its clients ask for it. [`HealthClient`] implements it.
///
/// A server that closes answers neither method: it refuses each request that arrives while it drains, with the kind
/// [`Closing`](crate::error::RpcErrKind::Closing) and the outcome `Refused`, and a server that has closed accepts no
/// connection. So a probe counts every answer but `Ok(Status::Serving)` as not serving.
#[endpoint_async(new HealthClient, crate = crate)]
pub trait RazorHealth {
    /// Whether a service serves; without a name (nil), whether the server as a whole does.
    ///
    /// A service does not serve while the whole server is switched off.
    ///
    /// # Errors
    /// A text, if the server knows no service of this name.
    async fn check(&self, service: Option<String>) -> Result<Status, RpcError<String>>;

    /// The server and each of its services.
    async fn all(&self) -> Result<AllHealth, RpcError<()>>;
}

/// The health of a server: a handle by which the program switches its services on and off, and the service
/// [`RazorHealth`] by which clients, load balancers and `razor-call --health` ask.
///
/// Everything serves until it is switched off. Clones share the switches.
///
/// A switch only informs: a service that is switched off still answers calls. Before a server closes, switch it off,
/// wait until the clients have gone elsewhere, and then [close](crate::RpcServer::close) it; while it drains, the
/// server refuses health requests as it refuses all others, which every probe takes as not serving.
///
/// The service needs no memory beyond what a name of 254 bytes takes: a longer name in a request is refused as
/// undecodable.
///
/// ```
/// use razor_rpc::orb::prelude::*;
/// use razor_rpc::standard::{Health, HealthClient, RazorHealth, Status};
/// use razor_rpc::tokio::{MemoryClient, MemoryServer, TokioRT};
/// use razor_rpc::{RpcError, RpcServer, Serve, endpoint_async, service};
///
/// #[endpoint_async(new CalcClient)]
/// trait Calc {
///     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
/// }
///
/// struct Adder;
///
/// #[service]
/// impl Calc for Adder {
///     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
///         Ok(a.checked_add(b).ok_or(())?)
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// TokioRT::current().block_on(async {
///     let health = Health::new();
///     let listener = MemoryServer::bind("clinic")?;
///     let server = RpcServer::bind(listener).serve(health.beside(Adder))?;
///
///     let client = HealthClient::connect(MemoryClient::new(), server.local_addr())?;
///     assert_eq!(client.check(Some("Calc".into())).await?, Status::Serving);
///
///     health.set("Calc", Status::NotServing);
///     assert_eq!(client.check(Some("Calc".into())).await?, Status::NotServing);
///     assert_eq!(client.check(None).await?, Status::Serving);
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Health {
    switches: Arc<Mutex<Switches>>,
}

/// What has been switched.
#[derive(Debug, Default)]
struct Switches {
    /// Whether the whole server is off.
    off: bool,
    services: BTreeMap<String, Status>,
}

impl Health {
    /// Everything serves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `service`, with the service [`RazorHealth`] beside it: `serve(health.beside(service))`.
    ///
    /// `service` may be a multiplexer of several. Those made by [`#[service]`](crate::service) are known by name; one
    /// that implements [`Service`] by hand is known once it has been [set](Self::set).
    #[must_use]
    pub fn beside<S>(&self, service: S) -> Beside<Self, S> {
        Beside::new(self.clone(), service)
    }

    /// Switches a service. The name is the one on the wire: that of its trait, or what `name = "…"` says.
    pub fn set(&self, service: impl Into<String>, status: Status) {
        let service = service.into();
        self.switches.lock().services.insert(service, status);
    }

    /// Switches the server as a whole. The switches of its services stay as they are, and count again when the server
    /// is switched on.
    pub fn set_server(&self, status: Status) {
        self.switches.lock().off = status != Status::Serving;
    }

    /// Whether the server as a whole is switched on.
    #[must_use]
    pub fn server(&self) -> Status {
        self.switches.lock().server()
    }

    /// Whether a service is switched on, and the whole server with it. A name that was never set counts as switched on.
    #[must_use]
    pub fn service(&self, service: &str) -> Status {
        self.switches.lock().service(service)
    }
}

impl Switches {
    const fn server(&self) -> Status {
        if self.off { Status::NotServing } else { Status::Serving }
    }

    fn service(&self, name: &str) -> Status {
        if self.off {
            return Status::NotServing;
        }
        self.services.get(name).copied().unwrap_or(Status::Serving)
    }
}

impl<S> Beside<Health, S> {
    fn check<K: Codec>(&self, name: Option<&str>) -> Result<Status, RpcError<String>>
    where
        S: Service<K>,
    {
        let Some(name) = name else { return Ok(self.own.server()) };
        let mut known = name == NAME;
        self.rest.describe(&mut |info| known |= info.name() == name);
        let switches = self.own.switches.lock();
        if known || switches.services.contains_key(name) {
            return Ok(switches.service(name));
        }
        Err(RpcError::User(format!("no service `{name}` here")))
    }

    fn all<K: Codec>(&self) -> AllHealth
    where
        S: Service<K>,
    {
        let mut names = vec![NAME];
        self.rest.describe(&mut |info| names.push(info.name()));
        let switches = self.own.switches.lock();
        let set = switches.services.keys().map(String::as_str);
        let services = names.into_iter().chain(set);
        AllHealth {
            server: switches.server(),
            services: services.map(|name| (name.to_owned(), switches.service(name))).collect(),
        }
    }
}

impl<K: Codec, S: Service<K>> Service<K> for Beside<Health, S> {
    fn serve(self: Arc<Self>, exchange: Exchange<'_, K>) -> Flow {
        if exchange.service() != NAME {
            return self.rest.clone().serve(exchange);
        }
        match exchange.method() {
            "check" => exchange.run(self, |this, name: Option<Short>| {
                ready(this.check::<K>(name.as_ref().map(Short::as_str)))
            }),
            "all" => exchange.run(self, |this, ()| ready(Ok::<_, RpcError<()>>(this.all::<K>()))),
            _ => exchange.no_method(),
        }
    }

    fn describe(&self, each: &mut dyn FnMut(&'static ServiceInfo)) {
        self.rest.describe(each);
        each(&INFO);
    }
}

const NAME: &str = "RazorHealth";

static INFO: ServiceInfo = ServiceInfo::new(
    NAME,
    "Whether the server, and each of its services, serves.",
    &[
        MethodDescription::new(
            "check",
            "Whether a service serves; without a name (nil), whether the server as a whole does.",
            &[ArgInfo::new("service", std::any::type_name::<Option<String>>)],
            std::any::type_name::<Result<Status, RpcError<String>>>,
        ),
        MethodDescription::new(
            "all",
            "The server and each of its services.",
            &[],
            std::any::type_name::<Result<AllHealth, RpcError<()>>>,
        ),
    ],
);
