//! Tools of the library's own coroutines: how they are spawned, how they wait, when they let others run, and what
//! happens when they end.
//!
//! | file | holds |
//! |---|---|
//! | `spawn` | a start on the runtime around, or on an executor |
//! | `wait` | a timer that is armed when it is needed, and the lifeline that tells of a coroutine's end |
//! | `turn` | when a coroutine with endless work lets others run |
//! | `park` | how a plain thread waits for a future |
//!
//! Knows runtimes and the clock. Does not know connections.

mod park;
mod spawn;
mod turn;
mod wait;

pub(crate) use park::{after, wait_until};
pub(crate) use spawn::{Coroutine, NoRuntime, run_on, spawn_here};
pub(crate) use turn::{Turn, yield_now};
pub(crate) use wait::{Lifeline, Timer, in_time, lifeline, wake, why_dropped};
