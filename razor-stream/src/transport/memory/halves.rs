//! The two halves of a connection in memory.
//!
//! Knows which pipe carries which direction. Does not know how a connection came about.

use super::pipe::Pipe;
use crate::transport::{Connection, PeerAddr, ReadHalf, WriteHalf};
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// One end of a connection in memory.
pub(super) type End = Connection<MemoryRead, MemoryWrite>;

/// The two ends of a new connection. `peers` are the peer addresses that the two ends report.
pub(super) fn connection(capacity: NonZeroUsize, peers: [String; 2]) -> [End; 2] {
    let [here, there] = [(); 2].map(|()| Arc::new(Pipe::new(capacity)));
    let [to_here, to_there] = peers;
    [end(&here, &there, to_here), end(&there, &here, to_there)]
}

fn end(incoming: &Arc<Pipe>, outgoing: &Arc<Pipe>, peer: String) -> End {
    Connection {
        read: MemoryRead { incoming: incoming.clone() },
        write: MemoryWrite { incoming: incoming.clone(), outgoing: outgoing.clone() },
        peer: PeerAddr::Other(peer),
    }
}

/// The half of a connection in memory that receives.
///
/// When it is dropped, its direction breaks: bytes that have arrived are thrown away, and the peer cannot write any
/// more.
#[derive(Debug)]
pub struct MemoryRead {
    incoming: Arc<Pipe>,
}

impl ReadHalf for MemoryRead {
    async fn read(&mut self, into: &mut Vec<u8>, reserve: usize) -> io::Result<usize> {
        Ok(poll_fn(|cx| self.incoming.poll_read(cx, into, reserve)).await)
    }

    async fn read_into(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Ok(poll_fn(|cx| self.incoming.poll_read_into(cx, into)).await)
    }
}

impl Drop for MemoryRead {
    fn drop(&mut self) {
        self.incoming.abandon();
    }
}

/// The half of a connection in memory that sends.
///
/// When it is dropped, its direction ends: the peer reads the bytes that were sent, and then the end of the stream.
#[derive(Debug)]
pub struct MemoryWrite {
    incoming: Arc<Pipe>,
    outgoing: Arc<Pipe>,
}

impl WriteHalf for MemoryWrite {
    fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.outgoing.try_write(bufs)
    }

    async fn write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        poll_fn(|cx| self.outgoing.poll_write(cx, bufs)).await
    }

    fn shutdown_write(&self) -> io::Result<()> {
        self.outgoing.end();
        Ok(())
    }

    fn close(&self) {
        self.outgoing.end();
        self.incoming.end();
    }
}

impl Drop for MemoryWrite {
    fn drop(&mut self) {
        self.outgoing.end();
    }
}
