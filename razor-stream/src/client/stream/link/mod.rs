//! One connection of a client, as its handle, its reader and its writer share it: the session under its lock.
//!
//! The lock is held for a few hundred nanoseconds at a time; never across a write, a wait or a completion. Knows which
//! coroutine has to be woken, and when. Does not know pools.
//!
//! | file | holds |
//! |---|---|
//! | `submit` | taking requests, and callers that wait for room |
//! | `replies` | matching replies |
//! | `arriving` | requests that are with the reader while their blob arrives |
//! | `look` | looks at deadlines |
//! | `end` | how a connection ends, and where the requests go that it did not send |
//! | `flush` | waiting until requests have left for the kernel |
//! | `state` | [`Link`] and what its lock guards |
//! | `flushers` | the callers that wait in `flush` |
//! | `heir` | [`Heir`], which gets the requests that a connection did not send |
//!
//! Each file imports only from files further down in this table.

mod arriving;
mod end;
mod flush;
mod flushers;
mod heir;
mod look;
mod replies;
mod state;
mod submit;

pub(in crate::client) use end::Lost;
pub(in crate::client) use heir::Heir;
pub(super) use look::{Tick, Watch};
pub(in crate::client) use state::Link;
