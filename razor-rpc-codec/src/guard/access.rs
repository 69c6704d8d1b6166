//! The elements of lists, maps and enums: each is paid for and decoded under guard.
//!
//! The type never sees an announced length: `size_hint` returns `None`.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::buffer::is_buffer;
use super::price::{self, Price};
use super::visitor::{FIXED, Watch};
use super::{Guarded, Limits};

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Guarded<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.part.deserialize(Guarded::new(deserializer, self.limits))
    }
}

/// The elements of a list.
pub(super) struct Elements<'a, A> {
    access: A,
    limits: &'a Limits,
    price: Price,
    /// The cost of each element for the copies that serde makes of it, if these were not paid for all together.
    copies: usize,
    /// Whether each element is counted when it comes, because the format does not say how many there are.
    counted: bool,
}

impl<'a, A> Elements<'a, A> {
    /// Makes the elements of a value that itself takes `inline` bytes.
    pub(super) fn new(access: A, limits: &'a Limits, inline: usize) -> Self {
        Self { access, limits, price: Price::of(inline), copies: 0, counted: false }
    }

    /// Sets the cost of each element, in bytes, for the copies of it.
    pub(super) fn copies(&mut self, copies: usize) {
        self.copies = copies;
    }

    /// Takes note of the number of elements that the message announces; `None` if it announces no number.
    pub(super) fn announce<E: Error>(&mut self, announced: Option<usize>) -> Result<(), E> {
        self.counted = announced.is_none();
        self.limits.take_elements(announced.unwrap_or(0))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let size = size_of::<S::Value>();
        if self.counted {
            self.limits.take_elements(1)?;
        }
        if is_buffer::<S::Value>() && self.copies > 0 {
            self.limits.take_copies(self.copies)?;
        }
        self.price.element(size, || self.access.size_hint(), self.limits)?;
        self.limits.next_in_list(size);
        self.access.next_element_seed(Guarded::new(seed, self.limits))
    }
}

/// The entries of a map.
pub(super) struct Entries<'a, A> {
    access: A,
    limits: &'a Limits,
    price: Price,
    /// Whether the map has more entries than a struct has fields, so that its values are rows rather than fields.
    has_many: bool,
    /// The number of values so far that serde buffers.
    buffered: usize,
    /// As for [`Elements`].
    copies: usize,
    /// As for [`Elements`].
    counted: bool,
}

impl<'a, 'de, A: MapAccess<'de>> Entries<'a, A> {
    /// Makes the entries of a value that itself takes `inline` bytes.
    pub(super) fn new(access: A, limits: &'a Limits, inline: usize) -> Self {
        let has_many = access.size_hint().is_some_and(|entries| entries > FIELDS);
        let price = Price::of(inline);
        Self { access, limits, price, has_many, buffered: 0, copies: 0, counted: false }
    }

    /// Sets the cost of each entry, in bytes, for the copies of it.
    pub(super) fn copies(&mut self, copies: usize) {
        self.copies = copies;
    }

    /// Takes note of the number of entries that the message announces; `None` if it announces no number.
    pub(super) fn announce<E: Error>(&mut self, announced: Option<usize>) -> Result<(), E> {
        self.counted = announced.is_none();
        self.limits.take_elements(announced.unwrap_or(0))
    }
}

/// The most fields that a struct is expected to have.
const FIELDS: usize = 64;

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let size = size_of::<K::Value>();
        if self.counted {
            self.limits.take_elements(1)?;
        }
        price::key(size, self.limits)?;
        self.limits.next_in_map(size);
        self.access.next_key_seed(Guarded::new(seed, self.limits))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        let size = size_of::<V::Value>();
        // The format has already subtracted this entry, when it gave the key.
        let left = || self.access.size_hint().map(|left| left.saturating_add(1));
        self.price.element(size, left, self.limits)?;
        if is_buffer::<V::Value>() {
            // If the format does not say how many entries there are, they are counted here.
            self.buffered = self.buffered.saturating_add(1);
            self.has_many |= self.buffered > FIELDS;
            if self.copies > 0 {
                self.limits.take_copies(self.copies)?;
            }
        }
        if self.has_many {
            self.limits.next_in_list(size);
        } else {
            self.limits.next_in_map(size);
        }
        self.access.next_value_seed(Guarded::new(seed, self.limits))
    }
}

impl<'de, 'a, A: EnumAccess<'de>> EnumAccess<'de> for Guarded<'a, A> {
    type Error = A::Error;
    type Variant = Guarded<'a, A::Variant>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), A::Error> {
        let (name, variant) = self.part.variant_seed(Guarded::new(seed, self.limits))?;
        Ok((name, Guarded::new(variant, self.limits)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Guarded<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.part.unit_variant()
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        self.limits.next_in_map(size_of::<T::Value>());
        self.part.newtype_variant_seed(Guarded::new(seed, self.limits))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.part.tuple_variant(len, Watch::<_, FIXED>::new(visitor, self.limits))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.part.struct_variant(fields, Watch::<_, FIXED>::new(visitor, self.limits))
    }
}
