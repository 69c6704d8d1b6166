//! The values that are tried: of every kind that serde has, small, large and unusual.
//!
//! Knows types. Does not know laws.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::noise::Noise;

/// The test of a law, which gets each sample.
pub(super) trait Trial {
    /// A value that every codec encodes.
    fn ordinary<T: Serialize + DeserializeOwned + PartialEq + Debug>(&mut self, value: &T);

    /// A value that a codec may refuse to encode.
    fn unusual<T: Serialize + DeserializeOwned + PartialEq + Debug>(&mut self, value: &T);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Unit;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Wrapper(String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pair(i64, char);

/// A number that is compared bit by bit, because NaN is not equal to itself and -0.0 is equal to 0.0.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Bits(f64);

impl PartialEq for Bits {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    id: u64,
    signed: (i8, i16, i32, i64),
    unsigned: (u8, u16, u32),
    real: (f32, Bits),
    flag: bool,
    name: Option<Wrapper>,
    pair: Pair,
    unit: Unit,
    none: Option<u32>,
    list: Vec<u8>,
    map: BTreeMap<String, Vec<Option<u16>>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Shape {
    Unit,
    Newtype(Box<Record>),
    Tuple(u8, String),
    Struct { inner: Vec<Shape>, by_name: BTreeMap<String, Shape> },
}

/// Text in the types `Cow` and `Box`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Texts<'a> {
    text: Cow<'a, str>,
    boxed: Box<str>,
}

/// Tries every sample.
pub(super) fn each(trial: &mut impl Trial) {
    numbers(trial);
    texts(trial);
    collections(trial);
    unusual(trial);
    let mut noise = Noise::of(1);
    for size in [0, 1, 3, 20, 300] {
        let record = record(&mut noise, size);
        trial.ordinary(&Some(record.clone()));
        trial.ordinary(&shapes(record));
    }
}

fn numbers(trial: &mut impl Trial) {
    for number in [0, 1, 23, 24, 127, 128, 255, 256, 65_535, 65_536, u64::MAX >> 1, u64::MAX] {
        trial.ordinary(&number);
        let signed = number.cast_signed();
        trial.ordinary(&(signed, signed.wrapping_neg()));
        let [low, middle, ..] = number.to_le_bytes();
        trial.ordinary(&(low, low.cast_signed(), u16::from_le_bytes([low, middle])));
        trial.ordinary(&[i16::from_le_bytes([low, middle]); 2]);
    }
    trial.ordinary(&(u32::MAX, i32::MIN, i32::MAX, i16::MIN, i8::MIN));
    for real in [0.0, -0.0, 1.0, 0.1, -1.5e300, 1e21, f64::MAX, f64::MIN_POSITIVE, 5e-324] {
        trial.ordinary(&Bits(real));
    }
    trial.ordinary(&[f32::MAX, f32::MIN_POSITIVE, 0.1, 1e-45, 16_777_217.0, 7.038_531e-26]);
    let mut noise = Noise::of(2);
    for _ in 0..200 {
        let real = Bits(f64::from_bits(noise.next()));
        if real.0.is_finite() {
            trial.ordinary(&real);
        }
    }
    trial.ordinary(&(true, false, ()));
}

fn texts(trial: &mut impl Trial) {
    for text in ["", "a", "héllo \u{1F980} \u{0}\u{1f}", "\"\\/\n\r\t\u{7f}\u{2028}", "null", "1"]
    {
        trial.ordinary(&text.to_owned());
        trial.ordinary(&Texts { text: text.into(), boxed: text.repeat(100).into() });
    }
    for len in [31, 32, 255, 256, 65_535, 65_536] {
        trial.ordinary(&"x".repeat(len));
    }
    trial.ordinary(&['a', 'é', '\u{0}', char::MAX, '"']);
}

fn collections(trial: &mut impl Trial) {
    for len in [0, 1, 15, 16, 127, 128, 70_000] {
        trial.ordinary(&vec![7_u8; len]);
        trial.ordinary(&vec![Some(1_u32 << 30); len.min(300)]);
        trial.ordinary(&vec![(1_u8, String::new()); len.min(300)]);
    }
    trial.ordinary(&vec![(); 3]);
    trial.ordinary(&(1_u8, (2_u16, [3_u32; 3]), vec![vec![4_u64]; 2]));
    trial.ordinary(&Ok::<u8, String>(1));
    trial.ordinary(&Err::<u8, String>("e".into()));
    trial.ordinary(&HashMap::from([("one".to_owned(), 1), ("two".to_owned(), 2)]));
    trial.ordinary(&BTreeMap::from([(String::new(), vec![None, Some(1)])]));
}

/// Values that not every format has. A codec may refuse such a value, but the value must not come back as another one.
fn unusual(trial: &mut impl Trial) {
    for real in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        trial.unusual(&Bits(real));
        trial.unusual(&vec![Bits(1.0), Bits(real)]);
        trial
            .unusual(&BTreeMap::from([("it", Some(Bits(real)))]).into_values().collect::<Vec<_>>());
    }
    trial.unusual(&(u128::MAX, i128::MIN, 1_u128, -1_i128));
    trial.unusual(&BTreeMap::from([(1_u64, 1), (u64::MAX, 2)]));
    trial.unusual(&BTreeMap::from([(-1_i8, ()), (1, ())]));
    trial.unusual(&BTreeMap::from([(true, 1)]));
    trial.unusual(&BTreeMap::from([('x', 1)]));
    trial.unusual(&BTreeMap::from([((1, 2), 3)]));
    trial.unusual(&BTreeMap::from([(vec![1_u8], 3)]));
}

fn record(noise: &mut Noise, size: usize) -> Record {
    let number = noise.next();
    let signed = number.cast_signed();
    let [a, b, c, d, ..] = number.to_le_bytes();
    Record {
        id: number >> noise.below(64),
        signed: (
            a.cast_signed(),
            i16::from_le_bytes([a, b]),
            i32::from_le_bytes([a, b, c, d]),
            signed,
        ),
        unsigned: (a, u16::from_le_bytes([b, c]), u32::from_le_bytes([a, b, c, d])),
        real: (f32::from(b) / 3.0, Bits(f64::from(a) / 7.0)),
        flag: size.is_multiple_of(2),
        name: (size > 0).then(|| Wrapper("name ".repeat(size))),
        pair: Pair(signed >> noise.below(64), 'é'),
        unit: Unit,
        none: None,
        list: (0..size).map(|_| noise.next().to_le_bytes()[0]).collect(),
        map: (0..size.min(40)).map(|i| (format!("key {i}"), vec![None, Some(7)])).collect(),
    }
}

fn shapes(record: Record) -> Vec<Shape> {
    let leaf = Shape::Tuple(1, "leaf".into());
    let by_name = BTreeMap::from([("a".to_owned(), Shape::Unit), ("b".to_owned(), leaf.clone())]);
    let inner = vec![Shape::Unit, leaf, Shape::Newtype(Box::new(record))];
    vec![Shape::Unit, Shape::Struct { inner, by_name }]
}
