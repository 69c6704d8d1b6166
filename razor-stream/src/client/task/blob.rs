//! A response's blob in a buffer of the library's.
//!
//! Knows where the buffer goes if nobody takes it. Does not know how it was filled.

use crate::buffer;
use bytes::Bytes;
use std::fmt;
use std::ops::Deref;

/// A response's blob. Its drop gives the buffer back for later use; `into_vec` and `into_bytes` move the bytes and copy
/// nothing.
///
/// ```
/// use razor_stream::client::task::Blob;
///
/// let blob = Blob::from(vec![7; 100_000]);
/// let at = blob.as_ptr();
/// let bytes = blob.into_vec();
/// assert_eq!((bytes.as_ptr(), bytes.len()), (at, 100_000));
/// ```
#[derive(Default, PartialEq, Eq)]
pub struct Blob(Vec<u8>);

impl Blob {
    /// The buffer.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    /// The bytes to share; the buffer is used again when the last share is dropped.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        buffer::share(self.into_vec())
    }
}

impl Drop for Blob {
    fn drop(&mut self) {
        if self.0.capacity() > 0 {
            buffer::give_back(std::mem::take(&mut self.0));
        }
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<Blob> for Vec<u8> {
    fn from(blob: Blob) -> Self {
        blob.into_vec()
    }
}

impl From<Blob> for Bytes {
    fn from(blob: Blob) -> Self {
        blob.into_bytes()
    }
}

impl Deref for Blob {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}
