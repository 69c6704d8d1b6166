//! What can go wrong with a call: the method's own error, or the framework's.
//!
//! Every framework error says what may have happened to the request ([`Outcome`]); that alone decides whether the call may
//! be repeated. The library repeats none by itself. Knows no sockets, channels or tasks.
//!
//! | type | is |
//! |---|---|
//! | [`RpcError<E>`] | what a call returns: the method's own error `E`, or a framework error |
//! | [`RpcIntErr`] | a framework error: kind, outcome, stage, peer and cause |
//! | [`RpcErrCodec`] | how the method's own error travels |
//! | [`EncodedErr`] | an error of a method as it travels |

mod int_err;
mod outcome;
mod rpc_error;
mod user;

pub use int_err::{RpcErrKind, RpcIntErr, Stage};
pub use outcome::Outcome;
pub use rpc_error::RpcError;
pub use user::{EncodedErr, ErrDecodeError, Failover, RpcErrCodec};
