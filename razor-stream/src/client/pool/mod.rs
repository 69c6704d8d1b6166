//! The connection to one address, kept up: connected, lost, and connected again.
//!
//! | file | holds |
//! |---|---|
//! | `handle` | [`ClientPool`], the handle of a pool |
//! | `supervisor` | the coroutine that connects, and connects again |
//! | `send` | submitting once there is a connection that has room |
//! | `hand_over` | what has waited goes to a new connection; what a connection did not send comes back |
//! | `next_connection` | those who wait for the next connection |
//! | `shared` | what handles and supervisor share: the current connection, and what waits while there is none |
//! | `outage` | what the log tells of the connection |
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
