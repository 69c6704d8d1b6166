//! One connection: any number of requests at once, each completed by its answer or by the reason why there is none.
//!
//! | file | holds |
//! |---|---|
//! | `handle` | [`ClientStream`], the handle of one connection, and [`Window`], how full it is |
//! | `open` | connecting: what is refused before anything is dialled, the time limit, the two coroutines |
//! | `reader` | the coroutine that reads, completes, and looks at deadlines |
//! | `receive` | a response's blob on its way into memory of its task |
//! | `wait` | submitting once there is room |
//! | `link` | the half that handle, reader and writer share: the session under its lock |
//! | `matcher` | replies find their requests, and what a reply means to its request |
//! | `room` | callers that wait because the queue is full |
//!
//! Each file imports only from files further down in this table.

mod handle;
mod link;
mod matcher;
mod open;
mod reader;
mod receive;
mod room;
mod wait;

pub use handle::{ClientStream, Window};
pub(super) use link::{Heir, Link, Lost};
pub(super) use open::{check, open};
pub(super) use wait::submit_when_room;
