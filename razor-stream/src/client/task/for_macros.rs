//! What the macros need beside the public items.
//!
//! Knows nothing that is not said elsewhere.

use super::decode_response;
use crate::buffer;
use crate::error::{EncodedErr, Outcome, RpcErrKind, RpcError, RpcIntErr, Stage};
use crate::io::isolated;
use crate::proto::RpcAction;
use razor_rpc_codec::Codec;
use serde::de::DeserializeOwned;

/// The codec that is meant where none is named: msgpack, the format of the wire's first version.
#[cfg(feature = "msgpack")]
pub type DefaultCodec = razor_rpc_codec::MsgpCodec;

/// Without the feature `msgpack` no codec is meant where none is named, and tasks without one do not compile.
#[cfg(not(feature = "msgpack"))]
pub type DefaultCodec = ();

/// The number of an action, which is checked when the program is compiled.
///
/// ```compile_fail,E0080
/// #[repr(u32)]
/// enum Op {
///     Ping = 0,
/// }
///
/// #[razor_stream::client::task::client_task(Op::Ping)]
/// struct Task {
///     #[field(res)]
///     res: Option<Result<(), razor_stream::error::RpcError<u32>>>,
///     #[field(noti)]
///     noti: Option<fn(Task)>,
/// }
/// ```
#[must_use]
pub const fn action_number(number: u32) -> u32 {
    assert!(
        number > 0 && number <= RpcAction::MAX_NUM,
        "this action number is reserved: a value from 1 to 0x7FFE_FFFF is needed"
    );
    number
}

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
