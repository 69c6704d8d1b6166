//! Law 2: a value that nests without end is refused before the stack is used up.
//!
//! Knows types that contain themselves, and sees how deep a decode goes. Does not know how a format nests: it looks
//! at what one more level adds to a message.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::thread;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Law, decoded, shown};
use crate::Codec;

/// Law 2: a message that nests deep is refused after 1,024 levels at most, and so is a type that needs no bytes to
/// contain itself, as `struct Endless(Option<Box<Endless>>)` in formats where `Some` has no byte of its own.
///
/// # Panics
/// A decode goes deeper: it would overflow the stack.
pub fn nesting<C: Codec>(codec: &C) {
    let codec = codec.clone();
    // A codec that breaks the law must be reported, and not overflow the stack of this thread.
    let tried = thread::Builder::new().stack_size(STACK).spawn(move || each_shape(&codec));
    let ended = tried.expect("a thread can be started").join();
    if let Err(panic) = ended {
        std::panic::resume_unwind(panic);
    }
}

fn each_shape<C: Codec>(codec: &C) {
    let deeper = |inner: Box<Lists>| Lists(vec![Level(inner)]);
    shape(codec, &grown(Lists(vec![]), deeper));
    let deeper = |inner| Record { next: Some(Level(inner)), other: None };
    shape(codec, &grown(Record { next: None, other: None }, deeper));
    let deeper = |inner| Keyed(BTreeMap::from([("k".to_owned(), Level(inner))]));
    shape(codec, &grown(Keyed(BTreeMap::new()), deeper));
    shape(codec, &grown(Chain::End, |inner| Chain::Next(Level(inner))));
    shape(codec, &grown(Chain::End, |inner| Chain::Link { next: Level(inner) }));
    shape(codec, &grown(Options(None), |inner| Options(Some(Level(inner)))));
    // Types that take no bytes.
    for bytes in [codec.encode(&7_u8), codec.encode("text"), codec.encode(&[1_u8, 2])] {
        let bytes = bytes.unwrap_or_default();
        shallow::<C, Options>(codec, &bytes);
        shallow::<C, Wrapped>(codec, &bytes);
    }
}

/// Values of no level, of one, two and three.
fn grown<T: Clone>(first: T, deeper: fn(Box<T>) -> T) -> [T; 4] {
    let one = deeper(Box::new(first.clone()));
    let two = deeper(Box::new(one.clone()));
    let three = deeper(Box::new(two.clone()));
    [first, one, two, three]
}

/// Tries a message of [`LEVELS`] levels, made from the bytes that each level adds.
fn shape<C: Codec, T: Serialize + DeserializeOwned>(codec: &C, values: &[T; 4]) {
    let encoded = values.each_ref().map(|value| codec.encode(value).unwrap_or_default());
    let [_, one, two, three] = &encoded;
    let Some(added) = two.len().checked_sub(one.len()).filter(|added| *added > 0) else { return };
    for front in 0..=added {
        let around = |outer: &[u8], inner: &[u8]| {
            [&outer[..front], inner, &outer[front + inner.len()..]].concat() == outer
        };
        if three.len() == two.len() + added && around(two, one) && around(three, two) {
            let (before, behind) = (&two[..front], &two[front + one.len()..]);
            let deep = [before.repeat(LEVELS), one.clone(), behind.repeat(LEVELS)].concat();
            return shallow::<C, T>(codec, &deep);
        }
    }
}

fn shallow<C: Codec, T: DeserializeOwned>(codec: &C, bytes: &[u8]) {
    DEPTH.set((0, 0));
    // Whether the bytes are a value does not matter.
    let _decoded = decoded::<C, T>(codec, bytes);
    let (_, deepest) = DEPTH.get();
    if deepest > DEEPEST {
        let name = std::any::type_name::<T>();
        Law::NESTING.is_broken::<C>(format_args!(
            "{name} is decoded more than {DEEPEST} levels deep, from {}",
            shown(bytes)
        ))
    }
}

/// How deep a decode may go.
const DEEPEST: usize = 1024;
/// How many levels the messages have.
const LEVELS: usize = 10_000;
/// Room for somewhat more than [`DEEPEST`] levels without optimisation.
const STACK: usize = 64 << 20;

thread_local! {
    /// The depth of the decode now, and its greatest depth so far.
    static DEPTH: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// A level of a value that contains itself. It is counted while it is decoded.
#[derive(Clone)]
struct Level<T>(Box<T>);

impl<T: Serialize> Serialize for Level<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Level<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (depth, deepest) = DEPTH.get();
        DEPTH.set((depth + 1, deepest.max(depth + 1)));
        if depth > DEEPEST {
            return Err(D::Error::custom("too deep"));
        }
        let value = T::deserialize(deserializer);
        DEPTH.set((depth, DEPTH.get().1));
        Ok(Self(Box::new(value?)))
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Lists(Vec<Level<Lists>>);

#[derive(Clone, Serialize, Deserialize)]
struct Record {
    next: Option<Level<Record>>,
    other: Option<u8>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Keyed(BTreeMap<String, Level<Keyed>>);

#[derive(Clone, Serialize, Deserialize)]
enum Chain {
    End,
    Next(Level<Chain>),
    Link { next: Level<Chain> },
}

#[derive(Clone, Serialize, Deserialize)]
struct Options(Option<Level<Options>>);

/// A type that has no values.
#[derive(Clone, Serialize, Deserialize)]
struct Wrapped(Level<Wrapped>);
