//! Names with several addresses: to which one a client connects, and what the errors say.
//!
//! The tests make the look-ups. Real sockets stand for dead addresses.

use crate::rig::{Mount, accept, assert_connected, bind, on_each, send};
use razor_rpc_tcp::{TcpClient, TcpServer};
use razor_stream::error::Stage;
use razor_stream::transport::{ClientTransport, PeerAddr};
use socket2::{Domain, Socket, Type};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

on_each!(
    of_seven_addresses_of_which_six_are_silent_the_one_that_lives_is_connected_to,
    an_address_that_refuses_does_not_end_the_attempt,
    the_next_connection_starts_where_the_last_one_was_made,
    the_next_attempt_starts_elsewhere,
    clones_share_what_has_failed,
    the_error_tells_what_became_of_each_address,
    a_name_without_an_address_and_one_that_is_not_found_say_so,
    a_look_up_that_panics_is_an_error,
    a_look_up_that_does_not_end_is_an_error_in_time,
    addresses_are_not_looked_up,
);

/// More time than any of these tests needs.
const LIMIT: Duration = Duration::from_secs(30);

/// An address that does not answer: on Linux, a listener whose queue is full drops requests for connections.
struct Silent {
    listener: TcpListener,
    _queued: TcpStream,
}

impl Silent {
    fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        socket.listen(0).unwrap();
        let listener: TcpListener = socket.into();
        let _queued = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        Self { listener, _queued }
    }

    fn addr(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// Makes the address answer from now on.
    fn wakes(&self) {
        self.listener.accept().unwrap();
    }
}

/// An address that refuses: its port is bound and does not listen, so no other socket can listen there.
fn refusing() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    let addr = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, addr)
}

fn local<RT: Mount>(server: &TcpServer<RT>) -> SocketAddr {
    server.local_addr().parse().unwrap()
}

/// A client for which every name has these addresses.
fn knowing<RT: Mount>(addrs: Vec<SocketAddr>) -> TcpClient<RT> {
    TcpClient::new().resolve_with(move |_, _| Ok(addrs.clone()))
}

async fn of_seven_addresses_of_which_six_are_silent_the_one_that_lives_is_connected_to<
    RT: Mount,
>() {
    let silent: Vec<_> = (0..6).map(|_| Silent::new()).collect();
    let server: TcpServer<RT> = bind("127.0.0.1:0").await.unwrap();
    let addrs = silent.iter().map(Silent::addr).chain([local(&server)]).collect();
    // Tried one after the other with a second each, the addresses would take six seconds.
    let limit = Duration::from_secs(5);
    let here = knowing::<RT>(addrs).connect_within("db:7000", limit).await.unwrap();
    assert_eq!(here.peer, PeerAddr::Inet(local(&server)));
    assert_connected(&mut (here, accept(&server).await)).await;
}

async fn an_address_that_refuses_does_not_end_the_attempt<RT: Mount>() {
    let (_bound, dead) = refusing();
    let server: TcpServer<RT> = bind("127.0.0.1:0").await.unwrap();
    let here = knowing::<RT>(vec![dead, local(&server)]).connect("db:7000").await.unwrap();
    assert_connected(&mut (here, accept(&server).await)).await;
}

async fn the_next_connection_starts_where_the_last_one_was_made<RT: Mount>() {
    let silent = Silent::new();
    let server: TcpServer<RT> = bind("127.0.0.1:0").await.unwrap();
    let client = knowing::<RT>(vec![silent.addr(), local(&server)]);
    let first = client.connect_within("db:7000", LIMIT).await.unwrap();
    assert_eq!(first.peer, PeerAddr::Inet(local(&server)));
    // The silent address would answer now, but it is not tried first.
    silent.wakes();
    let second = client.connect_within("db:7000", LIMIT).await.unwrap();
    assert_eq!(second.peer, PeerAddr::Inet(local(&server)));
}

async fn the_next_attempt_starts_elsewhere<RT: Mount>() {
    let silent = Silent::new();
    let server: TcpServer<RT> = bind("127.0.0.1:0").await.unwrap();
    let client = knowing::<RT>(vec![silent.addr(), local(&server)]);
    // Too short for the second address.
    let failed = client.connect_within("db:7000", Duration::from_millis(20)).await.unwrap_err();
    assert_eq!(failed.cause.kind(), ErrorKind::TimedOut, "{failed}");
    silent.wakes();
    let here = client.connect_within("db:7000", LIMIT).await.unwrap();
    assert_eq!(here.peer, PeerAddr::Inet(local(&server)));
}

async fn clones_share_what_has_failed<RT: Mount>() {
    let silent = Silent::new();
    let server: TcpServer<RT> = bind("127.0.0.1:0").await.unwrap();
    let client = knowing::<RT>(vec![silent.addr(), local(&server)]);
    // The caller gives up the attempt, which also counts as a failure of the address.
    drop(RT::timeout(Duration::from_millis(20), client.connect("db:7000")).await);
    silent.wakes();
    let here = client.clone().connect_within("db:7000", LIMIT).await.unwrap();
    assert_eq!(here.peer, PeerAddr::Inet(local(&server)));
}

async fn the_error_tells_what_became_of_each_address<RT: Mount>() {
    let ((_bound, dead), silent) = (refusing(), Silent::new());
    let client = knowing::<RT>(vec![dead, silent.addr()]);
    let error = client.connect_within("db:7000", Duration::from_millis(100)).await.unwrap_err();
    assert_eq!((error.stage, error.cause.kind()), (Stage::Connect, ErrorKind::TimedOut));
    let text = error.to_string();
    let expected = format!("connect db:7000: {dead}: refused; {}: no answer in ", silent.addr());
    assert!(text.starts_with(&expected), "{text}");
    assert!(!error.permanent());
}

async fn a_name_without_an_address_and_one_that_is_not_found_say_so<RT: Mount>() {
    let none = knowing::<RT>(Vec::new()).connect("db:7000").await.unwrap_err();
    assert_eq!((none.stage, none.cause.kind()), (Stage::Resolve, ErrorKind::NotFound));

    let client = TcpClient::<RT>::new().resolve_with(|host, port| {
        let what = format!("{host} with port {port} is not in the list");
        Err(io::Error::new(ErrorKind::InvalidInput, what))
    });
    let unknown = client.connect("db:7000").await.unwrap_err();
    assert_eq!(unknown.to_string(), "resolve db:7000: db with port 7000 is not in the list");
    assert!(!unknown.permanent(), "it may be there tomorrow");
}

async fn a_look_up_that_panics_is_an_error<RT: Mount>() {
    let client = TcpClient::<RT>::new().resolve_with(|_, _| panic!("as it should"));
    for _ in 0..20 {
        let error = client.connect("db:7000").await.unwrap_err();
        assert_eq!(error.to_string(), "resolve db:7000: the look-up panicked");
    }
}

async fn a_look_up_that_does_not_end_is_an_error_in_time<RT: Mount>() {
    let (begins, began) = channel();
    let (go, gone) = channel::<()>();
    let (begins, gone) = (Mutex::new(begins), Mutex::new(gone));
    let client = TcpClient::<RT>::new().resolve_with(move |_, port| {
        let _unheard = begins.lock().unwrap().send(());
        let _told = gone.lock().unwrap().recv_timeout(LIMIT);
        Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))])
    });
    // A look-up that has not begun in time says so, and does not begin later.
    let error = loop {
        let limit = Duration::from_millis(20);
        let error = client.connect_within("db:7000", limit).await.unwrap_err();
        if began.try_recv().is_ok() {
            break error;
        }
    };
    assert_eq!((error.stage, error.cause.kind()), (Stage::Resolve, ErrorKind::TimedOut));
    assert!(error.to_string().contains("within 20ms"), "{error}");
    drop(go);
}

async fn addresses_are_not_looked_up<RT: Mount>() {
    let client = TcpClient::<RT>::new().resolve_with(|host, _| panic!("{host} is no name"));
    let server: TcpServer<RT> = bind("127.0.0.1:0").await.unwrap();
    let here = client.connect(server.local_addr()).await.unwrap();
    send(&here.write, b"ping").await;
    let unix = client.connect("./there-is-none").await.unwrap_err();
    assert_eq!(unix.cause.kind(), ErrorKind::NotFound);
}
