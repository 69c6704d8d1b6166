//! A look-up cannot be interrupted: neither the end of a runtime nor that of a program may wait for it.
//!
//! Knows executors, and a look-up that blocks until the test releases it. The tests wait for the end of each executor,
//! not for a time.

use orb::prelude::*;
use orb_tokio::TokioRT;
use razor_rpc_smol::SmolRT;
use razor_rpc_tcp::TcpClient;
use razor_stream::transport::ClientTransport;
use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

const SAFETY_NET: Duration = Duration::from_secs(30);

fn ends_while_a_name_is_looked_up<RT: AsyncRuntime>(exec: fn() -> RT::Exec) {
    let (begins, began) = channel();
    let (go, gone) = channel::<()>();
    let (end, ended) = channel::<()>();
    let (begins, waits) = (Mutex::new(begins), Mutex::new((gone, end)));
    let client = TcpClient::<RT>::new().resolve_with(move |_, _| {
        let _unheard = begins.lock().unwrap().send(());
        let waits = waits.lock().unwrap();
        let _told = waits.0.recv();
        let _unheard = waits.1.send(());
        Ok(Vec::new())
    });
    let (tell, told) = channel();
    let program = std::thread::spawn(move || {
        let exec = exec();
        // Wait until the look-up has begun, because a look-up that has not begun is given up.
        while began.try_recv().is_err() {
            let client = client.clone();
            let limit = Duration::from_millis(5);
            let late = exec.block_on(async move { client.connect_within("db:7000", limit).await });
            assert!(late.is_err());
        }
        drop(exec);
        let _unheard = tell.send(());
    });
    let dropped = told.recv_timeout(SAFETY_NET);
    let still_blocks = matches!(ended.try_recv(), Err(std::sync::mpsc::TryRecvError::Empty));
    // From here on the look-up may end.
    drop(go);
    assert_ne!(dropped, Err(RecvTimeoutError::Timeout), "the end of the runtime waits");
    program.join().unwrap();
    assert!(still_blocks, "the look-up had not ended");
    ended.recv_timeout(SAFETY_NET).expect("the look-up ends when it is told");
}

#[test]
fn tokio_with_one_thread_ends_while_a_name_is_looked_up() {
    ends_while_a_name_is_looked_up::<TokioRT>(TokioRT::current);
}

#[test]
fn tokio_with_two_threads_ends_while_a_name_is_looked_up() {
    ends_while_a_name_is_looked_up::<TokioRT>(|| TokioRT::multi(2));
}

#[test]
fn smol_with_one_thread_ends_while_a_name_is_looked_up() {
    ends_while_a_name_is_looked_up::<SmolRT>(SmolRT::current);
}

#[test]
fn smol_with_two_threads_ends_while_a_name_is_looked_up() {
    ends_while_a_name_is_looked_up::<SmolRT>(|| SmolRT::multi(2));
}

#[test]
fn orb_smol_ends_while_a_name_is_looked_up() {
    ends_while_a_name_is_looked_up::<orb_smol::SmolRT>(|| orb_smol::SmolRT::multi(1));
}
