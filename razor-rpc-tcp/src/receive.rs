//! Receiving into the spare capacity of a buffer, which gets memory only once there are bytes to receive, or into a
//! slice.
//!
//! Knows sockets as descriptors. Does not know addresses, nor what the bytes are.

use orb::prelude::AsyncFd;
use rustix::buffer::spare_capacity;
use rustix::io::Errno;
use rustix::net::RecvFlags;
use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

/// Receives under a runtime that tries to receive first, and waits if no bytes are there.
///
/// # Cancellation
/// Receiving and returning happen in one poll: dropping the future loses no bytes.
pub(crate) async fn trying<T, F>(fd: &F, mut into: impl Room) -> io::Result<usize>
where
    T: AsRawFd + AsFd + Send + Sync + 'static,
    F: AsyncFd<T>,
{
    fd.async_read(|socket| into.receive(socket).map(|got| got.len)).await
}

/// Receives under a runtime that remembers, from one edge to the next, that the socket is ready.
///
/// When a receive does not fill the room, the socket is empty, and the next call would begin with a receive in vain. So
/// the closure returns "would block" then, which makes the runtime forget the readiness, and this function returns the
/// bytes as soon as the runtime wants to wait. If the runtime calls the closure again instead (as it does after the
/// peer has shut down), the closure must return how much it has: another "would block" would make an endless loop.
///
/// # Cancellation
/// Receiving and returning happen in one poll: dropping the future loses no bytes.
pub(crate) async fn once_ready<T, F>(fd: &F, mut into: impl Room) -> io::Result<usize>
where
    T: AsRawFd + AsFd + Send + Sync + 'static,
    F: AsyncFd<T>,
{
    // Only this coroutine uses it; it is atomic because the future has to be `Send`.
    let received = AtomicUsize::new(0);
    let mut receiving = pin!(fd.async_read(|socket| {
        let before = received.load(Ordering::Relaxed);
        if before > 0 {
            return Ok(before);
        }
        let got = into.receive(socket)?;
        received.store(got.len, Ordering::Relaxed);
        match got {
            Received { len: 1.., filled: Filled::Partly } => Err(io::ErrorKind::WouldBlock.into()),
            Received { len, .. } => Ok(len),
        }
    }));
    poll_fn(|cx| {
        let polled = receiving.as_mut().poll(cx);
        match received.load(Ordering::Relaxed) {
            0 => polled,
            len => Poll::Ready(Ok(len)),
        }
    })
    .await
}

/// A place to receive into.
pub(crate) trait Room: Send {
    /// Receives without waiting.
    fn receive(&mut self, socket: impl AsFd) -> io::Result<Received>;
}

/// The spare capacity of a buffer, which gets memory if it has no spare capacity. Memory that was made here is freed if
/// no bytes came into it.
pub(crate) struct Spare<'a> {
    pub(crate) into: &'a mut Vec<u8>,
    pub(crate) reserve: usize,
}

/// A slice.
pub(crate) struct Slice<'a>(pub(crate) &'a mut [u8]);

/// What one call received.
pub(crate) struct Received {
    len: usize,
    filled: Filled,
}

/// How much of the room the bytes have taken.
enum Filled {
    All,
    Partly,
}

impl Received {
    const fn new(len: usize, room: usize) -> Self {
        Self { len, filled: if len < room { Filled::Partly } else { Filled::All } }
    }
}

impl Room for Spare<'_> {
    fn receive(&mut self, socket: impl AsFd) -> io::Result<Received> {
        let Self { into, reserve } = self;
        let capacity = into.capacity();
        if capacity == into.len() {
            // A receive into no room would look like the end of the stream.
            into.reserve_exact((*reserve).max(1));
        }
        let room = into.capacity() - into.len();
        let received = uninterrupted(|| {
            rustix::net::recv(&socket, spare_capacity(into), RecvFlags::empty()).map(|(len, _)| len)
        });
        if !matches!(received, Ok(1..)) {
            into.shrink_to(capacity);
        }
        Ok(Received::new(received?, room))
    }
}

impl Room for Slice<'_> {
    fn receive(&mut self, socket: impl AsFd) -> io::Result<Received> {
        let received = uninterrupted(|| {
            rustix::net::recv(&socket, &mut *self.0, RecvFlags::empty()).map(|(_, len)| len)
        });
        Ok(Received::new(received?, self.0.len()))
    }
}

fn uninterrupted(mut receive: impl FnMut() -> Result<usize, Errno>) -> io::Result<usize> {
    loop {
        match receive() {
            Err(Errno::INTR) => {}
            done => return done.map_err(io::Error::from),
        }
    }
}
