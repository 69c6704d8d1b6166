//! What the macros need beside the public items.
//!
//! Knows nothing that is not said elsewhere.

use super::decode_response;
use crate::buffer;
use crate::error::{EncodedErr, Outcome, RpcErrKind, RpcError, RpcIntErr, Stage};
use crate::io::isolated;
use razor_rpc_codec::Codec;
use serde::de::DeserializeOwned;

/// Puts the decoded message into `place`, and keeps its buffer for later. A `Deserialize` that panics fails this task
/// alone.
///
/// # Errors
/// The message does not decode.
pub fn fill<C: Codec, T: DeserializeOwned>(
    codec: &C,
    msg: Vec<u8>,
    place: &mut Option<T>,
) -> Result<(), RpcError<EncodedErr>> {
    let decoded = isolated(|| decode_response(codec, &msg)).unwrap_or_else(|| {
        let panicked = RpcIntErr::new(RpcErrKind::Decode, Outcome::Executed, Stage::Reply);
        Err(panicked.with_cause("the type's decoding panicked"))
    });
    buffer::give_back(msg);
    *place = Some(decoded?);
    Ok(())
}
