//! `RazorReflection`: which services a server has, with their methods, documentation and types.
//!
//! Knows what services say of themselves. Does not know how they are called.

use super::Beside;
use crate::endpoint_async;
use crate::error::RpcError;
use crate::server::{Exchange, Flow, MethodDescription, Service, ServiceInfo};
use razor_stream::Codec;
use serde::Deserialize;
use std::future::ready;
use std::sync::Arc;

/// A service, as [`RazorReflection::list`] tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ListedService {
    /// The name on the wire.
    pub name: String,
    /// The documentation; empty if there is none.
    pub docs: String,
    /// The methods, in the order in which they are written.
    pub methods: Vec<ListedMethod>,
}

/// A method of a service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ListedMethod {
    /// The name on the wire.
    pub name: String,
    /// The documentation; empty if there is none.
    pub docs: String,
    /// The arguments, in their order.
    pub args: Vec<ListedArg>,
    /// The name of the type that the method returns, as the server's compiler says it.
    pub result: String,
}

/// An argument of a method.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ListedArg {
    /// The name of the argument.
    pub name: String,
    /// The name of its type, as the server's compiler says it.
    #[serde(rename = "type")]
    pub ty: String,
}

/// The services of a server, as its clients ask for them. [`ReflectionClient`] implements it.
#[endpoint_async(new ReflectionClient, crate = crate)]
pub trait RazorReflection {
    /// Every service that the server has and that says something of itself.
    async fn list(&self) -> Result<Vec<ListedService>, RpcError<()>>;
}

/// The service [`RazorReflection`], by which `razor-call --list` and other tools ask which services a server has:
/// `serve(Reflection.beside(service))`.
///
/// The texts are constants of the program, and a request has no argument: its cost is that of encoding them. Every
/// client that can connect to the server can read them.
///
/// ```
/// use razor_rpc::orb::prelude::*;
/// use razor_rpc::standard::{RazorReflection, Reflection, ReflectionClient};
/// use razor_rpc::tokio::{MemoryClient, MemoryServer, TokioRT};
/// use razor_rpc::{RpcError, RpcServer, Serve, endpoint_async, service};
///
/// #[endpoint_async(new CalcClient)]
/// trait Calc {
///     /// The sum.
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
///     let listener = MemoryServer::bind("library")?;
///     let server = RpcServer::bind(listener).serve(Reflection.beside(Adder))?;
///
///     let client = ReflectionClient::connect(MemoryClient::new(), server.local_addr())?;
///     let services = client.list().await?;
///     assert_eq!(services[0].name, "Calc");
///     let add = &services[0].methods[0];
///     assert_eq!((&*add.docs, &*add.args[0].name, &*add.args[0].ty), ("The sum.", "a", "i32"));
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing to choose")]
pub struct Reflection;

impl Reflection {
    /// `service`, with the service [`RazorReflection`] beside it.
    ///
    /// `service` may be a multiplexer of several, and have [`Health`](super::Health) beside it already. Services that
    /// implement [`Service`] by hand are told of if they have [`describe`](Service::describe).
    #[must_use]
    pub fn beside<S>(self, service: S) -> Beside<Self, S> {
        Beside::new(self, service)
    }
}

impl<S> Beside<Reflection, S> {
    fn list<K: Codec>(&self) -> Vec<&'static ServiceInfo>
    where
        S: Service<K>,
    {
        let mut services = Vec::new();
        Service::<K>::describe(self, &mut |info| services.push(info));
        services
    }
}

impl<K: Codec, S: Service<K>> Service<K> for Beside<Reflection, S> {
    fn serve(self: Arc<Self>, exchange: Exchange<'_, K>) -> Flow {
        if exchange.service() != INFO.name() {
            return self.rest.clone().serve(exchange);
        }
        match exchange.method() {
            "list" => exchange.run(self, |this, ()| ready(Ok::<_, RpcError<()>>(this.list::<K>()))),
            _ => exchange.no_method(),
        }
    }

    fn describe(&self, each: &mut dyn FnMut(&'static ServiceInfo)) {
        self.rest.describe(each);
        each(&INFO);
    }
}

static INFO: ServiceInfo = ServiceInfo::new(
    "RazorReflection",
    "The services of the server, with their methods, documentation and types.",
    &[MethodDescription::new(
        "list",
        "Every service that the server has and that says something of itself.",
        &[],
        std::any::type_name::<Result<Vec<ListedService>, RpcError<()>>>,
    )],
);
