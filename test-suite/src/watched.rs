//! A transport that reports every slice that bytes are read into or written from.
//!
//! Knows addresses in memory. Does not know the bytes there.

use razor_stream::transport::{ClientTransport, Connection, ReadHalf, TransportError, WriteHalf};
use std::fmt;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::Duration;

/// A slice that was handed to the transport, by its address and length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "tests handle them all")]
pub enum Use {
    /// This number of bytes was appended to a buffer of the library.
    Read(usize),
    /// Bytes were read into this slice.
    ReadInto {
        /// The address of the slice.
        at: usize,
        /// The length of the slice in bytes.
        room: usize,
        /// The number of bytes that were read.
        bytes: usize,
    },
    /// The transport was asked to write this slice.
    Write {
        /// The address of the slice.
        at: usize,
        /// The length of the slice in bytes.
        len: usize,
    },
}

type Watch = Arc<dyn Fn(Use) + Send + Sync>;

/// Any transport, whose slices are reported.
#[derive(Clone)]
pub struct Watched<T> {
    inner: T,
    watch: Watch,
}

impl<T> Watched<T> {
    /// Reports each use of `inner` to `watch`.
    pub fn new(inner: T, watch: impl Fn(Use) + Send + Sync + 'static) -> Self {
        Self { inner, watch: Arc::new(watch) }
    }
}

impl<T> fmt::Debug for Watched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched")
    }
}

/// The half of a watched connection that receives.
pub struct WatchedRead<R> {
    inner: R,
    watch: Watch,
}

/// The half of a watched connection that sends.
pub struct WatchedWrite<W> {
    inner: W,
    watch: Watch,
}

impl<R> fmt::Debug for WatchedRead<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WatchedRead")
    }
}

impl<W> fmt::Debug for WatchedWrite<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WatchedWrite")
    }
}

impl<R: ReadHalf> ReadHalf for WatchedRead<R> {
    async fn read(&mut self, into: &mut Vec<u8>, reserve: usize) -> io::Result<usize> {
        let bytes = self.inner.read(into, reserve).await?;
        (self.watch)(Use::Read(bytes));
        Ok(bytes)
    }

    async fn read_into(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read_into(into).await?;
        (self.watch)(Use::ReadInto { at: into.as_ptr().addr(), room: into.len(), bytes });
        Ok(bytes)
    }
}

impl<W> WatchedWrite<W> {
    fn tell(&self, bufs: &[IoSlice<'_>]) {
        for buf in bufs {
            (self.watch)(Use::Write { at: buf.as_ptr().addr(), len: buf.len() });
        }
    }
}

impl<W: WriteHalf> WriteHalf for WatchedWrite<W> {
    fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.tell(bufs);
        self.inner.try_write(bufs)
    }

    async fn write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.tell(bufs);
        self.inner.write(bufs).await
    }

    fn shutdown_write(&self) -> io::Result<()> {
        self.inner.shutdown_write()
    }

    fn close(&self) {
        self.inner.close();
    }
}

impl<T: ClientTransport> Watched<T> {
    fn watched(
        &self,
        Connection { read, write, peer }: Connection<T::Read, T::Write>,
    ) -> Connection<WatchedRead<T::Read>, WatchedWrite<T::Write>> {
        let read = WatchedRead { inner: read, watch: self.watch.clone() };
        let write = WatchedWrite { inner: write, watch: self.watch.clone() };
        Connection { read, write, peer }
    }
}

impl<T: ClientTransport> ClientTransport for Watched<T> {
    type RT = T::RT;
    type Read = WatchedRead<T::Read>;
    type Write = WatchedWrite<T::Write>;

    fn check(&self, addr: &str) -> Result<(), TransportError> {
        self.inner.check(addr)
    }

    async fn connect(
        &self,
        addr: &str,
    ) -> Result<Connection<Self::Read, Self::Write>, TransportError> {
        self.inner.connect(addr).await.map(|connection| self.watched(connection))
    }

    async fn connect_within(
        &self,
        addr: &str,
        limit: Duration,
    ) -> Result<Connection<Self::Read, Self::Write>, TransportError> {
        let connected = self.inner.connect_within(addr, limit).await;
        connected.map(|connection| self.watched(connection))
    }
}
