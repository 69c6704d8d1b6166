//! The server's side: a listener, and two coroutines for each connection.
//!
//! | file | holds |
//! |---|---|
//! | `dispatch` | [`dispatch::Dispatch`], what a user implements |
//! | `task` | [`task::Reply`] and [`task::RespNoti`], by which a request is answered |
//! | `config` | limits and times |
//! | `link` | one connection's shared half: slots and output |
//! | `conn` | the coroutine that reads and dispatches |
//! | `listener` | the coroutine that accepts |

mod config;
mod conn;
pub mod dispatch;
mod link;
mod listener;
pub mod task;

pub use config::ServerConfig;
pub use listener::RpcServer;
