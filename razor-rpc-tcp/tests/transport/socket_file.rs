//! Unix sockets: which server gets the path, which mode the file has, and which server removes it.

use crate::rig::{Dir, Mount, assert_connected, bind, connect, meet, on_each, unix};
use razor_rpc_tcp::TcpServer;
use razor_stream::error::Stage;
use razor_stream::transport::{Listener, PeerAddr};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};

on_each!(
    both_forms_of_path_work,
    a_relative_path_works,
    the_file_is_for_its_owner_alone,
    the_socket_of_a_dead_server_is_replaced,
    the_socket_of_a_living_server_is_left_alone,
    a_file_that_is_no_socket_is_left_alone,
    a_server_removes_its_file_and_no_other,
    what_cannot_be_connected_is_an_error_that_names_the_path,
);

async fn both_forms_of_path_work<RT: Mount>() {
    let dir = Dir::new();
    let path = dir.join("x.sock");
    for addr in [unix(&path), path.display().to_string()] {
        let server: TcpServer<RT> = bind(&addr).await.unwrap();
        assert_eq!(server.local_addr(), addr);
        let mut ends = meet(&server).await;
        assert_eq!(ends.0.peer, PeerAddr::Unix(Some(path.clone())));
        assert_eq!(ends.1.peer, PeerAddr::Unix(None));
        assert_connected(&mut ends).await;
    }
}

async fn a_relative_path_works<RT: Mount>() {
    let dir = Dir::new();
    let path = dir.join("x.sock");
    let server: TcpServer<RT> = bind(&unix(&relative(&path))).await.unwrap();
    assert_connected(&mut meet(&server).await).await;
    assert!(path.exists());
    drop(server);
    assert!(dir.files().is_empty());
}

async fn the_file_is_for_its_owner_alone<RT: Mount>() {
    let dir = Dir::new();
    let path = dir.join("x.sock");
    let _server: TcpServer<RT> = bind(&unix(&path)).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
}

/// Case 64
async fn the_socket_of_a_dead_server_is_replaced<RT: Mount>() {
    let dir = Dir::new();
    let path = dir.join("x.sock");
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists());

    let server: TcpServer<RT> = bind(&unix(&path)).await.unwrap();
    assert_connected(&mut meet(&server).await).await;
    assert_eq!(dir.files(), ["x.sock"]);
}

/// Case 64
async fn the_socket_of_a_living_server_is_left_alone<RT: Mount>() {
    let dir = Dir::new();
    let path = dir.join("x.sock");
    let server: TcpServer<RT> = bind(&unix(&path)).await.unwrap();
    let taken = bind::<RT>(&unix(&path)).await.unwrap_err();
    assert_eq!(taken.stage, Stage::Listen);
    assert_eq!(taken.cause.kind(), ErrorKind::AddrInUse);
    assert!(taken.to_string().contains(&unix(&path)), "{taken}");

    // The first connection is the other server's check whether this one lives.
    drop(server.accept().await.unwrap());
    assert_connected(&mut meet(&server).await).await;
    assert_eq!(dir.files(), ["x.sock"]);

    let path = dir.join("datagrams");
    let _other = UnixDatagram::bind(&path).unwrap();
    let taken = bind::<RT>(&unix(&path)).await.unwrap_err();
    assert_eq!(taken.cause.kind(), ErrorKind::AddrInUse);
    assert!(path.exists());
}

async fn a_file_that_is_no_socket_is_left_alone<RT: Mount>() {
    let dir = Dir::new();
    let (file, folder, link) = (dir.join("file"), dir.join("folder"), dir.join("link"));
    fs::write(&file, "precious").unwrap();
    fs::create_dir(&folder).unwrap();
    let dead = dir.join("dead");
    drop(UnixListener::bind(&dead).unwrap());
    symlink(&dead, &link).unwrap();

    for path in [&file, &folder, &link] {
        let refused = bind::<RT>(&unix(path)).await.unwrap_err();
        assert_eq!(refused.cause.kind(), ErrorKind::AlreadyExists, "{refused}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    assert!(folder.is_dir());
    assert!(link.is_symlink() && dead.exists());
}

/// Case 64
async fn a_server_removes_its_file_and_no_other<RT: Mount>() {
    let dir = Dir::new();
    let path = dir.join("x.sock");
    drop(bind::<RT>(&unix(&path)).await.unwrap());
    assert!(dir.files().is_empty());

    let server: TcpServer<RT> = bind(&unix(&path)).await.unwrap();
    fs::remove_file(&path).unwrap();
    let _other = UnixListener::bind(&path).unwrap();
    drop(server);
    assert_eq!(dir.files(), ["x.sock"]);
}

async fn what_cannot_be_connected_is_an_error_that_names_the_path<RT: Mount>() {
    let dir = Dir::new();
    let dead = dir.join("dead");
    drop(UnixListener::bind(&dead).unwrap());
    let long = dir.join(&"x".repeat(200));
    let absent = dir.join("absent");
    for (path, kind) in [(&dead, ErrorKind::ConnectionRefused), (&absent, ErrorKind::NotFound)] {
        let error = connect::<RT>(&unix(path)).await.unwrap_err();
        assert_eq!((error.stage, error.cause.kind()), (Stage::Connect, kind), "{error}");
        assert!(error.to_string().contains(&unix(path)), "{error}");
    }
    let error = bind::<RT>(&unix(&absent.join("x.sock"))).await.unwrap_err();
    assert_eq!(error.stage, Stage::Listen, "{error}");
    for error in [
        connect::<RT>(&unix(&long)).await.unwrap_err(),
        bind::<RT>(&unix(&long)).await.unwrap_err(),
    ] {
        assert_eq!(error.cause.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.permanent(), "{error}");
    }
    assert_eq!(dir.files(), ["dead"]);
}

/// Makes a path relative to the current directory.
fn relative(path: &Path) -> PathBuf {
    let depth = std::env::current_dir().unwrap().components().count() - 1;
    let root: PathBuf = std::iter::repeat_n("..", depth).collect();
    root.join(path.strip_prefix("/").unwrap())
}
