//! The format of the postcard crate: no names, no kinds of values, and small numbers take few bytes.
//!
//! This code follows that crate's description of its wire format, and tests compare both byte for byte. The crate
//! itself is not used: its errors do not tell why a value was refused, it decodes a list of units of any announced
//! length, and it writes a struct with a skipped field so that the struct reads back as another value.
//!
//! - `ser`: values to bytes. `de`: bytes to values. `varint`: numbers of as many bytes as they need.

mod de;
mod ser;
mod varint;

use serde::{Deserialize, Serialize};

use crate::guard::guarded;
use crate::tail::Tail;
use crate::{Codec, DecodeError, EncodeError};

/// The compact format of the [postcard](https://docs.rs/postcard) crate.
///
/// A message holds the values alone: no name of a field, no name of a variant, no kind of a value. Integers take as
/// many bytes as they need, seven bits in each; structs and tuples are their fields in order, enum variants go by
/// number, an `Option` is a byte and then its value, text, bytes, lists and maps begin with their length. Units take
/// no byte at all. A program that uses the postcard crate reads and writes these bytes.
///
/// Both ends have to agree exactly about types: a field that one end adds, removes or moves changes the meaning of all
/// that follow, and the other end gets an error or another value. So choose this codec where client and server are
/// built together. [`MsgpCodec`](crate::MsgpCodec) is for peers that are built one after the other.
///
/// # What a decode refuses
///
/// A peer chooses the bytes, so each of these limits bounds what a message can cost. Beyond a limit
/// [`decode`](Codec::decode) returns an error, and drops what it has decoded until then.
///
/// | refused | limit |
/// |---|---|
/// | structs, tuples, lists, maps and enums that nest | deeper than 64 |
/// | options and newtypes that are open at once | more than 128 |
/// | a value that is wide in memory but short on the wire | 4 MiB + 32 bytes of memory per byte of the message, besides 64 bytes per element |
/// | lists and maps with more elements than bytes, which is possible only with elements that take no byte | all lists and maps of a message together may have 65,536 elements more than the message has bytes |
/// | bytes after the value, and a message that ends inside of a value | none are allowed |
/// | a `bool` or `Option` other than 0 and 1, a number with more bits than its type, a `char` that is not one, text that is not UTF-8 | none are allowed |
///
/// A length that a message only announces never takes memory. An element of a collection brings 64 bytes of memory with
/// it, as with [`MsgpCodec`](crate::MsgpCodec#memory). Memory beyond these 64 bytes counts against 32 bytes per byte of
/// the message. So a list of structs is never refused if each field takes at least one byte of the message and at most
/// 32 bytes of memory.
///
/// # What does not come back
///
/// - `#[serde(tag)]`, `#[serde(untagged)]`, `#[serde(flatten)]`, `serde_json::Value`, and every other type that asks
///   the message what it holds, because the message does not say that. Enums without attributes work.
/// - `#[serde(skip_serializing_if)]` on the field of a struct with names: a value with a skipped field is not encoded.
///   On a field without a name, this codec cannot notice the attribute: do not use it there.
/// - `#[serde(default)]` has no effect: no field is ever absent.
/// - An iterator that does not know its length (`collect_seq`) is not encoded.
///
/// # Example
///
/// ```
/// use razor_rpc_codec::{Codec, PostcardCodec};
///
/// let bytes = PostcardCodec.encode(&(10_u8, 300_u32, "text", Some(true)))?;
/// assert_eq!(bytes, [10, 0xac, 2, 4, b't', b'e', b'x', b't', 1, 1]);
/// assert_eq!(PostcardCodec.decode::<(u8, u32, &str, Option<bool>)>(&bytes)?, (10, 300, "text", Some(true)));
/// // A type with one field less has bytes left over.
/// assert!(PostcardCodec.decode::<(u8, u32, &str)>(&bytes).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PostcardCodec;

impl Codec for PostcardCodec {
    #[inline]
    fn encode_into<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let tail = Tail::of(out);
        value.serialize(&mut ser::Writer::new(&mut *tail.out)).map_err(EncodeError::new)?;
        tail.keep();
        Ok(())
    }

    #[inline]
    fn decode<'de, T: Deserialize<'de>>(&self, bytes: &'de [u8]) -> Result<T, DecodeError> {
        let mut reader = de::Reader::new(bytes);
        let value = guarded(&mut reader, bytes.len(), PER_BYTE).map_err(DecodeError::new)?;
        if reader.is_empty() { Ok(value) } else { Err(DecodeError::new(Fault::LeftOver)) }
    }
}

/// The reason why a value was not encoded, or bytes were not decoded.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("the message ends inside a value")]
    Truncated,
    #[error("bytes left over after the value")]
    LeftOver,
    #[error("a bool or an option is neither 0 nor 1")]
    Flag,
    #[error("a number has more bits than its type")]
    Number,
    #[error("a character is not one of Unicode")]
    Char,
    #[error("text is not UTF-8")]
    Text,
    #[error(
        "postcard does not say what a message holds: no tag, no untagged enum and no flattened field is decoded"
    )]
    Unnamed,
    #[error("the number of elements is not known before they are encoded")]
    Unknown,
    #[error("a field is skipped, and those after it would be taken for it")]
    Skipped,
    /// The error of the value's own `Serialize` or `Deserialize`.
    #[error("{0}")]
    Value(String),
}

impl serde::ser::Error for Fault {
    fn custom<T: std::fmt::Display>(reason: T) -> Self {
        Self::Value(reason.to_string())
    }
}

impl serde::de::Error for Fault {
    fn custom<T: std::fmt::Display>(reason: T) -> Self {
        Self::Value(reason.to_string())
    }
}

/// Memory that a value may take per byte of its message, besides 64 bytes per element. Empty text and an absent option
/// take one byte of the message and about 24 bytes of memory: unlike in other formats, a message has no names whose
/// bytes would pay for them.
const PER_BYTE: usize = 32;
