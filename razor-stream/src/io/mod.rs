//! Writing what an outbox holds, for clients and servers alike.
//!
//! Knows transports and outboxes. Does not know requests or replies.

mod park;
mod spawn;
mod turn;
mod wait;
mod writer;

pub(crate) use park::{after, wait_until};
pub(crate) use spawn::{Coroutine, NoRuntime, discard, isolated, run_on, spawn_here};
pub(crate) use turn::{Turn, yield_now};
pub(crate) use wait::{Lifeline, Timer, in_time, lifeline, wake, why_dropped};
pub(crate) use writer::{Gate, Sender, write_loop, write_now};
