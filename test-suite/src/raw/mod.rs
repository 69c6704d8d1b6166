//! A peer that speaks bytes only: blocking sockets, and frames written after the protocol page.
//!
//! Shares no code with the library, so that both cannot be wrong in the same way.
//!
//! | file | holds |
//! |---|---|
//! | `frame` | requests and answers as bytes, lies included |
//! | `peer` | one connection |
//! | `listener` | a server's side |

mod frame;
mod listener;
mod peer;

pub use frame::{Answer, Asked, Request, answer};
pub use listener::Listener;
pub use peer::{Closing, Peer};
