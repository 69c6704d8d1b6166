//! The file of a unix socket: who may have it, and who removes it.
//!
//! A file that is not a dead socket is never removed. A socket is dead if it refuses to connect. A socket that is bound
//! but does not listen yet refuses too, so servers that start in one directory take turns: each holds a lock on the
//! directory while it looks at the file and replaces it.

use crate::options::ConnectionOptions;
use crate::turn::turn;
use socket2::{Domain, SockAddr, Socket, Type};
use std::fs::{self, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// The file of a socket that this process has bound. Its drop removes the file, if that is still the file of this
/// socket.
///
/// Drop it before the socket: while that is open, nothing else can have the same inode number.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    inode: Inode,
}

/// Connects without waiting: a unix socket accepts at once, or its backlog is full, which is an error.
pub(crate) fn connect(path: &Path) -> io::Result<UnixStream> {
    let socket = new_socket()?;
    match socket.connect(&SockAddr::unix(path)?) {
        Ok(()) => Ok(socket.into()),
        Err(full) if full.kind() == ErrorKind::WouldBlock => {
            Err(io::Error::new(ErrorKind::WouldBlock, "too many connections wait to be accepted"))
        }
        Err(cause) => Err(cause),
    }
}

/// Listens at `path`. A dead socket there is replaced; the file is for its owner alone (mode 0600).
///
/// # Cancellation
/// Dropping the future leaves no file.
pub(crate) async fn listen(
    path: &Path,
    backlog: i32,
    options: &ConnectionOptions,
) -> io::Result<(UnixListener, SocketFile)> {
    // The path must name the same file when that is removed, whatever the current directory is then.
    let absolute = std::path::absolute(path)?;
    let addr = SockAddr::unix(path)?;
    let _turn = turn(&absolute).await;

    let socket = new_socket()?;
    bind(&socket, &addr, &absolute)?;
    let file = SocketFile { inode: Inode::at(&absolute)?, path: absolute };
    // Nobody can connect before `listen`, so no other user gets in before the mode is set.
    fs::set_permissions(&file.path, Permissions::from_mode(0o600))?;
    options.size((&socket).into())?;
    socket.listen(backlog)?;
    Ok((socket.into(), file))
}

impl SocketFile {
    fn is_ours(&self) -> bool {
        Inode::at(&self.path).is_ok_and(|inode| inode == self.inode)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.is_ours() {
            // A file that cannot be removed is a dead socket, which the next server replaces.
            let _left = fs::remove_file(&self.path);
        }
    }
}

fn new_socket() -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn bind(socket: &Socket, addr: &SockAddr, path: &Path) -> io::Result<()> {
    match socket.bind(addr) {
        Err(taken) if taken.kind() == ErrorKind::AddrInUse => {
            remove_dead(path)?;
            socket.bind(addr)
        }
        done => done,
    }
}

/// Removes the socket at `path`. It is an error if the file is no socket, or if the socket is not dead. It is no error
/// if the file is gone, as happens when the previous server is just ending.
fn remove_dead(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => {}
        Ok(_) => {
            let what = "the file at this path is not a socket";
            return Err(io::Error::new(ErrorKind::AlreadyExists, what));
        }
        Err(gone) if gone.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    let what = match connect(path) {
        Err(gone) if gone.kind() == ErrorKind::NotFound => return Ok(()),
        Err(dead) if dead.kind() == ErrorKind::ConnectionRefused => return remove(path),
        Err(cause) => format!("cannot tell whether a server is listening there: {cause}"),
        Ok(_) => "a server is listening there".to_owned(),
    };
    Err(io::Error::new(ErrorKind::AddrInUse, what))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(gone) if gone.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// The identity of a file, which does not depend on its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Inode {
    dev: u64,
    ino: u64,
}

impl Inode {
    fn at(path: &Path) -> io::Result<Self> {
        fs::symlink_metadata(path).map(|found| Self::of(&found))
    }

    fn of(found: &Metadata) -> Self {
        Self { dev: found.dev(), ino: found.ino() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orb::prelude::{AsyncExec, AsyncRuntime};
    use orb_tokio::TokioRT;
    use std::fs::File;
    use std::sync::Barrier;
    use std::thread;

    fn listen_now(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
        let path = path.to_owned();
        TokioRT::current()
            .block_on(async move { listen(&path, 16, &ConnectionOptions::default()).await })
    }

    fn directory(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("razor-rpc-tcp-{name}-{}", std::process::id()));
        fs::create_dir(&dir).unwrap();
        dir
    }

    #[test]
    fn of_servers_that_start_at_once_over_a_dead_socket_one_gets_the_path() {
        let dir = directory("race");
        let path = dir.join("x.sock");
        for round in 0..100 {
            drop(UnixListener::bind(&path).unwrap());
            let start = Barrier::new(3);
            let started = || {
                start.wait();
                listen_now(&path)
            };
            let mut servers: Vec<_> = thread::scope(|scope| {
                let threads = [(); 3].map(|()| scope.spawn(started));
                threads.into_iter().filter_map(|thread| thread.join().unwrap().ok()).collect()
            });
            let (server, file) = servers.pop().expect("one server has the path");
            assert!(servers.is_empty(), "round {round}: a second server has the path");

            // The others have asked whether it lives.
            while server.accept().is_ok() {}
            connect(&path).unwrap();
            server.accept().expect("who has the path is who is connected to");
            drop(file);
            assert_eq!(fs::read_dir(&dir).unwrap().count(), 0, "round {round}");
        }
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_socket_that_goes_while_it_is_looked_at_is_gone() {
        let gone = directory("gone").join("socket");
        remove_dead(&gone).expect("before the look");
        remove(&gone).expect("after it");
        fs::remove_dir(gone.parent().expect("its directory")).expect("it is empty");
    }

    #[test]
    fn a_directory_that_somebody_keeps_locked_does_not_stop_a_server() {
        let dir = directory("locked");
        let _lock = File::open(&dir).map(|dir| dir.lock().map(|()| dir)).unwrap().unwrap();
        let path = dir.join("x.sock");
        let first = listen_now(&path).unwrap();
        assert_eq!(listen_now(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
        drop(first);
        fs::remove_dir_all(&dir).unwrap();
    }
}
