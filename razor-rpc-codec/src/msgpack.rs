//! msgpack with named fields, the format of wire version 1.
//!
//! Structs are maps by field name, enum variants go by name, and no value is written in human-readable mode. Knows
//! `rmp_serde` and the limits of a decode; the `guard` module enforces them.

use rmp_serde::Deserializer;
use rmp_serde::decode::Error as RmpError;
use serde::{Deserialize, Serialize};

use crate::guard::{Guarded, Limits};
use crate::tail::Tail;
use crate::{Codec, DecodeError, EncodeError};

/// msgpack with named fields.
///
/// Structs are maps by field name, enum variants go by name, tuples and `Vec<u8>` are arrays, `serde_bytes` is bin,
/// `()` and `None` are nil. So fields may be added (with `#[serde(default)]`) and reordered.
///
/// # What a decode refuses
///
/// A peer chooses the bytes, so each of these limits bounds what a message can cost. Beyond a limit
/// [`decode`](Codec::decode) returns an error, and drops the parts that it has decoded.
///
/// | refused | limit | what to do |
/// |---|---|---|
/// | arrays, maps and enums that nest | deeper than 64 | send a tree as a list of nodes |
/// | options and newtypes that are open at once | more than 128 | send a tree as a list of nodes |
/// | a value that is wide in memory but short on the wire | 4 MiB + 16 bytes of memory per byte of the message, besides 64 bytes per element | [`RoomyMsgpCodec`] with a greater factor |
/// | a list in `#[serde(tag)]`, `untagged` or `flatten` of elements that are nearly all empty | see [below](#tags-and-flattened-fields) | [`RoomyMsgpCodec`], or an enum without a tag attribute |
/// | bytes after the value, and a message that ends inside of a value | none are allowed | |
/// | a message longer than 4 GiB, on encoding | lengths of 32 bits | send blobs |
///
/// A length that a message only announces never takes memory.
///
/// ## Memory
///
/// Each element of a collection takes at least one byte of the message, and 64 bytes of memory are free for it. So **no
/// collection whose elements, keys and values take up to 64 bytes each is ever refused**, however it has just grown and
/// whatever is in it: numbers, `String`, `Vec`, `Option<u64>`, `HashMap`, `serde_json::Value`, and collections of
/// these.
///
/// For a wider element, the bytes beyond 64 count. All of them together may be at most 4 MiB + 16 bytes per byte of the
/// message. Two more things count: a value behind a `Box` or an `Arc`, for the bytes by which it is wider than its
/// place; and a collection of few wide elements, as room for four. So a thousand lists of one row of 1 KiB each are
/// accepted whatever is in them, or four thousand such rows in one list. Beyond that a row of 200 bytes needs nine
/// bytes of the message, and a row of 1 KiB needs 60. A long `Vec<Option<Wide>>` that is nearly all `None` may be
/// refused, with options of 136 bytes after some 58,000: the codec cannot tell it from an attack with rows that hold
/// only defaults.
///
/// While a collection grows it takes more than its elements: a `Vec` up to three times as much for a moment, a
/// `HashMap` three and a half times, and a `BTreeMap` has room for eleven entries from its first on. So the cost of a
/// message of 1 MiB depends on the type, whether the peer is honest or not: about 24 MiB as `Vec<u64>` of small
/// numbers, 72 MiB as `Vec<String>` of empty strings, but 190 MiB as `Vec<BTreeMap<String, String>>` of maps of one
/// entry, and 370 MiB as sets of wide options, because each small tree has room for eleven. The bytes beyond 64 of wide
/// elements add at most 52 MiB. To bound memory, bound the length of messages, and prefer a `Vec` of pairs to small
/// trees. Memory that a type allocates by itself, as in `Default`, comes on top.
///
/// ## Tags and flattened fields
///
/// Serde decodes enums with `#[serde(tag = …)]` or `#[serde(untagged)]`, and structs with `#[serde(flatten)]`, in two
/// steps: it keeps the values in a buffer of its own, and then makes the type from that buffer. No codec can see the
/// second step, nor how wide the elements are that it makes. So behind these attributes each list, map and nil that is
/// an element of a list, or a value of a map of more than 64 entries, counts as a row of 192 bytes, and needs eight
/// bytes of the message; each list and map that is a field needs two. The first 32,768 of a message are free. Numbers,
/// text and other scalars cost nothing.
///
/// So the memory that rows of `w` bytes can take behind a tag is about `w × (32,768 + length / 8)`: 80 MB for rows of
/// 272 bytes in a message of 2.1 MB, but 1.2 GB for rows of 4 KiB. A list that has just grown reserves twice as much.
///
/// Only its bytes bound a list of names of unit variants (`["A", "A", …]`), each of which has at least two bytes. If
/// peers are not trusted, use enums without these attributes for long lists of wide rows, or a smaller limit for the
/// length of messages.
///
/// Three properties of serde's buffer concern types that contain themselves:
///
/// - An untagged enum is copied once per level. Eight copies are free. Copies on deeper levels count: all of them may
///   take 1 MiB + 16 bytes per byte of the message.
/// - If two variants of an untagged enum accept the same shape, serde tries both on each level, so each level doubles
///   the time of the decode. Do not decode such a type from peers that are not trusted.
/// - A type that consists only of options and newtypes, as `struct Endless(Option<Box<Endless>>)`, overflows the stack
///   behind a tag, because no limit sees it there.
///
/// # What does not come back
///
/// - `Some(None)` and `Some(())` come back as `None`: msgpack cannot express them.
/// - `u128`, `i128`, `IpAddr`, `Ipv4Addr`, `Ipv6Addr`, `SocketAddr`, and other types with one form for people and one
///   for programs, do not decode behind `tag`, `untagged` and `flatten`: serde's buffer has no such integers, and says
///   of itself that it is a human-readable format. Send such values as text or bytes (`#[serde(with = …)]`), or in a
///   plain enum.
/// - Unit structs do not decode in untagged enums. Use `()`.
///
/// # Example
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

/// [`MsgpCodec`] with another limit of memory, for values that are much larger in memory than on the wire.
///
/// It writes and reads the same bytes as [`MsgpCodec`]. The bytes beyond 64 of all wide elements together may be 4
/// MiB + `PER_BYTE` × the length of the message; for [`MsgpCodec`] `PER_BYTE` is 16. A peer that is not trusted can
/// make one request cost 4 MiB and `PER_BYTE` times the longest message. `RoomyMsgpCodec<128>` also accepts any list
/// behind a tag, whatever its elements are.
///
/// ```
/// use razor_rpc_codec::{Codec, MsgpCodec, RoomyMsgpCodec};
///
/// let sparse: Vec<Option<[u64; 16]>> = vec![None; 100_000];
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
    // This encodes straight into the caller's buffer: 9 ns for 64 bytes, where `rmp_serde::to_vec` takes 150.
    value
        .serialize(&mut rmp_serde::Serializer::new(&mut *tail.out).with_struct_map())
        .map_err(EncodeError::new)?;
    if u32::try_from(tail.out.len() - tail.start).is_err() {
        // The lengths inside of the message are 32 bits wide and may have been cut.
        return Err(EncodeError::new("the message is longer than 4 GiB"));
    }
    tail.keep();
    Ok(())
}

fn decode_within<'de, T: Deserialize<'de>>(
    bytes: &'de [u8],
    per_byte: usize,
) -> Result<T, DecodeError> {
    let limits = Limits::of::<T>(bytes.len(), per_byte, usize::MAX);
    let mut de = Deserializer::from_read_ref(bytes);
    let value = T::deserialize(Guarded::new(&mut de, &limits)).map_err(undecodable)?;
    // The deserializer does not say how many bytes it has read; at the end of the message it finds no further marker.
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

/// Memory that a value may take per byte of its message, besides 64 bytes per element. A row in memory is often ten to
/// fifteen times as wide as on the wire, when most of its fields are absent.
const PER_BYTE: usize = 16;
