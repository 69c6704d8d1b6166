//! A small key-value store in razor-rpc 0.9: what docs/FROM-0.9.md shows beside this version.

use orb_tokio::TokioRT;
use razor_rpc::client::{APIFact, ClientConfig, endpoint_async, endpoint_client};
use razor_rpc::error::RpcError;
use razor_rpc::server::dispatch::Inline;
use razor_rpc::server::{RpcServer, ServerConfig, ServerDefault, service};
use razor_rpc_codec::MsgpCodec;
use razor_rpc_tcp::{TcpClient, TcpServer};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

endpoint_client!(StoreClient);

#[endpoint_async(StoreClient)]
trait Store {
    fn put(&self, entry: (String, String))
    -> impl Future<Output = Result<(), RpcError<()>>> + Send;
    fn get(&self, key: String) -> impl Future<Output = Result<String, RpcError<String>>> + Send;
}

#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<HashMap<String, String>>>);

#[service]
impl Store for Shelf {
    async fn put(&self, entry: (String, String)) -> Result<(), RpcError<()>> {
        self.0.lock().expect("no panic").insert(entry.0, entry.1);
        Ok(())
    }

    async fn get(&self, key: String) -> Result<String, RpcError<String>> {
        let value = self.0.lock().expect("no panic").get(&key).cloned();
        value.ok_or_else(|| RpcError::User("no such key".into()))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut server = RpcServer::new(ServerDefault::new(ServerConfig::default()));
    let dispatch = Inline::<MsgpCodec, _>::new(Shelf::default());
    let addr = server.listen::<TcpServer<TokioRT>, _>("127.0.0.1:0", dispatch).await?;

    let factory = APIFact::<MsgpCodec>::new(ClientConfig::default());
    let client = StoreClient::new(factory.new_conn_pool::<TcpClient<TokioRT>>(None, &addr));
    assert!(client.put(("fruit".into(), "apple".into())).await.is_ok());
    assert!(client.get("fruit".into()).await.is_ok_and(|value| value == "apple"));
    let missing = client.get("bread".into()).await;
    assert!(matches!(missing, Err(RpcError::User(text)) if text == "no such key"));
    Ok(())
}
