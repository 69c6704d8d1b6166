//! Errors of our crates, in common words.

use razor_rpc::Codec;
use razor_rpc::error::{EncodedErr, ErrDecodeError, RpcErrCodec, RpcErrKind, RpcError};
use values::{Fault, Framework, Refusal};

pub(crate) fn fault<E>(error: RpcError<E>) -> Fault<E> {
    match error {
        RpcError::User(error) => Fault::User(error),
        RpcError::Rpc(error) => Fault::Framework(framework(error.kind())),
    }
}

const fn framework(kind: RpcErrKind) -> Framework {
    match kind {
        RpcErrKind::Unreachable => Framework::Unreachable,
        RpcErrKind::IO => Framework::Io,
        RpcErrKind::Timeout => Framework::Timeout,
        RpcErrKind::Method => Framework::Method,
        RpcErrKind::Service => Framework::Service,
        RpcErrKind::Encode => Framework::Encode,
        RpcErrKind::Decode => Framework::Decode,
        RpcErrKind::Internal => Framework::Internal,
        RpcErrKind::Version => Framework::Version,
        _ => Framework::Local,
    }
}

/// An error that travels as the codec encodes it.
#[derive(Debug)]
pub struct Encoded(pub Refusal);

impl RpcErrCodec for Encoded {
    fn encode<C: Codec>(&self, codec: &C) -> EncodedErr {
        let mut bytes = Vec::new();
        codec.encode_into(&self.0, &mut bytes).expect("an enum of numbers can be encoded");
        EncodedErr::Bytes(bytes)
    }

    fn decode<C: Codec>(codec: &C, err: EncodedErr) -> Result<Self, ErrDecodeError> {
        let bytes = err.as_bytes().ok_or_else(|| ErrDecodeError::new("a number"))?;
        codec.decode(bytes).map(Self).map_err(|error| ErrDecodeError::new(error.to_string()))
    }
}
