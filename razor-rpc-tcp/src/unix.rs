//! The file of a unix socket: who may have it, and who removes it.
//!
//! A file that is not a dead socket is never removed. Does not know the runtime.
//!
//! Two servers may start at one path at the same moment, over the dead socket of a third. At most one of them
//! gets the path, and none loses it later without noticing:
//!
//! * a socket is dead if it refuses to connect; a socket that is bound but does not listen yet looks the same;
//! * a dead socket is first moved aside, then asked again: what has come to life meanwhile is moved back;
//! * so a server that finds, once it listens, that the path is its own, keeps it.

use socket2::{Domain, SockAddr, Socket, Type};
use std::fs::{self, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// The file of a socket that we have bound. Dropping this removes it, if it is still the same.
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
pub(crate) fn listen(path: &Path, backlog: i32) -> io::Result<(UnixListener, SocketFile)> {
    // The path must mean the same when the file is removed, whatever the current directory is then.
    let absolute = std::path::absolute(path)?;
    let addr = SockAddr::unix(path)?;
    let socket = new_socket()?;
    bind(&socket, &addr, &absolute)?;
    let file = SocketFile { inode: Inode::at(&absolute)?, path: absolute };
    // Nobody can connect before `listen`, so no other user gets in before the mode is set.
    fs::set_permissions(&file.path, Permissions::from_mode(0o600))?;
    socket.listen(backlog)?;
    if !file.is_ours() {
        return Err(in_use("another server has taken the path"));
    }
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
    for _ in 0..ATTEMPTS {
        match socket.bind(addr) {
            Err(taken) if taken.kind() == ErrorKind::AddrInUse => remove_dead(path)?,
            done => return done,
        }
    }
    Err(in_use("other servers are taking the path"))
}

/// Removes the socket at `path`, if it is one and dead.
fn remove_dead(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(gone) if gone.kind() == ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(cause),
    };
    if !found.file_type().is_socket() {
        let what = "the file at this path is not a socket";
        return Err(io::Error::new(ErrorKind::AlreadyExists, what));
    }
    if !is_dead(path)? {
        return Ok(());
    }
    let aside = beside(path);
    match fs::rename(path, &aside) {
        Err(gone) if gone.kind() == ErrorKind::NotFound => return Ok(()),
        moved => moved?,
    }
    let dead = Inode::at(&aside)? == Inode::of(&found) && matches!(is_dead(&aside), Ok(true));
    if dead {
        return fs::remove_file(&aside);
    }
    fs::rename(&aside, path)?;
    Err(in_use("another server is taking the path"))
}

/// Whether nobody listens at a socket. A path without a file is false: there is nothing to remove.
fn is_dead(path: &Path) -> io::Result<bool> {
    match connect(path) {
        Ok(_) => Err(in_use("a server is listening there")),
        Err(cause) => match cause.kind() {
            ErrorKind::ConnectionRefused => Ok(true),
            ErrorKind::NotFound => Ok(false),
            _ => Err(in_use(&format!("cannot tell whether a server is listening there: {cause}"))),
        },
    }
}

/// A path in the same directory that nobody else uses.
fn beside(path: &Path) -> PathBuf {
    let pid = std::process::id();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{pid}.dead"))
}

fn in_use(what: &str) -> io::Error {
    io::Error::new(ErrorKind::AddrInUse, what)
}

/// What a file is, apart from its name.
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

/// How often a path may be taken and become free again while we try.
const ATTEMPTS: usize = 3;
