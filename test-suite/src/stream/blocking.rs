//! Calls that block plain threads: each call ends, by its answer, its deadline or the end of its connection.
//!
//! Knows threads. Does not measure how long they wait: the safety net catches a thread that waits for ever.

use crate::desk::{ECHO, HOLD};
use crate::net::Client;
use crate::raw::Refusing;
use crate::site::{Site, finished};
use orb::prelude::AsyncRuntime;
use razor_stream::client::stream::ClientStream;
use razor_stream::client::{
    ClientCaller, ClientCallerBlocking, ClientConfig, ClientPool, Ready, Response, Submission,
    Waiter, WhenDown, render,
};
use razor_stream::clock;
use razor_stream::error::{EncodedErr, Outcome, RpcErrKind, RpcError, RpcIntErr};
use razor_stream::proto::RpcAction;
use razor_stream::proto::machines::RequestFrame;
use razor_stream::server::ServerConfig;
use razor_stream::server::task::Respond;
use std::convert::Infallible;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

type Answer = Result<Response, RpcError<EncodedErr>>;

fn impatient() -> ClientConfig {
    ClientConfig::default()
        .with_call_timeout(Duration::from_millis(60))
        .with_deadline_resolution(Duration::from_millis(10))
}

/// A configuration with one place in the window and one in the queue.
fn narrow(config: ClientConfig) -> ClientConfig {
    let one = NonZero::new(1).expect("not 0");
    config.with_max_in_flight(one).with_max_queued(one, NonZero::<usize>::MAX)
}

fn request(config: &ClientConfig, action: u32, msg: &[u8]) -> RequestFrame {
    let rendered = render(config, RpcAction::Num(action), None, |out| {
        out.extend_from_slice(msg);
        Ok::<(), Infallible>(())
    });
    rendered.expect("a request within the limits")
}

fn call(caller: &impl ClientCaller<Waiter>, action: u32, msg: &[u8]) -> Answer {
    caller.call_blocking(request(caller.config(), action, msg))
}

fn message(answer: Answer) -> Vec<u8> {
    answer.expect("an answer").msg
}

fn failure(answer: Answer) -> RpcIntErr {
    match answer {
        Err(RpcError::Rpc(error)) => error,
        other => panic!("{other:?} is no error of the framework"),
    }
}

fn fails(answer: Answer, kind: RpcErrKind, outcome: Outcome) {
    let error = failure(answer);
    assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{error:?}");
}

/// Makes a call on a new thread. The scenario receives the answer.
fn call_on_thread(
    caller: &(impl ClientCaller<Waiter> + Clone),
    action: u32,
    msg: &'static [u8],
) -> Receiver<Answer> {
    let (tell, told) = channel();
    let caller = caller.clone();
    std::thread::spawn(move || tell.send(call(&caller, action, msg)));
    told
}

fn connect<RT: AsyncRuntime>(
    site: &Site<RT>,
    addr: &str,
    config: ClientConfig,
) -> ClientStream<Waiter, Client<RT>> {
    let connected = ClientStream::connect_blocking(&Client::new(), addr, config, site.exec());
    connected.expect("a listener")
}

/// Every thread gets its own answers, over one connection and over a pool that were made on a plain thread.
pub fn many_threads_share_one_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let stream = connect(site, &addr, ClientConfig::default());
    let pool: ClientPool<Waiter, _> = site.pool(&addr, ClientConfig::default());
    let threads: Vec<_> = (0..16_u32)
        .map(|thread| {
            let (stream, pool) = (stream.clone(), pool.clone());
            std::thread::spawn(move || {
                for round in 0..100_u32 {
                    let msg = (thread << 16 | round).to_le_bytes();
                    assert_eq!(message(call(&stream, ECHO, &msg)), msg);
                    assert_eq!(message(call(&pool, ECHO, &msg)), msg);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("its answers are its own");
    }
}

/// Promises 1 and 6: a call that is not answered ends by its deadline with `Unknown`, and not before.
pub fn a_call_that_is_not_answered_ends_by_its_deadline<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let stream = connect(site, &addr, impatient());
    let began = clock::now();
    fails(call(&stream, HOLD, b""), RpcErrKind::Timeout, Outcome::Unknown);
    assert!(clock::now().duration_since(began) >= Duration::from_millis(60));
    drop(desk.held());
    // Only the call has ended, not the connection. On a busy machine the next call may be late itself.
    let next = call(&stream, ECHO, b"next");
    assert!(next.is_ok() || failure(next).kind() == RpcErrKind::Timeout);
}

/// A connection that is lost ends every call that a thread waits for: those in flight with `Unknown`, queued ones with
/// `NotSent`.
pub fn a_lost_connection_ends_threads_that_wait<RT: AsyncRuntime>(site: &Site<RT>) {
    let (server, addr, desk) = site.serve(ServerConfig::default());
    let stream = connect(site, &addr, narrow(ClientConfig::default()));
    let in_flight = call_on_thread(&stream, HOLD, b"");
    let held = desk.held();
    let queued = call_on_thread(&stream, ECHO, b"");
    let (watched, waits) = Watched::new(&stream);
    wait_until_queued(&stream);
    let without_room = call_on_thread(&watched, ECHO, b"");
    finished("a thread that waits for room", &waits);
    drop(server);
    fails(finished("the call in flight", &in_flight), RpcErrKind::IO, Outcome::Unknown);
    for waiting in [queued, without_room] {
        let error = failure(finished("a call that was not sent", &waiting));
        assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    }
    assert_eq!(failure(call(&stream, ECHO, b"late")).outcome(), Outcome::NotSent);
    drop(held);
}

fn wait_until_queued<RT: AsyncRuntime>(stream: &ClientStream<Waiter, Client<RT>>) {
    let until = clock::now() + crate::SAFETY_NET;
    loop {
        let window = stream.window();
        if (window.in_flight, window.queued) == (1, 1) {
            return;
        }
        assert!(clock::now() < until, "one of each was expected: {window:?}");
        std::thread::yield_now();
    }
}

/// A caller of a user, which reports when a request has to wait for room.
#[derive(Clone)]
struct Watched<C> {
    caller: C,
    waits: Sender<()>,
}

impl<C: Clone> Watched<C> {
    fn new(caller: &C) -> (Self, Receiver<()>) {
        let (waits, told) = channel();
        (Self { caller: caller.clone(), waits }, told)
    }
}

impl<C: ClientCaller<Waiter>> ClientCaller<Waiter> for Watched<C> {
    fn config(&self) -> &ClientConfig {
        self.caller.config()
    }

    fn addr(&self) -> &str {
        self.caller.addr()
    }

    fn is_connected(&self) -> bool {
        self.caller.is_connected()
    }

    fn close(&self) {
        self.caller.close();
    }

    fn ready_within(&self, timeout: Duration) -> Ready<'_> {
        self.caller.ready_within(timeout)
    }

    fn try_submit(&self, request: Submission<Waiter>) -> Result<(), Submission<Waiter>> {
        self.caller.try_submit(request)
    }

    fn submit(&self, request: Submission<Waiter>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut submitting = self.caller.submit(request);
        let mut waits = Some(self.waits.clone());
        Box::pin(std::future::poll_fn(move |cx| {
            let polled = submitting.as_mut().poll(cx);
            // Reported once the request has its place in the order.
            if let Some(waits) = waits.take() {
                let _unheard = waits.send(());
            }
            polled
        }))
    }
}

/// With a full window and a full queue threads wait for room, and are served in the order in which they came.
pub fn threads_wait_for_room_in_their_order<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let stream = connect(site, &addr, narrow(ClientConfig::default()));
    let in_flight = call_on_thread(&stream, HOLD, b"");
    let held = desk.held();
    let queued = call_on_thread(&stream, ECHO, b"queued");
    wait_until_queued(&stream);
    let (watched, waits) = Watched::new(&stream);
    let waiting: Vec<_> = [b"0", b"1", b"2", b"3"]
        .into_iter()
        .map(|msg| {
            let answer = call_on_thread(&watched, ECHO, msg);
            finished("a thread that waits for room", &waits);
            answer
        })
        .collect();
    assert_eq!(desk.dispatched(), 1, "the rest waits at the client");
    held.success(b"held", None);
    assert_eq!(message(finished("the call in flight", &in_flight)), b"held");
    assert_eq!(message(finished("the queued call", &queued)), b"queued");
    for (msg, answer) in [b"0", b"1", b"2", b"3"].into_iter().zip(waiting) {
        assert_eq!(message(finished("a call that waited for room", &answer)), msg);
    }
    assert_eq!(desk.dispatched(), 6);
}

/// A call that waits for room ends by its deadline too, with `NotSent`.
pub fn a_thread_that_waits_for_room_ends_by_its_deadline<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let config =
        narrow(ClientConfig::default().with_deadline_resolution(Duration::from_millis(10)))
            .with_call_timeout(Duration::from_millis(500));
    let stream = connect(site, &addr, config);
    let in_flight = call_on_thread(&stream, HOLD, b"");
    let held = desk.held();
    let queued = call_on_thread(&stream, ECHO, b"");
    wait_until_queued(&stream);
    for answer in [call(&stream, ECHO, b""), finished("the queued call", &queued)] {
        let error = failure(answer);
        assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    }
    let error = failure(finished("the call in flight", &in_flight));
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
    drop(held);
}

/// Promise 8: a pool that is closed finishes the calls that threads wait for, and takes no more.
pub fn a_closed_pool_finishes_what_threads_wait_for<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let pool: ClientPool<Waiter, _> = site.pool(&addr, ClientConfig::default());
    let in_flight = call_on_thread(&pool, HOLD, b"");
    let held = desk.held();
    pool.close();
    fails(call(&pool, ECHO, b"late"), RpcErrKind::Closing, Outcome::NotSent);
    held.success(b"finished", None);
    assert_eq!(message(finished("the call in flight", &in_flight)), b"finished");
}

/// A pool without a server ends calls at once or by their deadline, as it is configured; nothing is sent.
pub fn a_pool_without_a_server_ends_calls<RT: AsyncRuntime>(site: &Site<RT>) {
    let nobody = Refusing::bind(site);
    let fast: ClientPool<Waiter, _> = site.pool(nobody.addr(), ClientConfig::default());
    fails(call(&fast, ECHO, b""), RpcErrKind::Unreachable, Outcome::NotSent);
    let waits: ClientPool<Waiter, _> =
        site.pool(nobody.addr(), impatient().with_when_down(WhenDown::Wait));
    fails(call(&waits, ECHO, b""), RpcErrKind::Timeout, Outcome::NotSent);
    let refused = ClientStream::<Waiter, _>::connect_blocking(
        &Client::<RT>::new(),
        nobody.addr(),
        ClientConfig::default(),
        site.exec(),
    );
    let error = refused.expect_err("nobody listens");
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Unreachable, Outcome::NotSent));
}

/// Threads that a runtime keeps for blocking work may block.
pub fn a_thread_of_the_runtime_for_blocking_work_may_call<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let pool: ClientPool<Waiter, _> = site.pool(&addr, ClientConfig::default());
    let answer = site.run("blocking work", async move {
        RT::spawn_blocking(move || call(&pool, ECHO, b"blocking")).await
    });
    assert_eq!(message(answer.expect("it does not panic")), b"blocking");
}

/// A call on the only thread that could drive its connection ends, and once the thread is free further calls succeed.
pub fn a_call_that_blocks_its_own_runtime_ends<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let own = Site::<RT>::driven(site.net(), RT::current());
    let pool: ClientPool<Waiter, _> =
        own.pool(&addr, impatient().with_call_timeout(Duration::from_millis(200)));
    let warm = (0..1000).any(|_| call(&pool, ECHO, b"warm").is_ok());
    assert!(warm, "a plain thread is answered");
    let inside = pool.clone();
    let answer = own.run("a call inside of the runtime", async move { call(&inside, ECHO, b"") });
    fails(answer, RpcErrKind::Timeout, Outcome::Unknown);
    let again = (0..1000).any(|_| call(&pool, ECHO, b"again").is_ok());
    assert!(again, "the thread is free again");
}

/// A completion for which there is no room is completed at its deadline, even if only the waiting thread looks at that.
pub fn a_completion_without_room_is_told_although_nothing_runs<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let own = Site::<RT>::driven(site.net(), RT::current());
    let config = narrow(impatient().with_call_timeout(Duration::from_millis(200)));
    let (calls, exec) = (crate::calls::Calls::default(), own.exec());
    let stream = ClientStream::connect_blocking(&Client::<RT>::new(), &addr, config, exec);
    let stream = stream.expect("a listener");
    let (slip, frame) = (calls.slip(), crate::calls::frame(&stream, ECHO, b"room", None));
    let (without_room, inside, others) = (slip.number(), stream.clone(), calls.clone());
    own.run("a submission inside of the runtime", async move {
        let _full = [others.submit(&inside, HOLD, b""), others.submit(&inside, ECHO, b"")];
        inside.submit_blocking(inside.submission(frame, slip));
        // No coroutine has run since, so this thread must have completed it.
        others.fails(without_room, RpcErrKind::Timeout, Outcome::NotSent);
    });
    drop((own, stream));
    calls.all_ended();
    drop(desk);
}

/// An executor that no thread drives is an error, and no endless wait.
pub fn an_executor_that_is_not_driven_is_an_error<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let undriven = RT::current();
    let config = impatient().with_connect_timeout(Duration::from_millis(20));
    let connected = ClientStream::<Waiter, _>::connect_blocking(
        &Client::<RT>::new(),
        &addr,
        config.clone(),
        &undriven,
    );
    let error = connected.expect_err("nobody drives it");
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::NoRuntime, Outcome::NotSent));
    let pool: ClientPool<Waiter, _> =
        ClientPool::with_executor(Client::<RT>::new(), addr, config, &undriven)
            .expect("an address");
    fails(call(&pool, ECHO, b""), RpcErrKind::Timeout, Outcome::Unknown);
}

/// The call that a thread waits for ends with the runtime of its connection.
pub fn threads_are_told_of_the_end_of_the_runtime<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let other = Site::<RT>::driven(site.net(), RT::current());
    let pool: ClientPool<Waiter, _> = other.pool(&addr, ClientConfig::default());
    let waiting = call_on_thread(&pool, HOLD, b"");
    let held = desk.held();
    drop(other);
    let error = failure(finished("a call without a runtime", &waiting));
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
    assert_eq!(failure(call(&pool, ECHO, b"late")).outcome(), Outcome::NotSent);
    drop(held);
}

/// Any completion can be submitted from a thread; one that does not fit waits until its deadline, and is then
/// completed.
pub fn a_completion_is_told_also_by_a_thread<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let calls = crate::calls::Calls::default();
    let config = narrow(ClientConfig::default());
    let stream = ClientStream::connect_blocking(&Client::<RT>::new(), &addr, config, site.exec());
    let stream = stream.expect("a listener");
    let first = [calls.submit(&stream, HOLD, b""), calls.submit(&stream, ECHO, b"queued")];
    let held = desk.held();
    let slip = calls.slip();
    let third = slip.number();
    let (submitter, frame) = (stream.clone(), crate::calls::frame(&stream, ECHO, b"room", None));
    let submitting = std::thread::spawn(move || {
        submitter.submit_blocking(submitter.submission(frame, slip));
    });
    held.success(b"held", None);
    for (call, msg) in [(first[0], &b"held"[..]), (first[1], b"queued"), (third, b"room")] {
        assert_eq!(calls.message(call), msg);
    }
    submitting.join().expect("it was submitted");
    calls.all_ended();
}
