//! One connected socket, TCP or unix, and what is done with it: receive, send, shut down.
//!
//! Knows how the runtime waits. Does not know addresses, nor who holds the two halves.

use crate::options::ConnectionOptions;
use crate::receive::{self, Room, Slice, Spare};
use orb::prelude::{AsyncFd, AsyncIO, AsyncRuntime};
use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendFlags};
use std::io::{self, IoSlice};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// A connected socket that the runtime watches.
pub(crate) struct Socket<RT: AsyncRuntime> {
    kind: Kind<RT>,
    waits: Waits,
}

enum Kind<RT: AsyncRuntime> {
    Tcp(<RT as AsyncIO>::AsyncFd<TcpStream>),
    Unix(<RT as AsyncIO>::AsyncFd<UnixStream>),
}

/// The order in which the runtime waits and calls. It changes only the speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waits {
    /// The runtime remembers whether the socket is ready, and calls only then (tokio).
    First,
    /// The runtime calls, and waits if the call would block (smol).
    AfterTrying,
}

impl<RT: AsyncRuntime> Socket<RT> {
    /// Takes a stream that may be in blocking mode or not.
    pub(crate) fn from_tcp(stream: TcpStream, options: &ConnectionOptions) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Self::watched_tcp(RT::to_async_fd_rw(stream)?, options)
    }

    /// Takes a TCP stream that the runtime watches already.
    pub(crate) fn watched_tcp(
        fd: <RT as AsyncIO>::AsyncFd<TcpStream>,
        options: &ConnectionOptions,
    ) -> io::Result<Self> {
        options.apply_to_tcp(&fd)?;
        let waits = order_of_waiting(&fd);
        Ok(Self { kind: Kind::Tcp(fd), waits })
    }

    /// Takes a stream that may be in blocking mode or not.
    pub(crate) fn from_unix(stream: UnixStream, options: &ConnectionOptions) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        options.apply_to_unix(&stream)?;
        let fd = RT::to_async_fd_rw(stream)?;
        let waits = order_of_waiting(&fd);
        Ok(Self { kind: Kind::Unix(fd), waits })
    }

    /// See [`ReadHalf::read`](razor_stream::transport::ReadHalf::read).
    pub(crate) async fn receive(&self, into: &mut Vec<u8>, reserve: usize) -> io::Result<usize> {
        self.receive_by(Spare { into, reserve }).await
    }

    /// See [`ReadHalf::read_into`](razor_stream::transport::ReadHalf::read_into).
    pub(crate) async fn receive_into(&self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        self.receive_by(Slice(into)).await
    }

    async fn receive_by(&self, into: impl Room) -> io::Result<usize> {
        match (&self.kind, self.waits) {
            (Kind::Tcp(fd), Waits::First) => receive::once_ready(fd, into).await,
            (Kind::Unix(fd), Waits::First) => receive::once_ready(fd, into).await,
            (Kind::Tcp(fd), Waits::AfterTrying) => receive::trying(fd, into).await,
            (Kind::Unix(fd), Waits::AfterTrying) => receive::trying(fd, into).await,
        }
    }

    /// Sends as many bytes as possible without waiting.
    pub(crate) fn try_send(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        match &self.kind {
            Kind::Tcp(fd) => send(&**fd, bufs),
            Kind::Unix(fd) => send(&**fd, bufs),
        }
    }

    /// Waits until bytes can be sent, and sends as many as possible.
    ///
    /// # Cancellation
    /// The bytes are sent in the poll that returns: if the future is dropped, no byte has been sent.
    pub(crate) async fn send(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.waits == Waits::First {
            // A runtime that waits first does not know yet that a new socket is writable.
            match self.try_send(bufs) {
                Err(full) if full.kind() == io::ErrorKind::WouldBlock => {}
                done => return done,
            }
        }
        match &self.kind {
            Kind::Tcp(fd) => fd.async_write(|stream| send(stream, bufs)).await,
            Kind::Unix(fd) => fd.async_write(|stream| send(stream, bufs)).await,
        }
    }

    /// Shuts down one direction or both. It is no error if the peer is gone already.
    pub(crate) fn shut_down(&self, how: Shutdown) -> io::Result<()> {
        let done = match &self.kind {
            Kind::Tcp(fd) => fd.shutdown(how),
            Kind::Unix(fd) => fd.shutdown(how),
        };
        match done {
            Err(gone) if gone.kind() == io::ErrorKind::NotConnected => Ok(()),
            done => done,
        }
    }
}

impl<RT: AsyncRuntime> AsFd for Socket<RT> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.kind {
            Kind::Tcp(fd) => (**fd).as_fd(),
            Kind::Unix(fd) => (**fd).as_fd(),
        }
    }
}

/// Finds out, by one poll that reads nothing, whether the runtime calls at once or waits for its reactor first.
///
/// [`Waits::First`] is of use only with edge-triggered readiness, as on Linux; on other systems this is not tried.
fn order_of_waiting<T, F>(fd: &F) -> Waits
where
    T: AsRawFd + AsFd + Send + Sync + 'static,
    F: AsyncFd<T>,
{
    if !cfg!(target_os = "linux") {
        return Waits::AfterTrying;
    }
    let called = pin!(fd.async_read(|_| Ok(())));
    match called.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Pending => Waits::First,
        Poll::Ready(_) => Waits::AfterTrying,
    }
}

fn send(socket: impl AsFd, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
    let bufs = &bufs[..bufs.len().min(MOST_SLICES)];
    loop {
        match rustix::net::sendmsg(&socket, bufs, &mut SendAncillaryBuffer::default(), SEND_FLAGS) {
            Err(Errno::INTR) => {}
            done => return done.map_err(io::Error::from),
        }
    }
}

/// A write to a socket that the peer closed is an error, not a SIGPIPE: the program may not ignore that signal. On
/// systems without this flag, std has set the socket to do so.
#[cfg(not(target_vendor = "apple"))]
const SEND_FLAGS: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_vendor = "apple")]
const SEND_FLAGS: SendFlags = SendFlags::empty();

/// The most slices in one call; more are an error (`IOV_MAX`).
const MOST_SLICES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use orb::prelude::AsyncExec;
    use orb_tokio::TokioRT;
    use razor_rpc_smol::SmolRT;

    fn pair<RT: AsyncRuntime>() -> (Socket<RT>, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        (Socket::from_unix(ours, &ConnectionOptions::default()).unwrap(), theirs)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_order_of_waiting_is_found_out() {
        let tokio = TokioRT::current().block_on(async { pair::<TokioRT>().0.waits });
        assert_eq!(tokio, Waits::First);
        let smol = SmolRT::current().block_on(async { pair::<SmolRT>().0.waits });
        assert_eq!(smol, Waits::AfterTrying);
        type OrbSmol = orb_smol::SmolRT;
        let orb_smol = OrbSmol::current().block_on(async { pair::<OrbSmol>().0.waits });
        assert_eq!(orb_smol, Waits::AfterTrying);
    }

    async fn bytes_come_in_order_and_then_the_end<RT: AsyncRuntime>(waits: Waits) {
        let (mut socket, theirs) = pair::<RT>();
        socket.waits = waits;
        let mut received = Vec::new();
        for round in 0..100_u8 {
            // First one that fits with room to spare, then two that fill the room exactly.
            send(&theirs, &[IoSlice::new(&[round; 3])]).unwrap();
            for room in [2, 1] {
                let mut buf = Vec::with_capacity(room);
                assert_eq!(socket.receive(&mut buf, 8).await.unwrap(), room);
                received.append(&mut buf);
            }
            send(&theirs, &[IoSlice::new(&[round; 3])]).unwrap();
            received.reserve_exact(8);
            assert_eq!(socket.receive(&mut received, 8).await.unwrap(), 3);
        }
        send(&theirs, &[IoSlice::new(b"end")]).unwrap();
        drop(theirs);
        assert_eq!(socket.receive(&mut Vec::new(), 8).await.unwrap(), 3);
        assert_eq!(socket.receive(&mut Vec::new(), 8).await.unwrap(), 0);
        assert_eq!(received, (0..100).flat_map(|round| [round; 6]).collect::<Vec<u8>>());
    }

    async fn a_slice_is_filled_and_no_more<RT: AsyncRuntime>(waits: Waits) {
        let (mut socket, theirs) = pair::<RT>();
        socket.waits = waits;
        let mut place = [0; 5];
        assert_eq!(socket.receive_into(&mut []).await.unwrap(), 0, "no room is not the end");
        for round in 1..100_u8 {
            send(&theirs, &[IoSlice::new(&[round; 7])]).unwrap();
            assert_eq!(socket.receive_into(&mut place).await.unwrap(), 5);
            assert_eq!(place, [round; 5]);
            assert_eq!(socket.receive_into(&mut place[1..]).await.unwrap(), 2);
        }
        drop(theirs);
        assert_eq!(socket.receive_into(&mut place).await.unwrap(), 0);
    }

    #[test]
    fn a_slice_is_filled_under_each_runtime() {
        for waits in [Waits::First, Waits::AfterTrying] {
            TokioRT::current().block_on(a_slice_is_filled_and_no_more::<TokioRT>(waits));
            SmolRT::current().block_on(a_slice_is_filled_and_no_more::<SmolRT>(waits));
        }
    }

    #[test]
    fn each_way_of_waiting_is_right_under_each_runtime() {
        for waits in [Waits::First, Waits::AfterTrying] {
            TokioRT::current().block_on(bytes_come_in_order_and_then_the_end::<TokioRT>(waits));
            SmolRT::current().block_on(bytes_come_in_order_and_then_the_end::<SmolRT>(waits));
        }
    }
}
