//! A codec that is written outside of this crate, with public items only.

use razor_rpc_codec::{Codec, DecodeError, EncodeError};
use serde::{Deserialize, Serialize};

/// A text format with its own separator: a codec may carry configuration.
#[derive(Debug, Clone)]
struct LineCodec {
    end: u8,
}

impl Default for LineCodec {
    fn default() -> Self {
        Self { end: b'\n' }
    }
}

impl Codec for LineCodec {
    fn encode_into<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let text = serde_json::to_string(value).map_err(EncodeError::new)?;
        out.extend_from_slice(text.as_bytes());
        out.push(self.end);
        Ok(())
    }

    fn decode<'de, T: Deserialize<'de>>(&self, bytes: &'de [u8]) -> Result<T, DecodeError> {
        let text =
            bytes.strip_suffix(&[self.end]).ok_or_else(|| DecodeError::new("no line end"))?;
        serde_json::from_slice(text).map_err(DecodeError::new)
    }
}

/// Encodes and decodes as the layers above do, which know only the trait.
fn through<'de, C: Codec, T: Serialize + Deserialize<'de>>(
    value: &T,
    buffer: &'de mut Vec<u8>,
) -> Result<T, Box<dyn std::error::Error + Send + Sync>> {
    let codec = C::default();
    let start = buffer.len();
    codec.encode_into(value, buffer)?;
    Ok(codec.clone().decode(&buffer[start..])?)
}

#[test]
fn a_foreign_codec_works_where_any_codec_does() {
    let mut buffer = b"head".to_vec();
    let back: (u8, &str) = through::<LineCodec, _>(&(1, "one"), &mut buffer).unwrap();
    assert_eq!(back, (1, "one"));
    assert_eq!(buffer, b"head[1,\"one\"]\n");
}

#[test]
fn its_errors_carry_its_own_reasons() {
    let err = LineCodec::default().decode::<u8>(b"1").unwrap_err();
    assert_eq!(err.clone().to_string(), "no line end");

    let not_text = std::collections::BTreeMap::from([((1, 2), 3)]);
    let err = LineCodec::default().encode(&not_text).unwrap_err();
    assert_eq!(err.to_string(), "key must be a string");
}
