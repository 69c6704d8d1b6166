//! The engine of razor-rpc: full-duplex connections that multiplex packets tagged with a sequence number.
//!
//! Use this crate directly for numeric actions, own task types and large blobs; use `razor-rpc` on top of
//! it for service traits. TCP and unix sockets are in `razor-rpc-tcp`, codecs in `razor-rpc-codec`.
//!
//! ```text
//!  caller ── submit ──► Session (window, seq, in-flight table, output buffer)      one lock, short
//!                          │                          ▲
//!                       writer coroutine           reader coroutine
//!                          ▼                          │
//!                      ─── one connection, any transport, any runtime ───
//!                          │                          ▲
//!                       reader coroutine ──► Dispatch ──► output buffer ◄── RespNoti (any thread)
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`proto`] | the protocol without any IO: heads, limits, decoder, encoder, window, in-flight table |
//! | [`transport`] | what a transport has to provide, and [one in memory](transport::memory) |
//! | [`client`] | [`ClientStream`](client::ClientStream), [`ClientPool`](client::ClientPool), and [calls that block](client::ClientCallerBlocking) |
//! | [`client::task`] | requests of kinds of your own: numeric actions, blobs without copies |
//! | [`server`] | [`RpcServer`](server::RpcServer), [`Dispatch`](server::dispatch::Dispatch), [`RespNoti`](server::task::RespNoti), [`ServerTask`](server::task::ServerTask), [`Workers`](server::Workers) |
//! | [`error`] | what can go wrong, and what then may have happened to the request |
//! | [`buffer`] | buffers that are used again |
//! | [`runtime`] | whether a runtime is around, and what `panic = "abort"` changes |

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod action;
pub mod buffer;
pub mod client;
pub mod clock;
mod coroutine;
mod default_codec;
pub mod error;
mod isolation;
mod log;
pub mod proto;
pub mod runtime;
pub mod server;
pub mod transport;
mod writer;

pub use ::log::Level as LogLevel;
pub use bytes;
#[cfg(feature = "captains-log")]
pub use captains_log;
pub use crossfire;
pub use default_codec::DefaultCodec;
pub use log::LogControl;
#[cfg(feature = "errno")]
pub use nix;
pub use orb;
pub use razor_rpc_codec::{self as codec, Codec};
/// # Example
///
/// ```
/// use razor_stream::codec::MsgpCodec;
/// use razor_stream::error::{EncodedErr, ErrDecodeError, Failover, RpcErrCodec};
/// use razor_stream::RpcErr;
///
/// #[derive(Debug, PartialEq, RpcErr)]
/// enum StoreError {
///     NoEntry = 1,
///     #[rpc(failover)]
///     Moving = 7,
/// }
///
/// assert_eq!(StoreError::NoEntry.encode(&MsgpCodec), EncodedErr::Num(1));
/// assert_eq!(StoreError::decode(&MsgpCodec, EncodedErr::Num(7)), Ok(StoreError::Moving));
/// assert_eq!(StoreError::Moving.should_failover(), Failover::Next);
///
/// let unknown = StoreError::decode(&MsgpCodec, EncodedErr::Num(8)).expect_err("a newer server sent it");
/// assert_eq!(unknown.received(), Some(&EncodedErr::Num(8)));
/// ```
pub use razor_rpc_macros::StreamRpcErr as RpcErr;

/// The items to which the macros emit paths, and which the sibling crates share. Not for use by hand: it may change in
/// any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::action::{action_number, no_such_action};
    pub use crate::buffer::give_back;
    pub use crate::client::task::{
        ClientTask, ClientTaskCommon, Completion, Notify, ReceiveResponseBlob, Response,
        SendRequestBlob, TaskAction, for_macros::*,
    };
    pub use crate::default_codec::DefaultCodec;
    pub use crate::error::for_macros::*;
    pub use crate::error::{EncodedErr, ErrDecodeError, Failover, RpcErrCodec, RpcError};
    /// The framework's errors that razor-rpc makes.
    pub mod made {
        pub use crate::error::made::{torn_down, undriven};
    }
    pub use crate::isolation::{discard, isolated};
    pub use crate::proto::{FrameworkCode, RpcAction};
    pub use crate::server::dispatch::Call;
    pub use crate::server::task::{Origin, Refuse, Reply, ServerTaskDecode, ServerTaskEncode};
    pub use bytes::Bytes;
    pub use razor_rpc_codec::{Codec, EncodeError};
    pub use serde::{Serialize, de::DeserializeOwned};
}

/// The example of this crate's README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
