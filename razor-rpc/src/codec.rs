//! The codec that is meant where none is named.
//!
//! Knows which features are on. Does not know any format.

/// The codec that is meant where none is named: msgpack, the format of the wire's first version.
#[cfg(feature = "msgpack")]
pub type DefaultCodec = razor_rpc_codec::MsgpCodec;

/// Without the feature `msgpack` no codec is meant where none is named, and calls do not compile.
#[cfg(not(feature = "msgpack"))]
pub type DefaultCodec = ();
