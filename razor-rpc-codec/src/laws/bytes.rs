//! Laws 2 and 3: any bytes are decoded without a panic, and no byte is left over.
//!
//! Knows bytes and many types. Does not know what a decode costs.

use std::any::type_name;
use std::collections::HashMap;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::noise::{Noise, damaged};
use super::samples::{self, Pair, Record, Shape, Trial, Unit, Wrapper};
use super::{Law, decoded, shown};
use crate::Codec;

/// Law 2: no bytes make `decode` panic, whatever type is asked for. Bytes that look random are tried, and messages that
/// were damaged in one place or cut off.
///
/// # Panics
/// A decode has panicked. The text of that panic was printed before.
pub fn no_panic<C: Codec>(codec: &C) {
    let mut noise = Noise::of(3);
    as_many_types(codec, &[]);
    for _ in 0..3000 {
        as_many_types(codec, &noise.bytes(100));
    }
    samples::each(&mut Damaged(codec));
}

fn as_many_types<C: Codec>(codec: &C, bytes: &[u8]) {
    survives::<C, Record>(codec, bytes);
    survives::<C, Shape>(codec, bytes);
    survives::<C, Unit>(codec, bytes);
    survives::<C, Pair>(codec, bytes);
    survives::<C, (u128, i128)>(codec, bytes);
    survives::<C, (u8, i64, f32, bool, char)>(codec, bytes);
    survives::<C, Vec<Option<Wrapper>>>(codec, bytes);
    survives::<C, HashMap<String, Shape>>(codec, bytes);
    survives::<C, HashMap<u64, f64>>(codec, bytes);
    survives::<C, &str>(codec, bytes);
    survives::<C, &[u8]>(codec, bytes);
    survives::<C, Option<Option<String>>>(codec, bytes);
    survives::<C, ()>(codec, bytes);
}

fn survives<'de, C: Codec, T: Deserialize<'de>>(codec: &C, bytes: &'de [u8]) {
    // Whether the bytes are a value does not matter.
    let _decoded = decoded::<C, T>(codec, bytes);
}

struct Damaged<'a, C>(&'a C);

impl<C: Codec> Trial for Damaged<'_, C> {
    fn ordinary<T: Serialize + DeserializeOwned + PartialEq + Debug>(&mut self, value: &T) {
        // A value that does not encode is a matter of law 1.
        let whole = self.0.encode(value).unwrap_or_default();
        if whole.len() < 2000 {
            for bytes in damaged(&whole, 60) {
                survives::<C, T>(self.0, &bytes);
            }
        }
    }

    fn unusual<T: Serialize + DeserializeOwned + PartialEq + Debug>(&mut self, value: &T) {
        self.ordinary(value);
    }
}

/// Law 3: bytes after a value are an error. A zero, another byte, text, and the encoding of the value once more are put
/// behind it.
///
/// White space that a format of text allows behind a value is not tried.
///
/// # Panics
/// A decode accepts a message with more bytes behind it.
pub fn whole_slice<C: Codec>(codec: &C) {
    samples::each(&mut Longer(codec));
}

struct Longer<'a, C>(&'a C);

impl<C: Codec> Trial for Longer<'_, C> {
    fn ordinary<T: Serialize + DeserializeOwned + PartialEq + Debug>(&mut self, value: &T) {
        let whole = self.0.encode(value).unwrap_or_default();
        for behind in [&[0][..], &[0xff], b"x", &whole] {
            let bytes = [&whole, behind].concat();
            if !behind.is_empty()
                && decoded::<C, T>(self.0, &bytes).is_ok_and(|back| back == *value)
            {
                let (name, many) = (type_name::<T>(), behind.len());
                Law::WHOLE_SLICE.is_broken::<C>(format_args!(
                    "{name} is decoded with {many} bytes left over of {}",
                    shown(&bytes)
                ))
            }
        }
    }

    fn unusual<T: Serialize + DeserializeOwned + PartialEq + Debug>(&mut self, _: &T) {}
}
