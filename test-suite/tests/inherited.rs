//! A server whose port another process has bound: the listener arrives as a descriptor.
//!
//! It is a program of its own, because it starts itself again as the other process.

#![forbid(unsafe_code)]

use orb::prelude::*;
use orb_tokio::TokioRT;
use razor_rpc_smol::SmolRT;
use razor_rpc_tcp::TcpServer;
use razor_stream::server::RpcServer;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::process::{Child, Command, Stdio};
use test_suite::desk::{Desk, ECHO};
use test_suite::raw::{Answer, Peer, Request};

/// The environment variable that tells the other process what it is.
const ROLE: &str = "RAZOR_INHERITED";

/// The process that inherits the listener. It ends when this process ends, in whatever way.
struct Heir(Child);

impl Heir {
    /// Starts the process. `listener` is its standard input, as for a service of inetd.
    fn start(role: &str, listener: OwnedFd) -> Self {
        let own = std::env::current_exe().expect("this program");
        let mut command = Command::new(own);
        command.args(["--exact", "the_heir", "--nocapture"]).env(ROLE, role);
        let started = command.stdin(Stdio::from(listener)).stdout(Stdio::null()).spawn();
        Self(started.expect("another process"))
    }
}

impl Drop for Heir {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _status = self.0.wait();
    }
}

/// In the other process this serves; in the first process it does nothing.
#[test]
fn the_heir() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let inherited = std::io::stdin().as_fd().try_clone_to_owned().expect("a descriptor");
    match &*role {
        "tokio tcp" => serve::<TokioRT>(TcpServer::from_std(inherited.into()), &TokioRT::one()),
        "tokio unix" => {
            serve::<TokioRT>(TcpServer::from_std_unix(inherited.into()), &TokioRT::one())
        }
        "smol tcp" => serve::<SmolRT>(TcpServer::from_std(inherited.into()), &SmolRT::one()),
        "smol unix" => serve::<SmolRT>(TcpServer::from_std_unix(inherited.into()), &SmolRT::one()),
        other => panic!("no such role: {other}"),
    }
}

fn serve<RT: AsyncRuntime>(
    listener: Result<TcpServer<RT>, razor_stream::transport::TransportError>,
    exec: &RT::Exec,
) {
    let server = RpcServer::bind(listener.expect("it listens")).with_executor(exec);
    let _server = server.dispatch(Desk::default()).expect("it has an executor");
    exec.block_on(std::future::pending::<()>());
}

fn is_served(addr: &str) {
    let mut peer = Peer::connect(addr);
    for seq in 1..4 {
        peer.send(&Request::number(seq, ECHO));
        assert_eq!(peer.answer(), Answer::success(seq, b""));
    }
}

#[test]
fn a_port_that_another_process_has_bound_is_served() {
    for role in ["tokio tcp", "smol tcp"] {
        // The socket listens already: a client that comes before the server waits.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("it has one").to_string();
        let _heir = Heir::start(role, listener.try_clone().expect("a descriptor").into());
        is_served(&addr);
    }
}

#[test]
fn a_unix_socket_that_another_process_has_bound_is_served_and_not_removed() {
    for role in ["tokio unix", "smol unix"] {
        let name = format!("razor-inherited-{}-{}.sock", std::process::id(), &role[..4]);
        let path = std::env::temp_dir().join(name);
        let listener = UnixListener::bind(&path).expect("a free path");
        let heir = Heir::start(role, listener.try_clone().expect("a descriptor").into());
        is_served(path.to_str().expect("ASCII"));
        drop(heir);
        // A second process inherits the listener and finds it unchanged.
        let _next = Heir::start(role, listener.into());
        is_served(path.to_str().expect("ASCII"));
        std::fs::remove_file(&path).expect("nobody has removed it");
    }
}
