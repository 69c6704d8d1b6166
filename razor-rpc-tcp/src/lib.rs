//! TCP and unix sockets for razor-rpc, on every runtime that `orb` has an adapter for.
//!
//! Implements the transport traits of `razor-stream`: [`TcpClient`] connects, [`TcpServer`] is a listener, and a
//! connection has two halves, [`TcpRead`] and [`TcpWrite`], which two coroutines use at the same time. Knows
//! bytes, and nothing of packets.
//!
//! ```text
//!   TcpClient::connect ──┐                        ┌── TcpRead    one coroutine receives
//!                        ├──► Connection ──► Arc<Socket>
//!   TcpServer::accept ───┘                        └── TcpWrite   any thread sends
//! ```
//!
//! # Addresses
//!
//! | form | means |
//! |---|---|
//! | `127.0.0.1:7000` | IPv4 |
//! | `[::1]:7000`, `[fe80::1%eth0]:7000` | IPv6 |
//! | `localhost:7000` | a name; it is looked up on another thread, and all its addresses [take part](TcpClient#names) |
//! | `/run/x.sock`, `./x.sock`, `unix:/run/x.sock`, `unix:x.sock` | a unix socket |
//!
//! Any other text is no address: URLs, lists, an IPv6 address without brackets, abstract unix sockets (`@name`), a path
//! that is longer than the system takes. A client refuses such a text before it dials, and a server before it listens,
//! with an error that is [permanent](razor_stream::transport::TransportError::permanent) and says what to write. Port 0
//! is for servers.
//!
//! # Example
//!
//! ```
//! use orb::prelude::*;
//! use orb_tokio::TokioRT;
//! use razor_rpc_tcp::{TcpClient, TcpServer};
//! use razor_stream::transport::{ClientTransport, Listener, ReadHalf, WriteHalf};
//! use std::io::IoSlice;
//!
//! type Server = TcpServer<TokioRT>;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! TokioRT::current().block_on(async {
//!     let listener = Server::bind("127.0.0.1:0").await?;
//!     let client: TcpClient<TokioRT> = TcpClient::new();
//!     let here = client.connect(listener.local_addr()).await?;
//!     let mut there = Server::open(listener.accept().await?).await?;
//!
//!     here.write.write(&[IoSlice::new(b"he"), IoSlice::new(b"llo")]).await?;
//!     let mut received = Vec::new();
//!     while received.len() < 5 {
//!         there.read.read(&mut received, 4096).await?;
//!     }
//!     assert_eq!(received, b"hello");
//!     Ok(())
//! })
//! # }
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod addr;
mod attempts;
mod client;
mod halves;
mod limit;
mod listening;
mod names;
mod options;
mod order;
mod race;
mod receive;
mod server;
mod socket;
mod threads;
mod turn;
mod unix;

pub use client::TcpClient;
pub use halves::{TcpRead, TcpWrite};
pub use listening::TcpServerOptions;
pub use server::{TcpAccepted, TcpServer};

/// The example of this crate's README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
