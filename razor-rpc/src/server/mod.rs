//! The server's side: services, and the dispatchers that run their handlers.
//!
//! | file | holds |
//! |---|---|
//! | `service` | [`Service`], what a dispatcher calls; `#[service]` implements it |
//! | `info` | [`ServiceInfo`], what a service says of itself |
//! | `exchange` | [`Exchange`], a request on its way through a service, and its answer |
//! | `handler` | a handler's future: polled, its panics caught, its result answered |
//! | `boxes` | boxes for these futures, used again |
//! | `dispatcher` | [`Inline`], [`Eager`] and [`Spawn`] |
//! | `serve` | [`Serve`], by which a server serves a service |
//! | `mux` | [`ServiceMuxDyn`], several services at one address |
//! | `names` | the check that each service has a name of its own |

mod boxes;
mod dispatcher;
mod exchange;
mod handler;
pub(crate) mod info;
mod mux;
pub(crate) mod names;
#[cfg(feature = "msgpack")]
mod serve;
mod service;

pub use crate::{service, service_mux_struct};
pub use dispatcher::{Eager, Inline, ServiceDispatch, Spawn};
pub use exchange::Exchange;
pub use info::{ArgInfo, MethodDescription, ServiceInfo};
pub use mux::ServiceMuxDyn;
pub use names::NameTaken;
pub use razor_stream::server::dispatch::Flow;
pub use razor_stream::server::{
    AddedListener, CancelReason, Cancelled, ConnInfo, RpcServer, ServerBuilder, ServerConfig,
};
#[cfg(feature = "msgpack")]
pub use serve::Serve;
pub use service::{NamedService, Service};
