//! A transport in memory, and a server with a client on it: the tests of this crate open no port.
//!
//! Knows the transport traits. Does not know services.

use crossfire::mpsc::{self, List};
use crossfire::{AsyncRx, MAsyncRx, MTx, mpmc};
use razor_rpc::client::{Caller, ClientConfig};
use razor_rpc::razor_stream::error::Stage;
use razor_rpc::razor_stream::orb::prelude::AsyncRuntime;
use razor_rpc::razor_stream::server::dispatch::MakeDispatch;
use razor_rpc::razor_stream::transport::{
    ClientTransport, Connection, PeerAddr, ReadHalf, ServerTransport, TransportError, WriteHalf,
};
use razor_rpc::server::{RpcServer, ServerConfig};
use std::collections::HashMap;
use std::io::{self, ErrorKind, IoSlice};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Mounts each scenario on tokio and on smol.
macro_rules! on_each_runtime {
    ($($scenario:ident)*) => {
        mod on_tokio {
            use razor_rpc::razor_stream::orb::prelude::*;
            $(#[test]
            fn $scenario() {
                orb_tokio::TokioRT::current().block_on(super::$scenario::<orb_tokio::TokioRT>());
            })*
        }
        mod on_smol {
            use razor_rpc::razor_stream::orb::prelude::*;
            $(#[test]
            fn $scenario() {
                orb_smol::SmolRT::current().block_on(super::$scenario::<orb_smol::SmolRT>());
            })*
        }
    };
}
pub(crate) use on_each_runtime;

/// A server that serves `dispatch`, and a caller connected to it.
pub(crate) async fn served<RT: AsyncRuntime>(
    dispatch: impl MakeDispatch,
    config: ClientConfig,
) -> (RpcServer<RT>, Caller) {
    let (server, addr) = listening::<RT>(dispatch).await;
    let caller = Caller::connect_with(MemoryClient::<RT>::new(), &addr, config)
        .expect("a runtime is around");
    (server, caller)
}

/// A server that serves `dispatch`, and its address.
pub(crate) async fn listening<RT: AsyncRuntime>(
    dispatch: impl MakeDispatch,
) -> (RpcServer<RT>, String) {
    let mut server = RpcServer::<RT>::new(ServerConfig::default());
    let addr = server.listen::<MemoryServer<RT>, _>("", dispatch).await.expect("the name is free");
    (server, addr)
}

type Chunks = AsyncRx<List<Vec<u8>>>;
type Half = Arc<Pipe>;
type Incoming = Connection<MemoryRead, MemoryWrite>;

/// One direction of a connection; without a sender it has ended.
pub(crate) struct Pipe(Mutex<Option<MTx<List<Vec<u8>>>>>);

impl Pipe {
    fn new() -> (Half, Chunks) {
        let (tx, rx) = mpsc::unbounded_async();
        (Arc::new(Self(Mutex::new(Some(tx)))), rx)
    }

    fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

pub(crate) struct MemoryRead {
    rx: Chunks,
    rest: Vec<u8>,
}

impl ReadHalf for MemoryRead {
    async fn read(&mut self, into: &mut Vec<u8>, reserve: usize) -> io::Result<usize> {
        if self.rest.is_empty() {
            match self.rx.recv().await {
                Ok(chunk) => self.rest = chunk,
                Err(_) => return Ok(0),
            }
        }
        if into.capacity() == into.len() {
            into.reserve(reserve);
        }
        let fits = self.rest.len().min(into.capacity() - into.len());
        into.extend(self.rest.drain(..fits));
        Ok(fits)
    }
}

pub(crate) struct MemoryWrite {
    out: Half,
    back: Half,
}

impl WriteHalf for MemoryWrite {
    fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let chunk: Vec<u8> = bufs.iter().flat_map(|buf| buf.iter().copied()).collect();
        let len = chunk.len();
        let tx = self.out.0.lock().unwrap_or_else(PoisonError::into_inner);
        match tx.as_ref().map(|tx| tx.send(chunk)) {
            Some(Ok(())) => Ok(len),
            _ => Err(ErrorKind::BrokenPipe.into()),
        }
    }

    async fn write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_write(bufs)
    }

    fn shutdown_write(&self) -> io::Result<()> {
        self.out.end();
        Ok(())
    }

    fn close(&self) {
        self.out.end();
        self.back.end();
    }
}

static LISTENERS: LazyLock<Mutex<HashMap<String, MTx<mpmc::List<Incoming>>>>> =
    LazyLock::new(Mutex::default);
static NAMES: AtomicUsize = AtomicUsize::new(0);

pub(crate) struct MemoryClient<RT>(PhantomData<fn() -> RT>);

impl<RT> MemoryClient<RT> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<RT> Clone for MemoryClient<RT> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<RT: AsyncRuntime> ClientTransport for MemoryClient<RT> {
    type RT = RT;
    type Read = MemoryRead;
    type Write = MemoryWrite;

    async fn connect(&self, addr: &str) -> Result<Incoming, TransportError> {
        let refused = || TransportError {
            stage: Stage::Connect,
            addr: addr.to_string(),
            cause: ErrorKind::ConnectionRefused.into(),
        };
        let ((there, to_server), (here, to_client)) = (Pipe::new(), Pipe::new());
        let end = |rx, out: &Half, back: &Half| Connection {
            read: MemoryRead { rx, rest: Vec::new() },
            write: MemoryWrite { out: out.clone(), back: back.clone() },
            peer: PeerAddr::Other(addr.to_string()),
        };
        let listeners = LISTENERS.lock().unwrap_or_else(PoisonError::into_inner);
        let listener = listeners.get(addr).ok_or_else(refused)?;
        listener.send(end(to_server, &here, &there)).map_err(|_| refused())?;
        Ok(end(to_client, &there, &here))
    }
}

pub(crate) struct MemoryServer<RT> {
    name: String,
    accepted: MAsyncRx<mpmc::List<Incoming>>,
    runtime: PhantomData<fn() -> RT>,
}

impl<RT: AsyncRuntime> ServerTransport for MemoryServer<RT> {
    type RT = RT;
    type Read = MemoryRead;
    type Write = MemoryWrite;

    async fn bind(_: &str) -> Result<Self, TransportError> {
        let name = format!("memory:{}", NAMES.fetch_add(1, Ordering::Relaxed));
        let (tx, accepted) = mpmc::unbounded_async();
        LISTENERS.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), tx);
        Ok(Self { name, accepted, runtime: PhantomData })
    }

    fn local_addr(&self) -> &str {
        &self.name
    }

    async fn accept(&self) -> io::Result<Incoming> {
        self.accepted.recv().await.map_err(|_| ErrorKind::BrokenPipe.into())
    }
}
