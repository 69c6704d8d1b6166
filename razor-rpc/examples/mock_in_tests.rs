//! Code that calls a service, and unit tests of it that need no server: the client is behind `Arc<dyn Rates>`.
//!
//! ```sh
//! cargo run --release --example mock_in_tests
//! cargo test -p razor-rpc --example mock_in_tests
//! ```

use async_trait::async_trait;
use razor_rpc::error::RpcError;
use razor_rpc::tokio::{MemoryClient, MemoryServer};
use razor_rpc::{RpcErr, RpcServer, Serve, endpoint_async, service};
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, RpcErr)]
enum RateError {
    UnknownCurrency = 1,
}

#[endpoint_async(new RatesClient)]
#[async_trait]
trait Rates: Send + Sync {
    /// What one unit of the currency costs, in cents.
    async fn cents(&self, currency: String) -> Result<u64, RpcError<RateError>>;
}

/// The code under test. It does not know whether its rates come from a server.
struct Cashier {
    rates: Arc<dyn Rates>,
}

impl Cashier {
    /// The text for the customer.
    async fn offer(&self, amount: u64, currency: &str) -> String {
        match self.rates.cents(currency.into()).await {
            Ok(cents) => format!("{amount} {currency} cost {} cents", amount.saturating_mul(cents)),
            Err(RpcError::User(RateError::UnknownCurrency)) => format!("we have no {currency}"),
            Err(RpcError::Rpc(_)) => "please come back later".into(),
        }
    }
}

struct Table;

#[service]
#[async_trait]
impl Rates for Table {
    async fn cents(&self, currency: String) -> Result<u64, RpcError<RateError>> {
        Ok((currency == "francs").then_some(104).ok_or(RateError::UnknownCurrency)?)
    }
}

/// The program: a real client, of a server in this process, without a port.
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let server = RpcServer::bind(MemoryServer::bind("rates")?).serve(Table)?;
    let client = RatesClient::connect(MemoryClient::new(), server.local_addr())?;
    let cashier = Cashier { rates: Arc::new(client) };
    assert_eq!(cashier.offer(2, "francs").await, "2 francs cost 208 cents");
    assert_eq!(cashier.offer(2, "shells").await, "we have no shells");
    server.close().await;
    assert_eq!(cashier.offer(2, "francs").await, "please come back later");
    println!("everything was as expected");
    Ok(())
}

/// The unit tests: each mock answers what its test needs, also what a healthy server never answers.
#[cfg(test)]
mod tests {
    use super::*;
    use razor_rpc::error::{Outcome, RpcErrKind, RpcIntErr, Stage};

    struct Mock(Result<u64, RpcError<RateError>>);

    #[async_trait]
    impl Rates for Mock {
        async fn cents(&self, _: String) -> Result<u64, RpcError<RateError>> {
            self.0.clone()
        }
    }

    async fn offer(answer: Result<u64, RpcError<RateError>>) -> String {
        Cashier { rates: Arc::new(Mock(answer)) }.offer(2, "francs").await
    }

    #[tokio::test]
    async fn the_cashier_multiplies() {
        assert_eq!(offer(Ok(300)).await, "2 francs cost 600 cents");
    }

    #[tokio::test]
    async fn a_timeout_of_the_server_is_told_politely() {
        let timeout = RpcIntErr::new(RpcErrKind::Timeout, Outcome::Unknown, Stage::Wait);
        assert_eq!(offer(Err(RpcError::Rpc(timeout))).await, "please come back later");
    }
}
