//! The connection to one address, kept up: connected, lost, and connected again.
//!
//! | file | holds |
//! |---|---|
//! | `handle` | [`ClientPool`], the handle of a pool |
//! | `supervisor` | the coroutine that connects, and connects again |
//! | `send` | submitting once there is a connection that has room |
//! | `hand_over` | requests that waited go to a new connection; requests that a connection did not send come back |
//! | `next_connection` | how callers wait for the next connection |
//! | `shared` | what handles and supervisor share: the current connection, and the requests that wait while there is none |
//! | `outage` | what the log says about the connection |
//! | `waiting` | requests that wait for a connection |
//! | `callers` | callers that wait for the next connection |
//! | `backoff` | how long to wait between two attempts to connect |
//!
//! Each file imports only from files further down in this table.

mod backoff;
mod callers;
mod hand_over;
mod handle;
mod next_connection;
mod outage;
mod send;
mod shared;
mod supervisor;
mod waiting;

pub use handle::ClientPool;
