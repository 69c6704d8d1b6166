//! The laws of the kit: the codecs of this crate keep them, and each law finds a codec that breaks it.
#![cfg(all(feature = "laws", feature = "msgpack", feature = "json", feature = "postcard"))]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use razor_rpc_codec::{
    Codec, DecodeError, EncodeError, JsonCodec, MsgpCodec, PostcardCodec, RoomyMsgpCodec, laws,
};
use serde::{Deserialize, Serialize};

#[test]
fn msgpack_keeps_all_laws() {
    laws::all(&MsgpCodec);
    laws::all(&RoomyMsgpCodec::<64>);
}

#[test]
fn json_keeps_all_laws() {
    laws::all(&JsonCodec);
}

#[test]
fn postcard_keeps_all_laws() {
    laws::all(&PostcardCodec);
}

/// Declares codecs, each with a mistake of its own.
macro_rules! mistakes {
    ($($(#[$doc:meta])* $name:ident
        encode($value:ident, $out:ident) $encode:block
        decode($bytes:ident) $decode:block)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Default)]
            struct $name;

            impl Codec for $name {
                fn encode_into<T: Serialize + ?Sized>(
                    &self,
                    $value: &T,
                    $out: &mut Vec<u8>,
                ) -> Result<(), EncodeError> {
                    $encode
                }

                fn decode<'de, T: Deserialize<'de>>(
                    &self,
                    $bytes: &'de [u8],
                ) -> Result<T, DecodeError> {
                    $decode
                }
            }
        )*
    };
}

mistakes! {
    /// One letter becomes another.
    Garbles
        encode(value, out) {
            let text = MsgpCodec.encode(value)?;
            out.extend(text.into_iter().map(|byte| if byte == b'l' { b'L' } else { byte }));
            Ok(())
        }
        decode(bytes) { MsgpCodec.decode(bytes) }

    /// JSON as `serde_json` writes it: NaN becomes null.
    Nulls
        encode(value, out) {
            out.extend(serde_json::to_vec(value).map_err(EncodeError::new)?);
            Ok(())
        }
        decode(bytes) { JsonCodec.decode(bytes) }

    /// A skipped field is not noticed.
    Shifts
        encode(value, out) {
            out.extend(postcard::to_stdvec(value).map_err(EncodeError::new)?);
            Ok(())
        }
        decode(bytes) { PostcardCodec.decode(bytes) }

    /// The first byte is read without a check that there is one.
    Looks
        encode(value, out) { MsgpCodec.encode_into(value, out) }
        decode(bytes) {
            if bytes[0] == 0xc1 { Err(DecodeError::new("reserved")) } else { MsgpCodec.decode(bytes) }
        }

    /// Collections get the length that the message announces, and a tree is as deep as the message says.
    Believes
        encode(value, out) { MsgpCodec.encode_into(value, out) }
        decode(bytes) {
            let mut format = rmp_serde::Deserializer::from_read_ref(bytes);
            let value = T::deserialize(&mut format).map_err(DecodeError::new)?;
            if MsgpCodec.decode::<T>(bytes).is_err_and(|error| error.to_string().contains("left over")) {
                return Err(DecodeError::new("bytes left over"));
            }
            Ok(value)
        }

    /// Nothing ends a list of elements that take no byte.
    Endless
        encode(value, out) { PostcardCodec.encode_into(value, out) }
        decode(bytes) {
            let (value, rest) = postcard::take_from_bytes(bytes).map_err(DecodeError::new)?;
            if rest.is_empty() { Ok(value) } else { Err(DecodeError::new("bytes left over")) }
        }

    /// Options are not counted.
    Descends
        encode(value, out) { JsonCodec.encode_into(value, out) }
        decode(bytes) { serde_json::from_slice(bytes).map_err(DecodeError::new) }

    /// The bytes behind the value are not checked.
    Overlooks
        encode(value, out) { PostcardCodec.encode_into(value, out) }
        decode(bytes) {
            postcard::take_from_bytes(bytes).map(|(value, _)| value).map_err(DecodeError::new)
        }

    /// The buffer is emptied first.
    Clears
        encode(value, out) {
            out.clear();
            MsgpCodec.encode_into(value, out)
        }
        decode(bytes) { MsgpCodec.decode(bytes) }

    /// The message depends on the bytes in front of it.
    Aligns
        encode(value, out) {
            out.resize(out.len().next_multiple_of(8), 0);
            MsgpCodec.encode_into(value, out)
        }
        decode(bytes) { MsgpCodec.decode(bytes) }

    /// A byte stays behind an error.
    Leaves
        encode(value, out) {
            out.push(b'?');
            let bytes = JsonCodec.encode(value)?;
            out.pop();
            out.extend(bytes);
            Ok(())
        }
        decode(bytes) { JsonCodec.decode(bytes) }

    /// A byte stays behind a panic.
    LeavesInAPanic
        encode(value, out) {
            out.push(b'?');
            let bytes = JsonCodec.encode(value);
            out.pop();
            out.extend(bytes?);
            Ok(())
        }
        decode(bytes) { JsonCodec.decode(bytes) }
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref().copied()).unwrap_or_default().to_owned()
}

/// Checks that `law` finds the mistake of `codec`, and names the law, the codec and the mistake.
#[track_caller]
fn is_found<C: Codec>(codec: &C, law: fn(&C), name: &str, how: &str) {
    for run in [law, laws::all::<C>] {
        let panic = catch_unwind(AssertUnwindSafe(|| run(codec))).expect_err("the law is broken");
        let text = text_of(&*panic);
        assert!(text.contains(std::any::type_name::<C>()), "{text}");
        assert!(text.contains(&format!("breaks {name}: ")), "{text}");
        assert!(text.contains(how), "{text}");
    }
}

#[test]
fn a_codec_that_changes_a_value_breaks_law_1() {
    const LAW: &str = "law 1, round trip";
    is_found(&Garbles, laws::round_trip, LAW, "comes back as");
    is_found(&Nulls, laws::round_trip, LAW, "Bits(NaN) does not come back");
    laws::round_trip(&Shifts);
    let skipped = "Skips { first: 1, second: None, third: Some(3) }";
    is_found(&Shifts, laws::skipped_fields, "law 1, skipped fields", skipped);
}

#[test]
fn a_codec_that_panics_breaks_law_2() {
    is_found(&Looks, laws::no_panic, "law 2, no panic", "panics on 0 bytes");
}

#[test]
fn a_codec_that_believes_lengths_breaks_law_2() {
    const LAW: &str = "law 2, announced lengths";
    is_found(&Believes, laws::announced_lengths, LAW, "is told of");
    is_found(&Endless, laws::announced_lengths, LAW, "does not end");
}

#[test]
fn a_codec_without_a_limit_of_depth_breaks_law_2() {
    is_found(&Descends, laws::nesting, "law 2, nesting", "levels deep");
}

#[test]
fn a_codec_that_leaves_bytes_over_breaks_law_3() {
    is_found(&Overlooks, laws::whole_slice, "law 3, the whole slice", "bytes left over of");
}

#[test]
fn a_codec_that_does_more_than_append_breaks_law_4() {
    const LAW: &str = "law 4, append only";
    is_found(&Clears, laws::append_only, LAW, "changes the 4 bytes that were there");
    is_found(&Aligns, laws::append_only, LAW, "does not come back");
}

#[test]
fn a_codec_that_leaves_half_a_value_breaks_law_5() {
    is_found(&Leaves, laws::all_or_nothing, "law 5, all or nothing", "after a value that failed");
    let law = laws::all_or_nothing_in_a_panic;
    is_found(&LeavesInAPanic, law, "law 5, all or nothing in a panic", "after a value that failed");
    // The codec keeps the law that every codec has to keep.
    laws::all_or_nothing(&LeavesInAPanic);
}
