//! What the macros need beside the public items.
//!
//! Knows nothing that is not said elsewhere.

use super::{Blob, ClientTask, ReceiveResponseBlob, decode_error, decode_response};
use crate::buffer;
use crate::error::{EncodedErr, RpcErrCodec, RpcError, RpcIntErr, Stage, made};
use crate::isolation::isolated;
use razor_rpc_codec::Codec;
use serde::de::DeserializeOwned;

/// The task's codec; `None` if making it panics, which fails this task alone.
pub fn made<C>(make: impl FnOnce() -> C) -> Option<C> {
    isolated(make)
}

/// Puts the decoded message into `place`, and keeps its buffer for later. A `Deserialize` that panics fails this task
/// alone.
///
/// # Errors
/// The message does not decode.
pub fn fill<C: Codec, T: DeserializeOwned>(
    codec: &Option<C>,
    msg: Vec<u8>,
    place: &mut Option<T>,
) -> Result<(), RpcError<EncodedErr>> {
    let decoded = match codec {
        Some(codec) => isolated(|| decode_response(codec, &msg))
            .unwrap_or_else(|| Err(panicked("the type's decoding panicked"))),
        None => Err(panicked(NO_CODEC)),
    };
    buffer::give_back(msg);
    // A value that an earlier answer left there is removed in any case.
    *place = None;
    *place = Some(decoded?);
    Ok(())
}

/// Hands over the blob. A `ReceiveResponseBlob` that panics fails this task alone.
///
/// # Errors
/// It panicked.
pub fn receive<B: ReceiveResponseBlob>(
    place: &mut B,
    blob: Blob,
    in_place: usize,
) -> Result<(), RpcError<EncodedErr>> {
    isolated(|| place.received(blob, in_place))
        .ok_or_else(|| panicked("the blob's `received` panicked").into())
}

/// Tells the place of the blob that the task has failed.
pub fn failed<B: ReceiveResponseBlob>(place: &mut B) {
    // Why the task failed is known already.
    let _panicked = isolated(|| place.failed());
}

/// Decodes the method's own error. Its `RpcErrCodec` that panics fails this task alone.
pub fn own_error<C: Codec, E: RpcErrCodec>(
    codec: &Option<C>,
    error: RpcError<EncodedErr>,
) -> RpcError<E> {
    match (codec, error) {
        (_, RpcError::Rpc(error)) => RpcError::Rpc(error),
        (Some(codec), error) => isolated(|| decode_error(codec, error))
            .unwrap_or_else(|| panicked("the error's decoding panicked").into()),
        (None, RpcError::User(_)) => panicked(NO_CODEC).into(),
    }
}

/// Adds the task's action to an error of the server, or of its answer.
pub fn named<T: ClientTask, R>(
    task: &T,
    result: Result<R, RpcError<EncodedErr>>,
) -> Result<R, RpcError<EncodedErr>> {
    match result {
        Err(RpcError::Rpc(error)) if matches!(error.stage(), Stage::Server | Stage::Reply) => {
            // If `action` panics here, it panicked or should have when the task was sent; the name is left out.
            Err(match isolated(|| task.action().to_string()) {
                Some(action) => error.with_action(action),
                None => error,
            }
            .into())
        }
        result => result,
    }
}

const NO_CODEC: &str = "the codec's `default` panicked";

#[cold]
fn panicked(what: &'static str) -> RpcIntErr {
    made::undecodable_answer(what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Outcome, RpcErrKind};
    use razor_rpc_codec::MsgpCodec;

    fn is_undecodable(error: &RpcIntErr) -> bool {
        (error.kind(), error.outcome()) == (RpcErrKind::Decode, Outcome::Executed)
    }

    #[test]
    fn without_a_codec_nothing_decodes_and_the_frameworks_errors_stay() {
        let codec: Option<MsgpCodec> = made(|| panic!("no codec"));
        let mut place = Some(1_u8);
        let filled = fill(&codec, vec![2], &mut place);
        assert!(matches!(filled, Err(RpcError::Rpc(error)) if is_undecodable(&error)));
        assert_eq!(place, None);
        let user = own_error::<_, u32>(&codec, RpcError::User(EncodedErr::Num(2)));
        assert!(matches!(user, RpcError::Rpc(error) if is_undecodable(&error)));
        let late = made::no_answer_in_time();
        assert_eq!(own_error::<_, u32>(&codec, late.into()), RpcErrKind::Timeout);
    }

    struct Hole;

    impl ReceiveResponseBlob for Hole {
        fn received(&mut self, _: Blob, _: usize) {
            panic!("no place")
        }
    }

    #[test]
    fn a_place_that_panics_is_an_error() {
        let received = receive(&mut Hole, Blob::default(), 0);
        assert!(matches!(received, Err(RpcError::Rpc(error)) if is_undecodable(&error)));
        failed(&mut Hole);
    }
}
