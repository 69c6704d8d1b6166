//! Everything replaced by one's own: the transport, the codec, and the dispatcher. All by public items.
//!
//! ```sh
//! cargo run --release --example pluggable
//! ```
//!
//! The transport is TCP on which no byte looks as it did, the codec is JSON, and the dispatcher finds methods by hand
//! and answers from a thread. The generated client does not notice.

use orb::prelude::*;
use orb_tokio::TokioRT;
use razor_rpc::client::{Caller, ClientConfig, Endpoint};
use razor_rpc::error::{Outcome, RpcErrCodec, RpcError};
use razor_rpc::razor_stream::codec::{DecodeError, EncodeError};
use razor_rpc::razor_stream::error::Stage;
use razor_rpc::razor_stream::proto::{FrameworkCode, RpcAction};
use razor_rpc::razor_stream::server::dispatch::{Call, Dispatch, Flow, MakeDispatch};
use razor_rpc::razor_stream::server::task::{Reply, Respond};
use razor_rpc::razor_stream::transport::{
    ClientTransport, Connection, Listener, PeerAddr, ReadHalf, TransportError, WriteHalf,
};
use razor_rpc::server::{Eager, RpcServer, ServerConfig};
use razor_rpc::{Codec, endpoint_async, service};
use razor_rpc_smol::SmolRT;
use razor_rpc_tcp::TcpClient;
use serde::{Deserialize, Serialize};
use std::io::{self, IoSlice, Read, Write};
use std::marker::PhantomData;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
            // All or nothing: what is in front of it belongs to somebody else.
            out.truncate(start);
            EncodeError::new(error)
        })
    }

    fn decode<'de, T: Deserialize<'de>>(&self, bytes: &'de [u8]) -> Result<T, DecodeError> {
        serde_json::from_slice(bytes).map_err(DecodeError::new)
    }
}

// ---- The transport: TCP, each byte changed by its place in the stream. Not a cipher. ----

type Fd<RT, S> = <RT as AsyncIO>::AsyncFd<S>;

fn scramble(bytes: &mut [u8], at: u64) {
    for (byte, place) in bytes.iter_mut().zip(at..) {
        *byte ^= 0xa5 ^ place.to_le_bytes()[0];
    }
}

/// The most that one read or write takes.
const PART: usize = 4096;

struct ScrambledRead<RT: AsyncRuntime> {
    fd: Arc<Fd<RT, TcpStream>>,
    at: u64,
}

impl<RT: AsyncRuntime> ReadHalf for ScrambledRead<RT> {
    async fn read(&mut self, into: &mut Vec<u8>, reserve: usize) -> io::Result<usize> {
        let mut part = [0; PART];
        let fits = match into.capacity() - into.len() {
            0 => reserve,
            spare => spare,
        };
        let most = &mut part[..fits.min(PART)];
        // Nothing is waited for after it, so a read that is dropped has read nothing.
        let read = self.fd.async_read(|mut socket| socket.read(most)).await?;
        scramble(&mut part[..read], self.at);
        self.at += read as u64;
        if into.capacity() == into.len() && read > 0 {
            into.reserve(reserve);
        }
        into.extend_from_slice(&part[..read]);
        Ok(read)
    }
}

struct ScrambledWrite<RT: AsyncRuntime> {
    fd: Arc<Fd<RT, TcpStream>>,
    /// The library never writes from two threads at once, but from one after the other.
    at: AtomicU64,
}

impl<RT: AsyncRuntime> ScrambledWrite<RT> {
    fn put(&self, mut socket: &TcpStream, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let (mut part, mut filled) = ([0; PART], 0);
        for buf in bufs {
            let fits = buf.len().min(PART - filled);
            part[filled..filled + fits].copy_from_slice(&buf[..fits]);
            filled += fits;
        }
        scramble(&mut part[..filled], self.at.load(Ordering::Acquire));
        let written = socket.write(&part[..filled])?;
        self.at.fetch_add(written as u64, Ordering::Release);
        Ok(written)
    }
}

impl<RT: AsyncRuntime> WriteHalf for ScrambledWrite<RT> {
    fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.put(&self.fd, bufs)
    }

    async fn write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.fd.async_write(|socket| self.put(socket, bufs)).await
    }

    fn shutdown_write(&self) -> io::Result<()> {
        self.fd.shutdown(Shutdown::Write)
    }

    fn close(&self) {
        // That the peer has closed already is no error.
        let _gone = self.fd.shutdown(Shutdown::Both);
    }
}

type End<RT> = Connection<ScrambledRead<RT>, ScrambledWrite<RT>>;

fn end<RT: AsyncRuntime>(fd: Fd<RT, TcpStream>, peer: PeerAddr) -> io::Result<End<RT>> {
    fd.set_nodelay(true)?;
    let fd = Arc::new(fd);
    Ok(Connection {
        read: ScrambledRead { fd: fd.clone(), at: 0 },
        write: ScrambledWrite { fd, at: AtomicU64::new(0) },
        peer,
    })
}

fn failed(stage: Stage, addr: &str) -> impl FnOnce(io::Error) -> TransportError {
    let addr = addr.to_owned();
    move |cause| TransportError { stage, addr, cause }
}

fn parse(addr: &str) -> Result<SocketAddr, TransportError> {
    let malformed = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
    addr.parse().map_err(malformed).map_err(failed(Stage::Resolve, addr))
}

struct Scrambled<RT>(PhantomData<fn() -> RT>);

impl<RT> Clone for Scrambled<RT> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<RT: AsyncRuntime> ClientTransport for Scrambled<RT> {
    type RT = RT;
    type Read = ScrambledRead<RT>;
    type Write = ScrambledWrite<RT>;

    /// A client asks this first, and refuses what is no address.
    fn check(&self, addr: &str) -> Result<(), TransportError> {
        parse(addr).map(drop)
    }

    async fn connect(&self, addr: &str) -> Result<End<RT>, TransportError> {
        let inet = parse(addr)?;
        let connected = RT::connect_tcp(&inet).await;
        let ended = connected.and_then(|fd| end::<RT>(fd, PeerAddr::Inet(inet)));
        ended.map_err(failed(Stage::Connect, addr))
    }
}

struct ScrambledServer<RT: AsyncRuntime> {
    fd: Fd<RT, TcpListener>,
    addr: String,
}

impl<RT: AsyncRuntime> Listener for ScrambledServer<RT> {
    type RT = RT;
    type Read = ScrambledRead<RT>;
    type Write = ScrambledWrite<RT>;
    type Accepted = (TcpStream, SocketAddr);

    async fn bind(addr: &str) -> Result<Self, TransportError> {
        let listening = TcpListener::bind(addr).and_then(|listener| {
            listener.set_nonblocking(true)?;
            let addr = listener.local_addr()?.to_string();
            Ok(Self { fd: RT::to_async_fd_rd(listener)?, addr })
        });
        listening.map_err(failed(Stage::Listen, addr))
    }

    fn local_addr(&self) -> &str {
        &self.addr
    }

    async fn accept(&self) -> io::Result<Self::Accepted> {
        self.fd.async_read(TcpListener::accept).await
    }

    async fn open((stream, peer): Self::Accepted) -> io::Result<End<RT>> {
        stream.set_nonblocking(true)?;
        end::<RT>(RT::to_async_fd_rw(stream)?, PeerAddr::Inet(peer))
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
                // As if it took long: the answer is taken along, and the connection goes on.
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

async fn serve<RT: AsyncRuntime>(
    dispatch: impl MakeDispatch,
) -> Result<(RpcServer<RT>, Client, String), Failure> {
    let mut server = RpcServer::<RT>::new(ServerConfig::default());
    let addr = server.listen::<ScrambledServer<RT>, _>("127.0.0.1:0", dispatch).await?;
    let caller = Caller::connect(Scrambled::<RT>(PhantomData), &addr)?;
    Ok((server, Client::new(caller), addr))
}

async fn calls(client: &Client) -> Result<(), Failure> {
    assert_eq!(client.count("to be or not".into()).await?, 4);
    assert_eq!(client.longest("a pluggable thing".into()).await?, "pluggable");
    let nothing = client.longest(" ".into()).await;
    assert_eq!(nothing, Err(RpcError::User("no words at all".into())));
    let large = "word ".repeat(100_000);
    assert_eq!(client.count(large).await?, 100_000, "in many parts");
    Ok(())
}

async fn everything<RT: AsyncRuntime>() -> Result<(), Failure> {
    let generated = Eager::with_codec(Clerk, Json);
    let (server, client, addr) = serve::<RT>(generated).await?;
    calls(&client).await?;
    assert_eq!(client.secret().await, Err(RpcError::User(())));
    println!("  a generated service: as expected");

    // A client that does not scramble is not understood: so the transport above is really in use.
    let plain = Caller::<Json>::connect(TcpClient::<RT>::new(), &addr)?;
    let error = Client::new(plain).count("in plain".into()).await.expect_err("not understood");
    println!("  a client with another transport: {error}");
    server.close().await;

    let (server, client, _) = serve::<RT>(ByHand).await?;
    calls(&client).await?;
    let missing = client.secret().await.expect_err("the dispatcher does not know it");
    assert_eq!(missing.outcome(), Outcome::Refused);
    println!("  a dispatcher written by hand: as expected, and a method that it lacks: {missing}");
    server.close().await;
    Ok(())
}

/// The same from a plain thread: this one.
fn from_a_thread<RT: AsyncRuntime>() -> Result<(), Failure> {
    let exec = RT::one();
    let mut server = RpcServer::<RT>::with_executor(ServerConfig::default(), &exec);
    let (server, addr) = exec.block_on(async move {
        let addr = server.listen::<ScrambledServer<RT>, _>("127.0.0.1:0", ByHand).await;
        (server, addr)
    });
    let (transport, config) = (Scrambled::<RT>(PhantomData), ClientConfig::default());
    let client = Client::new(Caller::connect_on(transport, &addr?, config, &exec)?).blocking();
    assert_eq!(client.count("no runtime here".into())?, 3);
    println!("  a thread that waits: as expected");
    drop(server);
    Ok(())
}

fn main() -> Result<(), Failure> {
    println!("on tokio");
    TokioRT::multi(2).block_on(everything::<TokioRT>())?;
    from_a_thread::<TokioRT>()?;
    println!("on smol");
    SmolRT::multi(2).block_on(everything::<SmolRT>())?;
    from_a_thread::<SmolRT>()?;
    println!("everything was as expected");
    Ok(())
}
