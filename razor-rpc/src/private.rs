//! What the macros emit paths to. Not for use by hand: it may change in any release.

pub use crate::client::inside;
pub use crate::client::{ApiClientCaller, Blocking, Caller, ConnectedCaller, Endpoint, Executor};
pub use crate::server::info::Docs;
pub use crate::server::names::name_of_its_own;
pub use crate::server::{ArgInfo, Exchange, MethodDescription, NamedService, Service, ServiceInfo};
pub use crate::{CallContext, MethodInfo};
pub use razor_rpc_codec::Codec;
pub use razor_stream::__private::{
    DeserializeOwned, EncodedErr, ErrDecodeError, Failover, RpcErrCodec, Serialize, Shown,
    ShownAsNoError, ShownByDebug, decode_own, encode_error, error_number, error_of_text,
    error_text, number_of, text_of, unknown_error,
};
pub use razor_stream::client::ClientConfig;
pub use razor_stream::error::RpcIntErr;
pub use razor_stream::server::dispatch::Flow;
pub use razor_stream::transport::ClientTransport;
