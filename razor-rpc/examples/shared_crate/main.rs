//! A contract that a server and a client share: three modules, each of which stands for a crate.
//!
//! ```sh
//! cargo run --release --example shared_crate
//! ```
//!
//! | module | in a project it is | depends on |
//! |---|---|---|
//! | `contract` | a library | `razor-rpc`, serde |
//! | `server` | a program | `contract`, `razor-rpc`, tokio |
//! | `client` | another program | `contract`, `razor-rpc`, tokio |
//!
//! The modules use each other as the crates would: `server` and `client` see the contract and nothing of one another.

#![expect(unreachable_pub, reason = "each module stands for a crate, whose items are public")]

mod client;
mod contract;
mod server;

use razor_rpc::Serve;
use razor_rpc::tokio::listen;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let server = listen("127.0.0.1:0").await?.serve(server::Office::default())?;
    client::run(server.local_addr()).await?;
    server.close().await;
    println!("everything was as expected");
    Ok(())
}
