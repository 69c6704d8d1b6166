//! The two halves of a connection. Each half belongs to another coroutine.
//!
//! Both are handles to one [`Socket`], which does the work.

use crate::socket::Socket;
use orb::prelude::AsyncRuntime;
use razor_stream::transport::{Connection, PeerAddr, ReadHalf, WriteHalf};
use std::fmt;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// The half of a TCP or unix connection that receives.
///
/// Use its descriptor ([`AsFd`]) only for socket options.
pub struct TcpRead<RT: AsyncRuntime> {
    socket: Arc<Socket<RT>>,
}

/// The half of a TCP or unix connection that sends.
///
/// The connection is closed when both halves are dropped, or by [`close`](WriteHalf::close). Use its descriptor
/// ([`AsFd`]) only for socket options.
pub struct TcpWrite<RT: AsyncRuntime> {
    socket: Arc<Socket<RT>>,
}

/// Makes the two halves of a connection from a socket.
pub(crate) fn split<RT: AsyncRuntime>(
    socket: Socket<RT>,
    peer: PeerAddr,
) -> Connection<TcpRead<RT>, TcpWrite<RT>> {
    let socket = Arc::new(socket);
    Connection { read: TcpRead { socket: socket.clone() }, write: TcpWrite { socket }, peer }
}

impl<RT: AsyncRuntime> ReadHalf for TcpRead<RT> {
    async fn read(&mut self, into: &mut Vec<u8>, reserve: usize) -> io::Result<usize> {
        self.socket.receive(into, reserve).await
    }

    async fn read_into(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.socket.receive_into(into).await
    }
}

impl<RT: AsyncRuntime> WriteHalf for TcpWrite<RT> {
    fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.socket.try_send(bufs)
    }

    async fn write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.socket.send(bufs).await
    }

    fn shutdown_write(&self) -> io::Result<()> {
        self.socket.shut_down(Shutdown::Write)
    }

    fn close(&self) {
        // The connection is over even if this fails.
        let _over = self.socket.shut_down(Shutdown::Both);
    }
}

impl<RT: AsyncRuntime> AsFd for TcpRead<RT> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl<RT: AsyncRuntime> AsFd for TcpWrite<RT> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl<RT: AsyncRuntime> fmt::Debug for TcpRead<RT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpRead").field("fd", &self.as_fd()).finish()
    }
}

impl<RT: AsyncRuntime> fmt::Debug for TcpWrite<RT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpWrite").field("fd", &self.as_fd()).finish()
    }
}
