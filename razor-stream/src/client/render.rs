//! The bytes of a request, in a buffer that its thread has used before.
//!
//! Knows limits and frames. Does not know who sends them.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

use super::ClientConfig;
use crate::buffer;
use crate::error::{RpcErrKind, RpcIntErr, made};
use crate::proto::{RequestFrame, RpcAction};
use bytes::Bytes;

/// Renders a request: `encode` appends the message to the buffer it is given.
///
/// ```
/// use razor_stream::client::{ClientConfig, render};
/// use razor_stream::proto::RpcAction;
///
/// let config = ClientConfig::default();
/// let frame = render(&config, RpcAction::Num(7), None, |out| {
///     out.push(0xc0);
///     Ok::<(), std::io::Error>(())
/// })
/// .unwrap();
/// assert_eq!(frame.len(), 33);
/// ```
///
/// # Errors
/// With outcome `NotSent`: an action that the wire cannot express, a message that does not encode, a message
/// or blob over the limits.
pub fn render<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    config: &ClientConfig,
    action: RpcAction<'_>,
    blob: Option<Bytes>,
    encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<RequestFrame, RpcIntErr> {
    begin(config, action, encode)?.finish(blob)
}

/// A request whose message has been encoded.
pub(in crate::client) struct Begun<'a> {
    bytes: Vec<u8>,
    config: &'a ClientConfig,
}

impl Begun<'_> {
    #[inline(always)]
    pub(in crate::client) fn finish(self, blob: Option<Bytes>) -> Result<RequestFrame, RpcIntErr> {
        RequestFrame::finish(self.bytes, blob, &self.config.limits)
            .map_err(|error| made::inexpressible(RpcErrKind::TooLarge).with_cause(error))
    }
}

/// The first half of [`render`]: all but the blob.
pub(in crate::client) fn begin<'a, E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    config: &'a ClientConfig,
    action: RpcAction<'_>,
    encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<Begun<'a>, RpcIntErr> {
    let mut bytes = RequestFrame::begin(buffer::take_as_before(), action, config.client_id)
        .map_err(|error| made::inexpressible(RpcErrKind::Invalid).with_cause(error))?;
    let before = bytes.len();
    encode(&mut bytes)
        .map_err(|error| made::inexpressible(RpcErrKind::Encode).with_cause(error))?;
    buffer::remember_length(bytes.len());
    if bytes.len() < before {
        return Err(made::inexpressible(RpcErrKind::Encode)
            .with_cause("the encoder took away what is not its own"));
    }
    Ok(Begun { bytes, config })
}
