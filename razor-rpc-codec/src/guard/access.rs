//! The elements of lists, maps and enums: each is decoded under guard, and paid for where it is kept.
//!
//! Announced lengths end here: `size_hint` is always unknown.

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess};

use super::Guarded;
use super::growth::{List, Table};
use super::limits::footprint;
use super::visitor::{Inline, Watch};

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Guarded<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.part.deserialize(Guarded::new(deserializer, self.limits))
    }
}

/// Elements that live inside their parent: of tuples, arrays and structs.
impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Guarded<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.part.next_element_seed(Guarded::new(seed, self.limits))
    }
}

/// Fields that live inside their parent.
impl<'de, A: MapAccess<'de>> MapAccess<'de> for Guarded<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.part.next_key_seed(Guarded::new(seed, self.limits))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.part.next_value_seed(Guarded::new(seed, self.limits))
    }
}

/// Elements that a collection keeps on the heap.
pub(super) struct Elements<'a, A> {
    access: Guarded<'a, A>,
    list: List,
}

impl<'a, A> Elements<'a, A> {
    pub(super) fn new(access: Guarded<'a, A>) -> Self {
        Self { access, list: List::new() }
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let Some(element) = self.access.next_element_seed(seed)? else {
            return Ok(None);
        };
        self.list.push(footprint::<S::Value>(), self.access.limits)?;
        Ok(Some(element))
    }
}

/// Entries that a collection keeps on the heap.
pub(super) struct Entries<'a, A> {
    access: Guarded<'a, A>,
    table: Table,
    key: usize,
}

impl<'a, A> Entries<'a, A> {
    pub(super) fn new(access: Guarded<'a, A>) -> Self {
        Self { access, table: Table::new(), key: 0 }
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.key = footprint::<K::Value>();
        self.access.next_key_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        let value = self.access.next_value_seed(seed)?;
        self.table.insert(self.key + footprint::<V::Value>(), self.access.limits)?;
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

    fn tuple_variant<V: serde::de::Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.part.tuple_variant(len, Watch::new(visitor, self.limits, Inline))
    }

    fn struct_variant<V: serde::de::Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.part.struct_variant(fields, Watch::new(visitor, self.limits, Inline))
    }
}
