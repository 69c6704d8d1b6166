//! Values to bytes.
//!
//! Knows serde's kinds of values. Does not know what was in the buffer before.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::{Fault, varint};

/// Appends values to a buffer.
pub(super) struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    fn length(&mut self, len: usize) {
        varint::put_u64(len as u64, self.out);
    }

    fn variant(&mut self, index: u32) {
        varint::put_u64(u64::from(index), self.out);
    }
}

macro_rules! unsigned {
    ($($name:ident: $type:ty),*) => {
        $(
            #[inline]
            fn $name(self, number: $type) -> Result<(), Fault> {
                varint::put_u64(u64::from(number), self.out);
                Ok(())
            }
        )*
    };
}

macro_rules! signed {
    ($($name:ident: $type:ty),*) => {
        $(
            /// Numbers near zero are short, negative ones too: 0, -1, 1, -2 are written as 0, 1, 2, 3.
            #[inline]
            fn $name(self, number: $type) -> Result<(), Fault> {
                let folded = (number << 1) ^ (number >> (<$type>::BITS - 1));
                varint::put_u64(u64::from(folded.cast_unsigned()), self.out);
                Ok(())
            }
        )*
    };
}

impl Serializer for &mut Writer<'_> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    unsigned! { serialize_u16: u16, serialize_u32: u32, serialize_u64: u64 }
    signed! { serialize_i16: i16, serialize_i32: i32, serialize_i64: i64 }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Result<(), Fault> {
        self.serialize_u8(u8::from(value))
    }

    fn serialize_u8(self, number: u8) -> Result<(), Fault> {
        self.out.push(number);
        Ok(())
    }

    fn serialize_i8(self, number: i8) -> Result<(), Fault> {
        self.serialize_u8(number.cast_unsigned())
    }

    fn serialize_u128(self, number: u128) -> Result<(), Fault> {
        varint::put(number, self.out);
        Ok(())
    }

    fn serialize_i128(self, number: i128) -> Result<(), Fault> {
        self.serialize_u128(((number << 1) ^ (number >> (i128::BITS - 1))).cast_unsigned())
    }

    fn serialize_f32(self, number: f32) -> Result<(), Fault> {
        self.out.extend_from_slice(&number.to_le_bytes());
        Ok(())
    }

    fn serialize_f64(self, number: f64) -> Result<(), Fault> {
        self.out.extend_from_slice(&number.to_le_bytes());
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Fault> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<(), Fault> {
        self.serialize_bytes(text.as_bytes())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Fault> {
        self.length(bytes.len());
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Fault> {
        self.serialize_u8(0)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        self.out.push(1);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
    ) -> Result<(), Fault> {
        self.variant(index);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.variant(index);
        value.serialize(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self, Fault> {
        self.length(len.ok_or(Fault::Unknown)?);
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Fault> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Fault> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Fault> {
        self.variant(index);
        Ok(self)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self, Fault> {
        self.length(len.ok_or(Fault::Unknown)?);
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Fault> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Fault> {
        self.variant(index);
        Ok(self)
    }
}

macro_rules! parts {
    ($($kind:ident: $($part:ident),*;)*) => {
        $(
            impl $kind for &mut Writer<'_> {
                type Ok = ();
                type Error = Fault;
                $(
                    #[inline]
                    fn $part<T: Serialize + ?Sized>(&mut self, part: &T) -> Result<(), Fault> {
                        part.serialize(&mut **self)
                    }
                )*
                fn end(self) -> Result<(), Fault> {
                    Ok(())
                }
            }
        )*
    };
}

parts! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
    SerializeMap: serialize_key, serialize_value;
}

macro_rules! named {
    ($($kind:ident)*) => {
        $(
            impl $kind for &mut Writer<'_> {
                type Ok = ();
                type Error = Fault;

                #[inline]
                fn serialize_field<T: Serialize + ?Sized>(
                    &mut self,
                    _: &'static str,
                    field: &T,
                ) -> Result<(), Fault> {
                    field.serialize(&mut **self)
                }

                /// Refuses to skip a field, because the reader would take the next field for this one.
                fn skip_field(&mut self, _: &'static str) -> Result<(), Fault> {
                    Err(Fault::Skipped)
                }

                fn end(self) -> Result<(), Fault> {
                    Ok(())
                }
            }
        )*
    };
}

named! { SerializeStruct SerializeStructVariant }
