//! A small key-value store in tarpc: what docs/FROM-TARPC.md shows beside razor-rpc.

use futures::StreamExt;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tarpc::context::{self, Context};
use tarpc::server::{BaseChannel, Channel};
use tarpc::tokio_serde::formats::Bincode;
use tarpc::{client, serde_transport};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum StoreError {
    NoSuchKey,
}

#[tarpc::service]
trait Store {
    async fn put(key: String, value: String);
    async fn get(key: String) -> Result<String, StoreError>;
}

#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<HashMap<String, String>>>);

impl Store for Shelf {
    async fn put(self, _: Context, key: String, value: String) {
        self.0.lock().expect("no panic").insert(key, value);
    }

    async fn get(self, _: Context, key: String) -> Result<String, StoreError> {
        self.0.lock().expect("no panic").get(&key).cloned().ok_or(StoreError::NoSuchKey)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut listener = serde_transport::tcp::listen("127.0.0.1:0", Bincode::default).await?;
    let addr = listener.local_addr();
    let shelf = Shelf::default();
    tokio::spawn(async move {
        while let Some(Ok(transport)) = listener.next().await {
            let requests = BaseChannel::with_defaults(transport).execute(shelf.clone().serve());
            tokio::spawn(requests.for_each(|response| async {
                tokio::spawn(response);
            }));
        }
    });

    let transport = serde_transport::tcp::connect(addr, Bincode::default).await?;
    let client = StoreClient::new(client::Config::default(), transport).spawn();
    client.put(context::current(), "fruit".into(), "apple".into()).await?;
    assert_eq!(client.get(context::current(), "fruit".into()).await?, Ok("apple".into()));
    let missing = client.get(context::current(), "bread".into()).await?;
    assert_eq!(missing, Err(StoreError::NoSuchKey));
    Ok(())
}
