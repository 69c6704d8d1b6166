//! Every log line of the library goes through here, to the logger that the program has installed for the crate `log`.
//!
//! Lines about servers have the target `razor_stream::server`, lines about clients `razor_stream::client`. A server and
//! a client each carry a [`LogControl`], whose level can be changed while they run.
//!
//! No line is longer than 1 KiB, and no line has characters that could forge another line. A line about a call names
//! the method and the peer; no line holds what users send, answer or say in a panic. The reason why a value does not
//! decode is logged if its text is one of serde's or of this library. If a user's own `Deserialize` imitates such a
//! text in its error, that is logged too.
//!
//! Lines about what a peer did are limited to 10 a second for each category, so that a hostile peer cannot fill a disk;
//! the lines that are left out are counted, and the next line of the category says how many they were. A pool writes at
//! most two lines for each outage, and logs its attempts to connect at the level debug.
//!
//! | file | holds |
//! |---|---|
//! | `control` | [`LogControl`]: which levels are written |
//! | `filter` | the level itself, where the feature `captains-log` is off |
//! | `limited` | a category of lines, at most ten a second |
//! | `server`, `client` | the categories of each side, under its target |
//! | `line` | the text of a line: cut and escaped |
//! | `told` | the error of a codec, without values |

pub(crate) mod client;
mod control;
#[cfg(not(feature = "captains-log"))]
mod filter;
mod limited;
mod line;
pub(crate) mod server;
mod told;

pub use control::LogControl;
pub(crate) use told::told;
