//! Message codecs of razor-rpc: values to bytes and back.
//!
//! This crate knows serde and formats. It does not know packets, sockets or runtimes: code that moves bytes gets them
//! from a [`Codec`] and does not look inside.
//!
//! ```text
//!   argument ──encode_into──► │ header │ action │ message bytes │ ──decode──► argument
//!                             └─ not ours ──────┴─ ours ────────┘
//! ```
//!
//! [`MsgpCodec`] (feature `msgpack`, on by default) is the first format. Another format is a type that implements the
//! [`Codec`] trait; the documentation of the trait shows a complete one.
//!
//! # Example
//!
//! ```
//! # #[cfg(feature = "msgpack")] {
//! use razor_rpc_codec::{Codec, MsgpCodec};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! struct Put<'a> {
//!     key: &'a str,
//!     version: u64,
//! }
//!
//! let codec = MsgpCodec;
//! let mut out = b"header".to_vec();
//! codec.encode_into(&Put { key: "k1", version: 7 }, &mut out)?;
//! assert_eq!(&out[..6], b"header");
//!
//! // The key is borrowed from the buffer, not copied.
//! let put: Put<'_> = codec.decode(&out[6..])?;
//! assert_eq!(put, Put { key: "k1", version: 7 });
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod codec;
mod error;
#[cfg(feature = "msgpack")]
mod guard;
#[cfg(feature = "msgpack")]
mod msgpack;

pub use codec::Codec;
pub use error::{DecodeError, EncodeError};
#[cfg(feature = "msgpack")]
pub use msgpack::{MsgpCodec, RoomyMsgpCodec};
