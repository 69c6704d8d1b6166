//! Errors of your own with thiserror and `#[derive(RpcErr)]`: handed on by `?` in a handler, matched by a caller,
//! printed with all of their causes, and repeated where that is safe.
//!
//! ```sh
//! cargo run --release --example errors
//! ```

use anyhow::Context;
use razor_rpc::client::ClientConfig;
use razor_rpc::error::{Failover, Outcome, RpcErrCodec, RpcErrKind, RpcError, UserErr};
use razor_rpc::tokio::{RpcServer, TcpClient, listen};
use razor_rpc::{RpcErr, Serve, endpoint_async, service};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::error::Error;
use std::num::ParseIntError;
use std::time::Duration;

// ---- The errors. ----

/// It has fields, so it travels as the codec encodes it.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize, RpcErr)]
enum BankError {
    #[error("no such account")]
    NoAccount,
    #[error("{cents} cents are missing")]
    Missing { cents: u64 },
    #[error("the ledger cannot be read")]
    Ledger(#[from] Damage),
    #[error("another server has this account: {server}")]
    #[rpc(failover_to = server)]
    Moved { server: String },
}

/// A cause, which travels too.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[error("line {line} is damaged")]
struct Damage {
    line: u32,
}

/// Without fields it travels as a number.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error, RpcErr)]
enum ClockError {
    #[error("the clock stands")]
    Stands = 1,
}

#[endpoint_async(new BankClient)]
trait Bank {
    async fn balance(&self, account: String) -> Result<u64, RpcError<BankError>>;
    async fn withdraw(&self, account: String, cents: u64) -> Result<u64, RpcError<BankError>>;
    /// The sum of a list of numbers.
    async fn sum(&self, list: String) -> Result<u64, RpcError<String>>;
    async fn time(&self) -> Result<u64, RpcError<ClockError>>;
    async fn think(&self) -> Result<(), RpcError<()>>;
}

// ---- The server. ----

struct Vault {
    ledger: HashMap<&'static str, &'static str>,
}

impl Vault {
    fn open() -> Self {
        Self {
            ledger: HashMap::from([("alice", "4200"), ("bob", "4z"), ("carol", "at 10.0.0.7:82")]),
        }
    }

    /// A function of the program, which knows nothing of RPC.
    fn read(line: &str) -> Result<u64, Damage> {
        line.parse().map_err(|_: ParseIntError| Damage { line: 7 })
    }
}

#[service]
impl Bank for Vault {
    async fn balance(&self, account: String) -> Result<u64, RpcError<BankError>> {
        // `?` turns the method's own error into the error of the call.
        let line = self.ledger.get(&*account).ok_or(BankError::NoAccount)?;
        if let Some(server) = line.strip_prefix("at ") {
            Err(BankError::Moved { server: server.to_string() })?;
        }
        // Another error is first turned into the method's own, by its `From`.
        let cents = Self::read(line).user_err()?;
        Ok(cents)
    }

    async fn withdraw(&self, account: String, cents: u64) -> Result<u64, RpcError<BankError>> {
        let balance = self.balance(account).await?;
        let left = balance.checked_sub(cents);
        Ok(left.ok_or(BankError::Missing { cents: cents.saturating_sub(balance) })?)
    }

    async fn sum(&self, list: String) -> Result<u64, RpcError<String>> {
        let sum = || -> anyhow::Result<u64> {
            let mut sum = 0_u64;
            for number in list.split('+') {
                let number: u64 = number.parse().with_context(|| format!("read {number:?}"))?;
                sum = sum.checked_add(number).context("it is too large")?;
            }
            Ok(sum)
        };
        // An error of anyhow travels as its text, with all of its causes.
        sum().user_text()
    }

    async fn time(&self) -> Result<u64, RpcError<ClockError>> {
        Err(ClockError::Stands)?
    }

    async fn think(&self) -> Result<(), RpcError<()>> {
        // This takes longer than its caller waits.
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok(())
    }
}

// ---- The callers. ----

/// The text for a person: the error, and behind it each of its causes.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |chain, cause| format!("{chain}: {cause}"))
}

/// Calls one server after another, as long as no server can have executed the call and another server may answer
/// better. Returns the result and the number of servers that were called.
async fn repeated<T, E>(
    clients: &[BankClient],
    call: impl AsyncFn(&BankClient) -> Result<T, RpcError<E>>,
) -> (Result<T, RpcError<E>>, usize) {
    let mut called = 0;
    loop {
        let result = call(&clients[called]).await;
        called += 1;
        match result {
            Err(error)
                if called < clients.len() && error.is_safe_to_repeat() && !error.permanent() => {}
            end => return (end, called),
        }
    }
}

async fn matches_variants(client: &BankClient) {
    assert_eq!(client.balance("alice".into()).await, Ok(4200));
    for account in ["alice", "bob", "carol", "dave"] {
        let told = match client.withdraw(account.into(), 5000).await {
            Ok(left) => format!("{left} cents are left"),
            Err(RpcError::User(BankError::Missing { cents })) => {
                format!("lend {account} {cents} cents")
            }
            Err(RpcError::User(BankError::NoAccount)) => format!("open an account for {account}"),
            // The error itself tells where the call should go next.
            Err(RpcError::User(other)) => match other.should_failover() {
                Failover::To(server) => format!("ask {server} for {account}"),
                _ => format!("repair: {}", chain(&other)),
            },
            Err(RpcError::Rpc(error)) => format!("call again: {error}"),
        };
        println!("  {told}");
        assert_eq!(
            told,
            match account {
                "alice" => "lend alice 800 cents",
                "bob" => "repair: the ledger cannot be read: line 7 is damaged",
                "carol" => "ask 10.0.0.7:82 for carol",
                _ => "open an account for dave",
            }
        );
    }
    assert_eq!(client.time().await, Err(RpcError::User(ClockError::Stands)));
}

async fn prints_chains(client: &BankClient) -> anyhow::Result<()> {
    let error = client.balance("bob".into()).await.expect_err("its line is damaged");
    println!("  {}", chain(&error));
    assert_eq!(chain(&error), "the ledger cannot be read: line 7 is damaged");

    // `?` and `context` take the error of a call as they take any other error, and it can be found again in the result.
    let read = client.balance("bob".into()).await.context("read the balance of bob");
    let error = read.expect_err("its line is damaged");
    println!("  {error:#}");
    assert_eq!(
        format!("{error:#}"),
        "read the balance of bob: the ledger cannot be read: line 7 is damaged"
    );
    let own = error.downcast_ref::<RpcError<BankError>>().and_then(RpcError::user);
    assert_eq!(own, Some(&BankError::Ledger(Damage { line: 7 })));

    assert_eq!(client.sum("1+2".into()).await?, 3);
    let error = client.sum("1+x".into()).await.expect_err("x is no number");
    println!("  {error}");
    assert_eq!(error.to_string(), "read \"x\": invalid digit found in string");
    Ok(())
}

async fn serve() -> anyhow::Result<RpcServer> {
    Ok(listen("127.0.0.1:0").await?.serve(Vault::open())?)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (first, second) = (serve().await?, serve().await?);
    let first_addr = first.local_addr().to_owned();
    let connect = |addr: &str| {
        let config = ClientConfig::default().with_call_timeout(Duration::from_millis(100));
        BankClient::connect_with(TcpClient::new(), addr, config)
    };
    let clients = [connect(&first_addr)?, connect(second.local_addr())?];

    println!("by variant:");
    matches_variants(&clients[0]).await;
    println!("with its causes:");
    prints_chains(&clients[0]).await?;

    println!("again where that is safe:");
    // The method has answered.
    let (own, called) =
        repeated(&clients, async |client: &BankClient| client.balance("dave".into()).await).await;
    assert_eq!((own, called), (Err(RpcError::User(BankError::NoAccount)), 1));

    // No answer came in time: the method may have run, so only an idempotent method could be called again.
    let (late, called) = repeated(&clients, async |client: &BankClient| client.think().await).await;
    let late = late.expect_err("it thinks for longer");
    println!("  called {called} server: {late} ({})", late.outcome());
    assert_eq!((late.kind(), late.outcome()), (Some(RpcErrKind::Timeout), Outcome::Unknown));
    assert_eq!(called, 1);

    // The first server is gone, and no server has seen the call.
    first.close().await;
    let error = clients[0].balance("alice".into()).await.expect_err("the server is gone");
    println!("  {error} ({})", error.outcome());
    assert!(error.is_safe_to_repeat() && !error.permanent());
    assert_eq!(error.peer(), Some(&*first_addr));
    let (balance, called) =
        repeated(&clients, async |client: &BankClient| client.balance("alice".into()).await).await;
    println!("  called {called} servers: {balance:?}");
    assert_eq!((balance, called), (Ok(4200), 2));

    second.close().await;
    Ok(())
}
