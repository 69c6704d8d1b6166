//! The transport in memory: bounded pipes, half closes, and ends that are dropped at each moment.
//!
//! Knows bytes and names. All other scenarios send packets over this transport.

use crate::calls::{Calls, Slip, frame};
use crate::desk::ECHO;
use crate::site::{Site, finished};
use bytes::Bytes;
use orb::prelude::AsyncRuntime;
use orb_tokio::TokioRT;
use razor_rpc_smol::SmolRT;
use razor_stream::client::{ClientCaller, ClientConfig, ClientPool};
use razor_stream::error::Stage;
use razor_stream::server::ServerConfig;
use razor_stream::transport::memory::{MemoryClient, MemoryRead, MemoryServer, MemoryWrite};
use razor_stream::transport::{
    ClientTransport, Connection, Listener, PeerAddr, ReadHalf, WriteHalf,
};
use std::future::poll_fn;
use std::io::{ErrorKind, IoSlice};
use std::num::NonZero;
use std::pin::pin;
use std::task::Poll;

type End = Connection<MemoryRead, MemoryWrite>;

/// Bytes that each direction holds.
const CAPACITY: usize = 10;

fn narrow<RT: AsyncRuntime>(capacity: usize) -> MemoryClient<RT> {
    MemoryClient::new().capacity(NonZero::new(capacity).expect("not 0"))
}

async fn pair<RT: AsyncRuntime>() -> (End, End) {
    let server = MemoryServer::<RT>::bind("").expect("a free name");
    let here = narrow::<RT>(CAPACITY).connect(server.local_addr()).await.expect("a listener");
    (here, server.accept().await.expect("a connection"))
}

/// Polls `work` once.
async fn glance<F: Future + Unpin>(work: &mut F) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(pin!(&mut *work).poll(cx))).await
}

fn try_write(end: &End, bytes: &[u8]) -> Result<usize, ErrorKind> {
    end.write.try_write(&[IoSlice::new(bytes)]).map_err(|error| error.kind())
}

/// Every byte that comes before the end of the stream.
async fn rest(end: &mut End) -> Vec<u8> {
    let mut received = Vec::new();
    while end.read.read(&mut received, 7).await.expect("pipes have no other errors") > 0 {}
    received
}

/// Frames go through pipes that are smaller than any part of them, blobs included.
pub fn the_narrowest_pipe_carries_the_largest_frame<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    for capacity in [1, 7, 4096] {
        let (calls, config) = (Calls::default(), ClientConfig::default());
        let pool: ClientPool<Slip, _> =
            ClientPool::with_executor(narrow::<RT>(capacity), &*addr, config, site.exec())
                .expect("a name");
        let blob = Bytes::from(vec![8; 20_000 * capacity.min(100)]);
        let large = calls.slip();
        let number = large.number();
        let request = frame(&pool, ECHO, &[7; 10_000], Some(blob.clone()));
        assert!(
            pool.try_submit(pool.submission(request, large)).is_ok(),
            "an empty queue has room"
        );
        let small: Vec<_> = (0..50).map(|i| calls.submit(&pool, ECHO, &[i])).collect();
        let answer = calls.end(number).expect("an answer");
        assert!(
            answer.msg == [7; 10_000] && answer.blob[..] == blob[..],
            "with {capacity} bytes at a time"
        );
        for (i, call) in (0..50).zip(small) {
            assert_eq!(calls.message(call), [i]);
        }
    }
}

/// A pipe takes the bytes that fit and no more; a writer that waits goes on when the reader has read.
pub fn a_full_pipe_holds_its_writer<RT: AsyncRuntime>(site: &Site<RT>) {
    let (writes, reads) = site.run("a full pipe", async {
        let (here, mut there) = pair::<RT>().await;
        assert_eq!(try_write(&here, b"12345678"), Ok(8));
        assert_eq!(try_write(&here, b"abcdefgh"), Ok(2), "what fits");
        assert_eq!(try_write(&here, b"c"), Err(ErrorKind::WouldBlock));
        assert_eq!(try_write(&here, b""), Ok(0), "nothing to write is written at once");
        assert_eq!(try_write(&there, b"other way"), Ok(9), "directions are independent");
        let slices = [IoSlice::new(b"cd"), IoSlice::new(b"ef")];
        let mut received = Vec::with_capacity(3);
        {
            let mut writing = Box::pin(here.write.write(&slices));
            assert!(glance(&mut writing).await.is_pending());
            assert!(glance(&mut writing).await.is_pending(), "nothing was read");
            assert_eq!(there.read.read(&mut received, 1).await.expect("bytes"), 3);
            assert_eq!((&received[..], received.capacity()), (&b"123"[..], 3));
            assert_eq!(writing.await.expect("there is room"), 3);
        }
        // A write that is given up while it waits has written nothing.
        assert!(glance(&mut Box::pin(here.write.write(&slices))).await.is_pending());
        drop(here);
        (rest(&mut there).await, received)
    });
    assert_eq!((&reads[..], &writes[..]), (&b"123"[..], &b"45678abcde"[..]));
}

/// Many bytes go both ways at once, in order, while each side waits for the other again and again.
pub fn both_directions_are_full_at_once<RT: AsyncRuntime>(site: &Site<RT>) {
    const BYTES: usize = 200_000;
    let data: Vec<u8> = (0..=250).cycle().take(BYTES).collect();
    let ends = site.run("a pair", pair::<RT>());
    let work = [ends.0, ends.1].map(|Connection { mut read, write, .. }| {
        let sent = data.clone();
        let sending = site.start(async move {
            let mut left = &sent[..];
            while !left.is_empty() {
                let written = write.write(&[IoSlice::new(left)]).await.expect("a reader");
                left = &left[written..];
            }
            write.shutdown_write()
        });
        let receiving = site.start(async move {
            let mut received = Vec::new();
            while read.read(&mut received, 3).await.expect("bytes") > 0 {}
            received
        });
        (sending, receiving)
    });
    for (sending, receiving) in work {
        finished("one who sends", &sending).expect("it can be ended");
        assert!(finished("one who receives", &receiving) == data);
    }
}

/// One direction ends after all bytes that were sent in it; the other direction goes on.
pub fn after_a_half_close_the_other_direction_goes_on<RT: AsyncRuntime>(site: &Site<RT>) {
    site.run("a half close", async {
        let (mut here, mut there) = pair::<RT>().await;
        assert_eq!(try_write(&here, b"last"), Ok(4));
        here.write.shutdown_write().expect("a connection");
        assert_eq!(try_write(&here, b"x"), Err(ErrorKind::BrokenPipe));
        assert_eq!(rest(&mut there).await, b"last");
        assert_eq!(rest(&mut there).await, b"", "the end stays the end");
        assert_eq!(try_write(&there, b"answer"), Ok(6));
        let mut received = Vec::new();
        assert_eq!(here.read.read(&mut received, 64).await.expect("bytes"), 6);
        drop(there);
        assert_eq!(rest(&mut here).await, b"");
    });
}

/// How one side goes away.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Gone {
    Read,
    Write,
    Both,
    Closed,
}

const GONE: [Gone; 4] = [Gone::Read, Gone::Write, Gone::Both, Gone::Closed];

impl Gone {
    /// The halves of `end` that are left.
    fn of(self, end: End) -> (Option<MemoryRead>, Option<MemoryWrite>) {
        let Connection { read, write, .. } = end;
        match self {
            Self::Read => (None, Some(write)),
            Self::Write => (Some(read), None),
            Self::Both => (None, None),
            Self::Closed => {
                write.close();
                (Some(read), Some(write))
            }
        }
    }

    /// Whether the peer may still write, and whether it may still read.
    fn leaves(self) -> (bool, bool) {
        (self == Self::Write, self == Self::Read)
    }
}

/// A half is dropped, or both are closed, while bytes are unread: the peer reads the bytes that were sent, and then
/// sees the end.
pub fn an_end_that_goes_leaves_what_it_had_sent<RT: AsyncRuntime>(site: &Site<RT>) {
    site.run("ends that go", async {
        for gone in GONE {
            let (here, mut there) = pair::<RT>().await;
            assert_eq!(try_write(&here, b"sent"), Ok(4));
            assert_eq!(try_write(&there, b"unread"), Ok(6));
            let left = gone.of(here);
            let (writable, open) = gone.leaves();
            let expected = if writable { Ok(1) } else { Err(ErrorKind::BrokenPipe) };
            assert_eq!(try_write(&there, b"x"), expected, "{gone:?}");
            let mut received = Vec::new();
            assert_eq!(there.read.read(&mut received, 64).await.expect("bytes"), 4, "{gone:?}");
            assert_eq!(received, b"sent");
            let more = glance(&mut Box::pin(there.read.read(&mut received, 64))).await;
            assert_eq!(more.is_pending(), open, "{gone:?}");
            drop(left);
            assert_eq!(rest(&mut there).await, b"", "{gone:?}");
        }
    });
}

/// A half is dropped, or both are closed, while the peer waits to read or to write: the peer is woken if its wait is
/// over.
pub fn an_end_that_goes_wakes_who_waits_for_it<RT: AsyncRuntime>(site: &Site<RT>) {
    for gone in GONE {
        let (here, there) = site.run("a pair", pair::<RT>());
        assert_eq!(try_write(&there, &[0; CAPACITY]), Ok(CAPACITY));
        let Connection { mut read, write, .. } = there;
        let (tell, waits) = std::sync::mpsc::channel();
        let tell_too = tell.clone();
        let reading = site.start(async move {
            let mut received = Vec::new();
            let mut reading = Box::pin(read.read(&mut received, 64));
            assert!(glance(&mut reading).await.is_pending());
            tell.send(()).expect("somebody listens");
            reading.await.map_err(|error| error.kind())
        });
        let writing = site.start(async move {
            let slices = [IoSlice::new(b"more")];
            let mut writing = Box::pin(write.write(&slices));
            assert!(glance(&mut writing).await.is_pending());
            tell_too.send(()).expect("somebody listens");
            let written = writing.await.map_err(|error| error.kind());
            (written, write)
        });
        finished("one who waits", &waits);
        finished("one who waits", &waits);
        let left = gone.of(here);
        let (writable, open) = gone.leaves();
        if open {
            assert!(reading.try_recv().is_err(), "{gone:?}: it may still be sent to");
        }
        if writable {
            assert!(writing.try_recv().is_err(), "{gone:?}: it is still read");
        } else {
            let (written, _write) = finished("one who writes", &writing);
            assert_eq!(written, Err(ErrorKind::BrokenPipe), "{gone:?}");
        }
        drop(left);
        assert_eq!(finished("one who reads", &reading), Ok(0), "{gone:?}");
        if writable {
            let (written, _write) = finished("one who writes", &writing);
            assert_eq!(written, Err(ErrorKind::BrokenPipe), "{gone:?}");
        }
    }
}

/// A reader whose own side closes is woken and stops waiting, as with a socket.
pub fn a_close_wakes_its_own_reader_and_writer<RT: AsyncRuntime>(site: &Site<RT>) {
    site.run("a close", async {
        let (here, _there) = pair::<RT>().await;
        assert_eq!(try_write(&here, &[0; CAPACITY]), Ok(CAPACITY));
        let Connection { mut read, write, .. } = here;
        let (mut received, slices) = (Vec::new(), [IoSlice::new(b"x")]);
        let mut reading = Box::pin(read.read(&mut received, 64));
        let mut writing = Box::pin(write.write(&slices));
        assert!(glance(&mut reading).await.is_pending() && glance(&mut writing).await.is_pending());
        write.close();
        assert_eq!(reading.await.expect("the end"), 0);
        assert_eq!(writing.await.expect_err("the end").kind(), ErrorKind::BrokenPipe);
    });
}

/// Reads that are given up lose no byte, and no buffer is made before there are bytes to read.
pub fn dropped_reads_lose_nothing<RT: AsyncRuntime>(site: &Site<RT>) {
    site.run("dropped reads", async {
        let (here, mut there) = pair::<RT>().await;
        let mut received = Vec::new();
        for byte in 0..100_u8 {
            let idle = glance(&mut Box::pin(there.read.read(&mut received, 1000))).await;
            assert!(idle.is_pending());
            assert!(byte > 0 || received.capacity() == 0, "one that waits has no buffer");
            assert_eq!(try_write(&here, &[byte]), Ok(1));
            assert_eq!(there.read.read(&mut received, 1000).await.expect("bytes"), 1);
        }
        assert_eq!(received, (0..100).collect::<Vec<_>>());
    });
}

/// A name belongs to one listener, and is free when the listener ends. The error of a client that finds no listener has
/// the name.
pub fn names_are_taken_and_given_back<RT: AsyncRuntime>(site: &Site<RT>) {
    let name = site.addr();
    site.run("names", async move {
        let client = MemoryClient::<RT>::new();
        let refused = client.connect(&name).await.expect_err("nobody listens");
        assert_eq!(refused.cause.kind(), ErrorKind::ConnectionRefused);
        assert_eq!((refused.stage, &refused.addr), (Stage::Connect, &name));
        for _ in 0..3 {
            let server = MemoryServer::<RT>::bind(&name).expect("a free name");
            assert_eq!(server.local_addr(), name);
            let taken = MemoryServer::<RT>::bind(&name).expect_err("it is taken");
            assert_eq!((taken.stage, taken.cause.kind()), (Stage::Listen, ErrorKind::AddrInUse));
            let here = client.connect(&name).await.expect("the first one listens");
            assert_eq!(here.peer, PeerAddr::Other(name.clone()));
            let there = server.accept().await.expect("a connection").peer.to_string();
            assert!(there.starts_with(&format!("{name}#")), "{there}");
        }
        let any = [MemoryServer::<RT>::bind(""), MemoryServer::<RT>::bind("")];
        let [one, other] = any.map(|any| any.expect("there is always a free name"));
        assert_ne!(one.local_addr(), other.local_addr());
    });
}

/// A listener that does not accept holds a bounded number of connections; a further one waits for an accept, and the
/// end of the listener ends all of them. An accept that is given up loses no connection.
pub fn a_listener_that_does_not_accept_is_not_a_place_to_pile_up<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    site.run("a backlog", async {
        let (client, server) = (MemoryClient::<RT>::new(), MemoryServer::<RT>::bind(""));
        let server = server.expect("a free name");
        let name = server.local_addr().to_owned();
        assert!(glance(&mut Box::pin(server.accept())).await.is_pending());
        let mut waiting = Vec::new();
        let mut late = loop {
            let mut connecting = Box::pin(client.connect(&name));
            match glance(&mut connecting).await {
                Poll::Ready(connected) => waiting.push(connected.expect("a listener")),
                Poll::Pending => break connecting,
            }
            assert!(waiting.len() <= 1000, "the backlog has no end");
        };
        assert_eq!(waiting.len(), 128);
        assert_eq!(try_write(&waiting[0], b"first"), Ok(5));
        let mut there = server.accept().await.expect("a connection");
        waiting.push(late.as_mut().await.expect("now there is room"));
        drop(late);
        let mut refused = Box::pin(client.connect(&name));
        assert!(glance(&mut refused).await.is_pending());
        drop(server);
        for end in &mut waiting[1..] {
            assert_eq!(rest(end).await, b"");
            assert_eq!(try_write(end, b"x"), Err(ErrorKind::BrokenPipe));
        }
        let error = refused.await.expect_err("the listener is gone");
        assert_eq!(error.cause.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(try_write(&there, b"lives"), Ok(5), "what was accepted lives on");
        drop(waiting);
        assert_eq!(rest(&mut there).await, b"first");
    });
}

/// The two sides may run on different runtimes.
pub fn a_client_on_another_runtime_is_served<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let calls = Calls::default();
    let (tokio, smol) = (TokioRT::one(), SmolRT::one());
    let config = ClientConfig::default();
    let on_tokio: ClientPool<Slip, _> =
        ClientPool::with_executor(MemoryClient::<TokioRT>::new(), &*addr, config.clone(), &tokio)
            .expect("a name");
    let on_smol: ClientPool<Slip, _> =
        ClientPool::with_executor(MemoryClient::<SmolRT>::new(), &*addr, config, &smol)
            .expect("a name");
    for _ in 0..100 {
        let numbers =
            [calls.submit(&on_tokio, ECHO, b"tokio"), calls.submit(&on_smol, ECHO, b"smol")];
        assert_eq!(numbers.map(|call| calls.message(call)), [&b"tokio"[..], b"smol"]);
    }
    calls.all_ended();
}
