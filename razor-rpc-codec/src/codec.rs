//! The trait that every format implements, and the laws it has to keep.
//!
//! Knows serde. Does not know any format.

use serde::{Deserialize, Serialize};

use crate::{DecodeError, EncodeError};

/// Turns values into bytes and bytes into values.
///
/// Both ends of a connection use the same codec; it is a type parameter of clients and servers. A codec is created by
/// `Default` and cloned freely, so it holds configuration at most, and never the state of a connection.
///
/// # Laws
///
/// Callers rely on these laws. If a peer is not trusted, the safety of the process depends on them:
///
/// 1. **Round trip.** `decode` turns the bytes that `encode_into` appended into an equal value, for every type whose
///    serde implementations agree and every value within the limits that the codec states.
/// 2. **No panic.** `decode` returns for any bytes and any type that derives `Deserialize`: it neither panics nor
///    overflows the stack, and a length that the peer announces costs no memory until the elements are there.
/// 3. **The whole slice.** `decode` accepts bytes that are exactly one value; bytes after the value are an error.
/// 4. **Append only.** `encode_into` changes nothing in front of `out.len()`: the buffer may hold the header of the
///    same packet and packets of other callers.
/// 5. **All or nothing.** After an error `out` has the length and the contents that it had before. A codec should keep
///    this law also when the `Serialize` of a value panics.
///
/// [`laws`](crate::laws) (feature `laws`) tests a codec for them.
///
/// # Another format
///
/// A codec needs only public items of this crate. This codec writes JSON:
///
/// ```
/// use razor_rpc_codec::{Codec, DecodeError, EncodeError};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, Default)]
/// struct JsonCodec;
///
/// impl Codec for JsonCodec {
///     fn encode_into<T: Serialize + ?Sized>(
///         &self,
///         value: &T,
///         out: &mut Vec<u8>,
///     ) -> Result<(), EncodeError> {
///         let start = out.len();
///         serde_json::to_writer(&mut *out, value).map_err(|err| {
///             out.truncate(start);
///             EncodeError::new(err)
///         })
///     }
///
///     fn decode<'de, T: Deserialize<'de>>(&self, bytes: &'de [u8]) -> Result<T, DecodeError> {
///         serde_json::from_slice(bytes).map_err(DecodeError::new)
///     }
/// }
///
/// let bytes = JsonCodec.encode(&(1, "one"))?;
/// assert_eq!(bytes, br#"[1,"one"]"#);
/// assert_eq!(JsonCodec.decode::<(u8, &str)>(&bytes)?, (1, "one"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Codec: Clone + Default + Send + Sync + 'static {
    /// Appends the encoding of `value` to `out`.
    ///
    /// # Errors
    ///
    /// The format cannot express the value, or the value's own `Serialize` fails. `out` is then as it was before.
    fn encode_into<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError>;

    /// The encoding of `value` in a buffer of its own.
    ///
    /// # Errors
    ///
    /// The errors of [`encode_into`](Self::encode_into).
    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>, EncodeError> {
        // Most messages fit, so that this is the only allocation.
        let mut out = Vec::with_capacity(128);
        self.encode_into(value, &mut out)?;
        Ok(out)
    }

    /// Decodes the value that is encoded in `bytes`. Texts and byte strings of the value may be borrowed from `bytes`.
    ///
    /// # Errors
    ///
    /// `bytes` is not exactly one value of the type, or is beyond a limit of the codec.
    fn decode<'de, T: Deserialize<'de>>(&self, bytes: &'de [u8]) -> Result<T, DecodeError>;
}
