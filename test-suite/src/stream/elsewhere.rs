//! Code that runs outside of the runtime: on plain threads, and under another executor.
//!
//! `with_executor` and `connect_with_executor` are for such code: it must not panic because the caller's thread has no
//! runtime.

use crate::calls::{Calls, Slip, frame};
use crate::desk::{Desk, ECHO, HOLD};
use crate::net::{Client, Server};
use crate::site::{Site, with_addr};
use orb::prelude::AsyncRuntime;
use razor_stream::client::stream::ClientStream;
use razor_stream::client::{ClientCaller, ClientConfig, ClientPool};
use razor_stream::error::{Outcome, RpcErrKind};
use razor_stream::server::task::Respond;
use razor_stream::server::{RpcServer, ServerConfig};
use std::num::NonZero;
use std::time::Duration;

/// Runs `work` under an executor that is not a runtime of the library, and fails if it does not end.
fn elsewhere<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let (tell, told) = std::sync::mpsc::channel();
    let runner = std::thread::spawn(move || {
        let _unheard = tell.send(smol::block_on(work));
    });
    match told.recv_timeout(crate::SAFETY_NET) {
        Ok(result) => result,
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("it does not end"),
        Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
            runner.join().expect("it does not panic");
            panic!("it ended without a result")
        }
    }
}

/// Promise 15: a pool with an executor works from a plain thread.
pub fn a_pool_with_an_executor_works_on_a_plain_thread<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let (exec, calls) = (site.exec().clone(), Calls::default());
    let thread = std::thread::spawn(move || {
        let config = ClientConfig::default();
        let pool: ClientPool<Slip, _> =
            ClientPool::with_executor(Client::<RT>::new(), addr, config, &exec)
                .expect("an address");
        let call = calls.submit(&pool, ECHO, b"plain");
        assert_eq!(calls.message(call), b"plain");
        calls.all_ended();
    });
    thread.join().expect("a plain thread is enough");
}

/// An executor that ends before it has run anything ends the calls of its pools, and a pool on it refuses further
/// calls.
pub fn calls_end_with_an_executor_that_never_ran<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let (exec, calls) = (RT::current(), Calls::default());
    let pool: ClientPool<Slip, _> =
        ClientPool::with_executor(Client::<RT>::new(), addr, ClientConfig::default(), &exec)
            .expect("an address");
    let before = calls.submit(&pool, ECHO, b"before");
    drop(exec);
    assert_eq!(calls.failure(before).outcome(), Outcome::NotSent);
    let after = calls.submit(&pool, ECHO, b"after");
    assert_eq!(calls.failure(after).outcome(), Outcome::NotSent);
    calls.all_ended();
}

/// Promise 15: a pool with an executor works under an executor it does not know, also when it has to wait for room.
pub fn a_pool_with_an_executor_works_under_another_one<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let (exec, calls) = (site.exec().clone(), Calls::default());
    let one = NonZero::new(1).expect("not 0");
    let config =
        ClientConfig::default().with_max_in_flight(one).with_max_queued(one, NonZero::<usize>::MAX);
    let pool: ClientPool<Slip, _> =
        ClientPool::with_executor(Client::<RT>::new(), addr, config, &exec).expect("an address");
    let up = calls.submit(&pool, ECHO, b"up");
    assert_eq!(calls.message(up), b"up");
    let taken = [calls.submit(&pool, HOLD, b""), calls.submit(&pool, ECHO, b"queued")];
    let (slip, held) = (calls.slip(), desk.held());
    let waiting = slip.number();
    let inside = pool.clone();
    let submitting = std::thread::spawn(move || {
        elsewhere(async move {
            let request = inside.submission(frame(&inside, ECHO, b"room", None), slip);
            inside.submit(request).await;
        });
    });
    held.success(b"held", None);
    assert_eq!(calls.message(taken[0]), b"held");
    assert_eq!(calls.message(taken[1]), b"queued");
    submitting.join().expect("a submission under another executor");
    assert_eq!(calls.message(waiting), b"room");
    calls.all_ended();
}

/// Promise 15: a call that waits for room under another executor ends by its deadline.
pub fn a_deadline_holds_under_another_executor<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    let (exec, calls) = (site.exec().clone(), Calls::default());
    let one = NonZero::new(1).expect("not 0");
    let config = ClientConfig::default()
        .with_max_in_flight(one)
        .with_max_queued(one, NonZero::<usize>::MAX)
        .with_deadline_resolution(Duration::from_millis(10))
        .with_call_timeout(Duration::from_millis(500));
    let pool: ClientPool<Slip, _> =
        ClientPool::with_executor(Client::<RT>::new(), addr, config, &exec).expect("an address");
    let _taken = [calls.submit(&pool, HOLD, b""), calls.submit(&pool, ECHO, b"queued")];
    let held = desk.held();
    let slip = calls.slip();
    let waiting = slip.number();
    elsewhere(async move {
        let request = pool.submission(frame(&pool, ECHO, b"room", None), slip);
        pool.submit(request).await;
    });
    assert_eq!(calls.failure(waiting).outcome(), Outcome::NotSent);
    drop(held);
}

/// Promise 15: a single connection can be made from under another executor.
pub fn a_connection_on_an_executor_works_under_another_one<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let (exec, calls) = (site.exec().clone(), Calls::default());
    let client: ClientStream<Slip, Client<RT>> = elsewhere(async move {
        let transport = Client::new();
        let config = ClientConfig::default();
        ClientStream::connect_with_executor(&transport, &addr, config, &exec)
            .await
            .expect("a listener")
    });
    let call = calls.submit(&client, ECHO, b"on");
    assert_eq!(calls.message(call), b"on");
}

/// Making a connection where there is no runtime is an error, and no panic.
pub fn a_connection_outside_of_a_runtime_is_an_error<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let error = elsewhere(async move {
        let transport = Client::<RT>::new();
        ClientStream::<Slip, _>::connect(&transport, &addr, ClientConfig::default()).await.err()
    });
    let error = error.expect("there is no runtime around");
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::NoRuntime, Outcome::NotSent));
}

/// Promise 15: a server with an executor listens, serves and closes under another one.
pub fn a_server_with_an_executor_works_under_another_one<RT: AsyncRuntime>(site: &Site<RT>) {
    let (exec, addr) = (site.exec().clone(), site.addr());
    let (server, addr) = elsewhere(async move {
        let listener = Server::<RT>::bind(&addr).await.expect("a free address");
        let server = RpcServer::bind(listener).with_executor(&exec).dispatch(Desk::default());
        with_addr(server.expect("there is an executor"))
    });
    let calls = Calls::default();
    let client = site.connect(&addr, ClientConfig::default());
    let call = calls.submit(&client, ECHO, b"served");
    assert_eq!(calls.message(call), b"served");
    drop(client);
    elsewhere(server.close());
    crate::raw::Peer::try_connect(&addr).expect_err("nobody listens");
}

/// Promise 15: inside of the runtime nothing has to be passed.
pub fn inside_of_the_runtime_nothing_has_to_be_passed<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let calls = Calls::default();
    let pool = site.run("a pool made inside", async move {
        ClientPool::<Slip, _>::new(Client::<RT>::new(), addr, ClientConfig::default())
    });
    let pool = pool.expect("there is a runtime around");
    let call = calls.submit(&pool, ECHO, b"inside");
    assert_eq!(calls.message(call), b"inside");
    calls.all_ended();
}
