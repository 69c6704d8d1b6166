//! How a listener is made: taken over from another process, with options, outside of any runtime.
//!
//! Reads the options of sockets from the system.

use crate::rig::{
    Dir, Mount, accept, assert_connected, bind, connect, meet, on_each, poll_once, unix,
};
use razor_rpc_tcp::{TcpClient, TcpServer, TcpServerOptions};
use razor_stream::client::wait_blocking;
use razor_stream::error::Stage;
use razor_stream::transport::{ClientTransport, Listener};
use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

on_each!(
    a_tcp_listener_of_somebody_else_is_taken_over,
    a_unix_listener_of_somebody_else_is_taken_over_and_its_file_is_left,
    an_abstract_unix_listener_is_taken_over,
    what_does_not_listen_is_not_taken_over,
    a_socket_that_keeps_packets_apart_is_not_taken_over,
    two_listeners_of_one_socket_share_its_connections,
    accepted_connections_have_the_options,
    connections_of_a_client_have_the_options,
    without_options_only_nodelay_is_on,
    a_port_is_shared_by_those_that_choose_to,
    the_queue_is_as_long_as_was_chosen,
);

/// The listener is inherited, in blocking mode or not.
async fn a_tcp_listener_of_somebody_else_is_taken_over<RT: Mount>() {
    for nonblocking in [false, true] {
        let theirs = TcpListener::bind("127.0.0.1:0").unwrap();
        theirs.set_nonblocking(nonblocking).unwrap();
        let addr = theirs.local_addr().unwrap().to_string();
        let listener = TcpServer::<RT>::from_std(theirs).unwrap();
        assert_eq!(listener.local_addr(), addr);
        // Without a connection, `accept` returns to its executor, even if the socket was in blocking mode.
        assert!(poll_once(pin!(listener.accept()).as_mut()).await.is_pending());
        assert_connected(&mut meet(&listener).await).await;
        drop(listener);
        let gone = connect::<RT>(&addr).await.unwrap_err();
        assert_eq!(gone.cause.kind(), ErrorKind::ConnectionRefused);
    }
}

async fn a_unix_listener_of_somebody_else_is_taken_over_and_its_file_is_left<RT: Mount>() {
    let dir = Dir::new();
    let path = dir.join("x.sock");
    for nonblocking in [false, true] {
        let theirs = UnixListener::bind(&path).unwrap();
        theirs.set_nonblocking(nonblocking).unwrap();
        let listener = TcpServer::<RT>::from_std_unix(theirs).unwrap();
        assert_eq!(listener.local_addr(), unix(&path));
        assert!(poll_once(pin!(listener.accept()).as_mut()).await.is_pending());
        assert_connected(&mut meet(&listener).await).await;
        drop(listener);
        assert_eq!(dir.files(), ["x.sock"], "it belongs to who made it");
        std::fs::remove_file(&path).unwrap();
    }
}

async fn an_abstract_unix_listener_is_taken_over<RT: Mount>() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixStream};

    let name = format!("razor {} {}", std::process::id(), std::any::type_name::<RT>());
    let addr = SocketAddr::from_abstract_name(&name).unwrap();
    let listener = TcpServer::<RT>::from_std_unix(UnixListener::bind_addr(&addr).unwrap()).unwrap();
    assert_eq!(listener.local_addr(), format!("@{name}"));
    let _theirs = UnixStream::connect_addr(&addr).unwrap();
    accept(&listener).await;
}

/// `accept` would always fail on such a socket.
async fn what_does_not_listen_is_not_taken_over<RT: Mount>() {
    let bound = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    bound.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let refused = TcpServer::<RT>::from_std(bound.into()).unwrap_err();
    assert_eq!((refused.stage, refused.cause.kind()), (Stage::Listen, ErrorKind::InvalidInput));
    let dir = Dir::new();
    let other_kind = UnixListener::bind(dir.join("x")).unwrap();
    let refused = TcpServer::<RT>::from_std(Socket::from(other_kind).into()).unwrap_err();
    assert_eq!(refused.stage, Stage::Listen);
    assert_eq!(refused.cause.to_string(), "this is no TCP socket");
    let other_kind = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = TcpServer::<RT>::from_std_unix(Socket::from(other_kind).into()).unwrap_err();
    assert_eq!(refused.cause.to_string(), "this is no unix socket for streams");
    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    let refused = TcpServer::<RT>::from_std(Socket::from(datagrams).into()).unwrap_err();
    assert_eq!(refused.cause.to_string(), "this is no TCP socket");
}

/// It listens, and what a read has no room for would be lost: bytes would be missing in the middle of a frame.
async fn a_socket_that_keeps_packets_apart_is_not_taken_over<RT: Mount>() {
    let dir = Dir::new();
    let packets = Socket::new(Domain::UNIX, Type::SEQPACKET, None).unwrap();
    packets.bind(&SockAddr::unix(dir.join("x")).unwrap()).unwrap();
    packets.listen(1).unwrap();
    let refused = TcpServer::<RT>::from_std_unix(packets.into()).unwrap_err();
    assert_eq!((refused.stage, refused.cause.kind()), (Stage::Listen, ErrorKind::InvalidInput));
}

/// This is the case of two processes, one of which hands its listener to the other.
async fn two_listeners_of_one_socket_share_its_connections<RT: Mount>() {
    let first: TcpServer<RT> = bind("127.0.0.1:0").await.unwrap();
    let shared = TcpListener::from(first.as_fd().try_clone_to_owned().unwrap());
    let second = TcpServer::<RT>::from_std(shared).unwrap();
    assert_eq!(first.local_addr(), second.local_addr());
    assert_connected(&mut meet(&first).await).await;
    assert_connected(&mut meet(&second).await).await;
    // The port stays bound as long as one of the listeners exists.
    drop(first);
    assert_connected(&mut meet(&second).await).await;
}

const KEEPALIVE: Duration = Duration::from_secs(77);
const SENT: usize = 24 << 10;
const RECEIVED: usize = 20 << 10;

/// The size that Linux reports for a chosen size: it doubles the size, for its own use.
fn chosen(bytes: usize) -> usize {
    2 * bytes
}

fn assert_tcp_options(socket: impl AsFd) {
    let tcp = SockRef::from(&socket);
    assert!(!tcp.tcp_nodelay().unwrap());
    assert!(tcp.keepalive().unwrap());
    assert_eq!(tcp.tcp_keepalive_time().unwrap(), KEEPALIVE);
    assert_buffers(&socket);
}

fn assert_buffers(socket: impl AsFd) {
    let socket = SockRef::from(&socket);
    assert_eq!(socket.send_buffer_size().unwrap(), chosen(SENT));
    assert_eq!(socket.recv_buffer_size().unwrap(), chosen(RECEIVED));
}

fn options<RT: Mount>() -> TcpServerOptions<RT> {
    let options = TcpServer::options().nodelay(false).keepalive(KEEPALIVE);
    options.send_buffer(SENT).receive_buffer(RECEIVED)
}

async fn accepted_connections_have_the_options<RT: Mount>() {
    let listener = options::<RT>().bind("127.0.0.1:0").await.unwrap();
    // The sizes that decide the window have to be set before the connection is made.
    assert_buffers(&listener);
    let (_here, there) = meet(&listener).await;
    assert_tcp_options(&there.write);

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (_here, there) = meet(&options::<RT>().from_std(taken).unwrap()).await;
    assert_tcp_options(&there.write);

    let dir = Dir::new();
    let listener = options::<RT>().bind(&unix(&dir.join("a"))).await.unwrap();
    let (_here, there) = meet(&listener).await;
    assert_buffers(&there.read);
    let taken = UnixListener::bind(dir.join("b")).unwrap();
    let (_here, there) = meet(&options::<RT>().from_std_unix(taken).unwrap()).await;
    assert_buffers(&there.read);
}

async fn connections_of_a_client_have_the_options<RT: Mount>() {
    let client = TcpClient::<RT>::new().nodelay(false).keepalive(KEEPALIVE);
    let client = client.send_buffer(SENT).receive_buffer(RECEIVED).clone();
    let listener: TcpServer<RT> = bind("127.0.0.1:0").await.unwrap();
    let here = client.connect(listener.local_addr()).await.unwrap();
    assert_tcp_options(&here.write);
    assert_connected(&mut (here, accept(&listener).await)).await;

    let addr = listener.local_addr().to_owned();
    drop(listener);
    let refused = client.connect(&addr).await.unwrap_err();
    assert_eq!(refused.cause.kind(), ErrorKind::ConnectionRefused, "{refused}");

    let dir = Dir::new();
    let listener: TcpServer<RT> = bind(&unix(&dir.join("x"))).await.unwrap();
    let here = client.connect(listener.local_addr()).await.unwrap();
    assert_buffers(&here.write);
}

async fn without_options_only_nodelay_is_on<RT: Mount>() {
    let (here, there) = meet::<RT>(&bind("127.0.0.1:0").await.unwrap()).await;
    for half in [&here.write, &there.write] {
        let socket = SockRef::from(half);
        assert!(socket.tcp_nodelay().unwrap());
        assert!(!socket.keepalive().unwrap());
        assert!(!socket.reuse_port().unwrap());
    }
}

async fn a_port_is_shared_by_those_that_choose_to<RT: Mount>() {
    let first = TcpServer::<RT>::options().reuse_port().bind("127.0.0.1:0").await.unwrap();
    let addr = first.local_addr().to_owned();
    assert!(SockRef::from(&first).reuse_port().unwrap());
    let second = TcpServer::<RT>::options().reuse_port().bind(&addr).await.unwrap();
    let third = bind::<RT>(&addr).await.unwrap_err();
    assert_eq!(third.cause.kind(), ErrorKind::AddrInUse);
    // One of the two listeners gets the connection.
    drop(first);
    assert_connected(&mut meet(&second).await).await;
}

/// On Linux a queue of one takes two connections; a third one gets no answer, so it is not made.
async fn the_queue_is_as_long_as_was_chosen<RT: Mount>() {
    let dir = Dir::new();
    let path = dir.join("x");
    let listener = TcpServer::<RT>::options().backlog(1).bind(&unix(&path)).await.unwrap();
    let _waiting =
        [(); 2].map(|()| Socket::from(std::os::unix::net::UnixStream::connect(&path).unwrap()));
    let full = connect::<RT>(&unix(&path)).await.unwrap_err();
    assert_eq!(full.cause.kind(), ErrorKind::WouldBlock, "{full}");
    accept(&listener).await;
    connect::<RT>(&unix(&path)).await.unwrap();
}

/// No runtime is needed before `accept`, even if another server has its turn in the directory.
#[test]
fn a_listener_is_made_on_a_thread_without_a_runtime() {
    type Server = TcpServer<orb_tokio::TokioRT>;
    let listener = wait_for(Server::bind("127.0.0.1:0")).unwrap();
    assert_ne!(listener.local_addr(), "127.0.0.1:0");
    let listener = wait_for(Server::bind("localhost:0")).unwrap();
    assert_ne!(listener.local_addr(), "localhost:0");
    Server::from_std(TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();

    let dir = Dir::new();
    let addr = unix(&dir.join("x"));
    let lock = std::fs::File::open(dir.join("")).unwrap();
    lock.lock().unwrap();
    let mut binding = pin!(Server::bind(&addr));
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(binding.as_mut().poll(cx).is_pending(), "another server has its turn");
    drop(lock);
    let listener = wait_for(binding).unwrap();
    assert_eq!(dir.files(), ["x"]);
    drop(listener);
}

/// Runs a future on a thread that is no runtime.
fn wait_for<F: Future>(future: F) -> F::Output {
    wait_blocking(future, Duration::from_secs(30)).expect("it ends")
}
