//! A calculator over the network: a service trait, its server, its client, and everything that can go wrong.
//!
//! ```sh
//! cargo run --release --example calculator
//! ```
//!
//! The same service runs over two transports, TCP and a unix socket. The service does not know which one.

use razor_rpc::CallContext;
use razor_rpc::client::{ApiClientCaller, ClientConfig};
use razor_rpc::error::{Outcome, RpcErrCodec, RpcErrKind};
use razor_rpc::tokio::{TcpClient, listen};
use razor_rpc::{RpcErr, RpcError, Serve, endpoint_async, service};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error + Send + Sync>;

// ---- The agreement: the trait, its types, its errors. Server and client share this. ----

/// Any number of arguments, any result, and for each method an error of its own.
#[endpoint_async(new CalculatorClient)]
trait Calculator {
    async fn add(&self, a: i64, b: i64) -> Result<i64, RpcError<()>>;
    async fn divide(&self, dividend: i64, divisor: i64) -> Result<Quotient, RpcError<String>>;
    fn root(&self, x: f64) -> impl Future<Output = Result<f64, RpcError<MathError>>> + Send;
    async fn history(&self) -> Result<Vec<String>, RpcError<()>>;
    async fn think(&self, time: Duration) -> Result<(), RpcError<()>>;
    async fn crash(&self) -> Result<(), RpcError<()>>;
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Quotient {
    quotient: i64,
    remainder: i64,
}

/// An error type of the user's own: without fields, it travels as a number.
#[derive(Debug, PartialEq, RpcErr)]
enum MathError {
    Imaginary = 1,
    NotANumber = 2,
}

// ---- The server. ----

struct Desk;

#[service]
impl Calculator for Desk {
    async fn add(&self, a: i64, b: i64) -> Result<i64, RpcError<()>> {
        a.checked_add(b).ok_or(RpcError::User(()))
    }

    async fn divide(&self, dividend: i64, divisor: i64) -> Result<Quotient, RpcError<String>> {
        match (dividend.checked_div(divisor), dividend.checked_rem(divisor)) {
            (Some(quotient), Some(remainder)) => Ok(Quotient { quotient, remainder }),
            _ => Err(RpcError::User(format!("{dividend} cannot be divided by {divisor}"))),
        }
    }

    async fn root(&self, x: f64) -> Result<f64, RpcError<MathError>> {
        match x {
            x if x.is_nan() => Err(RpcError::User(MathError::NotANumber)),
            x if x < 0.0 => Err(RpcError::User(MathError::Imaginary)),
            x => Ok(x.sqrt()),
        }
    }

    async fn history(&self) -> Result<Vec<String>, RpcError<()>> {
        Ok(vec!["abacus".into(), "slide rule".into()])
    }

    async fn think(&self, time: Duration) -> Result<(), RpcError<()>> {
        tokio::time::sleep(time).await;
        Ok(())
    }

    async fn crash(&self) -> Result<(), RpcError<()>> {
        panic!("{PANIC}")
    }
}

// ---- What a client sees. ----

async fn results(client: &CalculatorClient) -> Result<(), Failure> {
    assert_eq!(client.add(20, 22).await?, 42);
    let seven_by_two = client.divide(7, 2).await?;
    assert_eq!(seven_by_two, Quotient { quotient: 3, remainder: 1 });
    assert!((client.root(2.0).await? - 1.414).abs() < 0.001);
    assert_eq!(client.history().await?.len(), 2);
    println!("  results: 20 + 22 = 42, 7 / 2 = {seven_by_two:?}");
    Ok(())
}

async fn errors_of_the_methods(client: &CalculatorClient) {
    assert_eq!(client.add(i64::MAX, 1).await, Err(RpcError::User(())));
    assert_eq!(client.root(-1.0).await, Err(RpcError::User(MathError::Imaginary)));
    let text = client.divide(1, 0).await;
    assert_eq!(text, Err(RpcError::User("1 cannot be divided by 0".into())));
    println!("  errors of the methods, each of its own type: (), Imaginary, {:?}", text.err());
}

async fn errors_of_the_framework(client: &CalculatorClient) {
    // The calls of a generated client, made by hand, so that a wrong name or argument can be sent.
    let raw = razor_rpc::client::Endpoint::caller(client);
    let no_service: Result<i64, RpcError<()>> =
        raw.call(&CallContext::new(), "Oracle.add", &(1, 2)).await;
    show("an unknown service", no_service, RpcErrKind::Service, Outcome::Refused);
    let no_method: Result<i64, RpcError<()>> =
        raw.call(&CallContext::new(), "Calculator.guess", &(1, 2)).await;
    show("an unknown method", no_method, RpcErrKind::Method, Outcome::Refused);
    let no_sum: Result<i64, RpcError<()>> =
        raw.call(&CallContext::new(), "Calculator.add", "one, two").await;
    show("a wrong argument", no_sum, RpcErrKind::Decode, Outcome::Refused);

    show("a panic", client.crash().await, RpcErrKind::Internal, Outcome::Executed);
    let too_long = client.think(Duration::from_secs(2)).await;
    show("a deadline", too_long, RpcErrKind::Timeout, Outcome::Unknown);

    assert_eq!(client.add(1, 2).await, Ok(3), "all this over one connection, which still works");
}

/// A framework error says what failed, and what may have happened to the request.
fn show<T: std::fmt::Debug, E: RpcErrCodec>(
    what: &str,
    result: Result<T, RpcError<E>>,
    kind: RpcErrKind,
    outcome: Outcome,
) {
    let error = result.expect_err("it cannot work");
    assert_eq!((error.kind(), error.outcome()), (Some(kind), outcome));
    println!("  {what}: {error} ({outcome})");
}

/// Calls share the connection and overtake each other: a hundred that wait 50 ms take little more together.
async fn calls_at_once(client: &CalculatorClient) -> Result<(), Failure> {
    let started = now();
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.think(Duration::from_millis(50)).await })
        })
        .collect();
    for call in calls {
        call.await??;
    }
    let taken = started.elapsed();
    assert!(taken < Duration::from_secs(2), "one after the other they would take 5 s");
    println!("  100 calls of 50 ms at once: {} ms", taken.as_millis());
    Ok(())
}

async fn throughput(client: &CalculatorClient) -> Result<(), Failure> {
    const CALLERS: i64 = 256;
    const CALLS: i64 = 400;
    let started = now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let client = client.clone();
            tokio::spawn(async move {
                for call in 0..CALLS {
                    assert_eq!(client.add(caller, call).await?, caller + call);
                }
                Ok::<(), RpcError<()>>(())
            })
        })
        .collect();
    for caller in callers {
        caller.await??;
    }
    let taken = started.elapsed().as_secs_f64();
    let rate = (CALLERS * CALLS) as f64 / taken;
    println!("  {CALLERS} callers, one connection: {rate:.0} calls a second");
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "an example measures, the library asks its own clock"
)]
fn now() -> Instant {
    Instant::now()
}

/// The text of the panic in the handler of `crash`.
const PANIC: &str = "a handler panics, as it should: its caller gets an error, all others go on";

/// Prints only one line for this panic; any other panic is shown in full.
fn quiet_about_the_panic_that_is_meant() {
    let in_full = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| match panic.payload_as_str() {
        Some(PANIC) => println!("  {PANIC}"),
        _ => in_full(panic),
    }));
}

// ---- Two transports. ----

/// A server at `addr`, and a client connected to it.
async fn everything(addr: &str) -> Result<(), Failure> {
    let server = listen(addr).await?.serve(Desk)?;
    println!("serving at {}", server.local_addr());

    let config = ClientConfig::default()
        .with_call_timeout(Duration::from_millis(300))
        .with_deadline_resolution(Duration::from_millis(20));
    let client = CalculatorClient::connect_with(TcpClient::new(), server.local_addr(), config)?;
    results(&client).await?;
    errors_of_the_methods(&client).await;
    errors_of_the_framework(&client).await;
    calls_at_once(&client).await?;
    throughput(&client).await?;
    drop(client);
    server.close().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    quiet_about_the_panic_that_is_meant();
    everything("127.0.0.1:0").await?;

    let dir = std::env::temp_dir().join(format!("razor-rpc-calculator-{}", std::process::id()));
    std::fs::create_dir(&dir)?;
    everything(&format!("unix:{}", dir.join("desk.sock").display())).await?;
    std::fs::remove_dir(&dir)?;
    println!("everything was as expected");
    Ok(())
}
