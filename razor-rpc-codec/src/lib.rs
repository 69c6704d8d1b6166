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
//! | codec | feature | a message | choose it |
//! |---|---|---|---|
//! | [`MsgpCodec`] | `msgpack`, on by default | is short and names its fields, so that they may be added | where nothing else is asked for |
//! | [`JsonCodec`] | `json` | can be read and written by people | for calls by hand, and for other languages |
//! | [`PostcardCodec`] | `postcard` | has no names: it is the shortest, and both ends need exactly equal types | between programs that are built together |
//!
//! Another format is a type that implements the [`Codec`] trait; its documentation shows a complete one. [`guarded`]
//! puts a deserializer of another crate under the limits of these codecs, and [`laws`] (feature `laws`) tests the
//! result.
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
#![cfg_attr(docsrs, feature(doc_cfg))]

mod codec;
mod error;
mod guard;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "laws")]
pub mod laws;
#[cfg(feature = "msgpack")]
mod msgpack;
#[cfg(feature = "postcard")]
mod postcard;
#[cfg(any(feature = "json", feature = "msgpack", feature = "postcard"))]
mod tail;

#[cfg(feature = "postcard")]
pub use self::postcard::PostcardCodec;
pub use codec::Codec;
pub use error::{DecodeError, EncodeError};
pub use guard::guarded;
#[cfg(feature = "json")]
pub use json::JsonCodec;
#[cfg(feature = "msgpack")]
pub use msgpack::{MsgpCodec, RoomyMsgpCodec};

/// The example of this crate's README.
#[cfg(all(doctest, feature = "msgpack"))]
#[doc = include_str!("../README.md")]
struct Readme;
