//! The parts that both peers share: values, the list of methods, what a method does, and errors in common words.
//!
//! | file | holds |
//! |---|---|
//! | `kinds` | the arguments and results |
//! | `methods` | the list of methods, as a macro, and their bodies |
//! | `fault` | an error of a call, whichever library it came from |
//!
//! Knows serde. Does not know either library.

#![forbid(unsafe_code)]

mod fault;
mod kinds;
pub mod methods;

pub use fault::{Fault, Framework};
pub use kinds::{Io, Point, Refusal, Shape};
pub use methods::Calls;
pub use nix::errno::Errno;
pub use serde_bytes::ByteBuf;
pub use std::collections::BTreeMap;
