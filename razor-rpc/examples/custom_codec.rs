//! A codec of one's own: messages are JSON texts with a checksum in front.
//!
//! ```sh
//! cargo run --release --example custom_codec
//! ```
//!
//! The service says nothing about bytes. The codec is named twice: by the server's dispatcher, and by the client's
//! type.

use razor_rpc::client::Caller;
use razor_rpc::error::{RpcErrKind, RpcError};
use razor_rpc::razor_stream::codec::{DecodeError, EncodeError};
use razor_rpc::server::Eager;
use razor_rpc::tokio::{TcpClient, listen};
use razor_rpc::{Codec, endpoint_async, service};
use serde::{Deserialize, Serialize};

/// Four bytes of CRC-32, then JSON.
#[derive(Debug, Clone, Default)]
struct CheckedJson;

const SUM: usize = 4;

impl Codec for CheckedJson {
    fn encode_into<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        // What is in `out` already is the head of the packet, and must stay as it is, also after an error.
        let json = serde_json::to_vec(value).map_err(EncodeError::new)?;
        out.extend(crc32fast::hash(&json).to_be_bytes());
        out.extend(json);
        Ok(())
    }

    fn decode<'de, T: Deserialize<'de>>(&self, bytes: &'de [u8]) -> Result<T, DecodeError> {
        // The bytes come from a peer: nothing in here may panic.
        let (sum, json) = bytes
            .split_first_chunk::<SUM>()
            .ok_or_else(|| DecodeError::new("the checksum is missing"))?;
        if u32::from_be_bytes(*sum) != crc32fast::hash(json) {
            return Err(DecodeError::new("the checksum is wrong"));
        }
        serde_json::from_slice(json).map_err(DecodeError::new)
    }
}

#[endpoint_async(new CalcClient)]
trait Calc {
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
}

struct Adder;

#[service]
impl Calc for Adder {
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
        Ok(a.checked_add(b).ok_or(())?)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    // What a codec has to keep, on one value. `razor_rpc_codec::laws` tests a codec on many.
    let message = CheckedJson.encode(&(1, "one"))?;
    assert_eq!(&message[SUM..], br#"[1,"one"]"#);
    assert_eq!(CheckedJson.decode::<(i32, String)>(&message)?, (1, "one".into()));
    let mut damaged = message.clone();
    damaged[SUM + 1] = b'2';
    assert!(CheckedJson.decode::<(i32, String)>(&damaged).is_err());
    assert!(CheckedJson.decode::<(i32, String)>(&message[..SUM - 1]).is_err());

    let dispatch = Eager::with_codec(Adder, CheckedJson);
    let server = listen("127.0.0.1:0").await?.dispatch(dispatch)?;

    let caller = Caller::<CheckedJson>::connect(TcpClient::new(), server.local_addr())?;
    let client: CalcClient<Caller<CheckedJson>> = CalcClient::new(caller);
    assert_eq!(client.add(20, 22).await, Ok(42));

    // A client with another codec, here msgpack, is refused. The server executes nothing.
    let stranger = CalcClient::connect(TcpClient::new(), server.local_addr())?;
    let error = stranger.add(20, 22).await.expect_err("msgpack has no checksum");
    assert_eq!(error.kind(), Some(RpcErrKind::Decode));
    assert!(error.is_safe_to_repeat(), "no handler has run");
    println!("a client with another codec: {error}");

    server.close().await;
    println!("everything was as expected");
    Ok(())
}
