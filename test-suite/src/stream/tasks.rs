//! A client and tasks of a user: each ends exactly once, whatever happens to it.
//!
//! Knows the result of each kind of end. Does not know blobs.

use crate::jobs::{Asks, Fetch, Job, Jobs, Message, Stream, Work, soon};
use crate::net::Client;
use crate::raw::{Listener, Peer, answer};
use crate::site::{Site, finished};
use bytes::Bytes;
use crossfire::{MTx, mpsc};
use orb::prelude::AsyncRuntime;
use razor_stream::Codec;
use razor_stream::client::stream::ClientStream;
use razor_stream::client::task::{Blob, ReceiveResponseBlob, client_task};
use razor_stream::client::{ClientCaller, ClientConfig, ClientPool, Completion, render};
use razor_stream::error::{EncodedErr, ErrDecodeError, Outcome, RpcErrCodec, RpcErrKind, RpcError};
use razor_stream::proto::machines::RequestFrame;
use razor_stream::proto::{Limits, RpcAction};
use std::num::NonZero;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

fn config() -> ClientConfig {
    ClientConfig::default()
        .with_deadline_resolution(Duration::from_millis(10))
        .with_limits(Limits::new(1000, 2000))
}

fn connect<RT: AsyncRuntime>(site: &Site<RT>, config: ClientConfig) -> (Stream<RT>, Peer, Jobs) {
    let listener = Listener::bind(&site.addr());
    let client = site.connect(listener.addr(), config);
    (client, listener.accept(), Jobs::default())
}

/// A window and a queue of one request each.
fn narrow() -> ClientConfig {
    let one = NonZero::<usize>::MIN;
    config().with_max_in_flight(one).with_max_queued(one, NonZero::new(1 << 20).expect("not 0"))
}

/// Checks that the connection lives: one more task is answered.
fn lives<RT: AsyncRuntime>(site: &Site<RT>, client: &Stream<RT>, peer: &mut Peer, jobs: &Jobs) {
    jobs.send(site, client, jobs.job("alive?"));
    let asked = peer.request();
    assert_eq!(asked.msg, b"\xa6alive?");
    peer.send_bytes(&asked.success(&[7]));
    assert!(matches!(jobs.job_ended(), Job { res: Some(Ok(())), answer: Some(7), .. }));
}

/// A task gets its answer, an error of the method, an error for an answer that does not decode, and one for an answer
/// over a limit.
pub fn an_answer_completes_a_task_with_all_that_belongs_to_it<RT: AsyncRuntime>(site: &Site<RT>) {
    let (client, mut peer, jobs) = connect(site, config());
    let blob = Bytes::from_static(b"blob");
    jobs.send(site, &client, Job { blob: Some(blob.clone()), ..jobs.job("ask") });
    let asked = peer.request();
    assert_eq!((asked.action, &asked.msg[..], &asked.blob[..]), (1, &b"\xa3ask"[..], &b"blob"[..]));
    peer.send_bytes(&answer(0, 1, asked.seq, 3, b"\x2ayes"));
    let job = jobs.job_ended();
    assert_eq!((job.res, job.answer), (Some(Ok(())), Some(42)));
    assert_eq!((job.answer_blob, job.blob), (Some(b"yes".to_vec()), Some(blob)), "it is kept");

    jobs.send(site, &client, jobs.job("fail"));
    reply(&mut peer, 1, 5, b"");
    assert_eq!(jobs.job_ended().res, Some(Err(RpcError::User(5))));

    jobs.send(site, &client, jobs.job("nonsense"));
    reply(&mut peer, 0, 2, b"\xc1\xc1");
    jobs.fails(RpcErrKind::Decode, Outcome::Executed);

    jobs.send(site, &client, jobs.job("much"));
    reply(&mut peer, 0, 1001, &[0; 1001]);
    jobs.fails(RpcErrKind::TooLarge, Outcome::Executed);
    lives(site, &client, &mut peer, &jobs);
    jobs.all_ended();
}

/// Answers the next request.
fn reply(peer: &mut Peer, flag: u8, msg_len: u32, msg: &[u8]) {
    let seq = peer_seq(peer);
    peer.send_bytes(&answer(flag, msg_len, seq, 0, msg));
}

fn peer_seq(peer: &mut Peer) -> u64 {
    peer.request().seq
}

/// A request that cannot be sent ends only its own task, and not one byte of it is written.
pub fn a_task_that_cannot_be_sent_ends_without_a_byte<RT: AsyncRuntime>(site: &Site<RT>) {
    let (client, mut peer, jobs) = connect(site, config());
    let asks = |asks| Job { asks, ..jobs.job("") };
    let unsendable = [
        (Job { msg: Message::Unencodable, ..jobs.job("") }, RpcErrKind::Encode),
        (jobs.job(&"x".repeat(1000)), RpcErrKind::TooLarge),
        (Job { blob: Some(vec![0; 2001].into()), ..jobs.job("") }, RpcErrKind::TooLarge),
        (asks(Asks::Num(0)), RpcErrKind::Invalid),
        (asks(Asks::Num(0x7FFF_0000)), RpcErrKind::Invalid),
        (asks(Asks::Num(u32::MAX)), RpcErrKind::Invalid),
        (asks(Asks::Str(String::new())), RpcErrKind::Invalid),
        (asks(Asks::Str("x".repeat(257))), RpcErrKind::Invalid),
    ];
    for (job, kind) in unsendable {
        jobs.send(site, &client, job);
        jobs.fails(kind, Outcome::NotSent);
    }
    lives(site, &client, &mut peer, &jobs);
    jobs.all_ended();
}

/// A task ends at its own timeout: in flight, in the queue, and while it waits for room. Other tasks are not touched.
pub fn a_task_ends_at_its_own_deadline_wherever_it_waits<RT: AsyncRuntime>(site: &Site<RT>) {
    let (client, mut peer, jobs) = connect(site, narrow());
    let patient = jobs.send(site, &client, jobs.job("patient"));
    for _ in 0..2 {
        let late = Job { common: soon(), ..jobs.job("queued, then behind the queue") };
        let client = client.clone();
        let _sent = site.start(async move { client.send_task(late.into()).await });
    }
    jobs.fails(RpcErrKind::Timeout, Outcome::NotSent);
    jobs.fails(RpcErrKind::Timeout, Outcome::NotSent);
    reply(&mut peer, 0, 1, &[1]);
    assert_eq!(jobs.job_ended().number, patient);

    let (client, mut peer, jobs) = connect(site, config());
    jobs.send(site, &client, Job { common: soon(), ..jobs.job("in flight") });
    let seq = peer_seq(&mut peer);
    jobs.fails(RpcErrKind::Timeout, Outcome::Unknown);
    peer.send_bytes(&answer(0, 1, seq, 0, &[1]));
    lives(site, &client, &mut peer, &jobs);
    jobs.all_ended();
}

/// A sender that is dropped while it waits for room completes its task.
pub fn a_sender_that_gives_up_completes_its_task<RT: AsyncRuntime>(site: &Site<RT>) {
    let (client, mut peer, jobs) = connect(site, narrow());
    jobs.send(site, &client, jobs.job("in flight"));
    jobs.send(site, &client, jobs.job("queued"));
    let given_up = jobs.job("given up");
    {
        let mut sending = pin!(client.send_task(given_up.into()));
        assert!(sending.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    jobs.fails(RpcErrKind::Closing, Outcome::NotSent);
    drop(client.send_task(jobs.job("never polled").into()));
    jobs.fails(RpcErrKind::Closing, Outcome::NotSent);
    let submit = |job: Job| client.submit(client.submission(bare(&client), job.into()));
    let mut submitting = submit(jobs.job("submitted, given up"));
    assert!(submitting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(submitting);
    jobs.fails(RpcErrKind::Closing, Outcome::NotSent);
    drop(submit(jobs.job("submitted, never polled")));
    jobs.fails(RpcErrKind::Closing, Outcome::NotSent);
    for _ in 0..2 {
        reply(&mut peer, 0, 1, &[1]);
        assert_eq!(jobs.job_ended().res, Some(Ok(())));
    }
    lives(site, &client, &mut peer, &jobs);
    jobs.all_ended();
}

/// A request without a message.
fn bare<K: Completion>(caller: &impl ClientCaller<K>) -> RequestFrame {
    render(caller.config(), RpcAction::Num(1), None, |_| Ok::<(), std::io::Error>(()))
        .expect("a request")
}

/// An error type whose decoding panics.
#[derive(Debug)]
struct Fragile;

impl RpcErrCodec for Fragile {
    fn encode<C: Codec>(&self, _: &C) -> EncodedErr {
        EncodedErr::Num(1)
    }

    fn decode<C: Codec>(_: &C, _: EncodedErr) -> Result<Self, ErrDecodeError> {
        panic!("an error that cannot be decoded")
    }
}

/// A place for a blob that panics when it gets one.
#[derive(Debug)]
struct Hole;

impl ReceiveResponseBlob for Hole {
    fn received(&mut self, _: Blob, _: usize) {
        panic!("a place that takes no blob")
    }
}

#[client_task(1)]
#[derive(Debug)]
struct Panics {
    #[field(resp_blob)]
    blob: Hole,
    #[field(res)]
    res: Option<Result<(), RpcError<Fragile>>>,
    #[field(noti)]
    noti: Option<MTx<mpsc::List<Self>>>,
}

/// A task whose error type, or whose place for a blob, panics ends alone.
pub fn a_panic_of_a_tasks_own_types_ends_it_alone<RT: AsyncRuntime>(site: &Site<RT>) {
    let listener = Listener::bind(&site.addr());
    let client: ClientStream<Panics, Client<RT>> = site.connect(listener.addr(), config());
    let mut peer = listener.accept();
    for flag in [1, 0] {
        let (tx, ended) = mpsc::unbounded_blocking();
        let (client, task) = (client.clone(), Panics { blob: Hole, res: None, noti: Some(tx) });
        let _sent = site.start(async move { client.send_task(task).await });
        reply(&mut peer, flag, 0, b"");
        let Panics { res: Some(Err(error)), .. } = ended.recv().expect("each task ends") else {
            panic!("no error");
        };
        assert_eq!((error.outcome(), error == RpcErrKind::Decode), (Outcome::Executed, true));
    }
}

/// A task that is sent again and fails keeps nothing of its earlier answer.
pub fn a_task_that_is_sent_again_and_fails_has_no_answer<RT: AsyncRuntime>(site: &Site<RT>) {
    let (client, mut peer, jobs) = connect(site, config());
    for (flag, bytes) in [(1, &b""[..]), (0, b"\xc1")] {
        let msg_len = if flag == 1 { 5 } else { 1 };
        let old = Job { answer: Some(1), answer_blob: Some(vec![1]), ..jobs.job("again") };
        jobs.send(site, &client, old);
        reply(&mut peer, flag, msg_len, bytes);
        let job = jobs.job_ended();
        assert!(matches!(job.res, Some(Err(_))), "{:?}", job.res);
        assert_eq!((job.answer, job.answer_blob), (None, None));

        let mut old = Fetch { answer: Some(1), ..jobs.fetch(8) };
        old.place.received(Blob::default(), 8);
        jobs.send(site, &client, old);
        reply(&mut peer, flag, msg_len, bytes);
        let fetch = jobs.fetch_ended();
        assert!(matches!(fetch.res, Some(Err(_))), "{:?}", fetch.res);
        assert_eq!((fetch.answer, fetch.place.filled()), (None, &b""[..]));
    }
    jobs.all_ended();
}

/// A lost connection, and a dropped client, end every task once: in flight, queued, waiting for room, and late.
pub fn the_end_of_the_connection_ends_every_task_once<RT: AsyncRuntime>(site: &Site<RT>) {
    let (client, mut peer, jobs) = connect(site, narrow());
    jobs.send(site, &client, jobs.job("in flight"));
    jobs.send(site, &client, jobs.job("queued"));
    let (waiting, sender) = (jobs.job("waiting"), client.clone());
    let sent = site.start(async move { sender.send_task(waiting.into()).await });
    let _ = peer.request();
    peer.reset();
    let mut outcomes: Vec<_> = (0..3).map(|_| outcome_of(&jobs.job_ended())).collect();
    outcomes.sort_by_key(|outcome| outcome.is_safe_to_repeat());
    assert_eq!(outcomes, [Outcome::Unknown, Outcome::NotSent, Outcome::NotSent]);
    finished("the one that waited", &sent);
    jobs.send(site, &client, jobs.job("late"));
    assert_eq!(outcome_of(&jobs.job_ended()), Outcome::NotSent);
    jobs.all_ended();

    let (client, mut peer, jobs) = connect(site, config());
    jobs.send(site, &client, jobs.job("in flight"));
    let _ = peer.request();
    drop(client);
    jobs.fails(RpcErrKind::Closing, Outcome::Unknown);
    jobs.all_ended();
}

fn outcome_of(job: &Job) -> Outcome {
    match &job.res {
        Some(Err(error)) => error.outcome(),
        other => panic!("{other:?} instead of an error"),
    }
}

/// A closed client finishes its tasks and takes no more; a client whose runtime has ended has no task left.
pub fn a_close_and_the_end_of_a_runtime_end_every_task_once<RT: AsyncRuntime>(site: &Site<RT>) {
    let (client, mut peer, jobs) = connect(site, config());
    jobs.send(site, &client, jobs.job("in flight"));
    let asked = peer.request();
    client.close();
    jobs.send(site, &client, jobs.job("late"));
    jobs.fails(RpcErrKind::Closing, Outcome::NotSent);
    peer.send_bytes(&asked.success(&[3]));
    assert_eq!(jobs.job_ended().answer, Some(3));
    peer.end();
    jobs.all_ended();

    let (listener, jobs) = (Listener::bind(&site.addr()), Jobs::default());
    let other = Site::<RT>::new(site.net(), RT::multi(1));
    let client: Stream<RT> = other.connect(listener.addr(), config());
    jobs.send(&other, &client, jobs.job("in flight"));
    let _ = listener.accept().request();
    drop(other);
    assert_eq!(outcome_of(&jobs.job_ended()), Outcome::Unknown);
    jobs.all_ended();
}

/// A pool sends tasks too: while it connects and once it is connected, but not once it is closed.
pub fn a_pool_sends_tasks<RT: AsyncRuntime>(site: &Site<RT>) {
    let (listener, jobs) = (Listener::bind(&site.addr()), Jobs::default());
    let pool: ClientPool<Work, Client<RT>> = site.pool(listener.addr(), narrow());
    let send = |job: Job| {
        let pool = pool.clone();
        site.start(async move { pool.send_task(job.into()).await })
    };
    finished("one that waits for the connection", &send(jobs.job("first")));
    let mut peer = listener.accept();
    reply(&mut peer, 0, 1, &[1]);
    assert_eq!(jobs.job_ended().res, Some(Ok(())));
    let sent = [send(jobs.job("second")), send(jobs.job("third")), send(jobs.job("fourth"))];
    for _ in 0..3 {
        reply(&mut peer, 0, 1, &[1]);
        assert_eq!(jobs.job_ended().res, Some(Ok(())));
    }
    sent.iter().for_each(|sent| finished("a task that was sent", sent));
    finished("one that does not encode", &send(Job { msg: Message::Unencodable, ..jobs.job("") }));
    jobs.fails(RpcErrKind::Encode, Outcome::NotSent);
    drop(pool.send_task(jobs.job("never polled").into()));
    jobs.fails(RpcErrKind::Closing, Outcome::NotSent);
    let job = jobs.job("submitted, never polled").into();
    drop(pool.submit(pool.submission(bare(&pool), job)));
    jobs.fails(RpcErrKind::Closing, Outcome::NotSent);
    pool.close();
    finished("one that is refused", &send(jobs.job("late")));
    jobs.fails(RpcErrKind::Closing, Outcome::NotSent);
    jobs.all_ended();
}

/// `flush` returns when the submitted requests have left, and not before; it fails with the connection.
pub fn a_flush_waits_until_what_was_submitted_has_left<RT: AsyncRuntime>(site: &Site<RT>) {
    let (client, mut peer, jobs) = connect(site, ClientConfig::default());
    let flush = |client: &ClientStream<Work, _>| {
        let client = client.clone();
        site.start(async move { client.flush().await })
    };
    assert_eq!(finished("nothing to flush", &flush(&client)), Ok(()));
    // More bytes than the kernel holds between the two sides.
    let blob: Bytes = vec![5; 32 << 20].into();
    jobs.send(site, &client, Job { blob: Some(blob.clone()), ..jobs.job("large") });
    let flushed = flush(&client);
    assert_eq!(client.window().in_flight, 1);
    assert!(flushed.try_recv().is_err(), "the peer has not read anything");
    let asked = peer.request();
    assert_eq!(asked.blob, blob);
    assert_eq!(finished("a flush", &flushed), Ok(()));
    peer.send_bytes(&asked.success(&[1]));
    assert_eq!(jobs.job_ended().res, Some(Ok(())));

    jobs.send(site, &client, Job { blob: Some(blob), ..jobs.job("lost") });
    let flushed = flush(&client);
    drop(peer);
    let error = finished("a flush", &flushed).expect_err("the connection is lost");
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::IO, Outcome::Unknown));
    // A request that was being written may count as sent.
    assert!(matches!(jobs.job_ended().res, Some(Err(error)) if error == RpcErrKind::IO));
    jobs.all_ended();
}
