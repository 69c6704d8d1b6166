//! What a task is decoded from, and what it is answered with: a message, or a message and a blob.
//!
//! Knows messages and blobs. Does not know tasks.

use super::Respond;
use crate::server::dispatch::Call;
use bytes::Bytes;
use razor_rpc_codec::{Codec, DecodeError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A type that a request is decoded to: every type that serde decodes (the blob is ignored then), and [`WithBlob`].
///
/// A type of your own that is decoded in another way implements it, and not `Deserialize`:
///
/// ```
/// use razor_stream::Codec;
/// use razor_stream::codec::DecodeError;
/// use razor_stream::server::dispatch::Call;
/// use razor_stream::server::task::TaskRequest;
///
/// struct Undecoded(Vec<u8>);
///
/// impl TaskRequest for Undecoded {
///     fn decode_from<C: Codec>(_: &C, call: Call<'_>) -> Result<Self, DecodeError> {
///         Ok(Self(call.msg().to_vec()))
///     }
/// }
/// ```
pub trait TaskRequest: Send + Sized + 'static {
    /// Decodes the request.
    ///
    /// # Errors
    /// The message is not of this type; the request is then answered with `rpc_decode`.
    fn decode_from<C: Codec>(codec: &C, call: Call<'_>) -> Result<Self, DecodeError>;
}

impl<T: DeserializeOwned + Send + 'static> TaskRequest for T {
    fn decode_from<C: Codec>(codec: &C, call: Call<'_>) -> Result<Self, DecodeError> {
        codec.decode(call.msg())
    }
}

impl<M, B> TaskRequest for WithBlob<M, B>
where
    M: DeserializeOwned + Send + 'static,
    B: ReceiveRequestBlob,
{
    fn decode_from<C: Codec>(codec: &C, call: Call<'_>) -> Result<Self, DecodeError> {
        let msg = codec.decode(call.msg())?;
        Ok(Self { msg, blob: B::received(call.into_blob()) })
    }
}

/// A type that a request is answered with: every type that serde encodes, and [`WithBlob`].
///
/// A type of your own that is encoded in another way implements it, and not `Serialize`:
///
/// ```
/// use razor_stream::Codec;
/// use razor_stream::server::task::{Respond, TaskResponse};
///
/// struct Encoded(Vec<u8>);
///
/// impl TaskResponse for Encoded {
///     fn answer<C: Codec>(self, _: &C, respond: impl Respond) {
///         respond.success(&self.0, None);
///     }
/// }
/// ```
pub trait TaskResponse: Send + Sized + 'static {
    /// Encodes the result and answers with it.
    fn answer<C: Codec>(self, codec: &C, respond: impl Respond);
}

impl<T: Serialize + Send + 'static> TaskResponse for T {
    fn answer<C: Codec>(self, codec: &C, respond: impl Respond) {
        respond.success_with(None, |out| codec.encode_into(&self, out));
    }
}

impl<M, B> TaskResponse for WithBlob<M, B>
where
    M: Serialize + Send + 'static,
    B: SendResponseBlob,
{
    fn answer<C: Codec>(self, codec: &C, respond: impl Respond) {
        let Self { msg, blob } = self;
        respond.success_with(blob.into_blob(), |out| codec.encode_into(&msg, out));
    }
}

/// A message and a blob: as a request, or as a result.
///
/// A large blob is received in a buffer of its own and leaves from where it is: it is not copied in either direction.
///
/// ```
/// use razor_stream::bytes::Bytes;
/// use razor_stream::server::task::{ServerTask, ServerTaskDone, WithBlob};
///
/// /// Writes at an offset; answers with the bytes that were there.
/// type Swap = ServerTask<WithBlob<u64>, WithBlob<(), Vec<u8>>, i32>;
///
/// fn swap(task: Swap, file: &mut [Bytes]) {
///     const EINVAL: i32 = 22;
///     let (WithBlob { msg: at, blob }, task) = task.split();
///     let Some(place) = usize::try_from(at).ok().and_then(|at| file.get_mut(at)) else {
///         return task.done(Err(EINVAL));
///     };
///     let before = std::mem::replace(place, blob);
///     task.done(Ok(WithBlob { msg: (), blob: before.to_vec() }));
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a message and a blob are all there is on the wire")]
pub struct WithBlob<M, B = Bytes> {
    /// The message, which the codec encodes.
    pub msg: M,
    /// The blob, which travels as it is.
    pub blob: B,
}

/// A type that the blob of a request is received as: `Bytes`, or `Option<Bytes>` where there may be none.
///
/// ```
/// use razor_stream::bytes::Bytes;
/// use razor_stream::server::task::ReceiveRequestBlob;
///
/// assert_eq!(<Option<Bytes>>::received(Bytes::new()), None);
/// ```
pub trait ReceiveRequestBlob: Send + Sized + 'static {
    /// Takes the blob as it was received; it is empty if the request has none.
    fn received(blob: Bytes) -> Self;
}

impl ReceiveRequestBlob for Bytes {
    fn received(blob: Bytes) -> Self {
        blob
    }
}

impl ReceiveRequestBlob for Option<Bytes> {
    fn received(blob: Bytes) -> Self {
        Some(blob).filter(|blob| !blob.is_empty())
    }
}

/// A type that the blob of a result may have: `Bytes`, `Vec<u8>`, `Box<[u8]>`, or an `Option` of one. It is not copied.
///
/// ```
/// use razor_stream::server::task::SendResponseBlob;
///
/// let blob = Some(vec![7; 3]);
/// assert_eq!(blob.into_blob().as_deref(), Some(&[7, 7, 7][..]));
/// ```
pub trait SendResponseBlob: Send + Sized + 'static {
    /// The blob to send, if there is one.
    fn into_blob(self) -> Option<Bytes>;
}

impl SendResponseBlob for Bytes {
    fn into_blob(self) -> Option<Bytes> {
        Some(self)
    }
}

impl SendResponseBlob for Vec<u8> {
    fn into_blob(self) -> Option<Bytes> {
        Some(self.into())
    }
}

impl SendResponseBlob for Box<[u8]> {
    fn into_blob(self) -> Option<Bytes> {
        Some(self.into())
    }
}

impl<B: SendResponseBlob> SendResponseBlob for Option<B> {
    fn into_blob(self) -> Option<Bytes> {
        self.and_then(B::into_blob)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_blob_of_a_result_is_copied() {
        let (vec, boxed) = (Vec::from([7u8; 100]), Box::<[u8]>::from([7; 100]));
        let mut roomy = Vec::with_capacity(1000);
        roomy.extend_from_slice(&vec);
        let shared = Bytes::from(vec.clone());
        let places = [vec.as_ptr(), boxed.as_ptr(), roomy.as_ptr(), shared.as_ptr()];
        let sent =
            [vec.into_blob(), boxed.into_blob(), Some(roomy).into_blob(), shared.into_blob()];
        for (place, sent) in places.into_iter().zip(sent) {
            assert_eq!(sent.as_ref().map(|sent| sent.as_ptr()), Some(place));
            assert_eq!(sent.as_deref(), Some(&[7; 100][..]));
        }
        assert_eq!(None::<Bytes>.into_blob(), None);
    }

    #[test]
    fn a_request_without_a_blob_has_none_or_an_empty_one() {
        assert_eq!(<Option<Bytes>>::received(Bytes::new()), None);
        let blob = Bytes::from_static(b"blob");
        assert_eq!(<Option<Bytes>>::received(blob.clone()), Some(blob));
        assert_eq!(Bytes::received(Bytes::new()), Bytes::new());
    }
}
