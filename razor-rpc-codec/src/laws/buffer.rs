//! Laws 4 and 5: bytes in front of a message are never changed, and a value that fails leaves no bytes behind.
//!
//! Knows the buffer. Does not know what is in a message.

use std::any::type_name;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::de::DeserializeOwned;
use serde::ser::Error;
use serde::{Serialize, Serializer};

use super::samples::{self, Trial};
use super::{Law, decoded};
use crate::Codec;

/// Law 4: `encode_into` only appends. Values are encoded behind other bytes, into buffers with room and without.
///
/// # Panics
/// The bytes in front have changed, or the appended bytes do not decode to the value.
pub fn append_only<C: Codec>(codec: &C) {
    samples::each(&mut Appended(codec));
}

struct Appended<'a, C>(&'a C);

impl<C: Codec> Trial for Appended<'_, C> {
    fn ordinary<T: Serialize + DeserializeOwned + PartialEq + Debug>(&mut self, value: &T) {
        for (before, room) in [(&b"head"[..], 0), (&[0xff; 100], 1000), (b"[1,", 3)] {
            let mut out = Vec::with_capacity(before.len() + room);
            out.extend_from_slice(before);
            let encoded = self.0.encode_into(value, &mut out).is_ok();
            let name = type_name::<T>();
            match out.strip_prefix(before) {
                None => Law::APPEND_ONLY.is_broken::<C>(format_args!(
                    "encoding {name} changes the {} bytes that were there",
                    before.len()
                )),
                Some(bytes)
                    if encoded && !decoded(self.0, bytes).is_ok_and(|back: T| back == *value) =>
                {
                    Law::APPEND_ONLY.is_broken::<C>(format_args!(
                        "{name} does not come back from what was appended"
                    ))
                }
                Some(_) => {}
            }
        }
    }

    fn unusual<T: Serialize + DeserializeOwned + PartialEq + Debug>(&mut self, _: &T) {}
}

/// Law 5: after an error the buffer is as it was before. The values that are tried refuse to be encoded after their
/// first part, which has several lengths.
///
/// # Panics
/// The buffer has changed, or the value was encoded although it refuses.
pub fn all_or_nothing<C: Codec>(codec: &C) {
    spoilt(codec, false);
}

/// Law 5 for a value whose `Serialize` panics: the buffer is as it was before. [`Codec`] recommends this to codecs and
/// does not demand it.
///
/// # Panics
/// The buffer has changed. The panics of the values are printed, as all panics are.
pub fn all_or_nothing_in_a_panic<C: Codec>(codec: &C) {
    spoilt(codec, true);
}

fn spoilt<C: Codec>(codec: &C, panics: bool) {
    for len in [0, 1, 40, 5000, 200_000] {
        let first = "x".repeat(len);
        unchanged(codec, &(&first, Spoilt { panics }), panics);
        unchanged(codec, &[(1_u8, &first, Some(Spoilt { panics }))], panics);
        unchanged(codec, &Ok::<_, ()>(vec![(&first, Spoilt { panics })]), panics);
    }
}

fn unchanged<C: Codec, T: Serialize>(codec: &C, value: &T, panics: bool) {
    let before = b"what others have written".to_vec();
    let mut out = before.clone();
    let law = if panics { Law::IN_A_PANIC } else { Law::ALL_OR_NOTHING };
    let encoded = catch_unwind(AssertUnwindSafe(|| codec.encode_into(value, &mut out).is_ok()));
    if !panics && encoded.is_err() {
        law.is_broken::<C>("the codec panics because of a value that refuses to be encoded")
    }
    if encoded.is_ok_and(|encoded| encoded) {
        law.is_broken::<C>("a value that refuses to be encoded was encoded")
    }
    if out != before {
        law.is_broken::<C>(format_args!(
            "{} bytes were in the buffer, and {} after a value that failed",
            before.len(),
            out.len()
        ))
    }
}

/// Refuses or panics when it is encoded.
struct Spoilt {
    panics: bool,
}

impl Serialize for Spoilt {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        assert!(!self.panics, "meant: a value that panics while it is encoded");
        Err(S::Error::custom("a value that refuses"))
    }
}
