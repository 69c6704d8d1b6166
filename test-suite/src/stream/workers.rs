//! A server whose tasks are served by a fixed pool of workers.
//!
//! Each worker reports the task that it begins with, and goes on when the scenario lets it. The scenarios check the
//! order of tasks; the line of those that wait for a place has tests of its own.

use crate::raw::{Answer, Peer, Request};
use crate::site::{Site, finished};
use crossfire::{MAsyncRx, MTx, mpmc};
use orb::prelude::AsyncRuntime;
use razor_stream::server::dispatch::{Flow, MakeDispatch, per_connection, per_task};
use razor_stream::server::task::{ServerTask, ServerTaskDone};
use razor_stream::server::{RpcServer, ServerConfig, Workers, WorkersConfig};
use std::future::poll_fn;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::task::Poll;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(600);
/// The handler panics with this task.
const PANIC: u8 = 99;

type Task = ServerTask<u8, u8>;

/// The handle by which a scenario controls its workers.
struct Foreman<RT> {
    workers: Workers<RT, Task>,
    /// The tasks that a worker has begun with. The channel ends with the last worker.
    begun: Receiver<u8>,
    go: MTx<mpmc::Array<()>>,
}

impl<RT> Foreman<RT> {
    /// The task that a worker begins with next.
    fn begins(&self) -> u8 {
        finished("a task that begins", &self.begun)
    }

    /// Lets a worker go on with the task it has begun with.
    fn go(&self) {
        self.go.send(()).expect("a worker");
    }
}

type Went = MAsyncRx<mpmc::Array<()>>;

/// Makes workers that report by `begun` and wait for `went`.
type Hire<RT> = fn(WorkersConfig, SyncSender<u8>, Went) -> Workers<RT, Task>;

fn coroutines<RT: AsyncRuntime>(
    config: WorkersConfig,
    begun: SyncSender<u8>,
    went: Went,
) -> Workers<RT, Task> {
    Workers::coroutines(config, move |task: Task| {
        let (begun, went) = (begun.clone(), went.clone());
        async move {
            begun.send(task.req).expect("a scenario that listens");
            let _closed = went.recv().await;
            serve_one(task);
        }
    })
}

fn threads<RT: AsyncRuntime>(
    config: WorkersConfig,
    begun: SyncSender<u8>,
    went: Went,
) -> Workers<RT, Task> {
    let went = went.into_blocking();
    let workers = Workers::threads(config, move |task: Task| {
        begun.send(task.req).expect("a scenario that listens");
        let _closed = went.recv();
        serve_one(task);
    });
    workers.expect("threads")
}

fn serve_one(task: Task) {
    let number = task.req;
    assert_ne!(number, PANIC, "a scenario asked for this panic");
    task.done(Ok(number));
}

fn hire<RT: AsyncRuntime>(
    hire: Hire<RT>,
    workers: usize,
    queue: usize,
    overload_after: Duration,
) -> Foreman<RT> {
    let size = |size| NonZero::new(size).expect("not 0");
    let config = WorkersConfig::new(size(workers)).with_max_queued(size(queue));
    let (tell, begun) = mpsc::sync_channel(64);
    let (go, went) = mpmc::bounded_blocking_async(64);
    let workers = hire(config.with_overload_after(overload_after), tell, went);
    Foreman { workers, begun, go }
}

fn serve<RT: AsyncRuntime>(site: &Site<RT>, make: impl MakeDispatch) -> (RpcServer<RT>, String) {
    site.serve_with(ServerConfig::default(), make)
}

fn request(seq: u64, number: u8) -> Request {
    Request::number(seq, 1).msg(&[number])
}

fn answered(peer: &mut Peer, seq: u64, number: u8) {
    assert_eq!(peer.answer(), Answer::success(seq, &[number]));
}

fn one_after_the_other<RT: AsyncRuntime>(site: &Site<RT>, how: Hire<RT>) {
    let foreman = hire(how, 2, 8, LONG);
    let (_server, addr) = serve(site, foreman.workers.clone());
    let mut peer = Peer::connect(&addr);
    for number in 1..=6 {
        peer.send(&request(number.into(), number));
    }
    let mut begun = [foreman.begins(), foreman.begins()];
    begun.sort_unstable();
    assert_eq!(begun, [1, 2]);
    for number in 3..=6 {
        assert!(foreman.begun.try_recv().is_err(), "two workers, two tasks");
        foreman.go();
        assert_eq!(foreman.begins(), number, "tasks are served in their order");
    }
    foreman.go();
    foreman.go();
    let mut seqs: Vec<_> = (0..6).map(|_| peer.answer().seq).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, [1, 2, 3, 4, 5, 6]);
}

/// Workers serve one task for each coroutine at a time, and take tasks in the order in which these came.
pub fn coroutines_serve_one_after_the_other<RT: AsyncRuntime>(site: &Site<RT>) {
    one_after_the_other(site, coroutines);
}

/// Workers serve one task for each thread at a time, and take tasks in the order in which these came. Their threads
/// block, and the one thread of the runtime does not.
pub fn threads_serve_one_after_the_other<RT: AsyncRuntime>(site: &Site<RT>) {
    one_after_the_other(site, threads);
}

fn panics<RT: AsyncRuntime>(site: &Site<RT>, how: Hire<RT>) {
    let foreman = hire(how, 1, 8, LONG);
    let (_server, addr) = serve(site, foreman.workers.clone());
    let mut peer = Peer::connect(&addr);
    for (seq, number) in [(1, 1), (2, PANIC), (3, PANIC), (4, 4)] {
        peer.send(&request(seq, number));
        assert_eq!(foreman.begins(), number);
        foreman.go();
        match number {
            PANIC => assert_eq!(peer.answer(), Answer::framework(seq, 8)),
            _ => answered(&mut peer, seq, number),
        }
    }
}

/// Case 66: a panic costs one task; the only coroutine serves the next.
pub fn a_panic_in_a_coroutine_costs_one_task<RT: AsyncRuntime>(site: &Site<RT>) {
    panics(site, coroutines);
}

/// Case 66: a panic costs one task; the only thread serves the next.
pub fn a_panic_in_a_thread_costs_one_task<RT: AsyncRuntime>(site: &Site<RT>) {
    panics(site, threads);
}

/// A dispatcher that reports when its connection waits in line.
fn telling<RT: AsyncRuntime>(
    workers: Workers<RT, Task>,
    waits: SyncSender<u8>,
) -> impl MakeDispatch {
    per_connection(move |_| {
        let (workers, waits) = (workers.clone(), waits.clone());
        per_task(move |task: Task| {
            let number = task.req;
            let mut until = match workers.submit(task) {
                Flow::Later(until) => until,
                next => return next,
            };
            let mut waits = Some(waits.clone());
            Flow::wait_for(poll_fn(move |cx| {
                let poll = Pin::new(&mut until).poll(cx);
                if let (true, Some(waits)) = (poll.is_pending(), waits.take()) {
                    waits.send(number).expect("a scenario that listens");
                }
                poll
            }))
        })
    })
}

/// With a full queue connections wait and take turns, in the order in which they came: no connection gets a second task
/// in while another waits.
pub fn with_a_full_queue_connections_take_turns<RT: AsyncRuntime>(site: &Site<RT>) {
    let foreman = hire(coroutines::<RT>, 1, 1, LONG);
    let (tell, waits) = mpsc::sync_channel(64);
    let (_server, addr) = serve(site, telling(foreman.workers.clone(), tell));
    let waits = || finished("a connection that waits", &waits);
    let mut peers = [Peer::connect(&addr), Peer::connect(&addr), Peer::connect(&addr)];
    // One task is served, one is queued, one waits.
    peers[0].send(&request(1, 1));
    assert_eq!(foreman.begins(), 1);
    let flood: Vec<u8> = (2..=6).flat_map(|n| request(n.into(), n).bytes()).collect();
    peers[0].send_bytes(&flood);
    assert_eq!(waits(), 3);
    for (peer, first) in [(1, 11), (2, 21)] {
        let requests: Vec<u8> =
            (first..first + 2).flat_map(|n| request(n.into(), n).bytes()).collect();
        peers[peer].send_bytes(&requests);
        assert_eq!(waits(), first);
    }
    // Queued already: 2. In line: 3, 11, 21. A connection whose task gets in waits again, behind the others.
    for (begins, joins) in [(2, 4), (3, 12), (11, 22), (21, 5)] {
        foreman.go();
        assert_eq!((foreman.begins(), waits()), (begins, joins));
    }
    for begins in [4, 12, 22, 5, 6] {
        foreman.go();
        assert_eq!(foreman.begins(), begins);
    }
    foreman.go();
    (1..=6).for_each(|number| answered(&mut peers[0], number.into(), number));
    for (peer, first) in [(1, 11), (2, 21)] {
        (first..first + 2).for_each(|n| answered(&mut peers[peer], n.into(), n));
    }
}

/// After a while without a place tasks are refused by code 6, and every further task at once, until a worker takes the
/// next task.
pub fn after_a_while_without_a_place_tasks_are_refused<RT: AsyncRuntime>(site: &Site<RT>) {
    let foreman = hire(coroutines::<RT>, 1, 1, Duration::from_millis(50));
    let (_server, addr) = serve(site, foreman.workers.clone());
    let (mut one, mut other) = (Peer::connect(&addr), Peer::connect(&addr));
    one.send(&request(1, 1));
    assert_eq!(foreman.begins(), 1);
    for number in 2..=4 {
        one.send(&request(number.into(), number));
    }
    assert_eq!(one.answer(), Answer::framework(3, 6));
    assert_eq!(one.answer(), Answer::framework(4, 6));
    other.send(&request(1, 10));
    assert_eq!(other.answer(), Answer::framework(1, 6));
    foreman.go();
    answered(&mut one, 1, 1);
    assert_eq!(foreman.begins(), 2);
    other.send(&request(2, 11));
    foreman.go();
    answered(&mut one, 2, 2);
    assert_eq!(foreman.begins(), 11);
    foreman.go();
    answered(&mut other, 2, 11);
}

/// A task whose wait for a place is given up, before it began or while it lasts, is refused by code 7; other tasks do
/// not wait behind it.
pub fn a_task_that_gives_up_its_wait_is_refused<RT: AsyncRuntime>(site: &Site<RT>) {
    let foreman = hire(coroutines::<RT>, 1, 1, LONG);
    let workers = foreman.workers.clone();
    let impatient = per_task(move |task: Task| {
        let at_once = task.req == 3;
        match workers.submit(task) {
            Flow::Later(until) if at_once => {
                drop(until);
                Flow::Next
            }
            Flow::Later(mut until) => Flow::wait_for(poll_fn(move |cx| {
                assert!(Pin::new(&mut until).poll(cx).is_pending(), "there is no place");
                Poll::Ready(())
            })),
            next => next,
        }
    });
    let (_server, addr) = serve(site, impatient);
    let mut peer = Peer::connect(&addr);
    peer.send(&request(1, 1));
    assert_eq!(foreman.begins(), 1);
    for number in 2..=4 {
        peer.send(&request(number.into(), number));
    }
    assert_eq!(peer.answer(), Answer::framework(3, 7));
    assert_eq!(peer.answer(), Answer::framework(4, 7));
    for number in [1, 2] {
        foreman.go();
        answered(&mut peer, number.into(), number);
    }
    assert_eq!(foreman.begins(), 2);
    peer.send(&request(5, 5));
    assert_eq!(foreman.begins(), 5);
    foreman.go();
    answered(&mut peer, 5, 5);
}

/// Workers that are closed serve the queued tasks, refuse by code 7 the tasks that wait for a place or come later, and
/// end.
pub fn workers_that_are_closed_serve_what_is_queued_and_end<RT: AsyncRuntime>(site: &Site<RT>) {
    let foreman = hire(coroutines::<RT>, 1, 2, LONG);
    let (tell, waits) = mpsc::sync_channel(64);
    let (_server, addr) = serve(site, telling(foreman.workers.clone(), tell));
    let mut peer = Peer::connect(&addr);
    peer.send(&request(1, 1));
    assert_eq!(foreman.begins(), 1);
    for number in 2..=4 {
        peer.send(&request(number.into(), number));
    }
    assert_eq!(finished("a connection that waits", &waits), 4);
    let closing = site.start(foreman.workers.clone().close());
    assert_eq!(peer.answer(), Answer::framework(4, 7));
    peer.send(&request(5, 5));
    assert_eq!(peer.answer(), Answer::framework(5, 7));
    for number in 1..=3 {
        assert!(closing.try_recv().is_err(), "a worker that has something to do");
        foreman.go();
        answered(&mut peer, number.into(), number);
        if number < 3 {
            assert_eq!(foreman.begins(), number + 1);
        }
    }
    finished("the close", &closing);
    peer.send(&request(6, 6));
    assert_eq!(peer.answer(), Answer::framework(6, 7));
}

fn server_closes<RT: AsyncRuntime>(site: &Site<RT>, how: Hire<RT>) {
    let foreman = hire(how, 1, 8, LONG);
    let (server, addr) = serve(site, foreman.workers.clone());
    let mut peer = Peer::connect(&addr);
    let requests: Vec<u8> = (1..=4).flat_map(|n| request(n.into(), n).bytes()).collect();
    peer.send_bytes(&requests);
    assert_eq!(foreman.begins(), 1);
    let Foreman { workers, begun, go } = foreman;
    let closing = site.start(server.close());
    drop(workers);
    // There may be no worker any more: then the other tasks were refused.
    for _ in 1..=4 {
        let _ended = go.send(());
    }
    for _ in 1..=4 {
        let answer = peer.answer();
        // Tasks that were read before the close are served, the others are refused.
        let number = answer.msg.first().copied();
        let served = number.map(|number| Answer::success(number.into(), &[number]));
        let refused = Answer::framework(answer.seq, 7);
        assert!(served.as_ref() == Some(&answer) || answer.seq > 1 && answer == refused);
    }
    drop(peer);
    finished("the close", &closing);
    // The channel ends with the last worker.
    assert!(begun.iter().count() <= 3);
}

/// A server that closes lets queued tasks finish; the workers end with their last handle.
pub fn a_server_that_closes_lets_queued_tasks_finish<RT: AsyncRuntime>(site: &Site<RT>) {
    server_closes(site, coroutines);
}

/// A server that closes lets queued tasks of threads finish; the threads end with their last handle.
pub fn a_server_that_closes_lets_queued_tasks_of_threads_finish<RT: AsyncRuntime>(site: &Site<RT>) {
    server_closes(site, threads);
}

/// Workers that have never had a task end too.
pub fn workers_without_a_task_end<RT: AsyncRuntime>(site: &Site<RT>) {
    for how in [coroutines as Hire<RT>, threads] {
        let foreman = hire(how, 3, 8, LONG);
        site.run("the close", foreman.workers.clone().close());
        let dropped = hire(how, 3, 8, LONG);
        let Foreman { workers, begun, .. } = dropped;
        drop(workers);
        assert_eq!(begun.iter().count(), 0);
        // The last handle closes workers that are closed already.
        drop(foreman.workers);
    }
}

/// Workers that die with their runtime leave no task unanswered, also on the connections of another runtime.
pub fn workers_that_die_with_their_runtime_leave_nothing_unanswered<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let foreman = hire(coroutines::<RT>, 1, 8, LONG);
    // The first task starts the workers, on the runtime of this server.
    let doomed = Site::<RT>::new(site.net(), RT::multi(1));
    let (first, addr) = serve(&doomed, foreman.workers.clone());
    let mut peer = Peer::connect(&addr);
    peer.send(&request(1, 1));
    assert_eq!(foreman.begins(), 1);
    let (_second, addr) = serve(site, foreman.workers.clone());
    let mut other = Peer::connect(&addr);
    other.send(&request(1, 2));
    drop(first);
    drop(doomed);
    assert_eq!(other.answer(), Answer::framework(1, 7));
    other.send(&request(2, 3));
    assert_eq!(other.answer(), Answer::framework(2, 7));
    let Foreman { workers, begun, .. } = foreman;
    site.run("the close", workers.close());
    drop(begun);
}
