//! Tasks: requests of kinds of your own, each of which takes its own answer.
//!
//! For programs that use razor-stream without a service trait: storage engines and the like, with numeric actions and
//! large blobs. A task is a value that is sent by move and completed exactly once, however it ends.
//!
//! | file | holds |
//! |---|---|
//! | `completion` | [`Completion`], which waits for an answer, and [`Response`], the answer |
//! | `request` | [`ClientTask`], what a request is made of, and [`ClientTaskCommon`] |
//! | `action` | [`TaskAction`], fields that say what is asked for |
//! | `blob` | [`Blob`], a response's blob in a buffer of the library |
//! | `roles` | [`SendRequestBlob`], [`ReceiveResponseBlob`], [`InPlace`]: fields that hold blobs |
//! | `notify` | [`Notify`], where a task goes when it has ended |
//! | `answer` | how an answer becomes a result |
//!
//! # Example
//!
//! A task is a struct whose fields have roles. When it has ended it comes back through `noti`, with all its fields; so
//! further fields can hold what the program needs next. Its `res` is then `Some`, and its `noti` is `None`; to be sent
//! again, it needs a new `noti`. The example `blob_store` of razor-rpc is a whole program of this kind.
//!
//! ```
//! use razor_stream::bytes::Bytes;
//! use razor_stream::client::ClientStream;
//! use razor_stream::client::task::{ClientTaskCommon, InPlace, client_task, client_task_enum};
//! use razor_stream::client::ClientConfig;
//! use razor_stream::crossfire::{MTx, mpsc};
//! use razor_stream::error::RpcError;
//! use razor_stream::transport::ClientTransport;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Copy)]
//! #[repr(u32)]
//! enum Op {
//!     Get = 1,
//!     Put = 2,
//! }
//!
//! #[derive(Debug, Serialize, Deserialize)]
//! struct Version(u64);
//!
//! /// Stores `blob`, which is written from where it lies.
//! #[client_task(Op::Put)]
//! struct Put {
//!     #[field(req)]
//!     key: String,
//!     #[field(req_blob)]
//!     blob: Bytes,
//!     #[field(resp)]
//!     version: Option<Version>,
//!     #[field(res)]
//!     res: Option<Result<(), RpcError<u32>>>,
//!     #[field(noti)]
//!     noti: Option<MTx<mpsc::List<StoreTask>>>,
//! }
//!
//! /// Gets a blob into memory that is there already.
//! #[client_task(Op::Get)]
//! struct Get {
//!     #[field(common)]
//!     common: ClientTaskCommon,
//!     #[field(req)]
//!     key: String,
//!     #[field(resp_blob)]
//!     page: InPlace<Box<[u8]>>,
//!     #[field(res)]
//!     res: Option<Result<(), RpcError<u32>>>,
//!     #[field(noti)]
//!     noti: Option<MTx<mpsc::List<StoreTask>>>,
//! }
//!
//! #[client_task_enum]
//! enum StoreTask {
//!     Put(Put),
//!     Get(Get),
//! }
//!
//! async fn store<T: ClientTransport>(transport: &T, addr: &str) -> Result<(), RpcError<u32>> {
//!     let client = ClientStream::<StoreTask, T>::connect(transport, addr, ClientConfig::default()).await?;
//!     let (tx, rx) = mpsc::unbounded_async();
//!     let (key, blob) = ("k1".to_string(), Bytes::from_static(b"value"));
//!     let (noti, common) = (Some(tx), ClientTaskCommon::default());
//!     let put = Put { key: key.clone(), blob, version: None, res: None, noti: noti.clone() };
//!     client.send_task(put.into()).await;
//!     let page = InPlace::new(vec![0; 4096].into_boxed_slice());
//!     client.send_task(Get { common, key, page, res: None, noti }.into()).await;
//!     for _ in 0..2 {
//!         match rx.recv().await.expect("each task ends") {
//!             StoreTask::Put(put) => println!("{:?}: {:?}", put.version, put.res),
//!             StoreTask::Get(get) => match get.res {
//!                 Some(Ok(())) => println!("{} bytes", get.page.filled().len()),
//!                 failed => println!("{failed:?}"),
//!             },
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # How a task ends
//!
//! | what happened | kind | outcome |
//! |---|---|---|
//! | the answer | | |
//! | the method's own error | (the error is typed by the task) | `Executed` |
//! | the message does not encode; it, or the blob, is over a limit | `Encode`; `TooLarge` | `NotSent` |
//! | an action that the wire cannot express | `Invalid` | `NotSent` |
//! | the sender was dropped while it waited for room | `Closing` | `NotSent` |
//! | the deadline passed | `Timeout` | `NotSent` while it was queued, then `Unknown` |
//! | the connection was lost | `IO` | `NotSent` if its last byte never left, else `Unknown` |
//! | the client was closed or dropped, its runtime ended | `Closing`, `IO` | `NotSent` if its last byte never left, else `Unknown` |
//! | the response does not decode | `Decode` | `Executed` |
//! | the response is over a limit; larger than the memory for it | `TooLarge`; `BufferTooSmall` | `Executed` |
//!
//! Each of these ends one task alone, except the lost connection, which ends all tasks on it.

mod action;
mod answer;
mod blob;
mod completion;
#[doc(hidden)]
pub mod for_macros;
mod notify;
mod request;
mod roles;

pub use action::TaskAction;
pub use answer::{decode_error, decode_response};
pub use blob::Blob;
pub use completion::{Completion, Response};
pub use notify::Notify;
pub use razor_rpc_macros::{client_task, client_task_enum};
pub use request::{ClientTask, ClientTaskCommon};
pub use roles::{InPlace, ReceiveResponseBlob, SendRequestBlob};

/// A response's blob was larger than the memory for it; the cause of
/// [`RpcErrKind::BufferTooSmall`](crate::error::RpcErrKind::BufferTooSmall).
///
/// ```
/// use razor_stream::client::task::BufferTooSmall;
/// use razor_stream::error::RpcIntErr;
/// use std::error::Error;
///
/// /// How large the buffer has to be for the next attempt.
/// fn needed(error: &RpcIntErr) -> Option<usize> {
///     error.source()?.downcast_ref::<BufferTooSmall>().map(|too_small| too_small.blob)
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a blob of {blob} bytes, and room for {room}")]
#[non_exhaustive]
pub struct BufferTooSmall {
    /// Bytes of the blob.
    pub blob: usize,
    /// Bytes of the memory for it.
    pub room: usize,
}
