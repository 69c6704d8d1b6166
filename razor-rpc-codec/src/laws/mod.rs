//! The laws of a [`Codec`], as functions that panic when a codec breaks one. For tests.
//!
//! [`all`] runs every law on a codec. Each law is also a function of its own, for a codec that keeps some of them: a
//! codec whose peers are trusted may do without [`announced_lengths`] and [`nesting`]. Every run tries the same values
//! and bytes, so a test that passes once passes always. [`all`] takes a few seconds without optimisation.
//!
//! | law of [`Codec`] | function |
//! |---|---|
//! | 1, round trip | [`round_trip`], [`skipped_fields`], and [`round_trip_of`] for a value of your own |
//! | 2, no panic | [`no_panic`], [`announced_lengths`], [`nesting`] |
//! | 3, the whole slice | [`whole_slice`] |
//! | 4, append only | [`append_only`] |
//! | 5, all or nothing | [`all_or_nothing`], [`all_or_nothing_in_a_panic`] |
//!
//! These functions cannot see how much memory a decode takes: a test of that needs an allocator that counts. They also
//! miss a deserializer that overflows the stack while it skips a field that the type does not have.
//! [`guarded`](crate::guarded) makes a deserializer of another crate keep law 2.
//!
//! # Example
//!
//! A codec of your own, which keeps all laws:
//!
//! ```
//! use razor_rpc_codec::{Codec, DecodeError, EncodeError, guarded, laws};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, Clone, Default)]
//! struct PlainCodec;
//!
//! impl Codec for PlainCodec {
//!     fn encode_into<T: Serialize + ?Sized>(
//!         &self,
//!         value: &T,
//!         out: &mut Vec<u8>,
//!     ) -> Result<(), EncodeError> {
//!         // Law 5: nothing is appended before everything is there.
//!         let bytes = rmp_serde::to_vec_named(value).map_err(EncodeError::new)?;
//!         out.extend_from_slice(&bytes);
//!         Ok(())
//!     }
//!
//!     fn decode<'de, T: Deserialize<'de>>(&self, bytes: &'de [u8]) -> Result<T, DecodeError> {
//!         let mut format = rmp_serde::Deserializer::from_read_ref(bytes);
//!         // Law 2: a peer's lengths and depths are bounded.
//!         let value = guarded(&mut format, bytes.len(), 16).map_err(DecodeError::new)?;
//!         // Law 3: at the end there is no further value.
//!         match bool::deserialize(&mut format) {
//!             Err(rmp_serde::decode::Error::InvalidMarkerRead(_)) => Ok(value),
//!             _ => Err(DecodeError::new("bytes left over")),
//!         }
//!     }
//! }
//!
//! // In a test:
//! laws::all(&PlainCodec);
//! ```
//!
//! # Files
//!
//! - `samples`: the values that are tried. `noise`: the bytes that are tried.
//! - `values`, `bytes`, `lies`, `depth`, `buffer`: the laws.

mod buffer;
mod bytes;
mod depth;
mod lies;
mod noise;
mod samples;
mod values;

pub use buffer::{all_or_nothing, all_or_nothing_in_a_panic, append_only};
pub use bytes::{no_panic, whole_slice};
pub use depth::nesting;
pub use lies::announced_lengths;
pub use values::{round_trip, round_trip_of, skipped_fields};

use std::any::type_name;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Deserialize;

use crate::{Codec, DecodeError};

/// Tests every law of this module, one after the other.
///
/// ```
/// # #[cfg(feature = "msgpack")]
/// razor_rpc_codec::laws::all(&razor_rpc_codec::MsgpCodec);
/// ```
///
/// # Panics
/// `codec` breaks a law. The text names the law, the type, and the bytes or the value.
pub fn all<C: Codec>(codec: &C) {
    round_trip(codec);
    skipped_fields(codec);
    whole_slice(codec);
    append_only(codec);
    all_or_nothing(codec);
    all_or_nothing_in_a_panic(codec);
    announced_lengths(codec);
    nesting(codec);
    no_panic(codec);
}

/// A law, as a panic names it.
#[derive(Clone, Copy)]
struct Law(&'static str);

impl Law {
    const ROUND_TRIP: Self = Self("law 1, round trip");
    const SKIPPED: Self = Self("law 1, skipped fields");
    const NO_PANIC: Self = Self("law 2, no panic");
    const LENGTHS: Self = Self("law 2, announced lengths");
    const NESTING: Self = Self("law 2, nesting");
    const WHOLE_SLICE: Self = Self("law 3, the whole slice");
    const APPEND_ONLY: Self = Self("law 4, append only");
    const ALL_OR_NOTHING: Self = Self("law 5, all or nothing");
    const IN_A_PANIC: Self = Self("law 5, all or nothing in a panic");

    /// Ends the test: `how` tells how the codec broke this law.
    #[track_caller]
    fn is_broken<C>(self, how: impl Display) -> ! {
        panic!("{} breaks {}: {how}", type_name::<C>(), self.0)
    }
}

/// The first bytes of a message, for the text of a panic.
fn shown(bytes: &[u8]) -> String {
    let first = &bytes[..bytes.len().min(48)];
    let more = if first.len() < bytes.len() { " …" } else { "" };
    format!("{} bytes {first:02x?}{more}", bytes.len())
}

/// Decodes `bytes`. A panic breaks law 2, whichever law is being tested.
#[track_caller]
fn decoded<'de, C: Codec, T: Deserialize<'de>>(
    codec: &C,
    bytes: &'de [u8],
) -> Result<T, DecodeError> {
    let decode = || codec.decode::<T>(bytes);
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        let name = type_name::<T>();
        Law::NO_PANIC.is_broken::<C>(format_args!("decoding {name} panics on {}", shown(bytes)))
    })
}
