//! The server's side: a listener, and two coroutines for each connection.
//!
//! | file | holds |
//! |---|---|
//! | `dispatch` | [`dispatch::Dispatch`], what a user implements |
//! | `flow` | what a reader does after a request, as its dispatcher decides |
//! | `adapter` | closures as dispatchers |
//! | `task` | [`task::Reply`] and [`task::RespNoti`], by which a request is answered; tasks, which carry their answer with them |
//! | `workers` | [`Workers`], a fixed pool that serves tasks |
//! | `config` | limits and times |
//! | `info` | [`ConnInfo`], what a handler knows of its connection and keeps there |
//! | `cancel` | why answers are no longer wanted, and who waits to be told |
//! | `label` | how log lines name a request |
//! | `slots` | what bounds the requests that a whole server has in hand |
//! | `link` | one connection's shared half: slots and output |
//! | `conn` | the coroutine that reads and dispatches |
//! | `builder` | what a server is made of, before it runs |
//! | `running` | the handle of a server |
//! | `listener` | the coroutine that accepts |
//! | `roll` | which connections there are, and how many there may be |
//! | `opening` | opening a connection on the executor that serves it |
//! | `lanes` | several executors, and which of them gets a connection |

mod adapter;
mod builder;
mod cancel;
mod config;
mod conn;
pub mod dispatch;
mod flow;
mod info;
mod label;
mod lanes;
mod link;
mod listener;
mod opening;
mod roll;
mod running;
mod slots;
pub mod task;
mod workers;

pub use builder::{AddedListener, ServerBuilder};
pub use cancel::CancelReason;
pub use config::ServerConfig;
pub use info::{Cancelled, ConnInfo};
pub use running::RpcServer;
pub use workers::{Workers, WorkersConfig};
