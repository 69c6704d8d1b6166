//! The configuration of a server: limits and times.
//!
//! Every value has a unit. Knows no connections.

use crate::LogControl;
use crate::proto::{Limits, Pace};
use std::num::NonZeroUsize;
use std::time::Duration;

/// Limits and times of a server.
///
/// Each `with_…` returns the configuration with one value changed, and the function without `with_` says what that
/// value is.
///
/// ```
/// use razor_stream::server::ServerConfig;
/// use razor_stream::proto::Limits;
/// use std::num::NonZero;
///
/// let config = ServerConfig::default()
///     .with_limits(Limits::new(1 << 20, 16 << 20))
///     .with_max_in_flight_per_server(NonZero::new(4096).expect("not 0"));
/// ```
#[derive(Debug, Clone)]
pub struct ServerConfig {
    pub(crate) limits: Limits,
    pub(crate) log: LogControl,
    pub(crate) in_flight: NonZeroUsize,
    pub(crate) in_flight_per_server: NonZeroUsize,
    pub(crate) connections: NonZeroUsize,
    pub(crate) handshake_timeout: Duration,
    pub(crate) overload_after: Duration,
    pub(crate) pace: Pace,
    pub(crate) write_stall: Duration,
    pub(crate) drain_timeout: Duration,
}

const MAX_IN_FLIGHT_PER_CONNECTION: NonZeroUsize = NonZeroUsize::new(2048).expect("not 0");
const MAX_IN_FLIGHT_PER_SERVER: NonZeroUsize = NonZeroUsize::new(16_384).expect("not 0");
const MAX_CONNECTIONS: NonZeroUsize = NonZeroUsize::new(10_240).expect("not 0");

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            log: LogControl::default(),
            in_flight: MAX_IN_FLIGHT_PER_CONNECTION,
            in_flight_per_server: MAX_IN_FLIGHT_PER_SERVER,
            connections: MAX_CONNECTIONS,
            handshake_timeout: Duration::from_secs(5),
            overload_after: Duration::from_secs(5),
            pace: Pace::default(),
            write_stall: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(30),
        }
    }
}

impl ServerConfig {
    /// The longest message and blob, received or sent. Default: 4 MiB and 64 MiB.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The most requests of one connection that are in hand at once. A request is in hand from its decoding until its
    /// response has left for the kernel. A connection that has this number is not read. Default: 2,048. Each request
    /// may hold a blob, so with large blobs set a lower number, for which there is memory.
    #[must_use]
    pub const fn with_max_in_flight_per_connection(mut self, requests: NonZeroUsize) -> Self {
        self.in_flight = requests;
        self
    }

    /// The most requests of all connections together that handlers have in hand at once. A request counts from the
    /// [`detach`] of its reply until it is answered; a request that is answered in place does not count. When there are
    /// this many, connections with further requests wait in line and are not read. Default: 16,384.
    ///
    /// Threads that dispatch at the same moment may exceed it, each by one request.
    ///
    /// [`detach`]: super::task::Reply::detach
    #[must_use]
    pub const fn with_max_in_flight_per_server(mut self, requests: NonZeroUsize) -> Self {
        self.in_flight_per_server = requests;
        self
    }

    /// The most connections at once. Default: 10,240.
    ///
    /// The requests of a further connection are refused as [`Overloaded`](crate::error::RpcErrKind::Overloaded),
    /// outcome `Refused`: no handler sees them. Then that connection is closed. At most 512 connections are refused at
    /// the same time; each keeps a descriptor for some seconds at most. The answer to a request over 1 MiB may be lost.
    /// Connections beyond these are closed as soon as they are accepted, and their clients get `IO`.
    #[must_use]
    pub const fn with_max_connections(mut self, connections: NonZeroUsize) -> Self {
        self.connections = connections;
        self
    }

    /// How long a transport may take to [open] a connection, counted from the moment when the executor begins to open
    /// it. A connection that takes longer is closed. Default: 5 s.
    ///
    /// [open]: crate::transport::Listener::open
    #[must_use]
    pub const fn with_handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// How long a connection stays unread because it, or the whole server, has its largest number of requests in hand.
    /// After this time its requests are read and refused as overloaded, until a slot is free. Default: 5 s.
    #[must_use]
    pub const fn with_overload_after(mut self, time: Duration) -> Self {
        self.overload_after = time;
        self
    }

    /// How long the header of a request may take to arrive once its first byte has, and how long the rest of a request
    /// may stand still; then the connection is closed. Only the time in which the server waits for bytes counts.
    /// Default: 5 s. A connection between two requests may stay silent.
    #[must_use]
    pub const fn with_receive_stall(mut self, timeout: Duration) -> Self {
        self.pace.stall = timeout;
        self
    }

    /// How many bytes of a request have to arrive in a second, on average, from
    /// [`with_receive_stall`](Self::with_receive_stall) after
    /// its header on; a connection that is slower is closed. Default: 65,536. 0 lets a request take any time, as long
    /// as it does not stand still.
    #[must_use]
    pub const fn with_min_receive_rate(mut self, bytes_per_second: u32) -> Self {
        self.pace.rate = bytes_per_second;
        self
    }

    /// How long a write may make no progress before the connection is closed. Default: 10 s.
    #[must_use]
    pub const fn with_write_stall(mut self, timeout: Duration) -> Self {
        self.write_stall = timeout;
        self
    }

    /// How long requests in hand may still take after the server, or the client's side of their connection, was closed.
    /// Default: 30 s.
    #[must_use]
    pub const fn with_drain_timeout(mut self, timeout: Duration) -> Self {
        self.drain_timeout = timeout;
        self
    }

    /// Which log lines this server writes. Default: what the program's logger takes.
    #[must_use]
    pub fn with_log_control(mut self, control: LogControl) -> Self {
        self.log = control;
        self
    }

    /// The longest message and blob; set by [`with_limits`](Self::with_limits).
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Requests in hand of one connection; set by
    /// [`with_max_in_flight_per_connection`](Self::with_max_in_flight_per_connection).
    #[must_use]
    pub const fn max_in_flight_per_connection(&self) -> NonZeroUsize {
        self.in_flight
    }

    /// Requests in hand of all connections; set by
    /// [`with_max_in_flight_per_server`](Self::with_max_in_flight_per_server).
    #[must_use]
    pub const fn max_in_flight_per_server(&self) -> NonZeroUsize {
        self.in_flight_per_server
    }

    /// Connections at once; set by [`with_max_connections`](Self::with_max_connections).
    #[must_use]
    pub const fn max_connections(&self) -> NonZeroUsize {
        self.connections
    }

    /// The time of a transport to open a connection; set by [`with_handshake_timeout`](Self::with_handshake_timeout).
    #[must_use]
    pub const fn handshake_timeout(&self) -> Duration {
        self.handshake_timeout
    }

    /// The time without a free place after which requests are refused; set by
    /// [`with_overload_after`](Self::with_overload_after).
    #[must_use]
    pub const fn overload_after(&self) -> Duration {
        self.overload_after
    }

    /// The time for the header of a request, and the longest time without a byte of the rest; set by
    /// [`with_receive_stall`](Self::with_receive_stall).
    #[must_use]
    pub const fn receive_stall(&self) -> Duration {
        self.pace.stall
    }

    /// Bytes of a request a second; set by [`with_min_receive_rate`](Self::with_min_receive_rate).
    #[must_use]
    pub const fn min_receive_rate(&self) -> u32 {
        self.pace.rate
    }

    /// The longest time without progress of a write; set by [`with_write_stall`](Self::with_write_stall).
    #[must_use]
    pub const fn write_stall(&self) -> Duration {
        self.write_stall
    }

    /// The time for requests in hand when the server closes; set by [`with_drain_timeout`](Self::with_drain_timeout).
    #[must_use]
    pub const fn drain_timeout(&self) -> Duration {
        self.drain_timeout
    }

    /// The control of this server's log lines; set by [`with_log_control`](Self::with_log_control).
    #[must_use]
    pub const fn log_control(&self) -> &LogControl {
        &self.log
    }
}
