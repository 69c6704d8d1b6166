//! Law 1: a value that was encoded comes back.
//!
//! Knows that values can be compared. Does not look at bytes.

use std::any::type_name;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::samples::{self, Trial};
use super::{Law, decoded, shown};
use crate::Codec;

/// Law 1: values of every kind that serde has come back as they were.
///
/// A codec may refuse to encode a value that its format does not have, for instance NaN, integers of 128 bits, or map
/// keys that are not text. It must not turn such a value into another one.
///
/// # Panics
/// A value that every codec has to encode is refused, or a value comes back as another one.
pub fn round_trip<C: Codec>(codec: &C) {
    samples::each(&mut Comes(codec));
}

/// Law 1 for a struct in which `#[serde(skip_serializing_if)]` skips a field: the struct comes back as it was, or is
/// not encoded.
///
/// A format without names breaks this law unless its serializer refuses
/// [`skip_field`](serde::ser::SerializeStruct::skip_field): the next field is taken for the skipped one.
///
/// # Panics
/// The value comes back as another one, or does not decode.
pub fn skipped_fields<C: Codec>(codec: &C) {
    for value in [
        Skips { first: 1, second: None, third: Some(3) },
        Skips { first: 1, second: Some(2), third: None },
        Skips { first: 1, second: None, third: None },
    ] {
        if let Ok(bytes) = codec.encode(&value) {
            comes_back(Law::SKIPPED, codec, &value, &bytes);
        }
    }
}

/// A struct whose fields may be absent from the message.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Skips {
    first: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    third: Option<u8>,
}

/// Law 1 for one value of your own: it comes back as it was.
///
/// ```
/// # #[cfg(feature = "msgpack")]
/// razor_rpc_codec::laws::round_trip_of(&razor_rpc_codec::MsgpCodec, &(1, "one".to_owned()));
/// ```
///
/// # Panics
/// The value does not encode, or comes back as another one.
pub fn round_trip_of<C: Codec, T>(codec: &C, value: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    match codec.encode(value) {
        Ok(bytes) => comes_back(Law::ROUND_TRIP, codec, value, &bytes),
        Err(error) => {
            let name = type_name::<T>();
            Law::ROUND_TRIP.is_broken::<C>(format_args!("{name} does not encode: {error}"))
        }
    }
}

fn comes_back<C: Codec, T>(law: Law, codec: &C, value: &T, bytes: &[u8])
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let name = type_name::<T>();
    // A clone, because each peer has a codec of its own.
    match decoded::<C, T>(&codec.clone(), bytes) {
        Ok(back) if back == *value => {}
        Ok(back) => {
            let (value, back) = (cut(value), cut(&back));
            law.is_broken::<C>(format_args!(
                "{name} {value} comes back as {back}, from {}",
                shown(bytes)
            ))
        }
        Err(error) => law.is_broken::<C>(format_args!(
            "{name} {} does not come back: {error}; {}",
            cut(value),
            shown(bytes)
        )),
    }
}

fn cut(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(200) {
        Some((at, _)) => format!("{} …", &text[..at]),
        None => text,
    }
}

struct Comes<'a, C>(&'a C);

impl<C: Codec> Trial for Comes<'_, C> {
    fn ordinary<T: Serialize + DeserializeOwned + PartialEq + Debug>(&mut self, value: &T) {
        round_trip_of(self.0, value);
    }

    fn unusual<T: Serialize + DeserializeOwned + PartialEq + Debug>(&mut self, value: &T) {
        if let Ok(bytes) = self.0.encode(value) {
            comes_back(Law::ROUND_TRIP, self.0, value, &bytes);
        }
    }
}
