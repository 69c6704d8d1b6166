//! The client's side: one connection, or a pool that keeps one up.
//!
//! | file | holds |
//! |---|---|
//! | `caller` | what sends requests, as a trait |
//! | `blocking` | the same from plain threads |
//! | `config` | limits, deadlines, policies |
//! | [`task`] | what waits for an answer, and requests of kinds of your own |
//! | `send` | sending tasks |
//! | `link` | one connection's shared half: the session under its lock |
//! | `matcher` | replies find their requests |
//! | `reader` | the coroutine that reads, completes and sweeps |
//! | `receive` | a response's blob on its way into memory of its task |
//! | `stream` | [`stream::ClientStream`], the handle of one connection |
//! | `room` | those who wait because the queue is full |
//! | `waiting` | requests that wait for a connection |
//! | `callers` | callers that wait for the next connection |
//! | `shared` | what a pool's handles and its supervisor share |
//! | `supervisor` | the coroutine that keeps a pool's connection up |
//! | `pool` | [`ClientPool`], which keeps a connection to one address |
//! | `outage` | what a pool's log lines tell of its connection |
//! | `backoff` | how long to wait between two attempts to connect |

mod backoff;
mod blocking;
mod caller;
mod callers;
mod config;
mod link;
mod matcher;
mod outage;
mod pool;
mod reader;
mod receive;
mod room;
mod send;
mod shared;
pub mod stream;
mod supervisor;
pub mod task;
mod waiting;

pub use blocking::{ClientCallerBlocking, Waiter, wait_blocking};
pub use caller::{ClientCaller, render};
pub use config::{ClientConfig, WhenDown};
pub use pool::ClientPool;
pub use task::{Completion, Response};
