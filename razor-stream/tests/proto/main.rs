//! The wire protocol without any IO: captured frames, cuts, limits, hostile bytes, errors, and a client's
//! connection under virtual time.
//!
//! Knows `razor_stream::proto` and `razor_stream::error`. Does not know sockets, tasks or runtimes.

mod decoding;
mod elsewhere;
mod errors;
mod frames;
mod golden;
mod hostile;
mod limits;
mod messages;
mod outbox;
mod sequence;
mod session;
mod session_model;
mod split;
