//! A login that holds for one connection: `cargo run --example login_session`.
//!
//! The handler of `log_in` keeps the user with the connection. The handlers of later calls find it there, so that no
//! call has to carry a name or a token.

use razor_rpc::tokio::{TcpClient, TcpServer};
use razor_rpc::{CallContext, RpcErr, RpcError, RpcServer, Serve, endpoint_async, service};
use std::sync::Arc;
use std::time::Duration;

#[endpoint_async(new BankClient)]
trait Bank {
    async fn log_in(&self, cx: CallContext, name: String, secret: String) -> Answer<()>;
    async fn log_out(&self, cx: CallContext) -> Answer<()>;
    /// The balance of the user who has logged in, in cents.
    async fn balance(&self, cx: CallContext) -> Answer<i64>;
}

type Answer<T> = Result<T, RpcError<BankError>>;

#[derive(Debug, Clone, PartialEq, thiserror::Error, RpcErr)]
enum BankError {
    #[error("log in first")]
    NotLoggedIn,
    #[error("wrong name or secret")]
    Wrong,
}

/// Kept with the connection of a user who has logged in.
struct Session {
    cents: i64,
}

/// The session of the connection that a call came by.
fn session(cx: &CallContext) -> Result<Arc<Session>, RpcError<BankError>> {
    let session = cx.conn().and_then(|conn| conn.get::<Session>());
    session.ok_or(RpcError::User(BankError::NotLoggedIn))
}

struct Vault;

#[service]
impl Bank for Vault {
    async fn log_in(&self, cx: CallContext, name: String, secret: String) -> Answer<()> {
        let cents = match (name.as_str(), secret.as_str()) {
            ("alice", "sesame") => 10_000,
            ("bob", "open") => 5,
            _ => return Err(RpcError::User(BankError::Wrong)),
        };
        if let Some(conn) = cx.conn() {
            println!("{name} logs in from {} on connection {}", conn.peer(), conn.id());
            conn.insert(Session { cents });
        }
        Ok(())
    }

    async fn log_out(&self, cx: CallContext) -> Answer<()> {
        session(&cx)?;
        cx.conn().and_then(|conn| conn.remove::<Session>());
        Ok(())
    }

    async fn balance(&self, cx: CallContext) -> Answer<i64> {
        Ok(session(&cx)?.cents)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let server = RpcServer::bind(TcpServer::bind("127.0.0.1:0").await?).serve(Vault)?;
    let connect = || BankClient::connect(TcpClient::new(), server.local_addr());
    // What the client asks for, and nothing of it is sent: here, that the call ends within a second.
    let cx = || CallContext::new().with_timeout(Duration::from_secs(1));

    let (alice, bob) = (connect()?, connect()?);
    assert_eq!(alice.balance(cx()).await, Err(RpcError::User(BankError::NotLoggedIn)));
    let wrong = alice.log_in(cx(), "alice".into(), "open".into()).await;
    assert_eq!(wrong, Err(RpcError::User(BankError::Wrong)));

    // Each connection has a session of its own.
    alice.log_in(cx(), "alice".into(), "sesame".into()).await?;
    bob.log_in(cx(), "bob".into(), "open".into()).await?;
    assert_eq!(alice.balance(cx()).await?, 10_000);
    assert_eq!(bob.balance(cx()).await?, 5);

    alice.log_out(cx()).await?;
    assert_eq!(alice.balance(cx()).await, Err(RpcError::User(BankError::NotLoggedIn)));
    assert_eq!(bob.balance(cx()).await?, 5);

    server.close().await;
    println!("everything was as expected");
    Ok(())
}
