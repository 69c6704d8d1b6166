//! The way of the raw peer's bytes: a blocking socket, or a pipe in memory that is used like one.
//!
//! Every wait has a limit. Knows bytes. Does not know frames.

use crate::SAFETY_NET;
use crate::net::is_memory;
use orb_tokio::TokioRT;
use parking_lot::Mutex;
use razor_stream::client::wait_blocking;
use razor_stream::transport::memory::{MemoryClient, MemoryRead, MemoryWrite};
use razor_stream::transport::{ClientTransport, Connection, ReadHalf, WriteHalf};
use socket2::{Domain, SockAddr, Socket, Type};
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// One end of a connection. Reads and writes wait for at most the safety net, and then fail with `WouldBlock`.
#[derive(Debug)]
pub(super) enum Wire {
    Socket(Socket),
    Memory(Arc<Memory>),
}

/// A pipe in memory. Duplicated handles share it, as those of a socket do.
#[derive(Debug)]
pub(super) struct Memory {
    /// The half that reads, with bytes that it has received and nobody has asked for yet.
    read: Mutex<(MemoryRead, Vec<u8>)>,
    write: MemoryWrite,
    write_timeout: Mutex<Duration>,
}

/// Reads a socket address: a path, or an IP address with a port.
pub(super) fn parse(addr: &str) -> (Domain, SockAddr) {
    if addr.starts_with('/') {
        return (Domain::UNIX, SockAddr::unix(addr).expect("a path"));
    }
    let inet: SocketAddr = addr.parse().expect("an address");
    (Domain::for_address(inet), inet.into())
}

/// Waits for `work`, at most for `patience`, and then fails with `WouldBlock` like a socket.
pub(super) fn wait<F: Future>(work: F, patience: Duration) -> io::Result<F::Output> {
    wait_blocking(work, patience).ok_or_else(|| ErrorKind::WouldBlock.into())
}

impl Wire {
    pub(super) fn connect(addr: &str) -> io::Result<Self> {
        if is_memory(addr) {
            let connecting = wait(MemoryClient::<TokioRT>::new().connect(addr), SAFETY_NET)?;
            return connecting.map(Self::memory).map_err(|error| error.cause);
        }
        let (domain, addr) = parse(addr);
        let socket = Socket::new(domain, Type::STREAM, None)?;
        socket.connect(&addr)?;
        Ok(Self::socket(socket))
    }

    pub(super) fn socket(socket: Socket) -> Self {
        socket.set_nonblocking(false).expect("a socket");
        socket.set_read_timeout(Some(SAFETY_NET)).expect("a socket");
        socket.set_write_timeout(Some(SAFETY_NET)).expect("a socket");
        // Unix sockets have no such option; they send at once anyway.
        let _tcp_only = socket.set_tcp_nodelay(true);
        Self::Socket(socket)
    }

    pub(super) fn memory(connection: Connection<MemoryRead, MemoryWrite>) -> Self {
        Self::Memory(Arc::new(Memory {
            read: Mutex::new((connection.read, Vec::new())),
            write: connection.write,
            write_timeout: Mutex::new(SAFETY_NET),
        }))
    }

    pub(super) fn duplicate(&self) -> Self {
        match self {
            Self::Socket(socket) => Self::Socket(socket.try_clone().expect("a descriptor")),
            Self::Memory(memory) => Self::Memory(memory.clone()),
        }
    }

    pub(super) fn set_write_timeout(&self, patience: Duration) {
        match self {
            Self::Socket(socket) => socket.set_write_timeout(Some(patience)).expect("a socket"),
            Self::Memory(memory) => *memory.write_timeout.lock() = patience,
        }
    }

    pub(super) fn half_close(&self) {
        match self {
            Self::Socket(socket) => socket.shutdown(Shutdown::Write),
            Self::Memory(memory) => memory.write.shutdown_write(),
        }
        .expect("a connection");
    }

    /// Makes the next close a reset, where the kind of connection has one.
    pub(super) fn will_reset(&self) {
        if let Self::Socket(socket) = self {
            let _unix_has_none = socket.set_linger(Some(Duration::ZERO));
        }
    }

    /// Makes the buffers of a socket small; a pipe in memory is small anyway.
    pub(super) fn shrink_buffers(&self) {
        if let Self::Socket(socket) = self {
            socket.set_recv_buffer_size(64 << 10).expect("a socket");
            socket.set_send_buffer_size(64 << 10).expect("a socket");
        }
    }
}

impl Read for &Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Socket(socket) => (&mut &*socket).read(into),
            Wire::Memory(memory) => {
                let (half, received) = &mut *memory.read.lock();
                if received.is_empty() {
                    wait(half.read(received, 4096), SAFETY_NET)??;
                }
                let part = received.len().min(into.len());
                into[..part].copy_from_slice(&received[..part]);
                received.drain(..part);
                Ok(part)
            }
        }
    }
}

impl Write for &Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Socket(socket) => (&mut &*socket).write(bytes),
            Wire::Memory(memory) => {
                let patience = *memory.write_timeout.lock();
                wait(memory.write.write(&[IoSlice::new(bytes)]), patience)?
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
