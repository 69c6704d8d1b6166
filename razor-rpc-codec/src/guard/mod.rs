//! Limits around any deserializer: depth, and the memory of elements, which the bytes of the message pay for.
//!
//! A format hands out lengths that a peer announced, and collections reserve memory for them; some formats recurse
//! without counting. [`Guarded`] goes around the deserializer and everything that it hands to visitors, hides the
//! lengths, counts the depth, and charges the memory by which a value is larger than its message. Does not know any
//! format.
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

use serde::de::{Deserialize, Deserializer};

/// Decodes a `T` from a part of `format`, under the limits that protect this crate's own codecs from a peer: for a
/// codec of your own around a deserializer of another crate.
///
/// `message` is the length of the message in bytes. `per_byte` is how many bytes of memory the values may take for each
/// byte of the message, besides 64 bytes per element and 4 MiB; the codecs of this crate use 16 and 32. Arrays, maps
/// and enums may nest 64 deep. The lists and maps of the message may have as many elements as it has bytes, and 65,536
/// more: so a list of elements that take no byte ends, whatever length the message announces.
///
/// This function does not check for bytes that are left over, and does not limit what the deserializer does by itself.
///
/// # Errors
/// The error of the deserializer. If a limit is exceeded, the error is made by
/// [`Error::custom`](serde::de::Error::custom) from a text that holds no value of the message.
///
/// # Example
///
/// ```
/// use razor_rpc_codec::guarded;
/// use serde::Deserialize;
///
/// /// A type that needs no byte, and so never ends.
/// #[derive(Debug, Deserialize)]
/// struct Endless(Option<Box<Endless>>);
///
/// let text = "[1, 2, 3]";
/// let mut json = serde_json::Deserializer::from_str(text);
/// assert_eq!(guarded::<Vec<u8>, _>(&mut json, text.len(), 16)?, [1, 2, 3]);
/// json.end()?;
///
/// let mut json = serde_json::Deserializer::from_str("1");
/// let error = guarded::<Endless, _>(&mut json, 1, 16).expect_err("it is refused");
/// assert_eq!(error.to_string(), "options and newtypes nest too deep");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn guarded<'de, T, D>(format: D, message: usize, per_byte: usize) -> Result<T, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let limits = Limits::of::<T>(message, per_byte, message.saturating_add(BARE));
    T::deserialize(Guarded::new(format, &limits))
}

/// How many more elements than bytes a message may have: some formats write units as no bytes.
const BARE: usize = 65_536;

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
