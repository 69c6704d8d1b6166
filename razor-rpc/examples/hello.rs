//! A service, its server and its client: `cargo run --example hello`.

use razor_rpc::tokio::{TcpClient, TcpServer};
use razor_rpc::{RpcError, RpcServer, Serve, endpoint_async, service};

#[endpoint_async(new HelloClient)]
trait Hello {
    async fn hello(&self, name: String) -> Result<String, RpcError<String>>;
}

struct Greeter;

#[service]
impl Hello for Greeter {
    async fn hello(&self, name: String) -> Result<String, RpcError<String>> {
        if name.is_empty() {
            return Err(RpcError::User("who is there?".into()));
        }
        Ok(format!("hello, {name}"))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let server = RpcServer::bind(TcpServer::bind("127.0.0.1:0").await?).serve(Greeter)?;

    let client = HelloClient::connect(TcpClient::new(), server.local_addr())?;
    assert_eq!(client.hello("world".into()).await?, "hello, world");

    let nobody = client.hello(String::new()).await;
    assert_eq!(nobody, Err(RpcError::User("who is there?".into())));

    server.close().await;
    println!("everything was as expected");
    Ok(())
}
