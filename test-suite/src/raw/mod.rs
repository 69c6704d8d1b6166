//! A peer that works on bytes only: it blocks, and its frames are written by hand from docs/PROTOCOL.md.
//!
//! It shares no code with the library, so that both cannot be wrong in the same way.
//!
//! | file | holds |
//! |---|---|
//! | `frame` | requests and answers as bytes, lies included |
//! | `wire` | what bytes go over: sockets, and pipes in memory |
//! | `peer` | one connection |
//! | `listener` | a server's side |
//! | `pair` | a client of the library, and the raw peer as its server |

mod frame;
mod listener;
mod pair;
mod peer;
mod wire;

pub use frame::{Answer, Asked, Request, answer};
pub use listener::{Listener, Refusing};
pub use pair::{Pair, Stream};
pub use peer::{Closing, Peer};
