//! The client's side: one connection, or a pool that keeps one up.
//!
//! A request is one value, a [`Submission`]: its bytes, its task and its deadline. It goes from a caller to a pool, to
//! a connection, and into its output or its queue; a request that is refused on the way comes back whole.
//!
//! | folder | is |
//! |---|---|
//! | [`task`] | what waits for an answer, and requests of kinds of your own |
//! | [`stream`] | one connection: [`ClientStream`] |
//! | `pool` | the connection to one address, kept up: [`ClientPool`] |
//! | `blocking` | callers that are plain threads: [`ClientCallerBlocking`] |
//!
//! | file | holds |
//! |---|---|
//! | `caller` | [`ClientCaller`], what sends requests, as a trait |
//! | `config` | [`ClientConfig`]: limits, deadlines, policies |
//! | `render` | the bytes of a request |
//! | `unsent` | a request that no connection has taken yet, which is completed on every way out |
//! | `complete` | handing an answer, or a refusal, to its task |
//!
//! Modules import from those below them, and never in a circle: `blocking` → `pool` → `stream` → the files → `task`.
//! Code that knows several addresses (failover, balancing, resolving) will live in folders of its own above `pool`.

mod blocking;
mod caller;
mod complete;
mod config;
mod pool;
mod render;
pub mod stream;
pub mod task;
mod unsent;

pub use crate::proto::machines::Submission;
pub use blocking::{ClientCallerBlocking, Waiter, wait_blocking};
pub use caller::{ClientCaller, Ready};
pub use config::{ClientConfig, WhenDown};
pub use pool::ClientPool;
pub use render::render;
pub use stream::{ClientStream, Window};
pub use task::{Completion, Response};
