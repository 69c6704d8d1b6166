//! Errors of the published crates, in common words.

use razor_rpc::error::{EncodedErr, RpcErrCodec, RpcError, RpcIntErr};
use std::fmt;
use values::{Fault, Framework, Refusal};

pub(crate) fn fault<E: RpcErrCodec>(error: RpcError<E>) -> Fault<E> {
    match error {
        RpcError::User(error) => Fault::User(error),
        RpcError::Rpc(error) => Fault::Framework(framework(error)),
    }
}

fn framework(error: RpcIntErr) -> Framework {
    match error {
        RpcIntErr::Unreachable => Framework::Unreachable,
        RpcIntErr::IO => Framework::Io,
        RpcIntErr::Timeout => Framework::Timeout,
        RpcIntErr::Method => Framework::Method,
        RpcIntErr::Service => Framework::Service,
        RpcIntErr::Encode => Framework::Encode,
        RpcIntErr::Decode => Framework::Decode,
        RpcIntErr::Internal => Framework::Internal,
        RpcIntErr::Version => Framework::Version,
    }
}

/// The framework error at this place of [`Framework::ALL`], for a handler to return.
pub(crate) fn internal(place: u8) -> RpcIntErr {
    match Framework::ALL[usize::from(place)] {
        Framework::Unreachable => RpcIntErr::Unreachable,
        Framework::Io => RpcIntErr::IO,
        Framework::Timeout => RpcIntErr::Timeout,
        Framework::Method => RpcIntErr::Method,
        Framework::Service => RpcIntErr::Service,
        Framework::Encode => RpcIntErr::Encode,
        Framework::Decode => RpcIntErr::Decode,
        Framework::Internal | Framework::Local => RpcIntErr::Internal,
        Framework::Version => RpcIntErr::Version,
    }
}

/// An error that travels as the codec encodes it.
pub(crate) struct Encoded(pub(crate) Refusal);

impl RpcErrCodec for Encoded {
    fn encode<C: razor_rpc::Codec>(&self, codec: &C) -> EncodedErr {
        codec.encode(&self.0).map_or(EncodedErr::Rpc(RpcIntErr::Encode), EncodedErr::Buf)
    }

    fn decode<C: razor_rpc::Codec>(codec: &C, buf: Result<u32, &[u8]>) -> Result<Self, ()> {
        buf.map_or_else(|bytes| codec.decode(bytes).map(Self), |_| Err(()))
    }

    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
