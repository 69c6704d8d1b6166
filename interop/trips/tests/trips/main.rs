//! Peers of the published crates and ours call each other.
//!
//! | file | holds |
//! |---|---|
//! | `mount` | each scenario on tokio and on smol, with a limit in time |
//! | `answers` | every kind of argument, result and error |
//! | `refusals` | calls that reach no handler, panics, framework errors |
//! | `many` | a thousand calls at once, and seconds of load |
//! | `slow` | calls that take longer than the other side's patience |
//! | `by_hand` | `razor-call` and a published server |
//! | `blobs` | the stream interface: numeric actions with blobs |

mod answers;
mod blobs;
mod by_hand;
mod many;
mod mount;
mod refusals;
mod slow;
