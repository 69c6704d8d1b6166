//! The most live heap that a blob of 16 MiB, sent and received back, costs each side, counted by the allocator.
//!
//! A program of its own, so that nothing else allocates; its tests take turns. The other side is a thread that keeps
//! 64 KiB. Between each two of its reads and writes it looks at the heap.

#![forbid(unsafe_code)]

use orb::prelude::AsyncRuntime;
use orb_tokio::TokioRT;
use parking_lot::Mutex;
use razor_stream::client::ClientConfig;
use razor_stream::server::dispatch::{Call, Dispatch, Flow};
use razor_stream::server::task::{Reply, Respond};
use razor_stream::server::{RpcServer, ServerConfig};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use test_suite::jobs::{Job, Jobs, Stream};
use test_suite::raw::{Request, answer};
use test_suite::site::{Net, Site};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test at a time.
static TURN: Mutex<()> = Mutex::new(());

const BLOB: usize = 16 << 20;
/// The memory of everything but blobs: read buffers, coroutines, the runtime.
const REST: usize = 512 << 10;

fn live() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

/// The largest number of bytes that were live.
struct Peak {
    before: usize,
    most: usize,
}

impl Peak {
    fn new() -> Self {
        Self { before: live(), most: 0 }
    }

    fn look(&mut self) {
        self.most = self.most.max(live().saturating_sub(self.before));
    }

    fn is_at_most(&self, blobs: usize, what: &str) {
        assert!(self.most >= BLOB, "{what}: {} bytes, the blob was not seen", self.most);
        assert!(self.most <= blobs * BLOB + REST, "{what}: {} bytes of live heap", self.most);
    }
}

fn receive(stream: &mut UnixStream, mut bytes: usize, peak: &mut Peak) {
    let mut part = vec![0; 64 << 10];
    while bytes > 0 {
        let here = bytes.min(part.len());
        let got = stream.read(&mut part[..here]).expect("a connection");
        assert!(got > 0, "{bytes} bytes are missing");
        bytes -= got;
        peak.look();
    }
}

fn send(stream: &mut UnixStream, mut bytes: usize, peak: &mut Peak) {
    let part = vec![5; 64 << 10];
    while bytes > 0 {
        let here = bytes.min(part.len());
        bytes -= stream.write(&part[..here]).expect("a connection");
        peak.look();
    }
}

/// A client that keeps its request's blob, and has memory for the response's: two blobs. If the response is received in
/// a buffer of the library, it costs less: the request's blob, which was moved out, is gone when the response comes.
#[test]
fn at_the_client_a_blob_there_and_back_costs_no_more_than_two() {
    let _turn = TURN.lock();
    let site = Site::<TokioRT>::new(Net::Unix, TokioRT::multi(2));
    let addr = site.addr();
    let listener = UnixListener::bind(&addr).expect("a free path");
    let client: Stream<TokioRT> = site.connect(&addr, ClientConfig::default());
    let (mut peer, _) = listener.accept().expect("the client");
    let jobs = Jobs::default();
    let blob_len = i32::try_from(BLOB).expect("31 bits");
    for in_place in [true, false] {
        let mut peak = Peak::new();
        let kept = bytes::Bytes::from(vec![1; BLOB]);
        let mut fetch = in_place.then(|| jobs.fetch(BLOB));
        jobs.send(&site, &client, Job { blob: Some(kept), ..jobs.job("") });
        receive(&mut peer, 32 + 1 + BLOB, &mut peak);
        let seq = if in_place { 1 } else { 3 };
        match fetch.take() {
            Some(fetch) => {
                jobs.send(&site, &client, fetch);
                receive(&mut peer, 32 + 1, &mut peak);
                peer.write_all(&answer(0, 1, seq + 1, blob_len, &[1])).expect("a connection");
                send(&mut peer, BLOB, &mut peak);
                assert_eq!(jobs.fetch_ended().place.len(), BLOB);
                peer.write_all(&answer(0, 1, seq, 0, &[1])).expect("a connection");
                assert_eq!(jobs.job_ended().res, Some(Ok(())));
            }
            None => {
                peer.write_all(&answer(0, 1, seq, blob_len, &[1])).expect("a connection");
                send(&mut peer, BLOB, &mut peak);
                assert_eq!(jobs.job_ended().answer_blob.map(|blob| blob.len()), Some(BLOB));
            }
        }
        peak.is_at_most(2, if in_place { "in place" } else { "in a buffer of the library's" });
    }
}

/// Answers with the blob that it was sent.
#[derive(Clone)]
struct Echo;

impl Dispatch for Echo {
    fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
        let msg = call.msg().to_vec();
        reply.success(&msg, Some(call.into_blob()));
        Flow::Next
    }
}

#[test]
fn at_the_server_a_blob_there_and_back_costs_no_more_than_two() {
    let _turn = TURN.lock();
    let site = Site::<TokioRT>::new(Net::Unix, TokioRT::multi(2));
    let (server, addr): (RpcServer<TokioRT>, _) = site.serve_with(ServerConfig::default(), Echo);
    let mut peer = UnixStream::connect(&addr).expect("a server");
    let mut peak = Peak::new();
    let blob_len = u32::try_from(BLOB).expect("31 bits");
    peer.write_all(&Request::number(1, 1).announce(0, blob_len).bytes()).expect("a connection");
    send(&mut peer, BLOB, &mut peak);
    receive(&mut peer, 20 + BLOB, &mut peak);
    peak.is_at_most(2, "an echo");
    site.close(server);
}
