//! The errors of encoding and decoding.
//!
//! Keeps the reason of an error. Does not know which format found it, nor who made the mistake: for a server an
//! undecodable message is a mistake of the client, for a client it is one of the server.

use std::error::Error;
use std::sync::Arc;

/// A value could not be written as bytes.
///
/// A clone is cheap. Its text is that of the reason.
///
/// ```
/// use razor_rpc_codec::EncodeError;
///
/// let err = EncodeError::new("a map key must be text");
/// assert_eq!(err.to_string(), "a map key must be text");
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct EncodeError(Arc<dyn Error + Send + Sync>);

impl EncodeError {
    /// An error with this reason: an error of the format, or a text.
    pub fn new(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(reason.into().into())
    }
}

/// Bytes are not the encoding of a value of the expected type.
///
/// A clone is cheap. Its text is that of the reason.
///
/// ```
/// use razor_rpc_codec::DecodeError;
///
/// let err = DecodeError::new("expected four bytes");
/// assert_eq!(err.to_string(), "expected four bytes");
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct DecodeError(Arc<dyn Error + Send + Sync>);

impl DecodeError {
    /// An error with this reason: an error of the format, or a text.
    pub fn new(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(reason.into().into())
    }
}
