//! A connection that always has something to read: replies for no call, for ever.
//!
//! On a socket a reader is sometimes faster than its peer, and then waits; on this connection it never waits.

use crate::calls::Calls;
use crate::raw::answer;
use crate::site::{Site, finished};
use orb::prelude::AsyncRuntime;
use razor_stream::client::ClientConfig;
use razor_stream::client::stream::ClientStream;
use razor_stream::error::{Outcome, RpcErrKind};
use razor_stream::transport::{
    ClientTransport, Connection, PeerAddr, ReadHalf, TransportError, WriteHalf,
};
use std::io::{self, IoSlice};
use std::marker::PhantomData;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// A transport without a peer: its connection always has bytes to read.
struct Endless<RT> {
    ended: Sender<()>,
    runtime: PhantomData<fn() -> RT>,
}

impl<RT> Clone for Endless<RT> {
    fn clone(&self) -> Self {
        Self { ended: self.ended.clone(), runtime: PhantomData }
    }
}

/// The half that receives. It reports when it is dropped.
struct Flood(Sender<()>);

impl Drop for Flood {
    fn drop(&mut self) {
        // The scenario may have ended.
        let _unheard = self.0.send(());
    }
}

impl ReadHalf for Flood {
    async fn read(&mut self, into: &mut Vec<u8>, _: usize) -> io::Result<usize> {
        // A reply with `seq` 0 is skipped and not counted.
        let skipped = answer(0, 0, 0, 0, b"").repeat(100);
        into.extend_from_slice(&skipped);
        Ok(skipped.len())
    }
}

struct Sink;

impl WriteHalf for Sink {
    fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(bufs.iter().map(|buf| buf.len()).sum())
    }

    async fn write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_write(bufs)
    }

    fn shutdown_write(&self) -> io::Result<()> {
        Ok(())
    }

    fn close(&self) {}
}

impl<RT: AsyncRuntime> ClientTransport for Endless<RT> {
    type RT = RT;
    type Read = Flood;
    type Write = Sink;

    async fn connect(&self, addr: &str) -> Result<Connection<Flood, Sink>, TransportError> {
        let peer = PeerAddr::Other(addr.to_owned());
        Ok(Connection { read: Flood(self.ended.clone()), write: Sink, peer })
    }
}

/// Promises 1 and 8: replies for no call without end stop neither the deadlines nor the end of a client that was
/// closed.
pub fn an_endless_flood_stops_neither_deadlines_nor_the_end<RT: AsyncRuntime>(site: &Site<RT>) {
    let (ended, end) = channel();
    let (transport, calls) = (Endless::<RT> { ended, runtime: PhantomData }, Calls::default());
    let config = ClientConfig::default()
        .with_call_timeout(Duration::from_millis(60))
        .with_deadline_resolution(Duration::from_millis(10));
    let client = site.run("a connection", async move {
        ClientStream::connect(&transport, "nobody", config).await.expect("it always connects")
    });
    let call = calls.submit(&client, 1, b"never answered");
    calls.fails(call, RpcErrKind::Timeout, Outcome::Unknown);
    client.close();
    finished("the end of the reader", &end);
    drop(client);
}
