//! Sockets and other descriptors, by async-io.
//!
//! Works under any executor: readiness comes from async-io's one reactor. Does not know tasks.

use crate::SmolRT;
use async_io::Async;
use orb::prelude::{AsyncFd, AsyncIO};
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::ops::Deref;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

impl AsyncIO for SmolRT {
    type AsyncFd<T: AsRawFd + AsFd + Send + Sync + 'static> = SmolFD<T>;

    async fn connect_tcp(addr: &SocketAddr) -> io::Result<SmolFD<TcpStream>> {
        Async::<TcpStream>::connect(*addr).await.map(SmolFD)
    }

    async fn connect_unix(addr: &Path) -> io::Result<SmolFD<UnixStream>> {
        Async::<UnixStream>::connect(addr).await.map(SmolFD)
    }

    /// Makes the descriptor non-blocking.
    fn to_async_fd_rd<T: AsRawFd + AsFd + Send + Sync + 'static>(fd: T) -> io::Result<SmolFD<T>> {
        Async::new(fd).map(SmolFD)
    }

    /// Makes the descriptor non-blocking.
    fn to_async_fd_rw<T: AsRawFd + AsFd + Send + Sync + 'static>(fd: T) -> io::Result<SmolFD<T>> {
        Async::new(fd).map(SmolFD)
    }
}

/// A descriptor that any number of tasks can wait for without blocking.
///
/// The descriptor is non-blocking, and is closed when this is dropped.
pub struct SmolFD<T>(Async<T>);

impl<T: AsRawFd + AsFd + Send + Sync + 'static> AsyncFd<T> for SmolFD<T> {
    /// Calls `f` until it does not return [`io::ErrorKind::WouldBlock`], and waits for the descriptor in between.
    async fn async_read<R>(&self, f: impl FnMut(&T) -> io::Result<R> + Send) -> io::Result<R> {
        self.0.read_with(f).await
    }

    async fn async_write<R>(&self, f: impl FnMut(&T) -> io::Result<R> + Send) -> io::Result<R> {
        self.0.write_with(f).await
    }
}

impl<T> Deref for SmolFD<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.get_ref()
    }
}

impl<T: fmt::Debug> fmt::Debug for SmolFD<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SmolFD").field(self.0.get_ref()).finish()
    }
}
