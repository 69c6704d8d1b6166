//! A transport in memory: what a call costs without the kernel.
//!
//! Names are those of listeners in this process. Knows bytes. Does not know runtimes, but for a type parameter.

use crossfire::{MAsyncRx, MTx, mpmc};
use orb::prelude::AsyncRuntime;
use parking_lot::Mutex;
use razor_rpc::razor_stream::error::Stage;
use razor_rpc::razor_stream::transport::{
    ClientTransport, Connection, PeerAddr, ReadHalf, ServerTransport, TransportError, WriteHalf,
};
use std::collections::HashMap;
use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice};
use std::marker::PhantomData;
use std::sync::{Arc, LazyLock};
use std::task::{Poll, Waker};

type Incoming = Connection<MemoryRead, MemoryWrite>;

/// Listeners by name.
static LISTENERS: LazyLock<Mutex<HashMap<String, MTx<mpmc::List<Incoming>>>>> =
    LazyLock::new(Mutex::default);

/// One direction of a connection. It has no bound: what is in flight is bounded by the window.
#[derive(Default)]
struct Pipe {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    ended: bool,
    reader: Option<Waker>,
}

impl Pipe {
    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state.lock();
        let changed = change(&mut state);
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
        changed
    }

    fn end(&self) {
        self.change(|state| state.ended = true);
    }
}

/// The half that receives.
pub(crate) struct MemoryRead(Arc<Pipe>);

impl ReadHalf for MemoryRead {
    async fn read(&mut self, into: &mut Vec<u8>, reserve: usize) -> io::Result<usize> {
        poll_fn(|cx| {
            let mut state = self.0.state.lock();
            if state.bytes.is_empty() && !state.ended {
                state.reader = Some(cx.waker().clone());
                return Poll::Pending;
            }
            if into.capacity() == into.len() {
                into.reserve(reserve);
            }
            let fits = state.bytes.len().min(into.capacity() - into.len());
            into.extend(state.bytes.drain(..fits));
            Poll::Ready(Ok(fits))
        })
        .await
    }
}

/// The half that sends.
pub(crate) struct MemoryWrite {
    out: Arc<Pipe>,
    back: Arc<Pipe>,
}

impl WriteHalf for MemoryWrite {
    fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.out.change(|state| {
            if state.ended {
                return Err(ErrorKind::BrokenPipe.into());
            }
            let before = state.bytes.len();
            bufs.iter().for_each(|buf| state.bytes.extend_from_slice(buf));
            Ok(state.bytes.len() - before)
        })
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

/// Connects to listeners in this process.
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
        let (up, down) = (Arc::new(Pipe::default()), Arc::new(Pipe::default()));
        let end = |input: &Arc<Pipe>, output: &Arc<Pipe>| Connection {
            read: MemoryRead(input.clone()),
            write: MemoryWrite { out: output.clone(), back: input.clone() },
            peer: PeerAddr::Other(addr.to_string()),
        };
        let listener = LISTENERS.lock().get(addr).cloned();
        match listener.map(|listener| listener.send(end(&up, &down))) {
            Some(Ok(())) => Ok(end(&down, &up)),
            _ => Err(TransportError {
                stage: Stage::Connect,
                addr: addr.to_string(),
                cause: ErrorKind::ConnectionRefused.into(),
            }),
        }
    }
}

/// Listens at a name.
pub(crate) struct MemoryServer<RT> {
    name: String,
    accepted: MAsyncRx<mpmc::List<Incoming>>,
    runtime: PhantomData<fn() -> RT>,
}

impl<RT: AsyncRuntime> ServerTransport for MemoryServer<RT> {
    type RT = RT;
    type Read = MemoryRead;
    type Write = MemoryWrite;

    async fn bind(addr: &str) -> Result<Self, TransportError> {
        let (tx, accepted) = mpmc::unbounded_async();
        LISTENERS.lock().insert(addr.to_string(), tx);
        Ok(Self { name: addr.to_string(), accepted, runtime: PhantomData })
    }

    fn local_addr(&self) -> &str {
        &self.name
    }

    async fn accept(&self) -> io::Result<Incoming> {
        self.accepted.recv().await.map_err(|_| ErrorKind::BrokenPipe.into())
    }
}
