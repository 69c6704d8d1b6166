//! The visits of a format to a type: every part that holds further values is put under guard.
//!
//! The depth is counted here, because only a visit shows that the bytes do nest.

use std::fmt;

use serde::de::{Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};

use super::access::{Elements, Entries};
use super::buffer::{self, is_buffer};
use super::{Guarded, Limits};

/// The type asked for a value of any kind, as serde's buffer does.
pub(super) const ANY: u8 = 0;
/// The type asked for a list or a map, whose length the message announces.
pub(super) const LISTED: u8 = 1;
/// The type asked for a value whose number of parts the type fixes.
pub(super) const FIXED: u8 = 2;

/// A visitor whose visits are watched. `ASKED` is what the type asked for: [`ANY`], [`LISTED`] or [`FIXED`].
pub(super) struct Watch<'a, V, const ASKED: u8> {
    visitor: V,
    limits: &'a Limits,
}

impl<'a, V, const ASKED: u8> Watch<'a, V, ASKED> {
    pub(super) fn new(visitor: V, limits: &'a Limits) -> Self {
        Self { visitor, limits }
    }
}

macro_rules! pass {
    ($($visit:ident: $type:ty,)*) => {
        $(
            fn $visit<E: Error>(self, value: $type) -> Result<V::Value, E> {
                self.visitor.$visit(value)
            }
        )*
    };
}

impl<'de, V: Visitor<'de>, const ASKED: u8> Visitor<'de> for Watch<'_, V, ASKED> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(formatter)
    }

    pass! {
        visit_bool: bool,
        visit_i8: i8, visit_i16: i16, visit_i32: i32, visit_i64: i64, visit_i128: i128,
        visit_u8: u8, visit_u16: u16, visit_u32: u32, visit_u64: u64, visit_u128: u128,
        visit_f32: f32, visit_f64: f64, visit_char: char,
        visit_str: &str, visit_borrowed_str: &'de str, visit_string: String,
        visit_bytes: &[u8], visit_borrowed_bytes: &'de [u8], visit_byte_buf: Vec<u8>,
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        if ASKED == ANY && is_buffer::<V::Value>() {
            buffer::nil(self.limits)?;
        }
        self.visitor.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        if ASKED == ANY && is_buffer::<V::Value>() {
            buffer::nil(self.limits)?;
        }
        self.visitor.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let Self { visitor, limits } = self;
        limits.enter_wrapper()?;
        let value = visitor.visit_some(Guarded::new(inner, limits))?;
        limits.leave_wrapper();
        Ok(value)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let Self { visitor, limits } = self;
        limits.enter_wrapper()?;
        let value = visitor.visit_newtype_struct(Guarded::new(inner, limits))?;
        limits.leave_wrapper();
        Ok(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let Self { visitor, limits } = self;
        limits.enter_nested()?;
        let announced = access.size_hint();
        let mut elements = Elements::new(access, limits, size_of::<V::Value>());
        if ASKED == ANY && is_buffer::<V::Value>() {
            elements.copies(buffer::open_list(announced, limits)?);
        }
        if ASKED == LISTED {
            elements.announce(announced)?;
        }
        let value = visitor.visit_seq(elements)?;
        if ASKED == ANY && is_buffer::<V::Value>() {
            limits.leave_buffer();
        }
        limits.leave_nested();
        Ok(value)
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let Self { visitor, limits } = self;
        limits.enter_nested()?;
        let announced = access.size_hint();
        let mut entries = Entries::new(access, limits, size_of::<V::Value>());
        if ASKED == ANY && is_buffer::<V::Value>() {
            entries.copies(buffer::open_map(announced, limits)?);
        }
        if ASKED == LISTED {
            entries.announce(announced)?;
        }
        let value = visitor.visit_map(entries)?;
        if ASKED == ANY && is_buffer::<V::Value>() {
            limits.leave_buffer();
        }
        limits.leave_nested();
        Ok(value)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let Self { visitor, limits } = self;
        limits.enter_nested()?;
        let value = visitor.visit_enum(Guarded::new(access, limits))?;
        limits.leave_nested();
        Ok(value)
    }
}
