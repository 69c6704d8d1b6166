//! How an answer becomes the result of a call.
//!
//! Knows that the buffer of a message is used again. Does not know how an answer arrived.

use razor_stream::Codec;
use razor_stream::buffer;
use razor_stream::client::Response;
use razor_stream::client::task::{decode_error, decode_response};
use razor_stream::error::{EncodedErr, RpcErrCodec, RpcError};
use serde::de::DeserializeOwned;

/// Decodes the result of a call from its answer. The buffer of the message is kept for later calls.
pub(super) fn decode<K, Resp, E>(
    codec: &K,
    answer: Result<Response, RpcError<EncodedErr>>,
) -> Result<Resp, RpcError<E>>
where
    K: Codec,
    Resp: DeserializeOwned,
    E: RpcErrCodec,
{
    match answer {
        Ok(response) => {
            let result = decode_response(codec, &response.msg);
            buffer::give_back(response.msg);
            result.map_err(RpcError::Rpc)
        }
        Err(error) => Err(decode_error(codec, error)),
    }
}
