//! Errors that say whose they are.
//!
//! Knows the peer. Does not know what was asked for.

use super::super::{Completion, Response};
use super::Link;
use crate::error::{EncodedErr, RpcError};
use crate::transport::WriteHalf;

impl<K: Completion, W: WriteHalf> Link<K, W> {
    /// A result whose error names the peer.
    pub(in crate::client) fn with_peer(
        &self,
        result: Result<Response, RpcError<EncodedErr>>,
    ) -> Result<Response, RpcError<EncodedErr>> {
        match result {
            Err(RpcError::Rpc(error)) if error.peer().is_none() => {
                Err(error.with_peer(self.peer.to_string()).into())
            }
            result => result,
        }
    }
}
