//! How an answer becomes a result.
//!
//! Knows codecs and what a message of no bytes means (rule R2). Does not know how an answer arrived.

use crate::Codec;
use crate::error::{EncodedErr, RpcErrCodec, RpcError, RpcIntErr, made};
use serde::de::value::Error as UnitError;
use serde::de::{DeserializeOwned, Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

/// Decodes the message of a successful answer. A message of no bytes decodes as `()`, and as a value that the codec
/// writes as no bytes: msgpack and JSON have none, postcard has structs without fields.
///
/// ```
/// use razor_stream::client::task::decode_response;
/// use razor_stream::codec::{Codec, MsgpCodec};
///
/// let msg = MsgpCodec.encode(&(1, "one"))?;
/// assert_eq!(decode_response(&MsgpCodec, &msg), Ok((1, "one".to_string())));
/// assert_eq!(decode_response(&MsgpCodec, b""), Ok(()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// `Decode`, outcome `Executed`: the message is not one value of this type.
pub fn decode_response<C: Codec, T: DeserializeOwned>(
    codec: &C,
    msg: &[u8],
) -> Result<T, RpcIntErr> {
    if msg.is_empty() {
        // A codec may write other values than `()` as no bytes, for instance structs without fields.
        let nothing = T::deserialize(Nothing).or_else(|error| codec.decode(msg).map_err(|_| error));
        return nothing.map_err(made::undecodable_answer);
    }
    codec.decode(msg).map_err(made::undecodable_answer)
}

/// Decodes the method's own error in the error of an answer. An error that does not decode as this type becomes the
/// framework's `Decode`, outcome `Executed`.
///
/// ```
/// use razor_stream::client::task::decode_error;
/// use razor_stream::codec::MsgpCodec;
/// use razor_stream::error::{EncodedErr, RpcErrKind, RpcError};
///
/// let no_entry = || RpcError::User(EncodedErr::Num(2));
/// assert_eq!(decode_error(&MsgpCodec, no_entry()), RpcError::User(2_u32));
/// assert_eq!(decode_error::<_, String>(&MsgpCodec, no_entry()), RpcErrKind::Decode);
/// ```
pub fn decode_error<C: Codec, E: RpcErrCodec>(
    codec: &C,
    error: RpcError<EncodedErr>,
) -> RpcError<E> {
    match error {
        RpcError::User(error) => match E::decode(codec, error) {
            Ok(error) => RpcError::User(error),
            Err(error) => RpcError::Rpc(made::undecodable_answer(error)),
        },
        RpcError::Rpc(error) => RpcError::Rpc(error),
    }
}

/// A deserializer for a message of no bytes, which is `()` in every codec. It refuses all other types, also `Option`.
struct Nothing;

impl<'de> Deserializer<'de> for Nothing {
    type Error = UnitError;

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UnitError> {
        visitor.visit_unit()
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, UnitError> {
        Err(UnitError::custom("a message of no bytes, where the result is not `()`"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Outcome, RpcErrKind, Stage};
    use razor_rpc_codec::MsgpCodec;
    use std::collections::HashMap;

    fn is_undecodable<T: DeserializeOwned + std::fmt::Debug>() -> bool {
        let error = decode_response::<_, T>(&MsgpCodec, b"").expect_err("nothing is no such value");
        (error.kind(), error.outcome(), error.stage())
            == (RpcErrKind::Decode, Outcome::Executed, Stage::Reply)
    }

    /// Rule R2: success with no bytes is `()`.
    #[test]
    fn a_message_of_no_bytes_is_unit_and_nothing_else() {
        assert!(decode_response::<_, ()>(&MsgpCodec, b"").is_ok());
        assert!(is_undecodable::<Option<u8>>());
        assert!(is_undecodable::<Option<()>>());
        assert!(is_undecodable::<u32>());
        assert!(is_undecodable::<String>());
        assert!(is_undecodable::<Vec<u8>>());
        assert!(is_undecodable::<HashMap<String, u8>>());
        assert!(is_undecodable::<(u8, u8)>());
        assert!(is_undecodable::<serde::de::IgnoredAny>());
    }

    #[test]
    fn what_a_codec_writes_as_nothing_is_decoded_by_it() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Stored;
        let none = |error: RpcIntErr| error.kind();
        let postcard = &razor_rpc_codec::PostcardCodec;
        assert_eq!(decode_response(postcard, b"").map_err(none), Ok(Stored));
        assert_eq!(decode_response(postcard, b"").map_err(none), Ok(((), [0_u8; 0])));
        assert_eq!(decode_response::<_, u8>(postcard, b"").map_err(none), Err(RpcErrKind::Decode));
        let json = &razor_rpc_codec::JsonCodec;
        assert_eq!(decode_response::<_, Stored>(json, b"").map_err(none), Err(RpcErrKind::Decode));
    }

    #[test]
    fn an_encoded_unit_is_unit_too() {
        assert!(decode_response::<_, ()>(&MsgpCodec, &[0xc0]).is_ok());
        assert_eq!(decode_response::<_, Option<u8>>(&MsgpCodec, &[0xc0]), Ok(None));
    }

    fn decoded<E: RpcErrCodec>(error: EncodedErr) -> RpcError<E> {
        decode_error(&MsgpCodec, RpcError::User(error))
    }

    #[test]
    fn an_error_of_the_method_has_the_type_that_the_method_says() {
        assert_eq!(decoded::<u8>(EncodedErr::Num(7)), RpcError::User(7));
        let text = EncodedErr::Bytes(b"no".to_vec());
        assert_eq!(decoded::<String>(text), RpcError::User("no".into()));
    }

    #[test]
    fn an_error_of_another_type_does_not_decode_but_the_method_ran() {
        let error = decoded::<u8>(EncodedErr::Num(700));
        assert_eq!(error, RpcErrKind::Decode);
        assert_eq!(error.outcome(), Outcome::Executed);
        assert_eq!(decoded::<u8>(EncodedErr::Bytes(b"no".to_vec())), RpcErrKind::Decode);
    }
}
