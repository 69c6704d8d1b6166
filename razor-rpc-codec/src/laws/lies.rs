//! Law 2: a length that a message only announces costs nothing.
//!
//! Knows what a deserializer tells a collection. Does not know how a format writes lengths: it damages messages.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::noise::damaged;
use super::{Law, decoded, shown};
use crate::Codec;

/// Law 2: a list or map whose announced length is greater than its real length takes no memory for the announced
/// length, and ends. Lists and maps are encoded, and their first bytes are damaged so that they announce other lengths.
///
/// Two numbers are checked: the length that the deserializer tells the collection, which reserves memory for it, and
/// the number of elements that it hands out, which may be without end where elements take no byte.
///
/// # Panics
/// A collection is told of, or gets, at least a million elements more than the message has bytes.
pub fn announced_lengths<C: Codec>(codec: &C) {
    for len in [0_usize, 1, 3, 200, 70_000] {
        lists(codec, &vec![(); len]);
        lists(codec, &vec![7_u8; len]);
        lists(codec, &vec![String::new(); len]);
        let map: BTreeMap<String, u8> = (0..len).map(|i| (i.to_string(), 0)).collect();
        for bytes in damaged(&front(codec.encode(&map).unwrap_or_default()), 12) {
            honest::<C, Counted<(), true>>(codec, &bytes);
            honest::<C, Counted<u8, true>>(codec, &bytes);
        }
    }
}

fn lists<C: Codec, T: serde::Serialize>(codec: &C, list: &Vec<T>) {
    for bytes in damaged(&front(codec.encode(list).unwrap_or_default()), 12) {
        honest::<C, Counted<(), false>>(codec, &bytes);
        honest::<C, Counted<u8, false>>(codec, &bytes);
        honest::<C, Vec<Counted<(), false>>>(codec, &bytes);
    }
}

/// Cuts a long message down to its length and a few elements.
fn front(mut whole: Vec<u8>) -> Vec<u8> {
    if whole.len() > 2000 {
        whole.truncate(40);
    }
    whole
}

fn honest<C: Codec, T: for<'de> Deserialize<'de>>(codec: &C, bytes: &[u8]) {
    SEEN.set(Seen { told: 0, came: 0 });
    // Whether the bytes are a value does not matter.
    let _decoded = decoded::<C, T>(codec, bytes);
    let Seen { told, came } = SEEN.get();
    let most = bytes.len() + SPARE;
    if told > most {
        Law::LENGTHS.is_broken::<C>(format_args!(
            "a collection is told of {told} elements, as only announced by {}",
            shown(bytes)
        ))
    }
    if came > most {
        Law::LENGTHS.is_broken::<C>(format_args!(
            "a collection does not end after {came} elements, decoded from {}",
            shown(bytes)
        ))
    }
}

/// How many elements that take no byte a codec may allow.
const SPARE: usize = 1_000_000;

/// The greatest length that a collection was told during a decode, and the number of elements that collections got.
#[derive(Clone, Copy)]
struct Seen {
    told: usize,
    came: usize,
}

thread_local! {
    static SEEN: Cell<Seen> = const { Cell::new(Seen { told: 0, came: 0 }) };
}

/// Takes note of the length that a collection is told.
fn told(hint: Option<usize>) {
    let seen = SEEN.get();
    SEEN.set(Seen { told: seen.told.max(hint.unwrap_or(0)), ..seen });
}

/// Counts an element, and ends a decode that has no end.
fn came<E: Error>() -> Result<(), E> {
    let mut seen = SEEN.get();
    seen.came += 1;
    SEEN.set(seen);
    if seen.came > 2 * SPARE { Err(E::custom("too many elements")) } else { Ok(()) }
}

/// A list of `T`, or a map with values of `T`, of which only the number of elements is kept.
struct Counted<T, const MAP: bool>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAP: bool> Deserialize<'de> for Counted<T, MAP> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if MAP {
            deserializer.deserialize_map(Self(PhantomData))
        } else {
            deserializer.deserialize_seq(Self(PhantomData))
        }
    }
}

impl<'de, T: Deserialize<'de>, const MAP: bool> Visitor<'de> for Counted<T, MAP> {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a collection")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        told(list.size_hint());
        while list.next_element::<T>()?.is_some() {
            came()?;
        }
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        told(map.size_hint());
        // The keys take no byte in some formats, so the entries may take none.
        while map.next_key::<Key>()?.is_some() {
            map.next_value::<T>()?;
            came()?;
        }
        Ok(self)
    }
}

/// A key: any text, or a unit.
struct Key;

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Human-readable formats have text here; the others are asked for a unit.
        if deserializer.is_human_readable() {
            String::deserialize(deserializer).map(|_| Self)
        } else {
            <()>::deserialize(deserializer).map(|()| Self)
        }
    }
}
