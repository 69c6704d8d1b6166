//! A name in a request of a peer: a longer one is refused before anything is allocated.
//!
//! Knows texts. Does not know what they name.

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt;

/// The text of a name that a peer has sent.
#[derive(Debug)]
pub(super) struct Short(String);

/// The wire takes no longer name: 256 bytes hold the name, a dot and a method.
const LONGEST: usize = 254;

impl Short {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Short {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Short;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name of a service, at most {LONGEST} bytes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Short, E> {
        if text.len() > LONGEST {
            return Err(E::invalid_length(text.len(), &self));
        }
        Ok(Short(text.to_owned()))
    }
}

#[cfg(all(test, feature = "msgpack"))]
mod tests {
    use super::*;
    use razor_rpc_codec::{Codec, MsgpCodec};

    #[test]
    fn a_name_of_more_bytes_than_a_name_has_is_refused() {
        for (length, fits) in [(0, true), (LONGEST, true), (LONGEST + 1, false), (1 << 20, false)] {
            let bytes = MsgpCodec.encode(&"x".repeat(length)).expect("a text");
            let decoded = MsgpCodec.decode::<Short>(&bytes);
            assert_eq!(decoded.is_ok_and(|name| name.as_str().len() == length), fits, "{length}");
        }
    }
}
