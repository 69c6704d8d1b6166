//! The codec that is used where no codec is named.
//!
//! Knows which features are on. Does not know any format.

/// The codec that is meant where none is named: msgpack, the format of the wire's first version.
///
/// ```
/// use razor_stream::{Codec, DefaultCodec};
///
/// let one = DefaultCodec::default().encode(&1)?;
/// assert_eq!(one, [1]);
/// # Ok::<(), razor_stream::codec::EncodeError>(())
/// ```
#[cfg(feature = "msgpack")]
pub type DefaultCodec = razor_rpc_codec::MsgpCodec;

/// Without the feature `msgpack` no codec is meant where none is named: what needs one does not compile.
#[cfg(not(feature = "msgpack"))]
pub type DefaultCodec = ();
