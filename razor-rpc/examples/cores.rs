//! A server and its clients on one executor for each core: a connection stays where it is.
//!
//! ```sh
//! cargo run --release --example cores
//! ```

use orb::prelude::*;
use orb_tokio::TokioRT;
use razor_rpc::client::ClientConfig;
use razor_rpc::error::RpcError;
use razor_rpc::server::{Eager, RpcServer, ServerConfig};
use razor_rpc::{endpoint_async, service};
use razor_rpc_smol::SmolRT;
use razor_rpc_tcp::{TcpClient, TcpServer};
use std::collections::HashMap;
use std::error::Error;
use std::thread;

type Failure = Box<dyn Error + Send + Sync>;

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

fn on_cores<RT: AsyncRuntime>(name: &str) -> Result<(), Failure> {
    // One thread each. They are kept until the server is gone, and dropped outside of async code.
    let cores: Vec<RT::Exec> = (0..2).map(|_| RT::one()).collect();
    let mut server = RpcServer::<RT>::with_executors(ServerConfig::default(), &cores);
    let listening = server.listen::<TcpServer<RT>, _>("127.0.0.1:0", Eager::new(Clerk));
    let addr = cores[0].block_on(listening)?;

    // Each client, and what calls it, on one executor as well: here the same ones.
    let calling = |at: usize| {
        let exec = &cores[at % cores.len()];
        let transport = TcpClient::<RT>::new();
        let client = HomeClient::connect_on(transport, &addr, ClientConfig::default(), exec);
        exec.spawn(async move {
            let client = client?;
            let home = client.home().await?;
            for _ in 0..1_000 {
                assert_eq!(client.home().await?, home, "a connection stays where it is");
            }
            Ok::<_, RpcError<()>>((home, client))
        })
    };
    let called: Vec<_> = (0..4).map(calling).collect();
    let mut homes = HashMap::<String, Vec<HomeClient>>::new();
    for task in called {
        let (home, client) = cores[0].block_on(task).map_err(|()| "a caller panicked")??;
        homes.entry(home).or_default().push(client);
    }
    println!("{name}: 4 connections on {} threads, 4,004 calls", homes.len());
    assert_eq!(homes.len(), cores.len());

    drop(homes);
    cores[0].block_on(server.close());
    Ok(())
}

fn main() -> Result<(), Failure> {
    on_cores::<TokioRT>("tokio")?;
    on_cores::<SmolRT>("smol")
}
