//! What may stand in the fields of a task that hold blobs.
//!
//! Knows what becomes of a blob of each type, and that none is copied. Does not know connections.

use super::Blob;
use bytes::Bytes;

/// Something that holds the blob of a request.
///
/// | type | when the task is sent |
/// |---|---|
/// | `Bytes` | is shared: the task keeps it, so that it can be sent again |
/// | `Vec<u8>` | is moved out; an empty one stays |
/// | `Option` of either | is sent as that type; `None` sends no blob |
/// | memory of your own | as `Bytes`, by [`Bytes::from_owner`] |
///
/// ```
/// use razor_stream::bytes::Bytes;
/// use razor_stream::client::task::SendRequestBlob;
///
/// struct Page(Box<[u8]>);
///
/// impl AsRef<[u8]> for Page {
///     fn as_ref(&self) -> &[u8] {
///         &self.0
///     }
/// }
///
/// let page = Page(vec![7; 4096].into());
/// let at = page.0.as_ptr();
/// let mut blob = Bytes::from_owner(page);
/// assert_eq!(blob.take_blob().map(|sent| sent.as_ptr()), Some(at));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the blob of a request",
    label = "write `Bytes`, `Vec<u8>` or an `Option` of one of them"
)]
pub trait SendRequestBlob {
    /// The blob to send.
    fn take_blob(&mut self) -> Option<Bytes>;
}

impl SendRequestBlob for Bytes {
    fn take_blob(&mut self) -> Option<Bytes> {
        Some(self.clone())
    }
}

impl SendRequestBlob for Vec<u8> {
    fn take_blob(&mut self) -> Option<Bytes> {
        Some(Bytes::from(std::mem::take(self)))
    }
}

impl<B: SendRequestBlob> SendRequestBlob for Option<B> {
    fn take_blob(&mut self) -> Option<Bytes> {
        self.as_mut().and_then(B::take_blob)
    }
}

/// Something that takes the blob of a response.
///
/// | type | takes the blob |
/// |---|---|
/// | `Bytes`, `Vec<u8>` | as the buffer in which the library received it |
/// | `Option` of either | as that type; `None` if there is no blob |
/// | [`InPlace<B>`] | in memory of your own, which was there before |
/// | `Option<InPlace<B>>` | as `InPlace<B>`; in `None` no blob fits |
///
/// A type of your own may find its memory when it is asked for some:
///
/// ```
/// use razor_stream::client::task::{Blob, ReceiveResponseBlob};
///
/// /// Takes a page for a blob that fits into one, and what the library received otherwise.
/// enum Page {
///     Unused,
///     Here(Box<[u8; 4096]>, usize),
///     Large(Vec<u8>),
/// }
///
/// impl ReceiveResponseBlob for Page {
///     fn blob_space(&mut self, len: usize) -> Option<&mut [u8]> {
///         if len <= 4096 && matches!(self, Self::Unused) {
///             *self = Self::Here(Box::new([0; 4096]), 0);
///         }
///         match self {
///             Self::Here(page, _) => Some(&mut page[..]),
///             Self::Unused | Self::Large(_) => None,
///         }
///     }
///     fn received(&mut self, blob: Blob, in_place: usize) {
///         match self {
///             Self::Here(_, filled) => *filled = in_place,
///             _ => *self = Self::Large(blob.into_vec()),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot take the blob of a response",
    label = "write `Bytes`, `Vec<u8>`, an `Option` of one of them, or `InPlace<B>` for memory of your own"
)]
pub trait ReceiveResponseBlob {
    /// Memory for a blob of `len` bytes, if this has memory of its own; see
    /// [`Completion::blob_space`](super::Completion::blob_space).
    fn blob_space(&mut self, len: usize) -> Option<&mut [u8]> {
        let _ = len;
        None
    }

    /// The blob has arrived: in `blob`, or `in_place` bytes of it in the memory that was asked for.
    fn received(&mut self, blob: Blob, in_place: usize);

    /// The task has failed, and no blob has arrived. A blob that an earlier answer left here has to be removed. By
    /// default this calls [`received`](Self::received) with a blob of no bytes.
    fn failed(&mut self) {
        self.received(Blob::default(), 0);
    }
}

impl ReceiveResponseBlob for Bytes {
    fn received(&mut self, blob: Blob, _: usize) {
        *self = blob.into_bytes();
    }
}

impl ReceiveResponseBlob for Vec<u8> {
    fn received(&mut self, blob: Blob, _: usize) {
        *self = blob.into_vec();
    }
}

impl ReceiveResponseBlob for Option<Bytes> {
    fn received(&mut self, blob: Blob, _: usize) {
        *self = (!blob.is_empty()).then(|| blob.into_bytes());
    }
}

impl ReceiveResponseBlob for Option<Vec<u8>> {
    fn received(&mut self, blob: Blob, _: usize) {
        *self = (!blob.is_empty()).then(|| blob.into_vec());
    }
}

/// Memory of your own, for instance aligned for direct IO, in which a response's blob is received.
///
/// A blob may fill all of it; a blob that does not fit ends the task with
/// [`BufferTooSmall`](crate::error::RpcErrKind::BufferTooSmall). The memory stays with its task, and comes back with it
/// whatever happens. If the connection is lost while the memory is being filled, its content is not specified.
///
/// ```
/// use razor_stream::client::task::InPlace;
///
/// // Any type that is `AsMut<[u8]>`.
/// let page = InPlace::new(vec![0; 4096].into_boxed_slice());
/// assert!(page.filled().is_empty());
/// assert_eq!(page.into_buffer().len(), 4096);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InPlace<B> {
    buffer: B,
    filled: usize,
}

impl<B> InPlace<B> {
    /// A buffer, of which nothing is filled.
    pub const fn new(buffer: B) -> Self {
        Self { buffer, filled: 0 }
    }

    /// The length of the blob that was received last, in bytes; 0 after a failure, unless only the message did not
    /// decode.
    pub const fn len(&self) -> usize {
        self.filled
    }

    /// Whether the blob that was received last has no bytes.
    pub const fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// The whole buffer.
    pub fn into_buffer(self) -> B {
        self.buffer
    }
}

impl<B: AsRef<[u8]>> InPlace<B> {
    /// The blob that was received last; empty after a failure, unless only the message did not decode.
    pub fn filled(&self) -> &[u8] {
        self.buffer.as_ref().get(..self.filled).unwrap_or_default()
    }
}

impl<B: AsMut<[u8]>> ReceiveResponseBlob for InPlace<B> {
    fn blob_space(&mut self, _: usize) -> Option<&mut [u8]> {
        self.filled = 0;
        Some(self.buffer.as_mut())
    }

    fn received(&mut self, _: Blob, in_place: usize) {
        self.filled = in_place;
    }
}

impl<B: AsMut<[u8]>> ReceiveResponseBlob for Option<InPlace<B>> {
    fn blob_space(&mut self, len: usize) -> Option<&mut [u8]> {
        match self {
            Some(place) => place.blob_space(len),
            None => Some(&mut []),
        }
    }

    fn received(&mut self, blob: Blob, in_place: usize) {
        if let Some(place) = self {
            place.received(blob, in_place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received<R: ReceiveResponseBlob>(mut into: R, blob: &[u8]) -> R {
        assert!(into.blob_space(blob.len()).is_none());
        into.received(Blob::from(blob.to_vec()), 0);
        into
    }

    #[test]
    fn an_optional_blob_of_no_bytes_is_none() {
        assert_eq!(received(Some(Bytes::from_static(b"old")), b""), None);
        assert_eq!(received(Some(vec![1]), b""), None);
        assert_eq!(received(None::<Vec<u8>>, b"new"), Some(b"new".to_vec()));
        assert_eq!(received(vec![1], b""), b"");
        assert_eq!(received(Bytes::new(), b"new"), &b"new"[..]);
    }

    #[test]
    fn a_vector_is_moved_out_and_shared_bytes_stay() {
        let (mut moved, mut shared) = (Some(vec![7; 9]), Bytes::from(vec![7; 9]));
        let at = moved.as_ref().map(|blob| blob.as_ptr());
        assert_eq!(moved.take_blob().map(|blob| blob.as_ptr()), at);
        assert_eq!(moved, Some(Vec::new()));
        assert_eq!(shared.take_blob().as_ref(), Some(&shared));
        assert_eq!(None::<Bytes>.take_blob(), None);
    }

    #[test]
    fn without_memory_there_is_no_room_and_with_it_all_of_it() {
        let mut place = Some(InPlace::new([0_u8; 8]));
        assert_eq!(place.blob_space(3).map(|space| space.len()), Some(8));
        place.received(Blob::default(), 3);
        assert_eq!(place.as_ref().map(InPlace::filled), Some(&[0; 3][..]));
        assert_eq!(place.blob_space(3).map(|space| space.len()), Some(8));
        assert!(place.as_ref().is_some_and(InPlace::is_empty), "what comes now may fail");
        place = None;
        assert_eq!(place.blob_space(3).map(|space| space.len()), Some(0));
    }
}
