//! The client: calls in flight on a connection, one task that writes batches, one that reads.
//!
//! Everything of a connection is in one cell of one thread. Does not know failure: a task that cannot go on
//! leaves its callers waiting, and the run reports nothing.

use crate::frame::{BIG, BUFFER, Incoming, Next, REQUEST, RESPONSE, header, read_rest, write_both};
use driver::{Client, Ended, Load, NoOptions, Seen};
use std::cell::RefCell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::spawn_local;

pub(crate) async fn load(client: &Client<NoOptions>, load: Arc<Load>) -> Ended {
    let mut connections = Vec::new();
    for _ in 0..client.conns.get() {
        let stream = TcpStream::connect(&client.addr).await?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let connection = Shared::default();
        spawn_local(read(connection.clone(), reader));
        spawn_local(write(connection.clone(), writer));
        connections.push(connection);
    }
    for connection in connections.iter().cycle().take(client.callers.get()) {
        let connection = connection.clone();
        spawn_local(load.clone().caller(move |payload| call(connection.clone(), payload)));
    }
    Ok(())
}

type Shared = Rc<RefCell<Connection>>;

#[derive(Default)]
struct Connection {
    /// By id.
    slots: Vec<Slot>,
    free: Vec<usize>,
    /// What the writer takes next, and the big payloads with their places in it.
    batch: Vec<u8>,
    big: Vec<(usize, &'static [u8])>,
    writer: Option<Waker>,
}

/// One call.
#[derive(Default)]
struct Slot {
    waker: Option<Waker>,
    done: bool,
    response: Vec<u8>,
}

impl Slot {
    fn complete(&mut self) {
        self.done = true;
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Connection {
    /// Queues a request; its id.
    fn send(&mut self, payload: &'static [u8]) -> usize {
        let id = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots.len() - 1
        });
        self.batch.extend_from_slice(&header::<REQUEST>(payload.len(), id));
        if payload.len() < BIG {
            self.batch.extend_from_slice(payload);
        } else {
            self.big.push((self.batch.len(), payload));
        }
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
        id
    }
}

async fn call(connection: Shared, payload: &'static [u8]) -> Result<Seen, Infallible> {
    let id = connection.borrow_mut().send(payload);
    poll_fn(|context| {
        let connection = &mut *connection.borrow_mut();
        let slot = &mut connection.slots[id];
        if !slot.done {
            slot.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        slot.done = false;
        connection.free.push(id);
        Poll::Ready(Ok(Seen::of(&slot.response)))
    })
    .await
}

async fn write(connection: Shared, mut stream: OwnedWriteHalf) -> io::Result<()> {
    let mut batch = Vec::with_capacity(BUFFER);
    let mut big = Vec::new();
    loop {
        poll_fn(|context| {
            let mut connection = connection.borrow_mut();
            if connection.batch.is_empty() {
                connection.writer = Some(context.waker().clone());
                return Poll::Pending;
            }
            std::mem::swap(&mut connection.batch, &mut batch);
            std::mem::swap(&mut connection.big, &mut big);
            Poll::Ready(())
        })
        .await;
        let mut written = 0;
        for (at, payload) in big.drain(..) {
            write_both(&mut stream, &batch[written..at], payload).await?;
            written = at;
        }
        stream.write_all(&batch[written..]).await?;
        batch.clear();
    }
}

async fn read(connection: Shared, mut stream: OwnedReadHalf) -> io::Result<()> {
    let mut incoming = Incoming::new();
    loop {
        if let Some((id, len, mut payload)) = take_frames(&connection, &mut incoming) {
            read_rest(&mut stream, &mut payload, len).await?;
            let slot = &mut connection.borrow_mut().slots[id];
            slot.response = payload;
            slot.complete();
        } else if !incoming.fill(&mut stream).await? {
            return Ok(());
        }
    }
}

/// Completes the calls whose responses are there; returns id, length and begin of a big one.
fn take_frames(connection: &Shared, incoming: &mut Incoming) -> Option<(usize, usize, Vec<u8>)> {
    let slots = &mut connection.borrow_mut().slots;
    loop {
        match incoming.next(RESPONSE) {
            Next::Frame(id, payload) => {
                let slot = &mut slots[id];
                slot.response.clear();
                slot.response.extend_from_slice(payload);
                slot.complete();
            }
            Next::Big(len, id, payload) => {
                let mut response = std::mem::take(&mut slots[id].response);
                response.clear();
                response.reserve(len);
                response.extend_from_slice(payload);
                return Some((id, len, response));
            }
            Next::More => return None,
        }
    }
}
