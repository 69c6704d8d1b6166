//! The elements of lists, maps and enums: each is decoded under guard, and paid for where it is kept.
//!
//! Announced lengths end here: `size_hint` is always unknown.

use std::marker::PhantomData;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::growth::{List, Table};
use super::visitor::{Inline, Place, Watch};
use super::{Guarded, Limits};

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Guarded<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.part.deserialize(Guarded::new(deserializer, self.limits))
    }
}

/// The elements of a list. Those that a collection keeps are paid for.
pub(super) struct Elements<'a, A, P> {
    access: A,
    limits: &'a Limits,
    list: List,
    place: PhantomData<P>,
}

impl<'a, A, P> Elements<'a, A, P> {
    pub(super) fn new(access: A, limits: &'a Limits) -> Self {
        Self { access, limits, list: List::new(), place: PhantomData }
    }
}

impl<'de, A: SeqAccess<'de>, P: Place> SeqAccess<'de> for Elements<'_, A, P> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let element = self.access.next_element_seed(Guarded::new(seed, self.limits))?;
        if P::GROWS && element.is_some() {
            self.list.push(size_of::<S::Value>(), self.limits)?;
        }
        Ok(element)
    }
}

/// The entries of a map. Those that a collection keeps are paid for.
pub(super) struct Entries<'a, A, P> {
    access: A,
    limits: &'a Limits,
    table: Table,
    key: usize,
    place: PhantomData<P>,
}

impl<'a, A, P> Entries<'a, A, P> {
    pub(super) fn new(access: A, limits: &'a Limits) -> Self {
        Self { access, limits, table: Table::new(), key: 0, place: PhantomData }
    }
}

impl<'de, A: MapAccess<'de>, P: Place> MapAccess<'de> for Entries<'_, A, P> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.key = size_of::<K::Value>();
        self.access.next_key_seed(Guarded::new(seed, self.limits))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        let value = self.access.next_value_seed(Guarded::new(seed, self.limits))?;
        if P::GROWS {
            self.table.insert(self.key + size_of::<V::Value>(), self.limits)?;
        }
        Ok(value)
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
        self.part.newtype_variant_seed(Guarded::new(seed, self.limits))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.part.tuple_variant(len, Watch::new(visitor, self.limits, Inline))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.part.struct_variant(fields, Watch::new(visitor, self.limits, Inline))
    }
}
