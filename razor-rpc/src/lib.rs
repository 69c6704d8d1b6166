//! RPC by service traits.
//!
//! PLACEHOLDER FRONT PAGE

#![forbid(unsafe_code)]

mod codec;

pub mod client;
pub mod server;

pub use codec::DefaultCodec;
pub use razor_rpc_codec::*;
pub use razor_rpc_macros::{endpoint_async, endpoint_client, service, service_mux_struct};
pub use razor_stream;
pub use razor_stream::error;

/// What the macros emit paths to. Not for use by hand: it may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::client::{APIClientCaller, Caller, Endpoint, Executor};
    pub use crate::server::{Exchange, NamedService, Service};
    pub use razor_rpc_codec::Codec;
    pub use razor_stream::client::ClientConfig;
    pub use razor_stream::error::RpcIntErr;
    pub use razor_stream::server::dispatch::Flow;
    pub use razor_stream::transport::ClientTransport;
}
