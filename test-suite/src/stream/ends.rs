//! The end of a runtime: no code of the library that blocks a thread may hold it up.
//!
//! The blocking code is released only when the runtime has ended, so the test measures no time. A name that is being
//! looked up has a test beside the code of the look-up.

use crate::calls::Calls;
use crate::desk::{ECHO, HOLD};
use crate::net::Client;
use crate::raw::{Listener, Peer, Request};
use crate::site::{Site, finished};
use orb::prelude::{AsyncExec, AsyncRuntime};
use razor_stream::client::{
    ClientCaller, ClientCallerBlocking, ClientConfig, ClientPool, Waiter, WhenDown, render,
};
use razor_stream::error::{Outcome, RpcError};
use razor_stream::proto::RpcAction;
use razor_stream::server::task::{ServerTask, ServerTaskDone};
use razor_stream::server::{ServerConfig, Workers, WorkersConfig};
use std::convert::Infallible;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::mpsc::{TryRecvError, channel};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(3000);

/// Runtimes of both kinds: one with threads of its own, and one that a thread of the site drives.
fn doomed<RT: AsyncRuntime>(site: &Site<RT>) -> [Site<RT>; 2] {
    [Site::new(site.net(), RT::multi(2)), Site::driven(site.net(), RT::current())]
}

/// Ends a runtime, and waits for its end.
fn end<RT: AsyncRuntime>(doomed: Site<RT>) {
    let (tell, told) = channel();
    let ending = std::thread::spawn(move || {
        drop(doomed);
        let _unheard = tell.send(());
    });
    finished("the end of a runtime", &told);
    ending.join().expect("nothing panics");
}

/// A handler that blocks a thread of `Workers`.
pub fn a_runtime_ends_while_a_thread_of_workers_serves<RT: AsyncRuntime>(site: &Site<RT>) {
    for doomed in doomed(site) {
        let (begins, begun) = channel();
        let (go, gone) = channel::<()>();
        let (ends, ended) = channel();
        let gone = Mutex::new(gone);
        let one = WorkersConfig::new(NonZero::new(1).expect("not 0"));
        let workers = Workers::<RT, ServerTask<u8, u8>>::threads(one, move |task| {
            begins.send(()).expect("a scenario that listens");
            let _released = gone.lock().expect("no panic").recv();
            task.done(Ok(0));
            let _unheard = ends.send(());
        });
        let workers = workers.expect("a thread");
        let (server, addr) = doomed.serve_with(ServerConfig::default(), workers.clone());
        let mut peer = Peer::connect(&addr);
        peer.send(&Request::number(1, 1).msg(&[7]));
        finished("a task that begins", &begun);
        drop(server);
        end(doomed);
        assert_eq!(ended.try_recv(), Err(TryRecvError::Empty), "it still blocks");
        drop(go);
        finished("the handler", &ended);
    }
}

/// A call that waits on a thread of the runtime for blocking work: the end of the runtime ends the call.
pub fn a_runtime_ends_while_one_of_its_threads_waits_for_a_call<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, desk) = site.serve(ServerConfig::default());
    for doomed in doomed(site) {
        let config = ClientConfig::default().with_call_timeout(LONG);
        let pool: ClientPool<Waiter, _> = doomed.pool(&addr, config);
        let (tell, told) = channel();
        let _detached = doomed.exec().spawn_blocking(move || {
            let request =
                render(pool.config(), RpcAction::Num(HOLD), None, |_| Ok::<(), Infallible>(()));
            let answer = pool.call_blocking(request.expect("within the limits"));
            let _unheard = tell.send(answer.err());
        });
        let held = desk.held();
        end(doomed);
        match finished("a call without a runtime", &told) {
            Some(RpcError::Rpc(error)) => assert_eq!(error.outcome(), Outcome::Unknown, "{error}"),
            other => panic!("{other:?} is no error of the framework"),
        }
        drop(held);
    }
}

/// A pool that dials an address that does not answer, and calls that wait for the pool.
pub fn a_runtime_ends_while_a_pool_dials<RT: AsyncRuntime>(site: &Site<RT>) {
    let listener = Listener::with_backlog(&site.addr(), 0);
    let _waiting = Peer::connect(listener.addr());
    for doomed in doomed(site) {
        let calls = Calls::default();
        let config = ClientConfig::default()
            .with_connect_timeout(LONG)
            .with_call_timeout(LONG)
            .with_when_down(WhenDown::Wait);
        let pool =
            ClientPool::with_executor(Client::<RT>::new(), listener.addr(), config, doomed.exec());
        let pool = pool.expect("an address");
        let call = calls.submit(&pool, ECHO, b"");
        end(doomed);
        let error = calls.failure(call);
        assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
        calls.all_ended();
    }
}
