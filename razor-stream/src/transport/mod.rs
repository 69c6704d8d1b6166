//! What a transport has to provide: a way to connect, a way to accept, and two owned halves.
//!
//! A transport moves bytes. It knows neither packets nor deadlines: the library limits how long it waits for a future
//! of a transport, and drops it then.
//!
//! The two halves of a connection are used by two coroutines at the same time, so both must work
//! independently of each other.
//!
//! [`memory`] is a transport inside of one process; sockets are in the crate `razor-rpc-tcp`.

pub mod memory;
mod peer;

pub use peer::PeerAddr;

use crate::coroutine::in_time;
use crate::error::Stage;
use orb::prelude::AsyncRuntime;
use std::future::Future;
use std::io::{self, IoSlice};
use std::time::Duration;

/// The half of a connection that receives.
pub trait ReadHalf: Send + 'static {
    /// Appends to `into` the bytes that have arrived, as many as fit into its spare capacity, and returns their number.
    ///
    /// Waits until there is at least one byte. 0 means the end of the stream. A buffer without spare capacity
    /// gets `reserve` bytes of it, but only once there is something to read: so a connection that waits
    /// needs no buffer. `reserve` is not 0.
    ///
    /// # Errors
    /// When the connection is broken.
    ///
    /// # Cancellation
    /// Dropping the future loses no bytes: bytes that it has not returned have not been read.
    fn read(
        &mut self,
        into: &mut Vec<u8>,
        reserve: usize,
    ) -> impl Future<Output = io::Result<usize>> + Send;

    /// Fills the front of `into` with the bytes that have arrived, as many as fit, and returns their number.
    ///
    /// Waits until there is at least one byte. 0 means the end of the stream, or that `into` is empty. A blob is
    /// received into memory of the user by this function. The default implementation copies, so a transport should have
    /// its own.
    ///
    /// # Errors
    /// When the connection is broken.
    ///
    /// # Cancellation
    /// Dropping the future loses no bytes: bytes that it has not returned have not been read.
    fn read_into(&mut self, into: &mut [u8]) -> impl Future<Output = io::Result<usize>> + Send {
        async move {
            if into.is_empty() {
                return Ok(0);
            }
            // A box has no more room than it has bytes, so nothing can be read that would not fit.
            let mut room = vec![0; into.len().min(COPIED_AT_ONCE)].into_boxed_slice().into_vec();
            room.clear();
            let len = self.read(&mut room, 1).await?;
            // The bytes that were appended count, not the number that a transport returned.
            let len = len.min(room.len()).min(into.len());
            into[..len].copy_from_slice(&room[..len]);
            Ok(len)
        }
    }
}

/// The most bytes that the default [`ReadHalf::read_into`] copies at once.
const COPIED_AT_ONCE: usize = 64 << 10;

/// The half of a connection that sends. It may be used by several threads, but the library never writes from
/// two of them at once.
pub trait WriteHalf: Send + Sync + 'static {
    /// Writes as many bytes as possible without waiting, and returns their number.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) when nothing can be written now; other errors when the connection is
    /// broken.
    fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Waits until bytes can be written, writes as many as possible, and returns their number.
    ///
    /// # Errors
    /// When the connection is broken.
    ///
    /// # Cancellation
    /// If the future is dropped, nothing has been written: bytes count as written only when it returns their number.
    fn write(&self, bufs: &[IoSlice<'_>]) -> impl Future<Output = io::Result<usize>> + Send;

    /// Tells the peer that no more bytes will come. Bytes from the peer can still be read.
    ///
    /// # Errors
    /// When the connection is broken.
    fn shutdown_write(&self) -> io::Result<()>;

    /// Ends the connection in both directions; a waiting [`ReadHalf::read`] returns.
    fn close(&self);
}

/// A new connection: its two halves, and who is at the other end.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "transports outside this crate make them")]
pub struct Connection<R, W> {
    /// The half that receives.
    pub read: R,
    /// The half that sends.
    pub write: W,
    /// Who is at the other end.
    pub peer: PeerAddr,
}

/// Why no connection, or no listener, could be made.
#[derive(Debug, thiserror::Error)]
#[error("{stage} {addr}: {cause}")]
#[expect(clippy::exhaustive_structs, reason = "transports outside this crate make them")]
pub struct TransportError {
    /// [`Stage::Resolve`], [`Stage::Connect`] or [`Stage::Listen`].
    pub stage: Stage,
    /// The address as the user gave it.
    pub addr: String,
    /// What happened.
    #[source]
    pub cause: io::Error,
}

impl TransportError {
    /// Whether the address will be refused at each attempt, because its text is no address. That is the case at
    /// [`Stage::Resolve`] with a cause of [`InvalidInput`](io::ErrorKind::InvalidInput). A client does not try such an
    /// address again.
    ///
    /// ```
    /// use razor_stream::error::Stage;
    /// use razor_stream::transport::TransportError;
    /// use std::io::ErrorKind;
    ///
    /// let error = |stage, kind: ErrorKind| TransportError { stage, addr: "db".into(), cause: kind.into() };
    /// assert!(error(Stage::Resolve, ErrorKind::InvalidInput).permanent());
    /// assert!(!error(Stage::Resolve, ErrorKind::NotFound).permanent());
    /// assert!(!error(Stage::Connect, ErrorKind::InvalidInput).permanent());
    /// ```
    #[must_use]
    pub fn permanent(&self) -> bool {
        self.stage == Stage::Resolve && self.cause.kind() == io::ErrorKind::InvalidInput
    }

    pub(crate) fn no_answer(addr: &str, limit: Duration) -> Self {
        let what = format!("no answer within {limit:?}");
        let cause = io::Error::new(io::ErrorKind::TimedOut, what);
        Self { stage: Stage::Connect, addr: addr.to_string(), cause }
    }
}

/// Makes connections.
pub trait ClientTransport: Clone + Send + Sync + 'static {
    /// The runtime under which the halves work.
    type RT: AsyncRuntime;
    /// The half that receives.
    type Read: ReadHalf;
    /// The half that sends.
    type Write: WriteHalf;

    /// Checks whether the text `addr` can be an address for this transport. A client calls this first, so a malformed
    /// address is an error of the client's constructor and is never dialled. This function must not wait.
    ///
    /// The default implementation accepts every text. A transport that wraps another one calls the other one's `check`.
    ///
    /// # Errors
    /// The text is no address. The error is [permanent](TransportError::permanent) and says what to write.
    fn check(&self, addr: &str) -> Result<(), TransportError> {
        let _accepted = addr;
        Ok(())
    }

    /// Connects to `addr`. The caller limits the time, by dropping the future.
    ///
    /// # Cancellation
    /// Dropping the future ends the attempt, and closes what it has opened.
    ///
    /// # Errors
    /// The text is no address ([permanently](TransportError::permanent)), the name does not resolve, or nothing accepts
    /// connections there.
    fn connect(
        &self,
        addr: &str,
    ) -> impl Future<Output = Result<Connection<Self::Read, Self::Write>, TransportError>> + Send;

    /// Connects to `addr` within `limit`; clients call this function. A transport that makes several attempts for one
    /// connection can return here an error that tells how each attempt went. The default implementation drops the
    /// future of [`connect`](Self::connect) after `limit`.
    ///
    /// A client waits half a second longer than `limit` for this future, and then drops it.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); after `limit`, with a cause of [`TimedOut`](io::ErrorKind::TimedOut).
    ///
    /// # Cancellation
    /// As [`connect`](Self::connect).
    fn connect_within(
        &self,
        addr: &str,
        limit: Duration,
    ) -> impl Future<Output = Result<Connection<Self::Read, Self::Write>, TransportError>> + Send
    {
        async move {
            let connected = in_time::<Self::RT, _>(self.connect(addr), limit).await;
            connected.unwrap_or_else(|| Err(TransportError::no_answer(addr, limit)))
        }
    }
}

/// Accepts connections at one address.
///
/// A listener is a value. The constructors of its transport make it, and a server takes it:
/// [`RpcServer::bind`](crate::server::RpcServer::bind) and [`RpcServer::add`](crate::server::RpcServer::add). A
/// transport that wraps another one has a listener that holds the other one's.
///
/// No runtime has to be around where a listener is made. A server calls [`accept`](Self::accept) on its executor and
/// nowhere else; so a listener registers with the runtime in the first call of `accept`.
///
/// Dropping a listener closes it: its address is free, and connections that it has not accepted end.
///
/// # Example
///
/// A listener that wraps another one and counts what it accepts:
///
/// ```
/// use razor_stream::transport::{Connection, Listener};
/// use std::io;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// struct Counted<L> {
///     listener: L,
///     accepted: AtomicU64,
/// }
///
/// impl<L: Listener> Listener for Counted<L> {
///     type RT = L::RT;
///     type Read = L::Read;
///     type Write = L::Write;
///     type Accepted = L::Accepted;
///
///     fn local_addr(&self) -> &str {
///         self.listener.local_addr()
///     }
///
///     async fn accept(&self) -> io::Result<L::Accepted> {
///         let accepted = self.listener.accept().await?;
///         self.accepted.fetch_add(1, Ordering::Relaxed);
///         Ok(accepted)
///     }
///
///     async fn open(accepted: L::Accepted) -> io::Result<Connection<L::Read, L::Write>> {
///         L::open(accepted).await
///     }
/// }
/// ```
pub trait Listener: Send + Sync + 'static {
    /// The runtime that the listener and its connections work on. A server takes its own from here.
    type RT: AsyncRuntime;
    /// The half of a connection that receives.
    type Read: ReadHalf;
    /// The half of a connection that sends.
    type Write: WriteHalf;
    /// A connection that was accepted, before any runtime watches it.
    type Accepted: Send + 'static;

    /// The address listened at, in the form in which a client can use it: with the real port, where 0 was asked for.
    fn local_addr(&self) -> &str;

    /// Waits for the next connection.
    ///
    /// # Errors
    /// This connection failed, or no more connections can be opened now. The server waits up to a second and tries
    /// again.
    ///
    /// # Cancellation
    /// Dropping the future loses no connection.
    fn accept(&self) -> impl Future<Output = io::Result<Self::Accepted>> + Send;

    /// Makes the two halves of an accepted connection. A server calls this on the executor that will serve the
    /// connection: so a socket is registered with that executor, and a handshake holds up no other connection. The
    /// listener may be gone by now, so a value of it that is needed here, for instance a configuration, has to be part
    /// of `accepted`.
    ///
    /// # Errors
    /// This connection failed.
    ///
    /// # Cancellation
    /// Dropping the future ends the connection.
    fn open(
        accepted: Self::Accepted,
    ) -> impl Future<Output = io::Result<Connection<Self::Read, Self::Write>>> + Send;
}
