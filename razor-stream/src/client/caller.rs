//! What sends requests: one connection, a pool, or whatever a user puts in their place.
//!
//! Object-safe, so that a client can be stored without naming its transport. Knows frames and completions.

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

use super::{ClientConfig, Completion};
use crate::buffer;
use crate::error::{RpcErrKind, RpcIntErr, made};
use crate::proto::{RequestFrame, RpcAction};
use bytes::Bytes;
use std::future::Future;
use std::pin::Pin;

/// Sends requests, each with whoever waits for its answer.
pub trait ClientCaller<K: Completion>: Send + Sync + 'static {
    /// The limits and deadlines in force.
    fn config(&self) -> &ClientConfig;

    /// Submits a request. The completion gets the answer, or why there is none, whatever happens.
    ///
    /// # Errors
    /// Both are given back if there is no room now; [`submit`](Self::submit) waits for it.
    fn try_submit(&self, frame: RequestFrame, completion: K) -> Result<(), (RequestFrame, K)>;

    /// Submits a request, after waiting for room if there is none; at most until the call's deadline.
    ///
    /// # Cancellation
    /// Dropped before it has been polled, or while it waits for room, the request is not sent: its completion gets
    /// `Closing`, outcome `NotSent`.
    fn submit(
        &self,
        frame: RequestFrame,
        completion: K,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

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
pub(super) struct Begun<'a> {
    bytes: Vec<u8>,
    config: &'a ClientConfig,
}

impl Begun<'_> {
    #[inline(always)]
    pub(super) fn finish(self, blob: Option<Bytes>) -> Result<RequestFrame, RpcIntErr> {
        RequestFrame::finish(self.bytes, blob, &self.config.limits)
            .map_err(|error| made::inexpressible(RpcErrKind::TooLarge).with_cause(error))
    }
}

/// The first half of [`render`]: all but the blob.
pub(super) fn begin<'a, E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    config: &'a ClientConfig,
    action: RpcAction<'_>,
    encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<Begun<'a>, RpcIntErr> {
    let mut bytes = RequestFrame::begin(buffer::take_as_before(), action, config.client_id)
        .map_err(|error| made::inexpressible(RpcErrKind::Invalid).with_cause(error))?;
    let before = bytes.len();
    encode(&mut bytes)
        .map_err(|error| made::inexpressible(RpcErrKind::Encode).with_cause(error))?;
    buffer::was_long(bytes.len());
    if bytes.len() < before {
        return Err(made::inexpressible(RpcErrKind::Encode)
            .with_cause("the encoder took away what is not its own"));
    }
    Ok(Begun { bytes, config })
}
