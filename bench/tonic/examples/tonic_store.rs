//! A small key-value store in tonic: what docs/FROM-TONIC.md shows beside razor-rpc.

use generated::store_client::StoreClient;
use generated::store_server::{Store, StoreServer};
use std::collections::HashMap;
use std::sync::Mutex;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Endpoint, Server};
use tonic::{Code, Request, Response, Status};

mod generated {
    include!(concat!(env!("OUT_DIR"), "/bench.Store.rs"));
}

#[derive(Clone, PartialEq, prost::Message)]
struct Entry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Key {
    #[prost(string, tag = "1")]
    key: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Nothing {}

#[derive(Default)]
struct Shelf(Mutex<HashMap<String, String>>);

#[tonic::async_trait]
impl Store for Shelf {
    async fn put(&self, request: Request<Entry>) -> Result<Response<Nothing>, Status> {
        let Entry { key, value } = request.into_inner();
        self.0.lock().expect("no panic").insert(key, value);
        Ok(Response::new(Nothing {}))
    }

    async fn get(&self, request: Request<Key>) -> Result<Response<Entry>, Status> {
        let key = request.into_inner().key;
        let value = self.0.lock().expect("no panic").get(&key).cloned();
        let value = value.ok_or_else(|| Status::not_found("no such key"))?;
        Ok(Response::new(Entry { key, value }))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse()?)?;
    let addr = incoming.local_addr()?;
    let server = Server::builder().add_service(StoreServer::new(Shelf::default()));
    tokio::spawn(server.serve_with_incoming(incoming));

    let endpoint = Endpoint::from_shared(format!("http://{addr}"))?;
    let mut client = StoreClient::new(endpoint.connect().await?);
    client.put(Entry { key: "fruit".into(), value: "apple".into() }).await?;
    let entry = client.get(Key { key: "fruit".into() }).await?.into_inner();
    assert_eq!(entry.value, "apple");
    let missing = client.get(Key { key: "bread".into() }).await;
    assert_eq!(missing.map_err(|status| status.code()).err(), Some(Code::NotFound));
    Ok(())
}
