//! Limits around any deserializer: depth, and memory that the peer's elements have to pay for.
//!
//! A format hands out lengths that a peer announced, and collections reserve memory for them; some
//! formats recurse without counting. [`Guarded`] goes around the deserializer and everything that it
//! hands to visitors, hides the lengths, counts the depth, and charges the memory of collections as they
//! grow. It does not know msgpack.
//!
//! Scalars, text and bytes pass straight through and cost nothing.
//!
//! - `limits`: the quantities, and how they are taken and given back.
//! - `growth`: what a growing collection takes.
//! - `deserializer`, `visitor`, `access`: the parts of serde's conversation.

mod access;
mod deserializer;
mod growth;
mod limits;
mod visitor;

pub(crate) use limits::Limits;

/// A part of the conversation between a type and a format, watched over.
pub(crate) struct Guarded<'a, P> {
    part: P,
    limits: &'a Limits,
}

impl<'a, P> Guarded<'a, P> {
    pub(crate) fn new(part: P, limits: &'a Limits) -> Self {
        Self { part, limits }
    }
}
