//! Outside of its runtime the library returns errors and panics nowhere: the panic hook counts.
//!
//! It is a program of its own, because a program has one panic hook.

#![forbid(unsafe_code)]

use orb::prelude::AsyncRuntime;
use orb_tokio::TokioRT;
use razor_rpc::client::{Caller, ClientConfig};
use razor_rpc_smol::SmolRT;
use razor_rpc_tcp::{TcpClient, TcpServer};
use razor_stream::client::ClientPool;
use razor_stream::client::stream::ClientStream;
use razor_stream::error::{Outcome, RpcErrKind, RpcIntErr, Stage};
use razor_stream::server::{RpcServer, ServerConfig};
use std::sync::atomic::{AtomicUsize, Ordering};
use test_suite::calls::{Calls, Slip};
use test_suite::desk::{Desk, ECHO};
use test_suite::site::{Net, Site};

static PANICS: AtomicUsize = AtomicUsize::new(0);

fn is_no_runtime(error: Option<RpcIntErr>) {
    let error = error.expect("there is no runtime here");
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::NoRuntime, Outcome::NotSent));
}

/// Everything that can be made without an executor, on this thread, where there is no runtime.
fn nothing_is_made_here<RT: AsyncRuntime>() {
    let (transport, addr) = (TcpClient::<RT>::new(), "127.0.0.1:1");
    is_no_runtime(
        ClientPool::<Slip, _>::new(transport.clone(), addr, ClientConfig::default()).err(),
    );
    is_no_runtime(<Caller>::connect(transport.clone(), addr).err());
    is_no_runtime(smol::block_on(async {
        ClientStream::<Slip, _>::connect(&transport, addr, ClientConfig::default()).await.err()
    }));
    // A listener needs no runtime, but a server that accepts there needs one. The port is free after the refusal.
    let listener = smol::block_on(TcpServer::<RT>::bind("127.0.0.1:0")).expect("a free port");
    let addr = listener.local_addr().to_owned();
    let refused = RpcServer::bind(listener).dispatch(Desk::default());
    assert_eq!(refused.expect_err("there is no runtime here").stage, Stage::Listen);
    smol::block_on(TcpServer::<RT>::bind(&addr)).expect("it is free again");
}

/// Inside of the runtime everything can be made as before.
fn everything_is_made_inside<RT: AsyncRuntime>(site: &Site<RT>) {
    let (_server, addr, _desk) = site.serve(ServerConfig::default());
    let (calls, client) = (Calls::default(), site.connect(&addr, ClientConfig::default()));
    let call = calls.submit(&client, ECHO, b"inside");
    assert_eq!(calls.message(call), b"inside");
    let pool = site.run("a pool made inside", async move {
        ClientPool::<Slip, _>::new(TcpClient::<RT>::new(), addr, ClientConfig::default())
    });
    let pool = pool.expect("there is a runtime around");
    let call = calls.submit(&pool, ECHO, b"pool");
    assert_eq!(calls.message(call), b"pool");
}

#[test]
fn outside_of_a_runtime_nothing_panics() {
    std::panic::set_hook(Box::new(|_| {
        PANICS.fetch_add(1, Ordering::SeqCst);
    }));
    nothing_is_made_here::<TokioRT>();
    nothing_is_made_here::<SmolRT>();
    let panics = PANICS.load(Ordering::SeqCst);
    // From here on a failed assertion has to be printed.
    let _counts = std::panic::take_hook();
    assert_eq!(panics, 0);
    everything_is_made_inside(&Site::<TokioRT>::new(Net::Tcp, TokioRT::multi(2)));
    everything_is_made_inside(&Site::<SmolRT>::new(Net::Tcp, SmolRT::multi(2)));
}
