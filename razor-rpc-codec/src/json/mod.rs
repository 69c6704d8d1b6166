//! JSON, for people and for programs in any language.
//!
//! Knows `serde_json`, and which numbers JSON has. What a decode may cost is bounded by the `guard` module.

mod finite;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use self::finite::Finite;
use crate::guard::guarded;
use crate::tail::Tail;
use crate::{Codec, DecodeError, EncodeError};

/// JSON, as `serde_json` writes it, in human-readable mode.
///
/// A person can write a message by hand, and a program in any language can read it. Structs are objects by field name,
/// enum variants go by name, tuples and lists are arrays, `()` and `None` are `null`. So fields may be added (with
/// `#[serde(default)]`) and reordered. Byte strings are arrays of numbers, four to five times as long as with
/// [`MsgpCodec`](crate::MsgpCodec): send them as blobs. White space around and inside of a value is allowed; a byte
/// order mark and comments are not allowed.
///
/// # What a decode refuses
///
/// A peer chooses the bytes, so each of these limits bounds what a message can cost. Beyond a limit
/// [`decode`](Codec::decode) returns an error, and drops what it has decoded until then.
///
/// | refused | limit |
/// |---|---|
/// | arrays, objects and enums that nest | deeper than 64, but for fields that the type ignores |
/// | options and newtypes that are open at once | more than 128 |
/// | a value that is wide in memory but short on the wire | 4 MiB + 16 bytes of memory per byte of the message, besides 64 bytes per element |
/// | a list in `#[serde(tag)]`, `untagged` or `flatten` of elements that are nearly all empty | as with [`MsgpCodec`](crate::MsgpCodec#tags-and-flattened-fields) |
/// | a field of a struct that comes twice, an integer that does not fit, half of a surrogate pair in text | none are allowed |
/// | anything but white space after the value, and a message that ends inside of a value | none are allowed |
///
/// JSON announces no lengths. Each element takes at least two bytes of the message and brings 64 bytes of memory with
/// it, as with [`MsgpCodec`](crate::MsgpCodec#memory). Memory of an element beyond these 64 bytes is counted when the
/// element comes, not before the first one. So a collection that is refused may have taken the memory of a growing
/// collection: three times the limit as a `Vec`, three and a half times as a `HashMap`.
///
/// # What does not come back
///
/// - NaN and the infinities: JSON has none, so a value that holds one is not encoded. `serde_json` itself writes `null`
///   in their place, which an `Option` would read as `None`.
/// - A map is not encoded if its keys are anything but text, numbers, `bool`, `char` or unit variants.
/// - `Some(None)` and `Some(())` come back as `None`.
/// - Behind `tag`, `untagged` and `flatten`: `u128`, `i128`, and maps whose keys are numbers or bools. Serde's buffer
///   has no such integers, and finds text where the number is expected. An `f32` may differ there in its last bit.
/// - `&str` is borrowed only from text without escapes (`\n`, `\"`, `\u00e9`), and `&[u8]` never: use `String`,
///   `Cow<str>` and `ByteBuf`.
/// - Of two entries of a map with the same key, the last one stays.
///
/// # Example
///
/// ```
/// use razor_rpc_codec::{Codec, JsonCodec};
///
/// assert_eq!(JsonCodec.encode(&(10, "ten", None::<u8>))?, br#"[10,"ten",null]"#);
/// assert_eq!(JsonCodec.decode::<(u8, String)>(br#" [10, "ten"] "#)?, (10, "ten".to_owned()));
/// assert!(JsonCodec.encode(&f64::NAN).is_err());
///
/// let error = JsonCodec.decode::<(u8, u8)>(b"[10, true]").expect_err("it is no number");
/// assert_eq!(error.to_string(), "invalid type: boolean `true`, expected u8 at line 1 column 9");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JsonCodec;

impl Codec for JsonCodec {
    fn encode_into<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let tail = Tail::of(out);
        value
            .serialize(Finite(&mut serde_json::Serializer::new(&mut *tail.out)))
            .map_err(EncodeError::new)?;
        tail.keep();
        Ok(())
    }

    fn decode<'de, T: Deserialize<'de>>(&self, bytes: &'de [u8]) -> Result<T, DecodeError> {
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let value = guarded(&mut json, bytes.len(), PER_BYTE).map_err(undecodable)?;
        json.end().map_err(|_| DecodeError::new("bytes left over after the value"))?;
        Ok(value)
    }
}

#[cold]
fn undecodable(error: serde_json::Error) -> DecodeError {
    match error.classify() {
        Category::Eof => DecodeError::new("the message ends inside a value"),
        // The texts of `serde_json` itself hold no value of the message.
        Category::Syntax | Category::Io => DecodeError::new(NotJson(error)),
        Category::Data => DecodeError::new(error),
    }
}

/// The error for bytes that are not JSON, or not the JSON of the expected type.
#[derive(Debug)]
struct NotJson(serde_json::Error);

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message is not JSON: {}", self.0)
    }
}

impl std::error::Error for NotJson {}

/// Memory that a value may take per byte of its message, besides 64 bytes per element: as with msgpack, whose
/// messages are a little shorter.
const PER_BYTE: usize = 16;
