//! The transport, the codec and the dispatcher, replaced by the program's own, with public items only.
//!
//! ```sh
//! cargo run --release --features smol --example pluggable
//! ```
//!
//! The transport wraps another one, here TCP, and changes every byte. The codec is JSON. The dispatcher finds methods
//! by hand and answers from a thread. The generated client does not change.

use razor_rpc::client::{Caller, ClientConfig, Endpoint};
use razor_rpc::error::{Outcome, RpcErrCodec};
use razor_rpc::orb::prelude::*;
use razor_rpc::razor_stream::codec::{DecodeError, EncodeError};
use razor_rpc::razor_stream::proto::{FrameworkCode, RpcAction};
use razor_rpc::razor_stream::server::dispatch::{Call, Dispatch, Flow};
use razor_rpc::razor_stream::server::task::{Reply, Respond};
use razor_rpc::razor_stream::transport::{
    ClientTransport, Connection, Listener, ReadHalf, TransportError, WriteHalf,
};
use razor_rpc::server::Eager;
use razor_rpc::{Codec, RpcError, RpcServer, endpoint_async, service, smol, tokio};
use serde::{Deserialize, Serialize};
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

type Failure = Box<dyn std::error::Error + Send + Sync>;

// ---- The codec: JSON. ----

#[derive(Debug, Clone, Default)]
struct Json;

impl Codec for Json {
    fn encode_into<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let start = out.len();
        serde_json::to_writer(&mut *out, value).map_err(|error| {
            // All or nothing: the bytes in front of the value belong to another frame.
            out.truncate(start);
            EncodeError::new(error)
        })
    }

    fn decode<'de, T: Deserialize<'de>>(&self, bytes: &'de [u8]) -> Result<T, DecodeError> {
        serde_json::from_slice(bytes).map_err(DecodeError::new)
    }
}

// ---- The transport: any other one, each byte changed by its place in the stream. Not a cipher. ----

fn scramble(bytes: &mut [u8], at: u64) {
    for (byte, place) in bytes.iter_mut().zip(at..) {
        *byte ^= 0xa5 ^ place.to_le_bytes()[0];
    }
}

struct ScrambledRead<R> {
    half: R,
    at: u64,
}

impl<R: ReadHalf> ReadHalf for ScrambledRead<R> {
    async fn read(&mut self, into: &mut Vec<u8>, reserve: usize) -> io::Result<usize> {
        let before = into.len();
        // No await follows, so a read that is dropped has read no bytes.
        let read = self.half.read(into, reserve).await?;
        scramble(&mut into[before..], self.at);
        self.at += read as u64;
        Ok(read)
    }
}

struct ScrambledWrite<W> {
    half: W,
    /// The place of the next byte in the stream. The library writes from several threads, but never from two at once.
    at: AtomicU64,
}

/// The most bytes that one write takes.
const PART: usize = 4096;

impl<W: WriteHalf> ScrambledWrite<W> {
    fn scrambled(&self, bufs: &[IoSlice<'_>]) -> Vec<u8> {
        let mut part: Vec<u8> =
            bufs.iter().flat_map(|buf| buf.iter()).copied().take(PART).collect();
        scramble(&mut part, self.at.load(Ordering::Acquire));
        part
    }

    /// Moves the place behind the bytes that were written.
    fn wrote(&self, bytes: usize) -> usize {
        self.at.fetch_add(bytes as u64, Ordering::Release);
        bytes
    }
}

impl<W: WriteHalf> WriteHalf for ScrambledWrite<W> {
    fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let part = self.scrambled(bufs);
        self.half.try_write(&[IoSlice::new(&part)]).map(|bytes| self.wrote(bytes))
    }

    async fn write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let part = self.scrambled(bufs);
        self.half.write(&[IoSlice::new(&part)]).await.map(|bytes| self.wrote(bytes))
    }

    fn shutdown_write(&self) -> io::Result<()> {
        self.half.shutdown_write()
    }

    fn close(&self) {
        self.half.close();
    }
}

type End<R, W> = Connection<ScrambledRead<R>, ScrambledWrite<W>>;

fn scrambled<R, W>(Connection { read, write, peer }: Connection<R, W>) -> End<R, W> {
    let read = ScrambledRead { half: read, at: 0 };
    Connection { read, write: ScrambledWrite { half: write, at: AtomicU64::new(0) }, peer }
}

/// A transport around another one: as a client transport it wraps a client transport, as a listener it wraps a
/// listener.
#[derive(Clone)]
struct Scrambled<T>(T);

impl<T: ClientTransport> ClientTransport for Scrambled<T> {
    type RT = T::RT;
    type Read = ScrambledRead<T::Read>;
    type Write = ScrambledWrite<T::Write>;

    /// A client calls this first, and refuses a text that is no address.
    fn check(&self, addr: &str) -> Result<(), TransportError> {
        self.0.check(addr)
    }

    async fn connect(&self, addr: &str) -> Result<End<T::Read, T::Write>, TransportError> {
        self.0.connect(addr).await.map(scrambled)
    }

    async fn connect_within(
        &self,
        addr: &str,
        limit: Duration,
    ) -> Result<End<T::Read, T::Write>, TransportError> {
        self.0.connect_within(addr, limit).await.map(scrambled)
    }
}

impl<L: Listener> Listener for Scrambled<L> {
    type RT = L::RT;
    type Read = ScrambledRead<L::Read>;
    type Write = ScrambledWrite<L::Write>;
    type Accepted = L::Accepted;

    fn local_addr(&self) -> &str {
        self.0.local_addr()
    }

    async fn accept(&self) -> io::Result<L::Accepted> {
        self.0.accept().await
    }

    async fn open(accepted: L::Accepted) -> io::Result<End<L::Read, L::Write>> {
        L::open(accepted).await.map(scrambled)
    }
}

// ---- The service, and two ways to serve it: a generated one, and a dispatcher written by hand. ----

#[endpoint_async(new WordsClient, blocking WordsBlocking)]
trait Words {
    async fn count(&self, text: String) -> Result<usize, RpcError<()>>;
    async fn longest(&self, text: String) -> Result<String, RpcError<String>>;
    async fn secret(&self) -> Result<u8, RpcError<()>>;
}

fn longest(text: &str) -> Result<String, String> {
    let words = text.split_whitespace().max_by_key(|word| word.len());
    words.map(str::to_owned).ok_or_else(|| "no words at all".to_owned())
}

struct Clerk;

#[service]
impl Words for Clerk {
    async fn count(&self, text: String) -> Result<usize, RpcError<()>> {
        Ok(text.split_whitespace().count())
    }
    async fn longest(&self, text: String) -> Result<String, RpcError<String>> {
        longest(&text).map_err(RpcError::User)
    }
    async fn secret(&self) -> Result<u8, RpcError<()>> {
        Err(RpcError::User(()))
    }
}

#[derive(Clone)]
struct ByHand;

impl Dispatch for ByHand {
    fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
        let RpcAction::Str(action) = call.action() else {
            reply.framework_error(FrameworkCode::NoMethod);
            return Flow::Next;
        };
        match (action, Json.decode::<String>(call.msg())) {
            ("Words.count", Ok(text)) => {
                let count = text.split_whitespace().count();
                reply.success_with(None, |out| Json.encode_into(&count, out));
            }
            ("Words.longest", Ok(text)) => {
                // As if it took long: the reply is detached, and the connection goes on.
                let answer = reply.detach();
                std::thread::spawn(move || match longest(&text) {
                    Ok(word) => answer.success_with(None, |out| Json.encode_into(&word, out)),
                    Err(error) => answer.user_error(error.encode(&Json)),
                });
            }
            ("Words.count" | "Words.longest", Err(_)) => {
                reply.framework_error(FrameworkCode::Undecodable);
            }
            _ => reply.framework_error(FrameworkCode::NoMethod),
        }
        Flow::Next
    }
}

// ---- Real calls over all of it. ----

type Client = WordsClient<Caller<Json>>;

async fn calls(client: &Client) -> Result<(), Failure> {
    assert_eq!(client.count("to be or not".into()).await?, 4);
    assert_eq!(client.longest("a pluggable thing".into()).await?, "pluggable");
    let nothing = client.longest(" ".into()).await;
    assert_eq!(nothing, Err(RpcError::User("no words at all".into())));
    let large = "word ".repeat(100_000);
    assert_eq!(client.count(large).await?, 100_000, "in many parts");
    Ok(())
}

/// Runs all calls, on the runtime of the two listeners and the transport.
async fn everything<L, T>([first, second]: [L; 2], transport: T) -> Result<(), Failure>
where
    L: Listener,
    T: ClientTransport<RT = L::RT>,
{
    let server = RpcServer::bind(Scrambled(first)).dispatch(Eager::with_codec(Clerk, Json))?;
    let addr = server.local_addr();
    let client = Client::new(Caller::connect(Scrambled(transport.clone()), addr)?);
    calls(&client).await?;
    assert_eq!(client.secret().await, Err(RpcError::User(())));
    println!("  a generated service: as expected");

    // The server does not understand a client that does not scramble: this shows that the transport above is in use.
    let plain = Client::new(Caller::connect(transport.clone(), addr)?);
    let error = plain.count("in plain".into()).await.expect_err("not understood");
    println!("  a client with another transport: {error}");

    let by_hand = server.add(Scrambled(second)).dispatch(ByHand)?;
    let client = Client::new(Caller::connect(Scrambled(transport), &by_hand)?);
    calls(&client).await?;
    let missing = client.secret().await.expect_err("the dispatcher does not know it");
    assert_eq!(missing.outcome(), Outcome::Refused);
    println!("  a dispatcher written by hand: as expected, and a method that it lacks: {missing}");
    server.close().await;
    Ok(())
}

/// Runs calls from a plain thread, which has an executor.
fn from_a_thread<L, T>(
    exec: <L::RT as AsyncRuntime>::Exec,
    listener: L,
    transport: T,
) -> Result<(), Failure>
where
    L: Listener,
    T: ClientTransport<RT = L::RT>,
{
    let server = RpcServer::bind(Scrambled(listener)).with_executor(&exec).dispatch(ByHand)?;
    let (transport, config) = (Scrambled(transport), ClientConfig::default());
    let caller = Caller::connect_with_executor(transport, server.local_addr(), config, &exec)?;
    assert_eq!(Client::new(caller).blocking().count("no runtime here".into())?, 3);
    println!("  a thread that waits: as expected");
    Ok(())
}

const ANY_PORT: &str = "127.0.0.1:0";

fn main() -> Result<(), Failure> {
    println!("on tokio");
    let exec = tokio::TokioRT::multi(2);
    exec.block_on(async {
        let listeners =
            [tokio::TcpServer::bind(ANY_PORT).await?, tokio::TcpServer::bind(ANY_PORT).await?];
        everything(listeners, tokio::TcpClient::new()).await
    })?;
    let listener = exec.block_on(tokio::TcpServer::bind(ANY_PORT))?;
    from_a_thread(exec, listener, tokio::TcpClient::new())?;

    println!("on smol");
    let exec = smol::SmolRT::multi(2);
    exec.block_on(async {
        let listeners =
            [smol::TcpServer::bind(ANY_PORT).await?, smol::TcpServer::bind(ANY_PORT).await?];
        everything(listeners, smol::TcpClient::new()).await
    })?;
    let listener = exec.block_on(smol::TcpServer::bind(ANY_PORT))?;
    from_a_thread(exec, listener, smol::TcpClient::new())?;
    println!("everything was as expected");
    Ok(())
}
