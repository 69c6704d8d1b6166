//! The list of methods, and what each of them does.
//!
//! Both libraries make their trait, their client and their server from the list. Knows no `RpcError`.
#![expect(
    clippy::result_unit_err,
    reason = "`()` is one of the error types that a method can have"
)]

use crate::{ByteBuf, Errno, Fault, Point, Shape};
use std::collections::BTreeMap;
use std::future::Future;

/// Calls `$then!` with every method: its name, its argument, its result and its error.
#[macro_export]
macro_rules! methods {
    ($then:ident) => {
        $then! {
            add: (i32, i32) => i32, ();
            div: (i32, i32) => i32, String;
            errno: i32 => i32, $crate::Errno;
            point: $crate::Point => $crate::Point, u32;
            shape: $crate::Shape => $crate::Shape, i32;
            unit: () => (), ();
            option: Option<String> => Option<String>, String;
            tuple: (u64, String, Option<u8>) => (u64, String, Option<u8>), ();
            map: $crate::BTreeMap<String, Vec<$crate::Shape>>
                => $crate::BTreeMap<String, Vec<$crate::Shape>>, ();
            bytes: $crate::ByteBuf => $crate::ByteBuf, ();
            array: Vec<u8> => Vec<u8>, ();
            zeros: u32 => $crate::ByteBuf, ();
            fail_unit: () => (), ();
            fail_i8: i8 => (), i8;
            fail_u8: u8 => (), u8;
            fail_i16: i16 => (), i16;
            fail_u16: u16 => (), u16;
            fail_i32: i32 => (), i32;
            fail_u32: u32 => (), u32;
            fail_text: String => (), String;
        }
    };
}

pub fn add((a, b): (i32, i32)) -> Result<i32, ()> {
    if a + b > 1000 { Err(()) } else { Ok(a + b) }
}

pub fn div((a, b): (i32, i32)) -> Result<i32, String> {
    a.checked_div(b).ok_or_else(|| "division by zero".to_string())
}

pub fn errno(value: i32) -> Result<i32, Errno> {
    if value < 0 { Err(Errno::EINVAL) } else { Ok(value * 2) }
}

pub fn point(point: Point) -> Result<Point, u32> {
    if point.name.len() > 32 { Err(70_000) } else { Ok(point) }
}

pub fn shape(shape: Shape) -> Result<Shape, i32> {
    if shape == Shape::Empty { Err(12) } else { Ok(shape) }
}

/// Refuses the text `empty` with an error that is an empty text.
pub fn option(text: Option<String>) -> Result<Option<String>, String> {
    if text.as_deref() == Some("empty") { Err(String::new()) } else { Ok(text) }
}

macro_rules! echo {
    ($($name:ident: $ty:ty, $err:ty;)*) => {$(
        pub fn $name(value: $ty) -> Result<$ty, $err> {
            Ok(value)
        }
    )*};
}

echo! {
    unit: (), ();
    tuple: (u64, String, Option<u8>), ();
    map: BTreeMap<String, Vec<Shape>>, ();
    bytes: ByteBuf, ();
    array: Vec<u8>, ();
}

/// A result of any length.
pub fn zeros(len: u32) -> Result<ByteBuf, ()> {
    Ok(ByteBuf::from(vec![0; len as usize]))
}

macro_rules! fail {
    ($($name:ident: $ty:ty;)*) => {$(
        pub fn $name(error: $ty) -> Result<(), $ty> {
            Err(error)
        }
    )*};
}

fail! {
    fail_unit: ();
    fail_i8: i8;
    fail_u8: u8;
    fail_i16: i16;
    fail_u16: u16;
    fail_i32: i32;
    fail_u32: u32;
    fail_text: String;
}

macro_rules! calls {
    ($($name:ident: $arg:ty => $ok:ty, $err:ty;)*) => {
        /// The client of either library.
        pub trait Calls: Clone + Send + Sync + 'static {
            $(fn $name(&self, arg: $arg) -> impl Future<Output = Result<$ok, Fault<$err>>> + Send;)*

            /// Fails with the argument as its error, encoded by the codec.
            fn fail_encoded(
                &self,
                arg: crate::Refusal,
            ) -> impl Future<Output = Result<(), Fault<crate::Refusal>>> + Send;

            /// Answers after `ms` milliseconds.
            fn wait_ms(&self, ms: u64) -> impl Future<Output = Result<u64, Fault<()>>> + Send;

            /// Returns a framework error, by its place in [`Framework::ALL`](crate::Framework::ALL).
            fn forward(&self, place: u8) -> impl Future<Output = Result<(), Fault<()>>> + Send;

            /// A method that no server has.
            fn missing(&self, arg: ()) -> impl Future<Output = Result<(), Fault<()>>> + Send;

            /// `add`, with an argument of the wrong type.
            fn add_text(&self, arg: String) -> impl Future<Output = Result<i32, Fault<()>>> + Send;

            /// `add`, of a service that no server has.
            fn add_elsewhere(
                &self,
                arg: (i32, i32),
            ) -> impl Future<Output = Result<i32, Fault<()>>> + Send;
        }
    };
}
methods!(calls);
