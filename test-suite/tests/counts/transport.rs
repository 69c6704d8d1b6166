//! Transports that count how often they are used.
//!
//! Counts for the whole process, which has one side of the connections. Knows the transport traits alone.

use razor_rpc::razor_stream::transport::{
    ClientTransport, Connection, Listener, ReadHalf, TransportError, WriteHalf,
};
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::Context;
use std::time::Duration;

/// The number of attempts to write.
pub(crate) static WRITES: AtomicU64 = AtomicU64::new(0);
/// How often a reader was polled. Nearly each is a system call that receives, in vain or not; and a reader that is
/// woken for anything else is polled too.
pub(crate) static READS: AtomicU64 = AtomicU64::new(0);

/// Any transport, counted.
#[derive(Clone)]
pub(crate) struct Counted<T>(pub(crate) T);

pub(crate) struct CountedRead<R>(R);

pub(crate) struct CountedWrite<W>(W);

type CountedConnection<R, W> = Connection<CountedRead<R>, CountedWrite<W>>;

impl<R: ReadHalf> ReadHalf for CountedRead<R> {
    async fn read(&mut self, into: &mut Vec<u8>, reserve: usize) -> io::Result<usize> {
        let mut reading = pin!(self.0.read(into, reserve));
        poll_fn(|cx: &mut Context<'_>| {
            READS.fetch_add(1, Relaxed);
            reading.as_mut().poll(cx)
        })
        .await
    }
}

impl<W: WriteHalf> WriteHalf for CountedWrite<W> {
    fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        WRITES.fetch_add(1, Relaxed);
        self.0.try_write(bufs)
    }

    async fn write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut writing = pin!(self.0.write(bufs));
        poll_fn(|cx: &mut Context<'_>| {
            WRITES.fetch_add(1, Relaxed);
            writing.as_mut().poll(cx)
        })
        .await
    }

    fn shutdown_write(&self) -> io::Result<()> {
        self.0.shutdown_write()
    }

    fn close(&self) {
        self.0.close();
    }
}

impl<T: ClientTransport> ClientTransport for Counted<T> {
    type RT = T::RT;
    type Read = CountedRead<T::Read>;
    type Write = CountedWrite<T::Write>;

    fn check(&self, addr: &str) -> Result<(), TransportError> {
        self.0.check(addr)
    }

    async fn connect(
        &self,
        addr: &str,
    ) -> Result<CountedConnection<T::Read, T::Write>, TransportError> {
        self.0.connect(addr).await.map(counted)
    }

    async fn connect_within(
        &self,
        addr: &str,
        limit: Duration,
    ) -> Result<CountedConnection<T::Read, T::Write>, TransportError> {
        self.0.connect_within(addr, limit).await.map(counted)
    }
}

impl<T: Listener> Listener for Counted<T> {
    type RT = T::RT;
    type Read = CountedRead<T::Read>;
    type Write = CountedWrite<T::Write>;
    type Accepted = T::Accepted;

    fn local_addr(&self) -> &str {
        self.0.local_addr()
    }

    async fn accept(&self) -> io::Result<T::Accepted> {
        self.0.accept().await
    }

    async fn open(accepted: T::Accepted) -> io::Result<CountedConnection<T::Read, T::Write>> {
        T::open(accepted).await.map(counted)
    }
}

fn counted<R, W>(connection: Connection<R, W>) -> CountedConnection<R, W> {
    let Connection { read, write, peer } = connection;
    Connection { read: CountedRead(read), write: CountedWrite(write), peer }
}
