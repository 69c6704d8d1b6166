//! msgpack with named fields, the format of wire version 1.
//!
//! Structs are maps by field name, enum variants go by name, nothing is in human-readable mode.
//! Knows `rmp_serde` and the limits of a decode; what enforces them is the `guard` module.

use rmp_serde::Deserializer;
use rmp_serde::decode::Error as RmpError;
use serde::{Deserialize, Serialize};

use crate::guard::{Guarded, Limits};
use crate::{Codec, DecodeError, EncodeError};

/// msgpack with named fields.
///
/// Structs are maps by field name, enum variants go by name, tuples and `Vec<u8>` are arrays,
/// `serde_bytes` is bin, `()` and `None` are nil. So fields may be added (with `#[serde(default)]`) and
/// reordered, and `Some(None)` and `Some(())` come back as `None`, which is msgpack's nature.
///
/// # Limits of a decode
///
/// - Arrays, maps and enums nest at most 64 deep, and at most 128 options and newtypes are open
///   around them.
/// - The collections of a decoded value take at most 64 KiB + 16 bytes per byte of the message. Real data stays
///   far below, because each element costs bytes as well: integers and structs never reach it. What
///   does reach it is a long list that is nearly all `None`s, empty strings or empty lists, and long
///   lists of numbers inside `#[serde(flatten)]` or untagged enums. Such services use
///   [`RoomyMsgpCodec`], which writes the same bytes.
/// - No memory is given for a length that a message only announces.
///
/// The memory that is counted is that of collections as `Vec` and `HashMap` keep them, as far as it goes through serde.
/// What a type allocates by itself, in `Default` or behind a `Box`, comes on top.
///
/// ```
/// use razor_rpc_codec::{Codec, MsgpCodec};
///
/// assert_eq!(MsgpCodec.encode(&(10, 20))?, [0x92, 10, 20]);
/// assert_eq!(MsgpCodec.decode::<(u8, u8)>(&[0x92, 10, 20])?, (10, 20));
/// assert!(MsgpCodec.decode::<(u8, u8)>(&[0x92, 10, 20, 30]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MsgpCodec;

/// [`MsgpCodec`] for values that are much larger in memory than on the wire.
///
/// The same bytes; a decode may take 64 KiB + `PER_BYTE` bytes of memory per byte of the message. With a
/// peer that is not trusted this factor times the longest message is what one request can cost.
///
/// ```
/// use razor_rpc_codec::{Codec, MsgpCodec, RoomyMsgpCodec};
///
/// let sparse: Vec<Option<[u64; 16]>> = vec![None; 10_000];
/// let bytes = MsgpCodec.encode(&sparse)?;
/// assert!(MsgpCodec.decode::<Vec<Option<[u64; 16]>>>(&bytes).is_err());
///
/// let roomy = RoomyMsgpCodec::<512>;
/// assert_eq!(roomy.decode::<Vec<Option<[u64; 16]>>>(&bytes)?, sparse);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoomyMsgpCodec<const PER_BYTE: usize>;

impl Codec for MsgpCodec {
    #[inline]
    fn encode_into<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        append(value, out)
    }

    #[inline]
    fn decode<'de, T: Deserialize<'de>>(&self, bytes: &'de [u8]) -> Result<T, DecodeError> {
        decode_within(bytes, PER_BYTE)
    }
}

impl<const PER_BYTE: usize> Codec for RoomyMsgpCodec<PER_BYTE> {
    fn encode_into<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        append(value, out)
    }

    fn decode<'de, T: Deserialize<'de>>(&self, bytes: &'de [u8]) -> Result<T, DecodeError> {
        decode_within(bytes, PER_BYTE)
    }
}

fn append<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let tail = Tail::of(out);
    // Straight into the caller's buffer: 9 ns for 64 bytes, where `rmp_serde::to_vec` takes 150.
    value
        .serialize(&mut rmp_serde::Serializer::new(&mut *tail.out).with_struct_map())
        .map_err(EncodeError::new)?;
    if u32::try_from(tail.out.len() - tail.start).is_err() {
        // The lengths inside are 32 bits wide and may have been cut.
        return Err(EncodeError::new("the message is longer than 4 GiB"));
    }
    tail.keep();
    Ok(())
}

/// What is appended to a buffer, taken back unless it is kept: on errors, and on panics of a value's
/// `Serialize`, because the buffer may belong to a whole connection.
struct Tail<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Tail<'a> {
    fn of(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    fn keep(mut self) {
        self.start = self.out.len();
    }
}

impl Drop for Tail<'_> {
    fn drop(&mut self) {
        self.out.truncate(self.start);
    }
}

fn decode_within<'de, T: Deserialize<'de>>(
    bytes: &'de [u8],
    per_byte: usize,
) -> Result<T, DecodeError> {
    let limits =
        Limits::new(DEPTH, WRAPPERS, FREE.saturating_add(per_byte.saturating_mul(bytes.len())));
    let mut de = Deserializer::from_read_ref(bytes);
    let value = T::deserialize(Guarded::new(&mut de, &limits)).map_err(undecodable)?;
    // The deserializer does not say how far it came; at the end it finds no further marker.
    match bool::deserialize(&mut de) {
        Err(RmpError::InvalidMarkerRead(_)) => Ok(value),
        _ => Err(DecodeError::new(Fault::LeftOver)),
    }
}

#[cold]
fn undecodable(err: RmpError) -> DecodeError {
    match err {
        RmpError::InvalidMarkerRead(_) | RmpError::InvalidDataRead(_) => {
            DecodeError::new(Fault::Truncated)
        }
        RmpError::LengthMismatch(len) => DecodeError::new(Fault::Length(len)),
        other => DecodeError::new(other),
    }
}

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("the message ends inside a value")]
    Truncated,
    #[error("bytes left over after the value")]
    LeftOver,
    #[error("an array, map or enum has the wrong number of elements, near {0}")]
    Length(u32),
}

/// How deep arrays, maps and enums may nest.
const DEPTH: u16 = 64;
/// How many options and newtypes may be open at once. They have no bytes of their own, so a recursive
/// type of nothing else would never end.
const WRAPPERS: u16 = 128;
/// Memory for the collections of any message, however short: 64 KiB, less what an error may take.
const FREE: usize = 63 * 1024;
/// More of it per byte of the message. A `Vec<u64>` of small numbers, just grown, takes exactly this.
const PER_BYTE: usize = 16;
