//! Callers of a server in another process, and the cost of their calls, and of idle connections, at each side.
//!
//! This process is the client's side. Knows no bounds: the tests do.

use crate::TURN;
use crate::server::{EchoClient, EchoService, Served};
use crate::tally::Tally;
use crate::transport::Counted;
use orb::prelude::{AsyncExec, AsyncRuntime};
use parking_lot::MutexGuard;
use razor_rpc::client::ClientConfig;
use razor_rpc_tcp::TcpClient;
use razor_stream::clock;
use serde_bytes::ByteBuf;
use std::time::Duration;
use test_suite::SAFETY_NET;

/// A client's side, and the server that it calls. The drop of this lets the next test begin.
pub(crate) struct Bench<RT: AsyncRuntime> {
    exec: RT::Exec,
    served: Served,
    _turn: MutexGuard<'static, ()>,
}

/// The cost of one call at one side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PerCall {
    pub(crate) allocations: f64,
    pub(crate) writes: f64,
    pub(crate) reads: f64,
}

/// A cost at the client's side and at the server's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost<T> {
    pub(crate) client: T,
    pub(crate) server: T,
}

impl<RT: AsyncRuntime> Bench<RT> {
    /// Makes a client's side on `exec`, and a server on the runtime named `runtime`.
    pub(crate) fn new(runtime: &str, exec: RT::Exec) -> Self {
        let turn = TURN.lock();
        Self { exec, served: Served::start(runtime), _turn: turn }
    }

    /// The cost of a call when this many callers share a connection that has been in use for a while.
    pub(crate) fn steady(&mut self, callers: usize) -> Cost<PerCall> {
        let client = self.connect(ClientConfig::default());
        self.round(&client, callers, WARM);
        let before = self.tallies();
        self.round(&client, callers, CALLS);
        let done = self.since(before);
        let calls = (callers * CALLS) as f64;
        let per_call = |done: Tally| PerCall {
            allocations: done.allocations as f64 / calls,
            writes: done.writes as f64 / calls,
            reads: done.reads as f64 / calls,
        };
        Cost { client: per_call(done.client), server: per_call(done.server) }
    }

    /// Makes connections that are used for a moment and are idle then.
    pub(crate) fn idle(mut self, connections: usize) -> Idle<RT> {
        // Calls on this connection make the runtimes of both sides run, so that they look at their timers.
        let addr = self.served.uncounted.clone();
        let pacemaker = self.exec.block_on(async move {
            EchoClient::connect(TcpClient::<RT>::new(), &addr).expect("a runtime is around")
        });
        self.round(&pacemaker, 1, WARM);
        let before = self.tallies();
        let config = ClientConfig::default().with_deadline_resolution(Duration::from_millis(1));
        let clients: Vec<_> = (0..connections).map(|_| self.connect(config.clone())).collect();
        for client in &clients {
            self.round(client, FLIGHT, 1);
        }
        Idle { bench: self, pacemaker, clients, before }
    }

    fn connect(&self, config: ClientConfig) -> EchoClient {
        let addr = self.served.addr.clone();
        self.exec.block_on(async move {
            let client = Counted(TcpClient::<RT>::new());
            EchoClient::connect_with(client, &addr, config).expect("a runtime is around")
        })
    }

    /// Lets `callers` callers at once make `calls` calls each, one after the other.
    fn round(&self, client: &EchoClient, callers: usize, calls: usize) {
        let call = |client: EchoClient| async move {
            for _ in 0..calls {
                let answer = client.echo(ByteBuf::from(PAYLOAD)).await.expect("an echo");
                assert_eq!(answer.len(), PAYLOAD.len());
            }
        };
        let running: Vec<_> = (0..callers).map(|_| self.exec.spawn(call(client.clone()))).collect();
        self.exec.block_on(async {
            for caller in running {
                caller.await.expect("a caller does not panic");
            }
        });
    }

    fn tallies(&mut self) -> Cost<Tally> {
        Cost { client: Tally::of_this_process(), server: self.served.tally() }
    }

    fn since(&mut self, before: Cost<Tally>) -> Cost<Tally> {
        // The server first, because asking it is work of this side.
        let now = Cost { server: self.served.tally(), client: Tally::of_this_process() };
        Cost { client: now.client - before.client, server: now.server - before.server }
    }
}

/// Idle connections, and one connection that is used, so that time passes.
pub(crate) struct Idle<RT: AsyncRuntime> {
    bench: Bench<RT>,
    pacemaker: EchoClient,
    clients: Vec<EchoClient>,
    before: Cost<Tally>,
}

impl<RT: AsyncRuntime> Idle<RT> {
    /// The live bytes of one connection, measured when they are down to `bound`, or after a time in which they did not
    /// get there.
    pub(crate) fn bytes(&mut self, bound: Cost<i64>) -> Cost<i64> {
        let start = clock::now();
        let connections = i64::try_from(self.clients.len()).expect("a few");
        loop {
            let Cost { client, server } = self.bench.since(self.before);
            let bytes =
                Cost { client: client.live / connections, server: server.live / connections };
            let settled = bytes.client <= bound.client && bytes.server <= bound.server;
            if settled || clock::now() - start > SAFETY_NET {
                return bytes;
            }
            self.bench.round(&self.pacemaker, 1, WARM);
        }
    }

    /// How often these connections are used, or their readers are woken, in this time.
    pub(crate) fn wakes(&mut self, time: Duration) -> Cost<i64> {
        let before = self.bench.tallies();
        let start = clock::now();
        while clock::now() - start < time {
            self.bench.round(&self.pacemaker, 1, WARM);
        }
        let Cost { client, server } = self.bench.since(before);
        Cost { client: client.reads + client.writes, server: server.reads + server.writes }
    }
}

/// Bytes of the argument and of the result.
const PAYLOAD: &[u8] = &[7; 64];
/// Calls of each caller before anything is counted.
const WARM: usize = 20;
/// Calls of each caller that are counted.
const CALLS: usize = 100;
/// Calls at once on a connection that is idle afterwards.
const FLIGHT: usize = 64;
