//! The yardstick: an echo by hand on plain tokio, pipelined, whose sides write in mid-batch.
//!
//! | file | holds |
//! |---|---|
//! | `frame` | headers, and the buffer that frames are read from |
//! | `server` | answers each frame |
//! | `client` | calls in flight, a writer and a reader |
//!
//! No codec, no deadlines, no error path, no back-pressure, nothing shared between threads: it does only what every RPC
//! over TCP has to do.

#![forbid(unsafe_code)]

mod client;
mod frame;
mod server;

fn main() {
    driver::run(server::serve, client::load)
}
