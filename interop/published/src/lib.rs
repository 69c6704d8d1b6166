//! A client and a server made from the published crates, for both interfaces.
//!
//! | file | holds |
//! |---|---|
//! | `calls` | the service interface |
//! | `io` | the stream interface, with blobs |
//! | `fault` | its errors in common words |
//!
//! Knows their documented interface. Does not know our library.

#![forbid(unsafe_code)]

mod calls;
mod fault;
mod io;

pub use calls::{Client, Serve};
pub use io::{IoClient, serve_io};
