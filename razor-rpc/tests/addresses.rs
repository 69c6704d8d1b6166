//! Every constructor of a generated client and of a caller refuses a text that is no address, at once.
//!
//! Knows a few such texts. Does not know why each is refused.

#![forbid(unsafe_code)]

use orb::prelude::*;
use orb_tokio::TokioRT;
use razor_rpc::client::Caller;
use razor_rpc::endpoint_client;
use razor_rpc::error::{Outcome, RpcErrKind, RpcIntErr, Stage};
use razor_rpc::razor_stream::client::ClientConfig;
use razor_rpc_smol::SmolRT;
use razor_rpc_tcp::TcpClient;

endpoint_client!(Client);

const MALFORMED: [&str; 6] = ["", "127.0.0.1", "tcp://host:1", "host:99999", "[::1", "@abstract"];

fn assert_refused<T>(made: Result<T, RpcIntErr>, addr: &str) {
    let Err(error) = made else { panic!("{addr:?} is taken") };
    assert!(error.permanent(), "{addr:?}: {error}");
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Unreachable, Outcome::NotSent));
    assert_eq!((error.stage(), error.peer()), (Stage::Resolve, Some(addr)), "{error}");
    assert!(error.to_string().contains("expected host:port"), "{addr:?}: {error}");
}

fn refuses<RT: AsyncRuntime>(exec: &RT::Exec) {
    let (tcp, config) = (TcpClient::<RT>::new, ClientConfig::default);
    for addr in MALFORMED {
        assert_refused(Client::connect_with_executor(tcp(), addr, config(), exec), addr);
        assert_refused(<Caller>::connect_with_executor(tcp(), addr, config(), exec), addr);
        exec.block_on(async move {
            assert_refused(Client::connect(tcp(), addr), addr);
            assert_refused(Client::connect_with(tcp(), addr, config()), addr);
            assert_refused(<Caller>::connect(tcp(), addr), addr);
            assert_refused(<Caller>::connect_with(tcp(), addr, config()), addr);
        });
    }
}

#[test]
fn what_is_no_address_is_refused_by_every_constructor_on_tokio() {
    refuses::<TokioRT>(&TokioRT::one());
}

#[test]
fn what_is_no_address_is_refused_by_every_constructor_on_smol() {
    refuses::<SmolRT>(&SmolRT::one());
}
