//! Several services at one address, and one client that has them all.
//!
//! ```sh
//! cargo run --release --example multi_service
//! ```

use razor_rpc::error::{RpcErrKind, RpcError};
use razor_rpc::server::ServiceMuxDyn;
use razor_rpc::tokio::{TcpClient, listen};
use razor_rpc::{Serve, endpoint_async, endpoint_client, service, service_mux_struct};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

endpoint_client!(
    /// One client, on one connection, with the methods of both services.
    OfficeClient
);

#[endpoint_async(OfficeClient)]
trait Calc {
    async fn add(&self, a: i64, b: i64) -> Result<i64, RpcError<()>>;
}

#[endpoint_async(OfficeClient)]
trait Till {
    async fn pay_in(&self, cents: i64) -> Result<i64, RpcError<()>>;
}

/// Without state.
struct Adder;

#[service]
impl Calc for Adder {
    async fn add(&self, a: i64, b: i64) -> Result<i64, RpcError<()>> {
        Ok(a.checked_add(b).ok_or(())?)
    }
}

/// With state, which the rest of the program sees too.
#[derive(Default)]
struct Drawer {
    cents: AtomicI64,
}

#[service]
impl Till for Drawer {
    async fn pay_in(&self, cents: i64) -> Result<i64, RpcError<()>> {
        Ok(self.cents.fetch_add(cents, Ordering::Relaxed) + cents)
    }
}

/// The services of this address, known when it is compiled. Each field is one.
#[service_mux_struct]
struct Office {
    calc: Arc<Adder>,
    till: Arc<Drawer>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let till = Arc::new(Drawer::default());
    let office = Office { calc: Arc::new(Adder), till: till.clone() };
    let server = listen("127.0.0.1:0").await?.serve(office)?;

    // A call goes to the service that its trait names, and there to the method.
    let client = OfficeClient::connect(TcpClient::new(), server.local_addr())?;
    assert_eq!(client.add(1, 2).await?, 3);
    assert_eq!(client.pay_in(500).await?, 500);
    assert_eq!(client.pay_in(250).await?, 750);
    // Both services are used by one connection.
    assert_eq!(server.connections(), 1);
    assert_eq!(till.cents.load(Ordering::Relaxed), 750);

    // The other way: services that are put together while the program runs, by its configuration for instance.
    let services: ServiceMuxDyn = ServiceMuxDyn::new().with_shared(till)?;
    let counter = listen("127.0.0.1:0").await?.serve(services)?;
    let client = OfficeClient::connect(TcpClient::new(), counter.local_addr())?;
    assert_eq!(client.pay_in(250).await?, 1000, "it is the same drawer");

    // A service that an address does not have is refused; the other calls of the connection go on.
    let error = client.add(1, 2).await.expect_err("there is no calculator at the counter");
    assert_eq!(error.kind(), Some(RpcErrKind::Service));
    assert!(error.is_safe_to_repeat() && error.permanent());
    assert_eq!(client.pay_in(1).await?, 1001);
    println!("a service that is not there: {error}");

    server.close().await;
    counter.close().await;
    println!("everything was as expected");
    Ok(())
}
