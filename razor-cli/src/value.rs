//! Any message as JSON: for a method whose types the program does not know.
//!
//! Knows the kinds of values that a message can hold. Does not know methods.

use crate::told::is_harmful;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt::{self, Write};

/// A value that was received.
#[derive(Debug, PartialEq)]
pub(crate) struct Received(pub(crate) Value);

/// On one line, with what a terminal could take as a command escaped. It is JSON.
impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        // Inside of JSON such characters stand in texts alone, and JSON writes them as `\u` and four digits.
        for c in text.chars() {
            if is_harmful(c) {
                write!(f, "\\u{:04x}", u32::from(c))?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Received {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Received;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON can show")
    }

    fn visit_unit<E: Error>(self) -> Result<Received, E> {
        Ok(Received(Value::Null))
    }

    fn visit_none<E: Error>(self) -> Result<Received, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Received, D::Error> {
        Deserialize::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Received, D::Error> {
        Deserialize::deserialize(inner)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Received, E> {
        Ok(Received(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Received, E> {
        Ok(Received(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Received, E> {
        Ok(Received(value.into()))
    }

    /// JSON has no number for infinities and for what is none: they are shown as texts.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Received, E> {
        let number = Number::from_f64(value).map(Value::Number);
        Ok(Received(number.unwrap_or_else(|| value.to_string().into())))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Received, E> {
        Ok(Received(value.into()))
    }

    /// As a list of numbers: a method that takes bytes decodes such a list too.
    fn visit_bytes<E: Error>(self, value: &[u8]) -> Result<Received, E> {
        Ok(Received(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Received, A::Error> {
        let mut values = Vec::new();
        while let Some(Received(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Received(values.into()))
    }

    /// A key that is no text is shown as its JSON.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Received, A::Error> {
        let mut values = Map::new();
        while let Some((Received(key), Received(value))) = map.next_entry()? {
            let key = match key {
                Value::String(text) => text,
                other => other.to_string(),
            };
            values.insert(key, value);
        }
        Ok(Received(values.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use razor_rpc::{Codec, MsgpCodec};
    use serde::Serialize;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn shown<T: Serialize>(value: &T) -> String {
        let bytes = MsgpCodec.encode(value).expect("it encodes");
        MsgpCodec.decode::<Received>(&bytes).expect("it decodes").to_string()
    }

    #[derive(Serialize, serde::Deserialize, Debug, PartialEq)]
    enum Order {
        Stop,
        Move { to: (i8, u64), note: Option<String> },
    }

    #[test]
    fn every_kind_of_value_is_shown_as_json() {
        assert_eq!(shown(&()), "null");
        assert_eq!(shown(&None::<u8>), "null");
        assert_eq!(shown(&(true, -1, u64::MAX, 1.5)), "[true,-1,18446744073709551615,1.5]");
        assert_eq!(shown(&(f64::NAN, f64::INFINITY)), r#"["NaN","inf"]"#);
        assert_eq!(shown(&serde_bytes::ByteBuf::from([1, 255])), "[1,255]");
        assert_eq!(shown(&BTreeMap::from([((1, 'a'), 2)])), r#"{"[1,\"a\"]":2}"#);
        assert_eq!(shown(&Order::Stop), r#""Stop""#);
        let order = Order::Move { to: (-1, 2), note: None };
        assert_eq!(shown(&order), r#"{"Move":{"note":null,"to":[-1,2]}}"#);
        assert_eq!(shown(&"\u{9b}2J\u{202e}"), r#""\u009b2J\u202e""#);
    }

    /// Rule Q4: what JSON says becomes what the method's own types are encoded as, or what they decode.
    #[test]
    fn an_argument_in_json_is_the_argument_of_the_method() {
        let sent = |value: Value| MsgpCodec.encode(&value).expect("it encodes");
        assert_eq!(sent(Value::Null), MsgpCodec.encode(&()).expect("it encodes"));
        assert_eq!(sent(json!([1, -2])), MsgpCodec.encode(&(1_u8, -2_i64)).expect("it encodes"));
        let order = json!({"Move": {"to": [-1, 2], "note": "now"}});
        let expected = Order::Move { to: (-1, 2), note: Some("now".into()) };
        assert_eq!(MsgpCodec.decode::<Order>(&sent(order)).expect("it decodes"), expected);
        assert_eq!(MsgpCodec.decode::<f64>(&sent(json!(1))).expect("a whole number"), 1.0);
        let bytes: serde_bytes::ByteBuf =
            MsgpCodec.decode(&sent(json!([1, 255]))).expect("a list of bytes");
        assert_eq!(*bytes, [1, 255]);
    }
}
