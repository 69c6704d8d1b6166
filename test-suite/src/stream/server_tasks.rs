//! A server that answers requests as tasks, from any thread.
//!
//! The peer works on bytes: in msgpack a small number is one byte, and nil is 0xC0. Knows no workers.

use crate::raw::{Answer, Peer, Request};
use crate::site::{Site, finished};
use orb::prelude::AsyncRuntime;
use razor_stream::proto::{FrameworkCode, Limits, RpcAction};
use razor_stream::server::dispatch::{Flow, MakeDispatch, per_task};
use razor_stream::server::task::{
    Refuse, ServerTask, ServerTaskDecode, ServerTaskDone, ServerTaskEncode, WithBlob,
    server_task_enum,
};
use razor_stream::server::{RpcServer, ServerConfig};
use std::sync::mpsc::{self, Receiver};

/// Actions by name.
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
enum Op {
    Halve = 40,
    Swap = 41,
}

type Halve = ServerTask<u8, u8, i32>;
type Swap = ServerTask<WithBlob<u8>, WithBlob<(), Option<Vec<u8>>>, String>;

/// The tasks of this server.
#[server_task_enum(req, resp)]
#[derive(Debug)]
enum Desk {
    #[action(Op::Halve)]
    Halve(Halve),
    #[action(7, "Desk.swap")]
    #[action(Op::Swap)]
    Swap(Swap),
}

/// A dispatcher, and the channel that its tasks come from.
fn desk<T: ServerTaskDecode>() -> (impl MakeDispatch, Receiver<T>) {
    let (sender, tasks) = mpsc::sync_channel(64);
    let dispatch = per_task(move |task: T| {
        sender.send(task).expect("a scenario that listens");
        Flow::Next
    });
    (dispatch, tasks)
}

fn serve<RT: AsyncRuntime>(site: &Site<RT>) -> (RpcServer<RT>, Peer, Receiver<Desk>) {
    let (dispatch, tasks) = desk();
    let (server, addr) = site.serve_with(ServerConfig::default(), dispatch);
    (server, Peer::connect(&addr), tasks)
}

fn next<T>(tasks: &Receiver<T>) -> T {
    finished("a task", tasks)
}

fn halve(task: Halve) {
    let (half, rest) = (task.req / 2, task.req % 2);
    // A negative error number, as some kernels and engines have.
    task.done(if rest == 0 { Ok(half) } else { Err(-22) });
}

const fn with_blob(seq: u64, msg: Vec<u8>, blob: Vec<u8>) -> Answer {
    Answer { flag: 0, number: 0, seq, msg, blob }
}

/// A task goes to the variant of its action. A plain thread answers it: by a result, by an error that is a number, by
/// an error that is a text.
pub fn a_task_is_answered_from_a_plain_thread<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, mut peer, tasks) = serve(site);
    let serving = std::thread::spawn(move || {
        for task in tasks {
            match task {
                Desk::Halve(task) => halve(task),
                Desk::Swap(task) => task.done(Err("nothing to swap".into())),
            }
        }
    });
    peer.send(&Request::number(1, 40).msg(&[84]));
    assert_eq!(peer.answer(), Answer::success(1, &[42]));
    peer.send(&Request::number(2, 40).msg(&[7]));
    let einval = (-22_i32).cast_unsigned();
    let failed = Answer { flag: 1, number: einval, seq: 2, msg: Vec::new(), blob: Vec::new() };
    assert_eq!(peer.answer(), failed);
    peer.send(&Request::number(3, 7).msg(&[1]));
    let text = b"nothing to swap".to_vec();
    assert_eq!(peer.answer(), Answer { flag: 2, number: 0, seq: 3, msg: Vec::new(), blob: text });
    drop(_server);
    serving.join().expect("the dispatcher went with its server, and its tasks with it");
}

/// A variant with several actions gets the requests of each of them, and its task says which action it was.
pub fn a_variant_is_asked_for_by_each_of_its_actions<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, mut peer, tasks) = serve(site);
    let named = Request::name(1, b"Desk.swap");
    let cases = [
        (named, RpcAction::Str("Desk.swap")),
        (Request::number(2, 7), RpcAction::Num(7)),
        (Request::number(3, 41), RpcAction::Num(Op::Swap as u32)),
    ];
    for (request, action) in cases {
        peer.send(&request.msg(&[9]));
        let Desk::Swap(task) = next(&tasks) else { panic!("another variant") };
        assert_eq!((task.action(), task.req.msg), (action, 9));
        task.done(Ok(WithBlob { msg: (), blob: None }));
        assert_eq!(peer.answer().msg, [0xC0]);
    }
}

/// Rule S5: a request that is no task is answered at once, and the connection is kept.
pub fn a_request_that_is_no_task_is_answered_and_the_connection_kept<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (_server, mut peer, tasks) = serve(site);
    let cases = [
        (Request::number(1, 40).msg(b"\xa3one"), 3),
        (Request::number(2, 40), 3),
        (Request::number(3, 39).msg(&[1]), 2),
        (Request::name(4, b"Desk.swop").msg(&[1]), 2),
    ];
    for (seq, (request, code)) in (1..).zip(cases) {
        peer.send(&request);
        assert_eq!(peer.answer(), Answer::framework(seq, code));
    }
    peer.send(&Request::number(5, 40).msg(&[2]));
    let Desk::Halve(task) = next(&tasks) else { panic!("another variant") };
    halve(task);
    assert_eq!(peer.answer(), Answer::success(5, &[1]));
}

/// Case 68: a task that is dropped without a result is answered as an internal error, however it was dropped.
pub fn a_task_that_is_forgotten_is_an_internal_error<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, mut peer, tasks) = serve(site);
    let ways: [fn(Desk); 4] = [
        drop,
        // Answered without a result.
        ServerTaskEncode::respond,
        |task| {
            let panicking = std::thread::spawn(move || {
                let _task = task;
                panic!("a scenario asked for this panic");
            });
            assert!(panicking.join().is_err());
        },
        |task| {
            let Desk::Halve(task) = task else { panic!("another variant") };
            let (_req, rest) = task.split();
            drop(rest);
        },
    ];
    for (seq, forget) in (1..).zip(ways) {
        peer.send(&Request::number(seq, 40).msg(&[2]));
        forget(next(&tasks));
        assert_eq!(peer.answer(), Answer::framework(seq, 8));
    }
}

/// The answer to a refused task says that no handler has seen it.
pub fn a_task_can_be_refused<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, mut peer, tasks) = serve(site);
    peer.send(&Request::number(1, 40).msg(&[2]));
    next(&tasks).refuse(FrameworkCode::Overloaded);
    assert_eq!(peer.answer(), Answer::framework(1, 6));
}

/// The result is set in one stage and encoded in another, on another thread.
pub fn a_result_is_set_in_one_stage_and_encoded_in_the_next<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, mut peer, tasks) = serve(site);
    let (finish, finished) = mpsc::channel::<Desk>();
    let encoding = std::thread::spawn(move || finished.into_iter().for_each(Desk::respond));
    for (seq, number) in [(1, 10), (2, 12)] {
        peer.send(&Request::number(seq, 40).msg(&[number]));
        let Desk::Halve(mut task) = next(&tasks) else { panic!("another variant") };
        task.set_result(Err(5));
        let half = task.req / 2;
        // A later result takes the place of an earlier one.
        task.set_result(Ok(half));
        finish.send(Desk::Halve(task)).expect("the next stage");
        assert_eq!(peer.answer(), Answer::success(seq, &[half]));
    }
    drop(finish);
    encoding.join().expect("it ends with its queue");
}

/// Blobs of any size arrive and leave whole; a request without a blob arrives with none, and so does its response.
pub fn blobs_arrive_and_leave<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, mut peer, tasks) = serve(site);
    for (seq, len) in (1..).zip([0, 1, 1000, 3 << 20]) {
        let blob: Vec<u8> = (0_u8..=250).cycle().take(len).collect();
        peer.send(&Request::number(seq, 41).msg(&[1]).blob(&blob));
        let Desk::Swap(task) = next(&tasks) else { panic!("another variant") };
        let (WithBlob { blob: received, .. }, task) = task.split();
        assert!(received == blob, "a blob of {len} bytes");
        let back = (len > 0).then(|| Vec::from(received));
        task.done(Ok(WithBlob { msg: (), blob: back }));
        assert!(peer.answer() == with_blob(seq, vec![0xC0], blob), "a blob of {len} bytes");
    }
}

/// A result over the limit is answered by code 9.
pub fn a_result_over_the_limit_is_told<RT: AsyncRuntime>(site: &Site<RT>) {
    let (dispatch, tasks) = desk::<ServerTask<u8, String>>();
    let config = ServerConfig::default().with_limits(Limits::new(10, 10));
    let (_server, addr) = site.serve_with(config, dispatch);
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, 1).msg(&[1]));
    next(&tasks).done(Ok("eleven bytes".into()));
    assert_eq!(peer.answer(), Answer::framework(1, 9));
}

/// Case 72: a task can see that its client is gone, and its answer is thrown away.
pub fn a_task_whose_connection_has_ended_knows_it<RT: AsyncRuntime>(site: &Site<RT>) {
    let (server, mut peer, tasks) = serve(site);
    peer.send(&Request::number(1, 40).msg(&[2]));
    let Desk::Halve(task) = next(&tasks) else { panic!("another variant") };
    assert!(!task.is_abandoned());
    drop(server);
    peer.end();
    assert!(task.is_abandoned());
    halve(task);
}
