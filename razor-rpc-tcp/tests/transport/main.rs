//! The transport through its public interface: every scenario runs on tokio and on both kinds of smol.
//!
//! Knows no packets. The sockets are real, so ports and files are chosen by the system or unique.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod addresses;
mod bytes;
mod endings;
mod listeners;
mod names;
mod rig;
mod socket_file;
