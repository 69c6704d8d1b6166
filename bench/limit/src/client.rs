//! The client: calls in flight on a connection, a coroutine that writes batches, and one that reads.
//!
//! A caller whose request makes the batch half of the bytes in flight writes it at once, so that the server works on it
//! while the other callers still fill the next one. The whole state of a connection is in one cell of one thread. There
//! is no error handling: when a coroutine cannot go on, its callers wait for ever, and the run reports nothing.

use crate::frame::{
    BUFFER, FLUSH_AT, IN_PLACE, Incoming, Next, REQUEST, RESPONSE, SLICES, header, read_rest,
    write_all,
};
use driver::{Client, Ended, Load, NoOptions, Seen};
use std::cell::RefCell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::spawn_local;

pub(crate) async fn load(client: &Client<NoOptions>, load: Arc<Load>) -> Ended {
    let mut connections = Vec::new();
    for _ in 0..client.conns.get() {
        let stream = TcpStream::connect(&client.addr).await?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let writer = Rc::new(writer);
        let connection = Rc::new(RefCell::new(Connection::on(writer.clone())));
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

struct Connection {
    /// The calls, by their ids.
    slots: Vec<Slot>,
    free: Vec<usize>,
    /// The bytes that the writer takes next, and the big payloads with their places in them.
    batch: Vec<u8>,
    big: Vec<(usize, &'static [u8])>,
    /// Bytes of the requests that have no response yet.
    in_flight: usize,
    stream: Rc<OwnedWriteHalf>,
    /// The waker of the writer while it waits for a batch.
    writer: Option<Waker>,
    /// The writer is in the middle of a batch: no caller may write.
    is_writing: bool,
}

/// One call.
#[derive(Default)]
struct Slot {
    waker: Option<Waker>,
    done: bool,
    /// Bytes of the request.
    sent: usize,
    response: Vec<u8>,
}

impl Connection {
    fn on(stream: Rc<OwnedWriteHalf>) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            batch: Vec::with_capacity(BUFFER),
            big: Vec::new(),
            in_flight: 0,
            stream,
            writer: None,
            is_writing: false,
        }
    }

    /// Queues a request, and returns its id.
    fn send(&mut self, payload: &'static [u8]) -> usize {
        let id = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots.len() - 1
        });
        let sent = REQUEST + payload.len();
        self.slots[id].sent = sent;
        self.in_flight += sent;
        self.batch.extend_from_slice(&header::<REQUEST>(payload.len(), id));
        if payload.len() < IN_PLACE {
            self.batch.extend_from_slice(payload);
        } else {
            self.big.push((self.batch.len(), payload));
        }
        let enough = (self.in_flight / 2).clamp(FLUSH_FROM, FLUSH_AT);
        if self.batch.len() >= enough && self.big.is_empty() && !self.is_writing {
            // Bytes that the kernel does not take, and errors, are left to the writer.
            let written = self.stream.try_write(&self.batch).unwrap_or(0);
            self.batch.drain(..written);
        }
        if !self.batch.is_empty()
            && let Some(writer) = self.writer.take()
        {
            writer.wake();
        }
        id
    }

    /// The call with this id has its response.
    fn complete(&mut self, id: usize) {
        let slot = &mut self.slots[id];
        self.in_flight -= slot.sent;
        slot.done = true;
        if let Some(waker) = slot.waker.take() {
            waker.wake();
        }
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

async fn write(connection: Shared, stream: Rc<OwnedWriteHalf>) -> io::Result<()> {
    let stream = (*stream).as_ref();
    let mut batch = Vec::with_capacity(BUFFER);
    let mut big = Vec::new();
    loop {
        let mut seen = 0;
        poll_fn(|context| {
            let mut connection = connection.borrow_mut();
            connection.is_writing = false;
            if connection.batch.is_empty() {
                connection.writer = Some(context.waker().clone());
                return Poll::Pending;
            }
            // The writer waits while callers append more, unless nothing else is in flight and so no caller can.
            if connection.batch.len() > seen && connection.in_flight > connection.batch.len() {
                seen = connection.batch.len();
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            connection.is_writing = true;
            std::mem::swap(&mut connection.batch, &mut batch);
            std::mem::swap(&mut connection.big, &mut big);
            Poll::Ready(())
        })
        .await;
        let mut written = 0;
        for some in big.chunks(SLICES / 2) {
            let mut slices = Vec::with_capacity(SLICES);
            for &(at, payload) in some {
                slices.push(IoSlice::new(&batch[written..at]));
                slices.push(IoSlice::new(payload));
                written = at;
            }
            write_all(stream, &mut slices).await?;
        }
        write_all(stream, &mut [IoSlice::new(&batch[written..])]).await?;
        batch.clear();
        big.clear();
    }
}

async fn read(connection: Shared, mut stream: OwnedReadHalf) -> io::Result<()> {
    let mut incoming = Incoming::new();
    loop {
        if let Some((id, len, mut payload)) = take_frames(&connection, &mut incoming) {
            read_rest(&mut stream, &mut payload, len).await?;
            let mut connection = connection.borrow_mut();
            connection.slots[id].response = payload;
            connection.complete(id);
        } else if incoming.fill(&mut stream).await? == 0 {
            return Ok(());
        }
    }
}

/// Completes the calls whose responses are there; returns id, length and begin of a big one.
fn take_frames(connection: &Shared, incoming: &mut Incoming) -> Option<(usize, usize, Vec<u8>)> {
    let connection = &mut *connection.borrow_mut();
    loop {
        match incoming.next(RESPONSE) {
            Next::Frame(id, payload) => {
                let response = &mut connection.slots[id].response;
                response.clear();
                response.extend_from_slice(payload);
                connection.complete(id);
            }
            Next::Big(len, id, payload) => {
                let mut response = std::mem::take(&mut connection.slots[id].response);
                response.clear();
                response.reserve(len);
                response.extend_from_slice(payload);
                return Some((id, len, response));
            }
            Next::More => return None,
        }
    }
}

/// A batch is written as soon as it has half of the bytes in flight, but not below this: a write has to pay for the
/// wake of the other side. 4 KiB make two batches of 64 small calls.
const FLUSH_FROM: usize = 4 * 1024;
