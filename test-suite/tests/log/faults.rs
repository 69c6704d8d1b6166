//! One short line for each thing that goes wrong, with method and peer, and nothing that users sent.

use crate::notebook::{SECRET, tells};
use orb::prelude::{AsyncExec, AsyncRuntime};
use orb_tokio::TokioRT;
use razor_rpc::CallContext;
use razor_rpc::client::{ApiClientCaller, Caller, ClientConfig};
use razor_rpc::error::RpcError;
use razor_rpc::server::Eager;
use razor_rpc::{endpoint_async, service};
use razor_rpc_tcp::TcpClient;
use razor_stream::client::stream::ClientStream;
use razor_stream::client::{ClientCaller, Completion, Response, render};
use razor_stream::error::{EncodedErr, Outcome, RpcErrKind, RpcIntErr, Stage};
use razor_stream::proto::RpcAction;
use razor_stream::server::dispatch::{Call, Dispatch, Flow, per_task};
use razor_stream::server::task::{Reply, Respond, ServerTask};
use razor_stream::server::{ServerConfig, Workers, WorkersConfig};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::convert::Infallible;
use std::num::NonZero;
use test_suite::raw::{Listener, Peer, Request};
use test_suite::site::{Net, Site};

/// The name of the peers of a unix socket.
const PEER: &str = "unix:(unnamed)";

fn long() -> String {
    format!("{SECRET}\n\u{1B}[31m\u{202E}").repeat(100_000)
}

/// A dispatcher that answers badly in every way, by the name of the action.
#[derive(Clone)]
struct Shop;

impl Dispatch for Shop {
    fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
        let RpcAction::Str(name) = call.action() else { return Flow::Next };
        let (place, what) = name.split_once('.').expect("a place");
        if place == "Later" {
            let (noti, what) = (reply.detach(), what.to_owned());
            // The thread ends before the answer is looked at.
            let _panicked = std::thread::spawn(move || answer(noti, &what)).join();
            return Flow::Next;
        }
        if what == "wait" {
            let noti = reply.detach();
            return Flow::wait_for(async move {
                let _noti = noti;
                panic!("{SECRET}\n");
            });
        }
        answer(reply, what);
        Flow::Next
    }
}

fn answer(reply: impl Respond, what: &str) {
    match what {
        "bytes" => reply.user_error(EncodedErr::Bytes(long().into_bytes())),
        "forge" => reply.user_error(EncodedErr::Text("rpc_timeout".into())),
        "forget" => drop(reply),
        "encode" => reply.success_with(None, |_| Err(long())),
        "large" => reply.success(&vec![0; 5 << 20], None),
        "decode" => reply.undecodable(&long()),
        "reason" => {
            reply.internal_error(format_args!("the disk {}", "\n\u{1B}is full ".repeat(9999)))
        }
        _ => panic!("{SECRET}\n"),
    }
}

#[test]
fn a_bad_answer_is_told_by_one_short_line_with_method_and_peer() {
    let site = Site::<TokioRT>::new(Net::Unix, TokioRT::multi(2));
    let (_server, addr) = site.serve_with(ServerConfig::default(), Shop);
    let mut peer = Peer::connect(&addr);
    let mut seq = 0;
    for (what, told) in [
        (
            "bytes",
            "its own error, of 1600000 bytes, is longer than 4 KiB, and was sent as rpc_encode",
        ),
        (
            "forge",
            "its own error, of 11 bytes, looks like one of the framework, and was sent as rpc_internal_err",
        ),
        ("forget", "its answer was dropped"),
        ("encode", "its result was not sent: for a reason that is not told"),
        ("large", "its result was not sent: a message of 5242880 bytes"),
        ("decode", "its argument does not decode: for a reason that is not told"),
        ("reason", "the disk \\n\\u{1b}is full \\n"),
        ("panic", "panicked"),
        ("wait", "its handler panicked"),
        // A name that would forge a line.
        ("pa\nnic\u{1B}[31m", "panicked"),
    ] {
        for place in ["Now", "Later"] {
            let name = format!("{place}.{what}");
            let shown = RpcAction::Str(&name).to_string();
            tells(&[&shown, PEER, told], || {
                seq += 1;
                peer.send(&Request::name(seq, name.as_bytes()));
                assert_eq!(peer.answer().seq, seq);
            });
        }
    }
}

#[test]
fn a_worker_that_panics_is_told_by_a_line_with_method_and_peer() {
    let site = Site::<TokioRT>::new(Net::Unix, TokioRT::multi(2));
    let config = WorkersConfig::new(NonZero::<usize>::MIN);
    let workers =
        Workers::<TokioRT, ServerTask<String>>::threads(config, |task| panic!("{}", task.req));
    let workers = workers.expect("a thread");
    let (_server, addr) =
        site.serve_with(ServerConfig::default(), per_task(move |task| workers.submit(task)));
    let mut peer = Peer::connect(&addr);
    let mut seq = 0;
    tells(&["7 of", PEER, "its handler panicked"], || {
        seq += 1;
        peer.send(&Request::number(seq, 7).msg(b"\xA7hunter2"));
        assert_eq!(peer.answer().seq, seq);
    });
    for (msg, reason) in [
        (&b"\xC3"[..], "invalid type: boolean …, expected a string"),
        (b"\xA7hunter", "the message ends inside a value"),
        (b"\xA7hunter2\x01", "bytes left over after the value"),
    ] {
        tells(&["7 of", PEER, "its argument does not decode", reason], || {
            seq += 1;
            peer.send(&Request::number(seq, 7).msg(msg));
            assert_eq!(peer.answer().number, 3);
        });
    }
}

#[test]
fn a_broken_connection_is_told_by_a_line_with_its_peer() {
    let site = Site::<TokioRT>::new(Net::Unix, TokioRT::multi(2));
    let (_server, addr) = site.serve_with(ServerConfig::default(), Shop);
    tells(&["closing the connection of", PEER], || {
        let mut peer = Peer::connect(&addr);
        peer.send_bytes(&SECRET.repeat(9).into_bytes());
        peer.end();
    });
    let listener = Listener::bind(&site.addr());
    tells(&["closing the connection to", listener.addr()], || {
        let client = panicking(&site, listener.addr());
        let mut peer = listener.accept();
        peer.send_lossy(&SECRET.repeat(9).into_bytes());
        peer.end();
        drop(client);
    });
    tells(&["a completion of a call to", listener.addr(), "panicked"], || {
        let _client = panicking(&site, listener.addr());
        let mut peer = listener.accept();
        let asked = peer.request();
        peer.send_bytes(&asked.success(b""));
    });
    tells(&["connect to", "nowhere.sock"], || {
        let pool = site.pool::<Panics>("/tmp/nowhere.sock", ClientConfig::default());
        let frame = render(pool.config(), RpcAction::Num(1), None, |_| Ok::<_, Infallible>(()));
        let _kept = pool.try_submit(pool.submission(frame.expect("a request"), Panics));
        std::thread::yield_now();
    });
}

/// A completion that tells a secret in its panic.
struct Panics;

impl Completion for Panics {
    fn complete(self, _: Result<Response, RpcError<EncodedErr>>) {
        panic!("{SECRET}\n");
    }
}

type Client = ClientStream<Panics, test_suite::net::Client<TokioRT>>;

fn panicking(site: &Site<TokioRT>, addr: &str) -> Client {
    let client: Client = site.connect(addr, ClientConfig::default());
    let frame = render(client.config(), RpcAction::Num(1), None, |_| Ok::<_, Infallible>(()));
    let request = client.submission(frame.expect("a request"), Panics);
    assert!(client.try_submit(request).is_ok(), "there is room");
    client
}

#[endpoint_async(new BankClient)]
trait Bank {
    async fn log_in(&self, password: u64) -> Result<(), RpcError<String>>;
    async fn sign(&self, key: Picky) -> Result<(), RpcError<String>>;
    async fn forward(&self) -> Result<(), RpcError<String>>;
    async fn panic(&self) -> Result<(), RpcError<String>>;
    async fn unsaid(&self) -> Result<Picky, RpcError<String>>;
}

/// A type whose errors repeat the value that they are about.
#[derive(Debug)]
struct Picky(bool);

impl Serialize for Picky {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 { to.serialize_str(SECRET) } else { Err(serde::ser::Error::custom(long())) }
    }
}

impl<'de> Deserialize<'de> for Picky {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Err(D::Error::custom(format!("no such key: {text}")))
    }
}

struct Vault;

#[service]
impl Bank for Vault {
    async fn log_in(&self, _: u64) -> Result<(), RpcError<String>> {
        Ok(())
    }
    async fn sign(&self, _: Picky) -> Result<(), RpcError<String>> {
        Ok(())
    }
    async fn forward(&self) -> Result<(), RpcError<String>> {
        let nested = RpcIntErr::new(RpcErrKind::Timeout, Outcome::NotSent, Stage::Wait);
        Err(RpcError::Rpc(nested.with_peer("db:1").with_cause(long())))
    }
    async fn panic(&self) -> Result<(), RpcError<String>> {
        panic!("{SECRET}\n")
    }
    async fn unsaid(&self) -> Result<Picky, RpcError<String>> {
        Ok(Picky(false))
    }
}

/// The error of the caller names the method and the peer too.
#[test]
fn an_argument_that_does_not_decode_is_explained_at_the_server_and_named_at_the_client() {
    let site = Site::<TokioRT>::new(Net::Unix, TokioRT::multi(2));
    let service = Eager::new(Vault);
    let (_server, addr) = site.serve_with(ServerConfig::default(), service);
    let connected = Caller::connect_with_executor(
        TcpClient::<TokioRT>::new(),
        &addr,
        ClientConfig::default(),
        site.exec(),
    );
    let caller: Caller = connected.expect("an address");
    let call = |action: &'static str, kind: RpcErrKind| {
        let done = site.exec().block_on({
            let caller = caller.clone();
            async move { caller.call::<_, (), String>(&CallContext::new(), action, SECRET).await }
        });
        let Err(RpcError::Rpc(error)) = done else { panic!("{action}: {done:?}") };
        assert_eq!((error.kind(), error.stage()), (kind, Stage::Server), "{error:?}");
        assert_eq!((error.peer(), error.action()), (Some(&*addr), Some(action)));
        let told = error.to_string();
        assert!(told.starts_with(&format!("server at {addr}: {action}: ")), "{told}");
    };
    for (action, kind, told) in [
        ("Bank.log_in", RpcErrKind::Decode, "does not decode: wrong msgpack marker FixStr"),
        ("Bank.sign", RpcErrKind::Decode, "does not decode: for a reason that is not told"),
    ] {
        tells(&[action, PEER, told], || call(action, kind));
    }
    // There is no line for this, but the error names the method.
    call("Bank.log_on", RpcErrKind::Method);
    call("Bnak.log_in", RpcErrKind::Service);
    let client = BankClient::new(caller.clone());
    for (action, told) in [
        ("Bank.forward", "its handler returned a framework error, Timeout of the stage wait"),
        ("Bank.panic", "its handler panicked"),
        ("Bank.unsaid", "its result was not sent: for a reason that is not told"),
    ] {
        tells(&[action, PEER, told], || {
            let client = client.clone();
            let error = site.exec().block_on(async move {
                match action {
                    "Bank.forward" => client.forward().await.err(),
                    "Bank.panic" => client.panic().await.err(),
                    _ => client.unsaid().await.err(),
                }
            });
            let Some(RpcError::Rpc(error)) = error else { panic!("{error:?}") };
            assert_eq!((error.peer(), error.action()), (Some(&*addr), Some(action)));
        });
    }
}
