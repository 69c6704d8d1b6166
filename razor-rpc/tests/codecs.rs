//! One service, served with several codecs at several addresses, and called by one generated client.

mod support;

use razor_rpc::client::{Caller, ClientConfig};
use razor_rpc::error::{EncodedErr, ErrDecodeError, Outcome, RpcErrCodec, RpcErrKind, RpcError};
use razor_rpc::razor_stream::orb::prelude::AsyncRuntime;
use razor_rpc::razor_stream::transport::memory::{MemoryClient, MemoryServer};
use razor_rpc::server::{Eager, Inline, RpcServer, Spawn};
use razor_rpc::{Codec, MsgpCodec, RoomyMsgpCodec, Serve, endpoint_async, service};
use razor_rpc_codec::{JsonCodec, PostcardCodec};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;
use std::sync::{Arc, Mutex, MutexGuard};
use support::{on_each_runtime, served};

#[endpoint_async(new StoreClient)]
trait Store {
    async fn put(&self, key: String, entry: Entry) -> Result<Stored, RpcError<Refusal>>;
    async fn get(&self, key: String) -> Result<Option<Entry>, RpcError<()>>;
    async fn all(&self) -> Result<BTreeMap<String, Entry>, RpcError<String>>;
    async fn count(&self) -> Result<u64, RpcError<i32>>;
    async fn clear(&self) -> Result<(), RpcError<String>>;
    async fn scale(&self, by: f64) -> Result<f64, RpcError<()>>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    id: i64,
    text: String,
    bytes: Vec<u8>,
    kind: Kind,
    next: Option<Box<Entry>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    Plain,
    Sized(u32),
    Named { name: String, at: (i8, f32) },
}

/// A result that postcard writes as no byte, as it does `()`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Stored;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Refusal {
    Taken { by: Entry },
}

impl RpcErrCodec for Refusal {
    fn encode<C: Codec>(&self, codec: &C) -> EncodedErr {
        EncodedErr::Bytes(codec.encode(self).expect("an entry encodes"))
    }

    fn decode<C: Codec>(codec: &C, error: EncodedErr) -> Result<Self, ErrDecodeError> {
        let bytes = error.as_bytes().ok_or_else(|| ErrDecodeError::new("a number"))?;
        codec.decode(bytes).map_err(|error| ErrDecodeError::new(error.to_string()))
    }
}

#[derive(Default)]
struct Shelf {
    entries: Mutex<BTreeMap<String, Entry>>,
}

impl Shelf {
    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.entries.lock().expect("no handler panics")
    }
}

#[service]
impl Store for Shelf {
    async fn put(&self, key: String, entry: Entry) -> Result<Stored, RpcError<Refusal>> {
        match self.entries().entry(key) {
            MapEntry::Occupied(taken) => {
                Err(RpcError::User(Refusal::Taken { by: taken.get().clone() }))
            }
            MapEntry::Vacant(free) => {
                free.insert(entry);
                Ok(Stored)
            }
        }
    }

    async fn get(&self, key: String) -> Result<Option<Entry>, RpcError<()>> {
        Ok(self.entries().get(&key).cloned())
    }

    async fn all(&self) -> Result<BTreeMap<String, Entry>, RpcError<String>> {
        Ok(self.entries().clone())
    }

    async fn count(&self) -> Result<u64, RpcError<i32>> {
        let count = self.entries().len() as u64;
        if count == 0 { Err(RpcError::User(-1)) } else { Ok(count) }
    }

    async fn clear(&self) -> Result<(), RpcError<String>> {
        self.entries().clear();
        Ok(())
    }

    async fn scale(&self, by: f64) -> Result<f64, RpcError<()>> {
        Ok(by / 0.0)
    }
}

/// A server of one shelf at four addresses: a caller of the first, and the others.
async fn shelf<RT: AsyncRuntime>() -> (RpcServer<RT>, Caller, [String; 3]) {
    let shelf = Arc::new(Shelf::default());
    // This codec writes the bytes of the default codec, and has another limit.
    let roomy = Eager::shared(shelf.clone(), RoomyMsgpCodec::<64>);
    let (server, roomy) = served::<RT>(roomy, ClientConfig::default()).await;
    let listener = || MemoryServer::<RT>::bind("").expect("the name is free");
    let with = "a runtime is around";
    let msgpack = server.add(listener()).serve(shelf.clone()).expect(with);
    let json = Inline::with_codec(shelf.clone(), JsonCodec);
    let json = server.add(listener()).dispatch(json).expect(with);
    let postcard = Spawn::with_codec(shelf, PostcardCodec);
    let postcard = server.add(listener()).dispatch(postcard).expect(with);
    (server, roomy, [msgpack, json, postcard])
}

type Client<K> = StoreClient<Caller<K>>;

fn client<RT: AsyncRuntime, K: Codec>(addr: &str) -> Client<K> {
    let config = ClientConfig::default();
    let caller = Caller::<K>::connect_with(MemoryClient::<RT>::new(), addr, config);
    StoreClient::new(caller.expect("a runtime is around"))
}

fn entry(id: i64) -> Entry {
    let inner = Entry {
        id: -id,
        text: "\"quoted\" and\nbroken \u{1F980}".into(),
        bytes: vec![],
        kind: Kind::Plain,
        next: None,
    };
    Entry {
        id,
        text: String::new(),
        bytes: (0..=255).collect(),
        kind: Kind::Named { name: "a name".into(), at: (-1, 0.1) },
        next: Some(Box::new(inner)),
    }
}

/// Calls every method of the service, over one codec.
async fn store_and_load<K: Codec>(client: &Client<K>) {
    assert_eq!(client.clear().await, Ok(()));
    assert_eq!(client.count().await, Err(RpcError::User(-1)));
    assert_eq!(client.get("a".into()).await, Ok(None));
    assert_eq!(client.put("a".into(), entry(1)).await, Ok(Stored));
    let taken = Refusal::Taken { by: entry(1) };
    assert_eq!(client.put("a".into(), entry(2)).await, Err(RpcError::User(taken)));
    let sized = Entry { kind: Kind::Sized(u32::MAX), ..entry(i64::MIN + 1) };
    assert_eq!(client.put("b".into(), sized.clone()).await, Ok(Stored));
    assert_eq!(client.get("b".into()).await, Ok(Some(sized.clone())));
    let all = BTreeMap::from([("a".to_owned(), entry(1)), ("b".to_owned(), sized)]);
    assert_eq!(client.all().await, Ok(all));
    assert_eq!(client.count().await, Ok(2));
}

async fn one_service_is_called_by_every_codec_at_an_address_of_its_own<RT: AsyncRuntime>() {
    let (_server, roomy, [msgpack, json, postcard]) = shelf::<RT>().await;
    store_and_load(&client::<RT, MsgpCodec>(&msgpack)).await;
    store_and_load(&client::<RT, JsonCodec>(&json)).await;
    store_and_load(&client::<RT, PostcardCodec>(&postcard)).await;
    store_and_load(&StoreClient::new(roomy)).await;
    // All codecs serve one service: an entry that came by one codec is there for the others.
    assert_eq!(client::<RT, JsonCodec>(&json).get("a".into()).await, Ok(Some(entry(1))));
}

async fn a_client_with_another_codec_than_its_server_is_refused<RT: AsyncRuntime>() {
    let (_server, _, [msgpack, json, postcard]) = shelf::<RT>().await;
    for refused in [
        client::<RT, JsonCodec>(&msgpack).get("key".into()).await,
        client::<RT, PostcardCodec>(&msgpack).get("key".into()).await,
        client::<RT, MsgpCodec>(&json).get("key".into()).await,
        client::<RT, PostcardCodec>(&json).get("key".into()).await,
        client::<RT, MsgpCodec>(&postcard).get("key".into()).await,
        client::<RT, JsonCodec>(&postcard).get("key".into()).await,
    ] {
        let Err(RpcError::Rpc(error)) = refused else { panic!("not refused: {refused:?}") };
        assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Decode, Outcome::Refused));
    }
}

/// The connection goes on after a value that only some formats have.
async fn a_result_that_json_does_not_have_fails_its_call_alone<RT: AsyncRuntime>() {
    let (_server, _, [msgpack, json, postcard]) = shelf::<RT>().await;
    assert_eq!(client::<RT, MsgpCodec>(&msgpack).scale(1.0).await, Ok(f64::INFINITY));
    assert_eq!(client::<RT, PostcardCodec>(&postcard).scale(1.0).await, Ok(f64::INFINITY));
    let by_json = client::<RT, JsonCodec>(&json);
    let Err(RpcError::Rpc(error)) = by_json.scale(1.0).await else {
        panic!("JSON has no such number")
    };
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Encode, Outcome::Executed));
    let Err(RpcError::Rpc(error)) = by_json.scale(f64::NAN).await else { panic!("nor this one") };
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Encode, Outcome::NotSent));
    assert_eq!(by_json.clear().await, Ok(()));
}

on_each_runtime! {
    one_service_is_called_by_every_codec_at_an_address_of_its_own
    a_client_with_another_codec_than_its_server_is_refused
    a_result_that_json_does_not_have_fails_its_call_alone
}
