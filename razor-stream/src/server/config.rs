//! The configuration of a server: limits and times.
//!
//! Every value has a unit. Knows no connections.

use crate::LogControl;
use crate::proto::{Limits, Pace};
use std::num::NonZeroUsize;
use std::time::Duration;

/// Limits and times of a server.
///
/// ```
/// use razor_stream::server::ServerConfig;
/// use razor_stream::proto::Limits;
/// use std::num::NonZero;
///
/// let config = ServerConfig::default()
///     .limits(Limits::new(1 << 20, 16 << 20))
///     .in_flight_per_server(NonZero::new(4096).expect("not 0"));
/// ```
#[derive(Debug, Clone)]
pub struct ServerConfig {
    pub(crate) limits: Limits,
    pub(crate) log: LogControl,
    pub(crate) in_flight: usize,
    pub(crate) in_flight_per_server: usize,
    pub(crate) connections: usize,
    pub(crate) handshake_timeout: Duration,
    pub(crate) overload_after: Duration,
    pub(crate) pace: Pace,
    pub(crate) write_stall: Duration,
    pub(crate) drain_timeout: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            log: LogControl::default(),
            in_flight: 2048,
            in_flight_per_server: 16_384,
            connections: 10_240,
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
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The most requests of one connection that are in hand at once. A request is in hand from its decoding until its
    /// response has left for the kernel. A connection that has this number is not read. Default: 2,048. Each request
    /// may hold a blob, so with large blobs set a lower number, for which there is memory.
    #[must_use]
    pub const fn in_flight_per_connection(mut self, requests: NonZeroUsize) -> Self {
        self.in_flight = requests.get();
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
    pub const fn in_flight_per_server(mut self, requests: NonZeroUsize) -> Self {
        self.in_flight_per_server = requests.get();
        self
    }

    /// The most connections at once. Default: 10,240.
    ///
    /// The requests of a further connection are refused as [`Overloaded`](crate::error::RpcErrKind::Overloaded),
    /// outcome `Refused`: no handler sees them. Then that connection is closed. At most 512 connections are refused at
    /// the same time; each keeps a descriptor for some seconds at most. The answer to a request over 1 MiB may be lost.
    /// Connections beyond these are closed as soon as they are accepted, and their clients get `IO`.
    #[must_use]
    pub const fn connections(mut self, connections: NonZeroUsize) -> Self {
        self.connections = connections.get();
        self
    }

    /// How long a transport may take to [open] a connection, counted from the moment when the executor begins to open
    /// it. A connection that takes longer is closed. Default: 5 s.
    ///
    /// [open]: crate::transport::Listener::open
    #[must_use]
    pub const fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// How long a connection stays unread because it, or the whole server, has its largest number of requests in hand.
    /// After this time its requests are read and refused as overloaded, until a slot is free. Default: 5 s.
    #[must_use]
    pub const fn overload_after(mut self, time: Duration) -> Self {
        self.overload_after = time;
        self
    }

    /// How long the header of a request may take to arrive once its first byte has, and how long the rest of a request
    /// may stand still; then the connection is closed. Only the time in which the server waits for bytes counts.
    /// Default: 5 s. A connection between two requests may stay silent.
    #[must_use]
    pub const fn receive_stall(mut self, timeout: Duration) -> Self {
        self.pace.stall = timeout;
        self
    }

    /// How many bytes of a request have to arrive in a second, on average, from [`receive_stall`](Self::receive_stall)
    /// after its header on; a connection that is slower is closed. Default: 65,536. 0 lets a request take any time, as
    /// long as it does not stand still.
    #[must_use]
    pub const fn min_receive_rate(mut self, bytes_per_second: u32) -> Self {
        self.pace.rate = bytes_per_second;
        self
    }

    /// How long a write may make no progress before the connection is closed. Default: 10 s.
    #[must_use]
    pub const fn write_stall(mut self, timeout: Duration) -> Self {
        self.write_stall = timeout;
        self
    }

    /// How long requests in hand may still take after the server, or the client's side of their connection, was closed.
    /// Default: 30 s.
    #[must_use]
    pub const fn drain_timeout(mut self, timeout: Duration) -> Self {
        self.drain_timeout = timeout;
        self
    }

    /// Which log lines this server writes. Default: what the program's logger takes.
    #[must_use]
    pub fn log_control(mut self, control: LogControl) -> Self {
        self.log = control;
        self
    }
}
