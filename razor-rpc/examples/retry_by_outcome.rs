//! Which calls may be repeated, decided by the outcome of the error: no order is placed twice, and none is given up too
//! early.
//!
//! ```sh
//! cargo run --release --example retry_by_outcome
//! ```
//!
//! The library repeats no call that may have reached a handler. The program decides what is repeated, and how often.

use razor_rpc::client::ClientConfig;
use razor_rpc::error::{Outcome, RpcErrKind, RpcError};
use razor_rpc::server::ServerConfig;
use razor_rpc::tokio::{TcpClient, listen};
use razor_rpc::{Serve, endpoint_async, service};
use std::sync::{Arc, atomic::AtomicUsize, atomic::Ordering};
use std::time::Duration;

type Answer<T = u64, E = String> = Result<T, RpcError<E>>;

#[endpoint_async(new ShopClient)]
trait Shop {
    /// Idempotent: to ask twice does no harm.
    async fn price(&self, item: String) -> Answer;
    /// Not idempotent: to order twice costs twice.
    async fn order(&self, item: String) -> Answer;
}

/// Its first answer comes too late, whatever it is asked for. It counts the calls.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Counter {
    async fn answer(&self, item: &str) -> Answer {
        if self.0.fetch_add(1, Ordering::Relaxed) == 0 {
            std::future::pending::<()>().await;
        }
        (item == "pen").then_some(120).ok_or(RpcError::User(format!("we have no {item}")))
    }
}

#[service]
impl Shop for Counter {
    async fn price(&self, item: String) -> Answer {
        self.answer(&item).await
    }
    async fn order(&self, item: String) -> Answer {
        self.answer(&item).await
    }
}

/// Whether the method may run twice.
#[derive(Clone, Copy, PartialEq)]
enum Method {
    Idempotent,
    Other,
}

/// Makes a call at most three times.
async fn repeated<T, E>(method: Method, call: impl AsyncFn() -> Answer<T, E>) -> Answer<T, E> {
    for pause in [10, 20] {
        match call().await {
            // Nothing of it has run, and a later attempt may find a server that takes it.
            Err(error) if error.is_safe_to_repeat() && !error.permanent() => {}
            // Nobody knows whether it has run.
            Err(error) if error.outcome() == Outcome::Unknown && method == Method::Idempotent => {}
            end => return end,
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    call().await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    for (method, calls) in [(Method::Idempotent, 2), (Method::Other, 1)] {
        let counter = Arc::new(Counter::default());
        let config = ServerConfig::default().with_drain_timeout(Duration::from_millis(50));
        let server = listen("127.0.0.1:0").await?.with_config(config).serve(counter.clone())?;
        let config = ClientConfig::default().with_call_timeout(Duration::from_millis(300));
        let client = ShopClient::connect_with(TcpClient::new(), server.local_addr(), config)?;

        let result = match method {
            Method::Idempotent => repeated(method, async || client.price("pen".into()).await).await,
            Method::Other => repeated(method, async || client.order("pen".into()).await).await,
        };
        let kind = result.map_err(|error| error.kind());
        assert_eq!(kind, if calls == 2 { Ok(120) } else { Err(Some(RpcErrKind::Timeout)) });

        // The method's own error: it has run, and would say the same again.
        let own = repeated(method, async || client.price("car".into()).await).await;
        assert_eq!(own, Err(RpcError::User("we have no car".into())));

        // The server is gone: a method that is not idempotent is repeated too, because no attempt was sent.
        server.close().await;
        let error = repeated(Method::Other, async || client.order("pen".into()).await).await;
        assert_eq!(error.map_err(|error| error.outcome()), Err(Outcome::NotSent));
        assert_eq!(counter.0.load(Ordering::Relaxed), calls + 1);
    }
    println!("everything was as expected");
    Ok(())
}
