//! The runtime through its public interface and orb's traits.
//!
//! | file | holds |
//! |---|---|
//! | `tasks` | tasks and their handles: cancelled, detached, panicking, left behind |
//! | `context` | which executor static `spawn` uses |
//! | `threads` | the threads of an executor, and its end |
//! | `io` | sockets, timers, and who polls them |
//! | `gate` | what the tests wait for |
//!
//! Nothing here measures time. A wait for another thread fails after a minute.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod context;
mod gate;
mod io;
mod tasks;
mod threads;
