//! Every way in which a call can fail: it gets its own error, and the connection lives on.

mod support;
#[path = "support/wait.rs"]
mod wait;

use razor_rpc::CallContext;
use razor_rpc::client::{ApiClientCaller, Caller, ClientConfig};
use razor_rpc::error::{EncodedErr, ErrDecodeError, Outcome, RpcErrKind, RpcError};
use razor_rpc::razor_stream::orb::prelude::AsyncRuntime;
use razor_rpc::server::{Eager, Inline, Spawn};
use razor_rpc::{RpcErr, endpoint_async, service};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::error::Error;
use std::time::Duration;
use support::{on_each_runtime, served};

#[endpoint_async(new TroubleClient)]
trait Trouble {
    async fn echo(&self, text: String) -> Result<String, RpcError<String>>;
    async fn number(&self, code: i8) -> Result<(), RpcError<i8>>;
    async fn panic_at_once(&self) -> Result<(), RpcError<()>>;
    async fn panic_later(&self) -> Result<(), RpcError<()>>;
    async fn forward(&self) -> Result<(), RpcError<()>>;
    async fn forge(&self) -> Result<(), RpcError<String>>;
    async fn unencodable(&self) -> Result<Bad, RpcError<()>>;
    async fn panic_in_decode(&self, bad: Bad) -> Result<(), RpcError<()>>;
    async fn panic_in_encode(&self) -> Result<WorseThanBad, RpcError<()>>;
    async fn never(&self) -> Result<(), RpcError<()>>;
    async fn own(&self, nothing: bool) -> Result<u32, RpcError<Own>>;
    async fn detailed(&self, error: Detailed) -> Result<(), RpcError<Detailed>>;
    async fn unencodable_error(&self) -> Result<(), RpcError<Unencodable>>;
}

/// An error that travels as a number.
#[derive(Debug, PartialEq, thiserror::Error, RpcErr)]
enum Own {
    #[error("there is none")]
    Nothing = 1,
    #[error("it is frozen")]
    Frozen = 2,
}

/// An error that travels as the codec encodes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, RpcErr)]
enum Detailed {
    Missing { cents: u64 },
    Told(String),
}

/// An older version of the error, without some of its variants.
#[derive(Debug, PartialEq, RpcErr)]
enum OlderOwn {
    Nothing = 1,
}

/// An older version of the other error.
#[derive(Debug, PartialEq, Serialize, Deserialize, RpcErr)]
enum OlderDetailed {
    Missing { cents: u64 },
}

#[derive(Debug, Deserialize, RpcErr)]
#[rpc(codec)]
struct Unencodable;

impl Serialize for Unencodable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("never encodes"))
    }
}

/// A value that encodes only at the client, and never decodes.
#[derive(Debug)]
struct Bad(bool);

impl Serialize for Bad {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 { to.serialize_unit() } else { Err(serde::ser::Error::custom("never encodes")) }
    }
}

impl<'de> Deserialize<'de> for Bad {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("meant: a panic while an argument is decoded")
    }
}

#[derive(Debug, Deserialize)]
struct WorseThanBad;

impl Serialize for WorseThanBad {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("meant: a panic while a result is encoded")
    }
}

struct Server<RT>(std::marker::PhantomData<fn() -> RT>);

#[service]
impl<RT: AsyncRuntime> Trouble for Server<RT> {
    async fn echo(&self, text: String) -> Result<String, RpcError<String>> {
        if text.is_empty() { Err(RpcError::User("empty".into())) } else { Ok(text) }
    }
    async fn number(&self, code: i8) -> Result<(), RpcError<i8>> {
        Err(RpcError::User(code))
    }
    async fn panic_at_once(&self) -> Result<(), RpcError<()>> {
        panic!("meant: a panic in a handler")
    }
    async fn panic_later(&self) -> Result<(), RpcError<()>> {
        wait::wait_once().await;
        panic!("meant: a panic in a handler that waited")
    }
    async fn forward(&self) -> Result<(), RpcError<()>> {
        use razor_rpc::error::{RpcIntErr, Stage};
        Err(RpcIntErr::new(RpcErrKind::Timeout, Outcome::NotSent, Stage::Wait))?
    }
    async fn forge(&self) -> Result<(), RpcError<String>> {
        Err(RpcError::User("rpc_unreachable".into()))
    }
    async fn unencodable(&self) -> Result<Bad, RpcError<()>> {
        Ok(Bad(false))
    }
    async fn panic_in_decode(&self, _: Bad) -> Result<(), RpcError<()>> {
        Ok(())
    }
    async fn panic_in_encode(&self) -> Result<WorseThanBad, RpcError<()>> {
        Ok(WorseThanBad)
    }
    async fn never(&self) -> Result<(), RpcError<()>> {
        std::future::pending().await
    }
    async fn own(&self, nothing: bool) -> Result<u32, RpcError<Own>> {
        let found = (!nothing).then_some(Own::Frozen).ok_or(Own::Nothing)?;
        Err(found)?
    }
    async fn detailed(&self, error: Detailed) -> Result<(), RpcError<Detailed>> {
        Err(error)?
    }
    async fn unencodable_error(&self) -> Result<(), RpcError<Unencodable>> {
        Err(Unencodable)?
    }
}

/// The bytes or the number that arrived, of an error that the caller does not know.
fn unknown<T, E: razor_rpc::error::RpcErrCodec>(
    result: Result<T, RpcError<E>>,
) -> Option<EncodedErr> {
    let error = result.err()?;
    assert_eq!((error.kind(), error.outcome()), (Some(RpcErrKind::Decode), Outcome::Executed));
    assert!(!error.is_safe_to_repeat());
    error.source()?.downcast_ref::<ErrDecodeError>()?.received().cloned()
}

/// Errors by `#[derive(RpcErr)]`, over a connection: as they are, to an older caller, and where they do not travel.
async fn a_derived_error_arrives_or_says_why_it_does_not<RT: AsyncRuntime>() {
    let (server, caller) = served::<RT>(Eager::new(server::<RT>()), ClientConfig::default()).await;
    let client = TroubleClient::new(caller.clone());
    assert_eq!(client.own(true).await, Err(RpcError::User(Own::Nothing)));
    let frozen = client.own(false).await.expect_err("it always fails");
    assert_eq!((frozen.to_string(), frozen.user()), ("it is frozen".into(), Some(&Own::Frozen)));
    let missing = Detailed::Missing { cents: 7 };
    assert_eq!(client.detailed(missing.clone()).await, Err(RpcError::User(missing)));

    let known: Result<u32, RpcError<OlderOwn>> =
        caller.call(&CallContext::new(), "Trouble.own", &true).await;
    assert_eq!(known, Err(RpcError::User(OlderOwn::Nothing)));
    let newer: Result<u32, RpcError<OlderOwn>> =
        caller.call(&CallContext::new(), "Trouble.own", &false).await;
    assert_eq!(unknown(newer), Some(EncodedErr::Num(2)));
    let told = Detailed::Told("more".into());
    let newer: Result<(), RpcError<OlderDetailed>> =
        caller.call(&CallContext::new(), "Trouble.detailed", &told).await;
    assert!(matches!(unknown(newer), Some(EncodedErr::Bytes(bytes)) if bytes.ends_with(b"more")));

    // Rule R7: what is longer than 4 KiB, or has no encoding, is not sent, and the caller gets code 9.
    let long = client.detailed(Detailed::Told("x".repeat(5000))).await;
    assert_eq!(ended_as(&long), Some((RpcErrKind::Encode, Outcome::Executed)));
    let ended = ended_as(&client.unencodable_error().await);
    assert_eq!(ended, Some((RpcErrKind::Encode, Outcome::Executed)));
    assert_eq!(client.echo("alive".into()).await, Ok("alive".into()));
    assert_eq!(server.connections(), 1);
}

const fn server<RT>() -> Server<RT> {
    Server(std::marker::PhantomData)
}

fn ended_as<T, E>(result: &Result<T, RpcError<E>>) -> Option<(RpcErrKind, Outcome)> {
    let error = result.as_ref().err()?;
    Some((error.kind()?, error.outcome()))
}

const INTERNAL: Option<(RpcErrKind, Outcome)> = Some((RpcErrKind::Internal, Outcome::Executed));

/// Every kind of failure, over one connection.
async fn assert_each_failure_is_its_own(caller: Caller) {
    let client = TroubleClient::new(caller.clone());
    assert_eq!(client.echo(String::new()).await, Err(RpcError::User("empty".into())));
    assert_eq!(client.number(-3).await, Err(RpcError::User(-3)));
    assert_eq!(ended_as(&client.panic_at_once().await), INTERNAL);
    assert_eq!(ended_as(&client.panic_later().await), INTERNAL);
    assert_eq!(ended_as(&client.panic_in_decode(Bad(true)).await), INTERNAL);
    assert_eq!(ended_as(&client.panic_in_encode().await), INTERNAL);
    // Rule R6: no handler can forge a framework error.
    assert_eq!(ended_as(&client.forward().await), INTERNAL);
    assert_eq!(ended_as(&client.forge().await), INTERNAL);
    let unencodable = ended_as(&client.unencodable().await);
    assert_eq!(unencodable, Some((RpcErrKind::Encode, Outcome::Executed)));
    let not_sent = ended_as(&client.panic_in_decode(Bad(false)).await);
    assert_eq!(not_sent, Some((RpcErrKind::Encode, Outcome::NotSent)));

    for (action, kind) in [
        ("Nowhere.echo", RpcErrKind::Service),
        ("trouble.echo", RpcErrKind::Service),
        (".echo", RpcErrKind::Service),
        ("Trouble.nothing", RpcErrKind::Method),
        ("Trouble.echo.more", RpcErrKind::Method),
        ("Trouble.", RpcErrKind::Method),
        ("Trouble", RpcErrKind::Method),
        ("Trouble.echo", RpcErrKind::Decode),
    ] {
        let result: Result<String, RpcError<String>> =
            caller.call(&CallContext::new(), action, &(1, 2)).await;
        assert_eq!(ended_as(&result), Some((kind, Outcome::Refused)), "{action}");
    }
    let too_long: Result<(), RpcError<()>> = caller.call(&CallContext::new(), LONG, &()).await;
    assert_eq!(ended_as(&too_long), Some((RpcErrKind::Invalid, Outcome::NotSent)));

    // The result is there, but it is not what this caller expects.
    let other: Result<u8, RpcError<String>> =
        caller.call(&CallContext::new(), "Trouble.echo", "text").await;
    assert_eq!(ended_as(&other), Some((RpcErrKind::Decode, Outcome::Executed)));
    let other: Result<(), RpcError<String>> =
        caller.call(&CallContext::new(), "Trouble.number", &1).await;
    assert_eq!(ended_as(&other), Some((RpcErrKind::Decode, Outcome::Executed)));

    assert_eq!(client.echo("alive".into()).await, Ok("alive".into()));
}

/// An action one byte too long for the wire.
const LONG: &str = match std::str::from_utf8(&[b'x'; 257]) {
    Ok(text) => text,
    Err(_) => "",
};

async fn each_failure_is_its_own_under_eager<RT: AsyncRuntime>() {
    let (server, caller) = served::<RT>(Eager::new(server::<RT>()), ClientConfig::default()).await;
    assert_each_failure_is_its_own(caller).await;
    assert_eq!(server.connections(), 1);
}

async fn each_failure_is_its_own_under_inline<RT: AsyncRuntime>() {
    let (server, caller) = served::<RT>(Inline::new(server::<RT>()), ClientConfig::default()).await;
    assert_each_failure_is_its_own(caller).await;
    assert_eq!(server.connections(), 1);
}

async fn each_failure_is_its_own_under_spawn<RT: AsyncRuntime>() {
    let (server, caller) = served::<RT>(Spawn::new(server::<RT>()), ClientConfig::default()).await;
    assert_each_failure_is_its_own(caller).await;
    assert_eq!(server.connections(), 1);
}

async fn a_call_that_gets_no_answer_ends_at_its_deadline<RT: AsyncRuntime>() {
    let config = ClientConfig::default()
        .with_call_timeout(Duration::from_millis(20))
        .with_deadline_resolution(Duration::from_millis(5));
    let (_server, caller) = served::<RT>(Eager::new(server::<RT>()), config).await;
    let client = TroubleClient::new(caller);
    let ended = ended_as(&client.never().await);
    assert_eq!(ended, Some((RpcErrKind::Timeout, Outcome::Unknown)));
    assert_eq!(client.echo("alive".into()).await, Ok("alive".into()));
}

async fn calls_that_were_given_up_leave_the_window_to_others<RT: AsyncRuntime>() {
    let window = std::num::NonZero::new(4).expect("not 0");
    let config = ClientConfig::default()
        .with_max_in_flight(window)
        .with_call_timeout(Duration::from_secs(5));
    let (_server, caller) = served::<RT>(Eager::new(server::<RT>()), config).await;
    let client = TroubleClient::new(caller);
    for _ in 0..4 {
        let never = client.never();
        assert!(RT::timeout(Duration::from_millis(10), never).await.is_err(), "it never answers");
    }
    assert_eq!(client.echo("alive".into()).await, Ok("alive".into()));
}

on_each_runtime! {
    each_failure_is_its_own_under_eager
    each_failure_is_its_own_under_inline
    each_failure_is_its_own_under_spawn
    a_derived_error_arrives_or_says_why_it_does_not
    a_call_that_gets_no_answer_ends_at_its_deadline
    calls_that_were_given_up_leave_the_window_to_others
}
