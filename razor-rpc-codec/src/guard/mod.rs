//! Limits around any deserializer: depth, and the memory of elements, which the bytes of the message pay for.
//!
//! A format hands out lengths that a peer announced, and collections reserve memory for them; some formats recurse
//! without counting. [`Guarded`] goes around the deserializer and everything that it hands to visitors, hides the
//! lengths, counts the depth, and charges the memory by which a value is larger than its message. It does not know
//! msgpack.
//!
//! Scalars, text and bytes pass straight through and cost nothing; neither do elements of up to 64 bytes.
//!
//! - `limits`: the quantities that a decode may use up.
//! - `price`: the cost of elements and boxed values.
//! - `buffer`: the cost of the parts that serde buffers.
//! - `deserializer`, `visitor`, `access`: the parts of serde's conversation.

mod access;
mod buffer;
mod deserializer;
mod limits;
mod price;
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
