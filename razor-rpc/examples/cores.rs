//! A server and its clients on one executor for each core: a connection stays on its core.
//!
//! ```sh
//! cargo run --release --features smol --example cores
//! ```

use razor_rpc::client::ClientConfig;
use razor_rpc::orb::prelude::*;
use razor_rpc::razor_stream::transport::{ClientTransport, Listener};
use razor_rpc::{RpcError, RpcServer, Serve, endpoint_async, service, smol, tokio};
use std::collections::HashMap;
use std::error::Error;
use std::thread;

type Failure = Box<dyn Error + Send + Sync>;

/// The executor of a transport's runtime.
type Exec<T> = <<T as ClientTransport>::RT as AsyncRuntime>::Exec;

#[endpoint_async(new HomeClient)]
trait Home {
    /// The thread on which this connection is served.
    async fn home(&self) -> Result<String, RpcError<()>>;
}

struct Clerk;

#[service]
impl Home for Clerk {
    async fn home(&self) -> Result<String, RpcError<()>> {
        Ok(format!("{:?}", thread::current().id()))
    }
}

/// The cores are kept until the server is gone, and dropped outside of async code.
fn on_cores<L: Listener, T: ClientTransport<RT = L::RT>>(
    name: &str,
    cores: [Exec<T>; 2],
    listener: L,
    transport: T,
) -> Result<(), Failure> {
    let server = RpcServer::bind(listener).with_executors(&cores).serve(Clerk)?;

    // Each client and its callers are on one executor too; here these are the executors of the server.
    let mut callers = Vec::new();
    for core in cores.iter().cycle().take(4) {
        let (addr, config) = (server.local_addr(), ClientConfig::default());
        let client = HomeClient::connect_with_executor(transport.clone(), addr, config, core)?;
        callers.push(core.spawn(async move {
            let home = client.home().await;
            for _ in 0..1_000 {
                assert_eq!(client.home().await, home, "a connection stays where it is");
            }
            home.map(|home| (home, client))
        }));
    }
    let mut homes = HashMap::new();
    for caller in callers {
        let (home, client) = cores[0].block_on(caller).map_err(|()| "a caller panicked")??;
        homes.entry(home).or_insert_with(Vec::new).push(client);
    }
    println!("{name}: 4 connections on {} threads, 4,004 calls", homes.len());
    assert_eq!(homes.len(), cores.len());

    drop(homes);
    cores[0].block_on(server.close());
    Ok(())
}

fn main() -> Result<(), Failure> {
    // One thread each.
    let cores = [tokio::TokioRT::one(), tokio::TokioRT::one()];
    let listener = cores[0].block_on(tokio::TcpServer::bind("127.0.0.1:0"))?;
    on_cores("tokio", cores, listener, tokio::TcpClient::new())?;

    let cores = [smol::SmolRT::one(), smol::SmolRT::one()];
    let listener = cores[0].block_on(smol::TcpServer::bind("127.0.0.1:0"))?;
    on_cores("smol", cores, listener, smol::TcpClient::new())
}
