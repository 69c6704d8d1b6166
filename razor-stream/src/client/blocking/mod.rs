//! Callers that are plain threads: a thread waits, and needs no runtime.
//!
//! | file | holds |
//! |---|---|
//! | `connect` | [`ClientStream::connect_blocking`](super::ClientStream::connect_blocking) |
//! | `caller` | [`ClientCallerBlocking`], which every caller is, and [`wait_blocking`] |
//! | `waiter` | [`Waiter`], the completion of a thread that waits |
//!
//! How long a thread waits at most is [`ClientConfig::patience`](super::ClientConfig::patience).

mod caller;
mod connect;
mod waiter;

pub use caller::{ClientCallerBlocking, wait_blocking};
pub use waiter::Waiter;
