//! A client and a server made from the crates of this repository, for both interfaces.
//!
//! | file | holds |
//! |---|---|
//! | `calls` | the service interface |
//! | `io` | the stream interface, with blobs |
//! | `fault` | its errors in common words |
//!
//! Does not know the published crates.

#![forbid(unsafe_code)]

mod calls;
mod fault;
mod io;

pub use calls::{Cases, Client, RawClient, serve};
pub use io::{IoClient, serve_io};
pub use razor_rpc::error::{Outcome, RpcErrKind};
