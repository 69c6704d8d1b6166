//! The requests of a type to a format.
//!
//! Requests for one scalar or text go to the format untouched. A request for a value that may hold further values goes
//! through a watched visitor, and the value pays if it will live in a box.

use serde::de::{Deserializer, Visitor};

use super::Guarded;
use super::price::boxed;
use super::visitor::{ANY, FIXED, LISTED, Watch};

macro_rules! direct {
    ($($ask:ident)*) => {
        $(
            fn $ask<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
                self.part.$ask(visitor)
            }
        )*
    };
}

macro_rules! watched {
    ($asked:ident: $($ask:ident($($arg:ident: $type:ty),*),)*) => {
        $(
            fn $ask<V: Visitor<'de>>(
                self,
                $($arg: $type,)*
                visitor: V,
            ) -> Result<V::Value, D::Error> {
                boxed(size_of::<V::Value>(), self.limits)?;
                self.part.$ask($($arg,)* Watch::<_, $asked>::new(visitor, self.limits))
            }
        )*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Guarded<'_, D> {
    type Error = D::Error;

    direct! {
        deserialize_bool
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string deserialize_identifier
    }

    watched! { ANY:
        deserialize_any(),
    }

    watched! { LISTED:
        deserialize_seq(),
        deserialize_map(),
    }

    // A format without byte strings gives a list of numbers for one.
    watched! { FIXED:
        deserialize_bytes(),
        deserialize_byte_buf(),
        deserialize_ignored_any(),
        deserialize_option(),
        deserialize_newtype_struct(name: &'static str),
        deserialize_unit(),
        deserialize_unit_struct(name: &'static str),
        deserialize_tuple(len: usize),
        deserialize_tuple_struct(name: &'static str, len: usize),
        deserialize_struct(name: &'static str, fields: &'static [&'static str]),
        deserialize_enum(name: &'static str, variants: &'static [&'static str]),
    }

    fn is_human_readable(&self) -> bool {
        self.part.is_human_readable()
    }
}
