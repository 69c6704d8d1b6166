//! Values that a user lends to a client, blobs and wakers, whose destructors use the connection.
//!
//! Such a value must never be dropped under a lock of the connection. Looks at no bytes.

use crate::calls::{Calls, Slip, frame};
use crate::net::Client;
use crate::raw::{Listener, Peer, Refusing};
use crate::site::{Site, finished};
use bytes::Bytes;
use orb::prelude::AsyncRuntime;
use razor_stream::client::stream::ClientStream;
use razor_stream::client::{
    ClientCaller, ClientConfig, ClientPool, Completion, Response, WhenDown, render,
};
use razor_stream::error::{EncodedErr, RpcError};
use razor_stream::proto::RpcAction;
use std::convert::Infallible;
use std::num::NonZero;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

/// The answer needs a lock for a moment; if there is none in this time, the lock is held.
const PATIENCE: Duration = Duration::from_secs(10);

/// A value that asks a question when it is dropped, and reports whether there was an answer.
pub(super) struct Curious {
    ask: Option<Box<dyn FnOnce() + Send + Sync>>,
    told: Sender<bool>,
}

impl Curious {
    pub(super) fn new(ask: impl FnOnce() + Send + Sync + 'static, told: &Sender<bool>) -> Self {
        Self { ask: Some(Box::new(ask)), told: told.clone() }
    }
}

impl Drop for Curious {
    fn drop(&mut self) {
        let Some(ask) = self.ask.take() else { return };
        // The question is asked on another thread, because this one may hold the lock: then there is no answer, and the
        // test does not hang.
        let (tell, told) = channel();
        std::thread::spawn(move || {
            ask();
            let _unheard = tell.send(());
        });
        let answered = told.recv_timeout(PATIENCE).is_ok();
        // The scenario may have ended.
        let _unheard = self.told.send(answered);
    }
}

/// The memory of a blob, which asks when it is dropped.
pub(super) struct Page {
    bytes: Vec<u8>,
    _curious: Curious,
}

impl Page {
    pub(super) fn blob(len: usize, curious: Curious) -> Bytes {
        Bytes::from_owner(Self { bytes: vec![7; len], _curious: curious })
    }
}

impl AsRef<[u8]> for Page {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// A waker that asks when the last of its clones is dropped.
struct Caller(#[expect(dead_code, reason = "it is there to be dropped")] Curious);

impl Wake for Caller {
    fn wake(self: Arc<Self>) {}
}

/// Checks that `count` values have been dropped, and none of them under a lock.
pub(super) fn all_dropped(count: usize, what: &str, told: &Receiver<bool>) {
    for _ in 0..count {
        assert!(finished(what, told), "{what}: it was dropped under a lock of its connection");
    }
}

/// Lengths of messages and blobs on both sides of every threshold: a frame is copied or not (32 KiB, head included),
/// its buffer is kept by the thread or the process (4 and 16 KiB), a batch is large (64 KiB); a blob is copied or not
/// (4 KiB), alone or together with its frame.
pub(super) fn around_every_threshold(head: usize) -> impl Iterator<Item = (usize, usize)> {
    const FRAMES: [usize; 6] = [4 << 10, 16 << 10, 28 << 10, 30_000, 32 << 10, 64 << 10];
    const BLOBS: [usize; 8] = [0, 1, 2767, 3000, 4095, 4096, 4097, 32 << 10];
    let messages =
        FRAMES.into_iter().flat_map(move |len| [len - head - 1, len - head, len - head + 1]);
    [0, 1].into_iter().chain(messages).flat_map(|msg| BLOBS.map(|blob| (msg, blob)))
}

type Stream<RT> = ClientStream<Slip, Client<RT>>;

fn connect<RT: AsyncRuntime>(site: &Site<RT>, config: ClientConfig) -> (Stream<RT>, Peer, Calls) {
    let listener = Listener::bind(&site.addr());
    let client = site.connect(listener.addr(), config);
    (client, listener.accept(), Calls::default())
}

/// A value that asks for the window, which takes the lock of the connection.
fn asks<RT: AsyncRuntime>(client: &Stream<RT>, told: &Sender<bool>) -> Curious {
    let client = client.clone();
    let ask = move || assert!(client.window().limit > 0, "an answer");
    Curious::new(ask, told)
}

/// Submits a request with a page.
fn submit(
    caller: &impl ClientCaller<Slip>,
    calls: &Calls,
    (msg, blob): (usize, usize),
    curious: Curious,
) -> bool {
    let request = frame(caller, 1, &vec![1; msg], Some(Page::blob(blob, curious)));
    caller.try_submit(caller.submission(request, calls.slip())).is_ok()
}

/// Small blobs are copied, larger ones are written from where they are. Both are dropped outside of locks, whether the
/// caller or the reader has put them into the output.
pub fn a_blob_that_was_written_may_use_its_connection_when_it_is_dropped<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (client, mut peer, calls) =
        connect(site, ClientConfig::default().with_max_in_flight(NonZero::<usize>::MIN));
    let (told, tell) = channel();
    for (msg, blob) in around_every_threshold(32) {
        for _ in ["at once", "from the queue"] {
            assert!(submit(&client, &calls, (msg, blob), asks(&client, &told)), "there is room");
        }
        for _ in ["at once", "from the queue"] {
            let asked = peer.request();
            assert_eq!((asked.msg.len(), asked.blob.len()), (msg, blob));
            all_dropped(1, &format!("message {msg}, blob {blob}"), &tell);
            peer.send_bytes(&asked.success(b""));
        }
    }
}

/// Blobs that were never written: the connection is lost, the deadline passes in the queue, or the queue is full.
pub fn a_blob_that_was_not_written_may_use_its_connection_when_it_is_dropped<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    for lost in [true, false] {
        let config = ClientConfig::default()
            .with_max_in_flight(NonZero::<usize>::MIN)
            .with_max_queued(NonZero::new(3).expect("not 0"), NonZero::<usize>::MAX)
            .with_call_timeout(Duration::from_millis(20))
            .with_deadline_resolution(Duration::from_millis(10));
        for (msg, blob) in [(0, 3000), (30_000, 3000), (0, 8 << 10), (40_000, 8 << 10)] {
            let (client, peer, calls) = connect(site, config.clone());
            let (told, tell) = channel();
            for _ in 0..5 {
                submit(&client, &calls, (msg, blob), asks(&client, &told));
            }
            // Otherwise the first request is in flight, and its blob is dropped once it has been written; the other
            // requests time out in the queue.
            let _alive = (!lost).then_some(peer);
            all_dropped(5, &format!("message {msg}, blob {blob}"), &tell);
        }
    }
}

/// Blobs of requests that wait for a connection: the connection comes, their deadline passes, there are too many of
/// them, or the pool is closed or dropped.
pub fn a_blob_that_waits_for_a_connection_may_use_its_pool_when_it_is_dropped<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let config = ClientConfig::default()
        .with_max_queued(NonZero::new(3).expect("not 0"), NonZero::<usize>::MAX)
        .with_when_down(WhenDown::Wait)
        .with_call_timeout(Duration::from_millis(50))
        .with_deadline_resolution(Duration::from_millis(10));
    let patient = config.clone().with_call_timeout(Duration::from_secs(600));
    for (what, config) in
        [("late", &config), ("closed", &patient), ("dropped", &patient), ("sent", &patient)]
    {
        for (msg, blob) in [(0, 3000), (30_000, 3000), (0, 8 << 10), (40_000, 8 << 10)] {
            let nobody = Refusing::bind(site);
            let listening = (what == "sent").then(|| Listener::bind(&site.addr()));
            let addr = listening.as_ref().map_or_else(|| nobody.addr(), Listener::addr);
            let pool: ClientPool<Slip, _> = site.pool(addr, config.clone());
            let (calls, (told, tell)) = (Calls::default(), channel());
            // No page holds the pool itself, because that would keep the pool alive.
            let twin: ClientPool<Slip, _> = pool.clone();
            let shared = Arc::new(parking_lot::Mutex::new(Some(twin)));
            for _ in 0..5 {
                let shared = shared.clone();
                let ask = move || {
                    // Not under the lock of this test: a submission may write, and so drop the next page.
                    let pool = shared.lock().clone();
                    if let Some(pool) = &pool {
                        let _connected = pool.is_connected();
                        submit(
                            pool,
                            &Calls::default(),
                            (0, 0),
                            Curious { ask: None, told: channel().0 },
                        );
                    }
                };
                submit(&pool, &calls, (msg, blob), Curious::new(ask, &told));
            }
            match what {
                "closed" => pool.close(),
                "dropped" => {
                    let twin = shared.lock().take();
                    drop(twin);
                    drop(pool);
                }
                _ => {}
            }
            if let Some(mut peer) = listening.as_ref().map(Listener::accept) {
                std::thread::spawn(move || while peer.request_or_end().is_ok() {});
            }
            all_dropped(5, &format!("{what}, message {msg}, blob {blob}"), &tell);
        }
    }
}

/// A submission or a flush that waits is polled by another task, gives up, or is admitted: its old waker is dropped
/// outside of locks.
pub fn a_waker_may_use_its_connection_when_it_is_dropped<RT: AsyncRuntime>(site: &Site<RT>) {
    let config = ClientConfig::default()
        .with_max_in_flight(NonZero::<usize>::MIN)
        .with_max_queued(NonZero::<usize>::MIN, NonZero::<usize>::MAX)
        .with_call_timeout(Duration::from_secs(600));
    let (client, mut peer, calls) = connect(site, config);
    let (told, tell) = channel();
    let waker = || Waker::from(Arc::new(Caller(asks(&client, &told))));
    for _ in 0..2 {
        calls.submit(&client, 1, b"");
    }
    {
        let request = client.submission(frame(&client, 1, b"", None), calls.slip());
        let mut waits = pin!(client.submit(request));
        for _ in ["one task", "another task"] {
            assert!(waits.as_mut().poll(&mut Context::from_waker(&waker())).is_pending());
        }
        all_dropped(1, "the waker of the first task that waited for room", &tell);
    }
    all_dropped(1, "the waker of one that does not wait for room any more", &tell);
    // The request is too large to leave.
    let _first = peer.request();
    let (stuck, silent, calls) = connect(site, ClientConfig::default());
    for _ in 0..4 {
        let large = frame(&stuck, 1, b"", Some(Bytes::from(vec![0; 16 << 20])));
        assert!(stuck.try_submit(stuck.submission(large, calls.slip())).is_ok(), "there is room");
    }
    let waker = || Waker::from(Arc::new(Caller(asks(&stuck, &told))));
    {
        let mut flushes = pin!(stuck.flush());
        for _ in ["one task", "another task"] {
            assert!(flushes.as_mut().poll(&mut Context::from_waker(&waker())).is_pending());
        }
        all_dropped(1, "the waker of the first task that flushed", &tell);
    }
    all_dropped(1, "the waker of one that does not flush any more", &tell);
    drop(silent);
}

/// A completion that panics when the connection asks whether anybody waits, which happens under the lock.
struct Bomb {
    told: Sender<bool>,
}

impl Completion for Bomb {
    fn complete(self, result: Result<Response, RpcError<EncodedErr>>) {
        self.told.send(result.is_ok()).expect("the scenario waits");
    }

    fn is_abandoned(&self) -> bool {
        panic!("a scenario asked for this panic");
    }
}

/// A panic under the lock does no harm: the request is sent like any other.
pub fn a_completion_that_panics_when_it_is_asked_is_served_like_any_other<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let listener = Listener::bind(&site.addr());
    let config = ClientConfig::default()
        .with_max_in_flight(NonZero::<usize>::MIN)
        .with_deadline_resolution(Duration::from_millis(10));
    let client: ClientStream<Bomb, _> = site.connect(listener.addr(), config);
    let (mut peer, (told, tell)) = (listener.accept(), channel());
    for _ in 0..3 {
        let bomb = Bomb { told: told.clone() };
        let request = render(client.config(), RpcAction::Num(1), None, |_| Ok::<_, Infallible>(()));
        let request = client.submission(request.expect("a request"), bomb);
        assert!(client.try_submit(request).is_ok(), "there is room");
    }
    for _ in 0..3 {
        let asked = peer.request();
        peer.send_bytes(&asked.success(b""));
        assert!(finished("an answer", &tell), "it was answered");
    }
}
