//! What can go wrong with a call: the method's own error, or the framework's.
//!
//! Every framework error says what may have happened to the request ([`Outcome`]); that alone decides whether the call
//! may be repeated. The library itself does not repeat calls. Knows no sockets, channels or coroutines.
//!
//! | type | is |
//! |---|---|
//! | [`RpcError<E>`] | what a call returns: the method's own error `E`, or a framework error |
//! | [`RpcIntErr`] | a framework error: kind, outcome, stage, peer and cause |
//! | [`RpcErrCodec`] | how the method's own error travels; `#[derive(RpcErr)]` implements it |
//! | [`EncodedErr`] | an error of a method as it travels |
//! | [`UserErr`] | `?` in a handler for errors that are not the method's own yet |
//! | [`ErrDecodeError`] | an error of a method that the caller cannot decode, with what arrived |

mod built_in;
pub(crate) mod for_macros;
mod int_err;
pub(crate) mod made;
mod outcome;
mod rpc_error;
mod undecodable;
mod user;
mod user_err;

pub use int_err::{RpcErrKind, RpcIntErr, Stage};
pub use outcome::Outcome;
pub use rpc_error::RpcError;
pub use undecodable::ErrDecodeError;
pub use user::{EncodedErr, Failover, RpcErrCodec};
pub use user_err::UserErr;
