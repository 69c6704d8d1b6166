//! Transports that never make a connection: a client gives them up in time, whatever they promise.
//!
//! One of them leaves the time limit to the library; the other promises to keep the limit itself, and does not.

use crate::calls::Calls;
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::client::stream::ClientStream;
use razor_stream::client::{ClientConfig, ClientPool, Waiter};
use razor_stream::clock;
use razor_stream::error::{Outcome, RpcErrKind, RpcIntErr, Stage};
use razor_stream::transport::memory::{MemoryRead, MemoryWrite};
use razor_stream::transport::{ClientTransport, Connection, TransportError};
use std::future::pending;
use std::marker::PhantomData;
use std::time::Duration;

type Connected = Result<Connection<MemoryRead, MemoryWrite>, TransportError>;

/// A transport that keeps no time limit.
struct Stuck<RT>(PhantomData<fn() -> RT>);

/// A transport that says that it keeps the time limit, and does not.
struct Forgetful<RT>(PhantomData<fn() -> RT>);

impl<RT> Clone for Stuck<RT> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<RT> Clone for Forgetful<RT> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<RT: AsyncRuntime> ClientTransport for Stuck<RT> {
    type RT = RT;
    type Read = MemoryRead;
    type Write = MemoryWrite;

    async fn connect(&self, _: &str) -> Connected {
        pending().await
    }
}

impl<RT: AsyncRuntime> ClientTransport for Forgetful<RT> {
    type RT = RT;
    type Read = MemoryRead;
    type Write = MemoryWrite;

    async fn connect(&self, _: &str) -> Connected {
        pending().await
    }

    async fn connect_within(&self, _: &str, _: Duration) -> Connected {
        pending().await
    }
}

fn given_up<RT: AsyncRuntime>(site: &Site<RT>, transport: &impl ClientTransport<RT = RT>) {
    const TIMEOUT: Duration = Duration::from_millis(50);
    let assert_late = |error: RpcIntErr, began| {
        assert!(clock::now().duration_since(began) >= TIMEOUT, "given up early");
        assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Unreachable, Outcome::NotSent));
        assert_eq!((error.stage(), error.peer()), (Stage::Connect, Some("nowhere")));
        assert!(error.to_string().ends_with("no answer within 50ms"), "{error}");
    };
    let config = ClientConfig::default().with_connect_timeout(TIMEOUT);

    let (began, calls) = (clock::now(), Calls::default());
    let (to, exec) = (transport.clone(), site.exec());
    let pool = ClientPool::with_executor(to, "nowhere", config.clone(), exec).expect("a name");
    assert_late(calls.failure(calls.submit(&pool, 1, b"")), began);
    calls.all_ended();

    let (began, transport) = (clock::now(), transport.clone());
    let connected = site.run("an attempt that ends", async move {
        ClientStream::<Waiter, _>::connect(&transport, "nowhere", config).await.map(drop)
    });
    assert_late(connected.expect_err("it never connects"), began);
}

/// Case 49: the library drops the attempt when its time is over.
pub fn a_transport_without_a_time_of_its_own_is_given_up_in_time<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    given_up(site, &Stuck::<RT>(PhantomData));
}

/// Case 49: the library drops the attempt a little later, if the transport was to end it by itself.
pub fn a_transport_that_forgets_the_time_is_given_up<RT: AsyncRuntime>(site: &Site<RT>) {
    given_up(site, &Forgetful::<RT>(PhantomData));
}
