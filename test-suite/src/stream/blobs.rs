//! A client and responses with blobs: in memory of the task, or in a buffer of the library.
//!
//! Checks the bytes in the memory. Another test checks the addresses at which they were read.

use crate::SAFETY_NET;
use crate::jobs::{Fetch, Jobs, Stream, soon};
use crate::raw::{Asked, Listener, Peer, answer};
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::client::task::BufferTooSmall;
use razor_stream::client::{ClientCaller, ClientConfig, Completion, Response, render};
use razor_stream::error::{EncodedErr, Outcome, RpcErrKind, RpcError};
use razor_stream::proto::RpcAction;
use std::convert::Infallible;
use std::error::Error;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

const MIB: usize = 1 << 20;

fn connect<RT: AsyncRuntime>(site: &Site<RT>) -> (Stream<RT>, Peer, Jobs) {
    let listener = Listener::bind(&site.addr());
    let config = ClientConfig::default().with_deadline_resolution(Duration::from_millis(10));
    let client = site.connect(listener.addr(), config);
    (client, listener.accept(), Jobs::default())
}

/// Bytes that differ from their neighbours, and from those of other blobs.
fn pattern(len: usize) -> Vec<u8> {
    (0..=250).cycle().skip(len % 251).take(len).collect()
}

/// A success with a small message and a blob.
fn success(asked: &Asked, blob: &[u8]) -> Vec<u8> {
    answer(0, 1, asked.seq, i32::try_from(blob.len()).expect("31 bits"), &[&[9], blob].concat())
}

fn fetched<RT: AsyncRuntime>(
    site: &Site<RT>,
    (client, peer, jobs): (&Stream<RT>, &mut Peer, &Jobs),
    room: usize,
    blob: &[u8],
) -> Fetch {
    jobs.send(site, client, jobs.fetch(room));
    let asked = peer.request();
    assert_eq!((asked.action, &asked.msg[..]), (2, &b"\xc0"[..]), "nil is sent for no message");
    peer.send_bytes(&success(&asked, blob));
    jobs.fetch_ended()
}

/// Lengths around those at which a frame is gathered, and at which it does not fit into the read buffer any more.
const SIZES: [usize; 14] = [
    0,
    1,
    4095,
    4096,
    (32 << 10) - 22,
    (32 << 10) - 21,
    (32 << 10) - 20,
    (64 << 10) - 22,
    (64 << 10) - 21,
    (64 << 10) - 20,
    (64 << 10) + 1,
    100_000,
    MIB,
    16 * MIB,
];

/// Blobs of every size, at each side of the thresholds, into memory that is exactly as large or larger.
pub fn a_blob_is_received_in_memory_of_its_task<RT: AsyncRuntime>(site: &Site<RT>) {
    let (client, mut peer, jobs) = connect(site);
    for len in SIZES {
        let blob = pattern(len);
        for room in [len, len + 1000] {
            let Fetch { res, answer, place, .. } =
                fetched(site, (&client, &mut peer, &jobs), room, &blob);
            assert_eq!((res, answer), (Some(Ok(())), Some(9)), "{len}");
            assert!(place.filled() == blob, "{len} bytes are as they were sent");
            let buffer = place.into_buffer();
            assert_eq!(buffer.len(), room, "it is the buffer of the task");
            assert!(buffer[len..].iter().all(|byte| *byte == 0xEE), "nothing is written behind");
        }
        jobs.send(site, &client, jobs.job("in a buffer of the library's"));
        let asked = peer.request();
        peer.send_bytes(&success(&asked, &blob));
        let job = jobs.job_ended();
        assert!(job.answer_blob == Some(blob).filter(|blob| !blob.is_empty()), "{len}");
    }
    jobs.all_ended();
}

/// A blob is the same however the bytes come: in small parts, and in several responses at once.
pub fn a_blob_in_place_is_the_same_however_it_is_cut<RT: AsyncRuntime>(site: &Site<RT>) {
    let (client, mut peer, jobs) = connect(site);
    for step in [7, 1013, 40_000, 70_001] {
        let blobs = [pattern(70_000), pattern(5), pattern(200_000), pattern(33_000)];
        let mut bytes = Vec::new();
        for blob in &blobs {
            jobs.send(site, &client, jobs.fetch(blob.len()));
            bytes.extend(success(&peer.request(), blob));
        }
        bytes.chunks(step).for_each(|part| peer.send_bytes(part));
        for blob in &blobs {
            let fetch = jobs.fetch_ended();
            assert_eq!((fetch.res, fetch.answer), (Some(Ok(())), Some(9)), "{step}");
            assert!(fetch.place.filled() == blob, "{step}, {} bytes", blob.len());
        }
    }
    // The message before the blob is larger than the read buffer.
    jobs.send(site, &client, jobs.fetch(100_000));
    let (asked, blob) = (peer.request(), pattern(100_000));
    let msg = [vec![0xDC, 0xFF, 0xFF], vec![0xC0; 0xFFFF]].concat();
    let len = u32::try_from(msg.len()).expect("32 bits");
    peer.send_bytes(&answer(0, len, asked.seq, 100_000, &[msg, blob.clone()].concat()));
    let Fetch { res, place, .. } = jobs.fetch_ended();
    assert!(matches!(res, Some(Err(error)) if error == RpcErrKind::Decode), "it is no number");
    assert!(place.filled() == blob, "the blob is there all the same");
    jobs.all_ended();
}

/// A blob that does not fit ends its own task with the length that it needs; the connection lives.
pub fn a_blob_that_does_not_fit_ends_its_own_task<RT: AsyncRuntime>(site: &Site<RT>) {
    let (client, mut peer, jobs) = connect(site);
    for (len, room) in [(1, 0), (100, 99), (33_000, 32_999), (MIB, 0), (16 * MIB, 16 * MIB - 1)] {
        let small = fetched(site, (&client, &mut peer, &jobs), room, &pattern(len));
        let Some(Err(RpcError::Rpc(error))) = &small.res else { panic!("{:?}", small.res) };
        assert_eq!(error.kind(), RpcErrKind::BufferTooSmall);
        assert_eq!(error.outcome(), Outcome::Executed);
        let cause = error.source().and_then(<dyn Error>::downcast_ref::<BufferTooSmall>);
        assert_eq!(cause.map(|cause| (cause.blob, cause.room)), Some((len, room)));
        assert_eq!((small.answer, small.place.len()), (None, 0));
        let large = fetched(site, (&client, &mut peer, &jobs), len, &pattern(len));
        assert!(large.place.filled() == pattern(len), "{len}: the next one is received");
    }
    jobs.all_ended();
}

/// An error of the method does not change the memory.
pub fn an_error_leaves_the_memory_alone<RT: AsyncRuntime>(site: &Site<RT>) {
    let (client, mut peer, jobs) = connect(site);
    jobs.send(site, &client, jobs.fetch(50_000));
    let asked = peer.request();
    peer.send_bytes(&answer(1, 7, asked.seq, 0, b""));
    jobs.send(site, &client, jobs.fetch(50_000));
    let asked = peer.request();
    peer.send_bytes(&answer(2, 0, asked.seq, 40_000, &[b'e'; 40_000]));
    let number = jobs.fetch_ended();
    assert_eq!(number.res, Some(Err(RpcError::User(7))));
    let text = jobs.fetch_ended();
    assert!(matches!(text.res, Some(Err(error)) if error == RpcErrKind::Decode));
    for fetch in [number.place, text.place] {
        assert!(fetch.is_empty() && fetch.into_buffer().iter().all(|byte| *byte == 0xEE));
    }
    jobs.all_ended();
}

/// Sends half of a response to a new task. Returns the second half, and the client.
fn half_received<RT: AsyncRuntime>(
    site: &Site<RT>,
    jobs: &Jobs,
    change: impl FnOnce(Fetch) -> Fetch,
) -> (Stream<RT>, Peer, Vec<u8>) {
    let (client, mut peer, _) = connect(site);
    jobs.send(site, &client, change(jobs.fetch(MIB)));
    let mut first = success(&peer.request(), &pattern(MIB));
    let second = first.split_off(MIB / 2);
    peer.send_bytes(&first);
    (client, peer, second)
}

/// A deadline that passes while the blob arrives: the task ends with its memory, the rest is skipped, its place in the
/// window stays taken until then, and the connection lives.
pub fn a_deadline_may_pass_while_the_blob_arrives<RT: AsyncRuntime>(site: &Site<RT>) {
    let jobs = Jobs::default();
    let impatient = |fetch| Fetch { common: soon(), ..fetch };
    let (client, mut peer, rest) = half_received(site, &jobs, impatient);
    jobs_fail_with_memory(&jobs, RpcErrKind::Timeout);
    assert_eq!(client.window().in_flight, 1, "the peer is still at work");
    peer.send_bytes(&rest);
    let next = fetched(site, (&client, &mut peer, &jobs), MIB, &pattern(MIB));
    assert!(next.place.filled() == pattern(MIB));
    assert_eq!((client.stats().late_replies, client.window().in_flight), (1, 0));
    jobs.all_ended();
}

fn jobs_fail_with_memory(jobs: &Jobs, kind: RpcErrKind) {
    let fetch = jobs.fetch_ended();
    let Some(Err(RpcError::Rpc(error))) = &fetch.res else { panic!("{:?}", fetch.res) };
    assert_eq!((error.kind(), error.outcome()), (kind, Outcome::Unknown), "{error:?}");
    assert_eq!((fetch.place.len(), fetch.place.into_buffer().len()), (0, MIB), "it is back");
}

/// The connection is lost while the blob arrives: by the server, by the client, by the end of the runtime.
pub fn the_end_may_come_while_the_blob_arrives<RT: AsyncRuntime>(site: &Site<RT>) {
    let jobs = Jobs::default();
    let (_client, peer, _) = half_received(site, &jobs, |fetch| fetch);
    drop(peer);
    jobs_fail_with_memory(&jobs, RpcErrKind::IO);

    let (client, mut peer, _) = half_received(site, &jobs, |fetch| fetch);
    drop(client);
    jobs_fail_with_memory(&jobs, RpcErrKind::Closing);
    peer.end();

    let other = Site::<RT>::new(site.net(), RT::multi(1));
    let (_client, mut peer, _) = half_received(&other, &jobs, |fetch| fetch);
    drop(other);
    jobs_fail_with_memory(&jobs, RpcErrKind::IO);
    peer.end();
    jobs.all_ended();
}

/// Rule C3: a blob that nobody waits for is skipped.
pub fn a_blob_that_nobody_waits_for_is_skipped<RT: AsyncRuntime>(site: &Site<RT>) {
    let (client, mut peer, jobs) = connect(site);
    jobs.send(site, &client, Fetch { common: soon(), ..jobs.fetch(MIB) });
    let late = success(&peer.request(), &pattern(MIB));
    jobs_fail_with_memory(&jobs, RpcErrKind::Timeout);
    peer.send_bytes(&late);
    peer.send_bytes(&late);
    let next = fetched(site, (&client, &mut peer, &jobs), 5, &pattern(5));
    assert!(next.place.filled() == pattern(5));
    assert_eq!((client.stats().late_replies, client.stats().stray_replies), (1, 1));
    jobs.all_ended();
}

/// A task that brings memory the first `keeps` times that it is asked, and panics then.
struct Fickle {
    memory: Vec<u8>,
    /// The number of times that the task brings its memory.
    keeps: usize,
    told: Sender<Result<Response, RpcError<EncodedErr>>>,
}

impl Completion for Fickle {
    fn complete(self, result: Result<Response, RpcError<EncodedErr>>) {
        self.told.send(result).expect("the scenario waits");
    }

    fn blob_space(&mut self, _: usize) -> Option<&mut [u8]> {
        assert!(self.keeps > 0, "a scenario asked for this panic");
        self.keeps -= 1;
        Some(&mut self.memory)
    }
}

/// A task whose memory is gone when the client asks again ends alone, however often the memory was there before. A task
/// that brings it often enough gets its blob.
pub fn a_task_that_does_not_keep_to_its_memory_ends_alone<RT: AsyncRuntime>(site: &Site<RT>) {
    let listener = Listener::bind(&site.addr());
    let client = site.connect(listener.addr(), ClientConfig::default());
    let (mut peer, (told, ended)) = (listener.accept(), channel());
    for keeps in (0..9).chain([usize::MAX]) {
        let fickle = Fickle { memory: vec![0; MIB], keeps, told: told.clone() };
        let frame = render(client.config(), RpcAction::Num(1), None, |_| Ok::<(), Infallible>(()));
        let request = client.submission(frame.expect("a request"), fickle);
        assert!(client.try_submit(request).is_ok());
        let asked = peer.request();
        peer.send_bytes(&success(&asked, &pattern(MIB)));
        match ended.recv_timeout(SAFETY_NET).expect("it ends") {
            // How often the client asks depends on how the bytes arrive.
            Ok(_) => assert!(keeps > 1, "it was asked twice at least"),
            Err(error) => {
                assert_ne!(keeps, usize::MAX, "it kept its word: {error:?}");
                let told = (error.kind(), error.outcome());
                assert_eq!(told, (Some(RpcErrKind::BufferTooSmall), Outcome::Executed));
            }
        }
    }
}
