//! The server's side: services, and who runs their handlers when.
//!
//! | file | holds |
//! |---|---|
//! | `service` | [`Service`], what a dispatcher calls; `#[service]` implements it |
//! | `exchange` | [`Exchange`], a request on its way through a service, and its answer |
//! | `handler` | a handler's future: polled, its panics caught, its result answered |
//! | `slots` | boxes for these futures, used again |
//! | `dispatcher` | [`Inline`], [`Eager`] and [`Spawn`] |
//! | `serve` | [`Serve`], by which a server serves a service |
//! | `mux` | [`ServiceMuxDyn`], several services at one address |
//! | `names` | that each of them has a name of its own |

mod dispatcher;
mod exchange;
mod handler;
mod mux;
pub(crate) mod names;
#[cfg(feature = "msgpack")]
mod serve;
mod service;
mod slots;

pub use crate::{service, service_mux_struct};
pub use dispatcher::{Eager, Inline, ServiceDispatch, Spawn};
pub use exchange::Exchange;
pub use mux::ServiceMuxDyn;
pub use names::NameTaken;
pub use razor_stream::server::dispatch::Flow;
pub use razor_stream::server::{
    AddedListener, CancelReason, Cancelled, ConnInfo, RpcServer, ServerBuilder, ServerConfig,
};
#[cfg(feature = "msgpack")]
pub use serve::Serve;
pub use service::{NamedService, Service};
