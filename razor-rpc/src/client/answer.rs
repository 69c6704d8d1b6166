//! How an answer becomes a result.
//!
//! Knows codecs and what a message of no bytes means (rule R2). Does not know how an answer arrived.

use razor_stream::Codec;
use razor_stream::buffer;
use razor_stream::client::Response;
use razor_stream::error::{
    EncodedErr, Outcome, RpcErrCodec, RpcErrKind, RpcError, RpcIntErr, Stage,
};
use serde::de::value::Error as UnitError;
use serde::de::{DeserializeOwned, Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

/// The result of a call from its answer. The buffer of the message is kept for later calls.
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
            let result = success(codec, &response.msg);
            buffer::give_back(response.msg);
            result.map_err(RpcError::Rpc)
        }
        Err(RpcError::User(error)) => Err(match E::decode(codec, error) {
            Ok(error) => RpcError::User(error),
            Err(error) => RpcError::Rpc(undecodable().with_cause(error)),
        }),
        Err(RpcError::Rpc(error)) => Err(RpcError::Rpc(error)),
    }
}

fn success<K: Codec, Resp: DeserializeOwned>(codec: &K, msg: &[u8]) -> Result<Resp, RpcIntErr> {
    if msg.is_empty() {
        return Resp::deserialize(Nothing).map_err(|error| undecodable().with_cause(error));
    }
    codec.decode(msg).map_err(|error| undecodable().with_cause(error))
}

#[cold]
const fn undecodable() -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::Decode, Outcome::Executed, Stage::Reply)
}

/// What a message of no bytes holds: `()`, and nothing else. An `Option` of something is not nothing.
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
#[cfg(feature = "msgpack")]
mod tests {
    use super::*;
    use razor_rpc_codec::MsgpCodec;
    use std::collections::HashMap;

    fn is_undecodable<T: DeserializeOwned + std::fmt::Debug>() -> bool {
        let error = success::<_, T>(&MsgpCodec, b"").expect_err("nothing is no such value");
        (error.kind(), error.outcome(), error.stage())
            == (RpcErrKind::Decode, Outcome::Executed, Stage::Reply)
    }

    /// Rule R2: success with no bytes is `()`.
    #[test]
    fn a_message_of_no_bytes_is_unit_and_nothing_else() {
        assert!(success::<_, ()>(&MsgpCodec, b"").is_ok());
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
    fn an_encoded_unit_is_unit_too() {
        assert!(success::<_, ()>(&MsgpCodec, &[0xc0]).is_ok());
        assert_eq!(success::<_, Option<u8>>(&MsgpCodec, &[0xc0]), Ok(None));
    }

    fn decoded<E: RpcErrCodec>(error: EncodedErr) -> RpcError<E> {
        decode::<_, u8, E>(&MsgpCodec, Err(RpcError::User(error))).expect_err("an error stays one")
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
