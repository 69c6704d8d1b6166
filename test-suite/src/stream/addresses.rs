//! Texts that are no address: every client and server refuses them before it starts anything, and says what to write.
//!
//! There is one malformed text of each kind here; the table of all is beside the code that reads addresses. Knows no
//! names.

use crate::calls::{Calls, Slip};
use crate::net::{Client, Read, Server, Write};
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::client::stream::ClientStream;
use razor_stream::client::{ClientConfig, ClientPool, WhenDown};
use razor_stream::error::{Outcome, RpcErrKind, RpcIntErr, Stage};
use razor_stream::transport::{ClientTransport, Connection, TransportError};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Texts that are no address for a client.
const MALFORMED: &[&str] = &[
    "",
    "127.0.0.1",
    "localhost",
    "tcp://host:1",
    "http://host",
    ":7000",
    "host:",
    "host:port",
    "host:99999",
    "host:0",
    "127.0.0.1:0",
    " host:1",
    "[::1",
    "[::1]",
    "::1:7000",
    "[fe80::1%]:80",
    "10.0.0.256:80",
    "@abstract",
    "unix:",
    "/a\0b",
    "/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789",
];

/// Counts how often it is told to connect.
pub(super) struct Dialled<RT> {
    inner: Client<RT>,
    dials: Arc<AtomicUsize>,
    /// Whether the transport checks an address before it connects.
    checks: bool,
}

impl<RT> Dialled<RT> {
    pub(super) fn new(checks: bool) -> Self {
        Self { inner: Client::new(), dials: Arc::default(), checks }
    }

    pub(super) fn dials(&self) -> usize {
        self.dials.load(Ordering::Relaxed)
    }
}

impl<RT> Clone for Dialled<RT> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), dials: self.dials.clone(), checks: self.checks }
    }
}

impl<RT: AsyncRuntime> ClientTransport for Dialled<RT> {
    type RT = RT;
    type Read = Read<RT>;
    type Write = Write<RT>;

    fn check(&self, addr: &str) -> Result<(), TransportError> {
        if self.checks { self.inner.check(addr) } else { Ok(()) }
    }

    async fn connect(
        &self,
        addr: &str,
    ) -> Result<Connection<Self::Read, Self::Write>, TransportError> {
        self.dials.fetch_add(1, Ordering::Relaxed);
        self.inner.connect(addr).await
    }

    async fn connect_within(
        &self,
        addr: &str,
        limit: Duration,
    ) -> Result<Connection<Self::Read, Self::Write>, TransportError> {
        self.dials.fetch_add(1, Ordering::Relaxed);
        self.inner.connect_within(addr, limit).await
    }
}

fn assert_refused(error: &RpcIntErr, addr: &str) {
    assert!(error.permanent(), "{addr:?}: {error}");
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Unreachable, Outcome::NotSent));
    assert_eq!((error.stage(), error.peer()), (Stage::Resolve, Some(addr)), "{error}");
    assert!(error.to_string().contains("expected host:port"), "{addr:?}: {error}");
}

/// Streams and pools refuse such texts, whether they are made in a runtime, on an executor or by a plain thread.
pub fn what_is_no_address_is_refused_at_once_and_never_dialled<RT: AsyncRuntime>(site: &Site<RT>) {
    let (transport, config) = (Dialled::<RT>::new(true), ClientConfig::default());
    for addr in MALFORMED {
        let (inside, exec) = (transport.clone(), site.exec().clone());
        let refused = site.run("constructors that refuse", async move {
            let config = ClientConfig::default();
            let pool = ClientPool::<Slip, _>::new(inside.clone(), *addr, config.clone());
            let stream = ClientStream::<Slip, _>::connect(&inside, addr, config.clone()).await;
            let on =
                ClientStream::<Slip, _>::connect_with_executor(&inside, addr, config, &exec).await;
            (pool.err(), stream.err(), on.err())
        });
        let (exec, config) = (site.exec(), config.clone());
        let pool =
            ClientPool::<Slip, _>::with_executor(transport.clone(), *addr, config.clone(), exec);
        let stream = ClientStream::<Slip, _>::connect_blocking(&transport, addr, config, exec);
        for error in [refused.0, refused.1, refused.2, pool.err(), stream.err()] {
            assert_refused(&error.unwrap_or_else(|| panic!("{addr:?} is taken")), addr);
        }
    }
    assert_eq!(transport.dials(), 0);
}

/// The address is refused also where there is no runtime: an error about the address is more useful than one about the
/// runtime.
pub fn what_is_no_address_is_refused_without_a_runtime<RT: AsyncRuntime>(_: &Site<RT>) {
    for addr in MALFORMED {
        let (transport, config) = (Dialled::<RT>::new(true), ClientConfig::default());
        let error = ClientPool::<Slip, _>::new(transport.clone(), *addr, config).err();
        assert_refused(&error.unwrap_or_else(|| panic!("{addr:?} is taken")), addr);
        assert_eq!(transport.dials(), 0);
    }
}

/// A transport that does not check addresses finds out when it connects: its pool ends by the first error of that kind,
/// also a pool whose calls would wait.
pub fn what_turns_out_to_be_no_address_is_dialled_once<RT: AsyncRuntime>(site: &Site<RT>) {
    for addr in MALFORMED {
        let (transport, calls) = (Dialled::<RT>::new(false), Calls::default());
        let config = ClientConfig::default().with_when_down(WhenDown::Wait);
        let pool = ClientPool::with_executor(transport.clone(), *addr, config, site.exec());
        let pool = pool.expect("the transport does not know yet");
        for _ in 0..3 {
            assert_refused(&calls.failure(calls.submit(&pool, 1, b"")), addr);
        }
        let waits = pool.clone();
        let ready = site.run("a pool that is never ready", async move { waits.ready().await });
        assert_refused(&ready.expect_err("there is no such address"), addr);
        assert_eq!(transport.dials(), 1, "{addr:?}");
        calls.all_ended();
    }
}

/// A server refuses the same texts, except port 0, at which it may listen.
pub fn a_server_refuses_what_is_no_address<RT: AsyncRuntime>(site: &Site<RT>) {
    for addr in MALFORMED.iter().filter(|addr| !addr.ends_with(":0")) {
        let error =
            site.run("a server that refuses", async move { Server::<RT>::bind(addr).await.err() });
        let error = error.unwrap_or_else(|| panic!("{addr:?} is taken"));
        assert!(error.permanent(), "{addr:?}: {error}");
        assert!(error.to_string().contains("expected host:port"), "{addr:?}: {error}");
    }
}
