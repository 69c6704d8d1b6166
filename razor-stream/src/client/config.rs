//! The configuration of a client: limits, deadlines, and what calls do while the server is away.
//!
//! Every value has a unit and cannot be nonsense. Knows no connections.

use crate::LogControl;
use crate::proto::{Deadline, FINEST, Limits, Resolution, SessionLimits};
use std::num::NonZeroUsize;
use std::time::Duration;

/// What calls do while there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WhenDown {
    /// They wait for the attempt to connect that is under way, and end with its error; between two attempts
    /// they end at once, with the last error, and the next attempt starts soon
    /// ([`with_reconnect`](ClientConfig::with_reconnect)).
    #[default]
    FailFast,
    /// They wait for a connection until their deadline.
    Wait,
}

/// Limits, deadlines and policies of a client.
///
/// Each `with_…` returns the configuration with one value changed, and the function without `with_` says what that
/// value is.
///
/// ```
/// use razor_stream::client::{ClientConfig, WhenDown};
/// use std::time::Duration;
///
/// let config = ClientConfig::default()
///     .with_call_timeout(Duration::from_secs(2))
///     .with_when_down(WhenDown::Wait);
/// assert_eq!(config.call_timeout(), Duration::from_secs(2));
/// assert_eq!(config.max_in_flight().get(), 1024);
/// ```
#[derive(Debug, Clone)]
pub struct ClientConfig {
    pub(crate) limits: Limits,
    pub(crate) log: LogControl,
    pub(crate) client_id: u64,
    pub(crate) call_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) resolution: Resolution,
    pub(crate) write_stall: Duration,
    pub(crate) when_down: WhenDown,
    pub(crate) max_in_flight: NonZeroUsize,
    max_queued: NonZeroUsize,
    max_queued_bytes: NonZeroUsize,
    reconnect_first: Duration,
    reconnect_most: Duration,
}

/// The delay that is allowed because the machine may be busy.
const SLACK: Duration = Duration::from_secs(2);

const MAX_IN_FLIGHT: NonZeroUsize = NonZeroUsize::new(1024).expect("not 0");
const MAX_QUEUED: NonZeroUsize = NonZeroUsize::new(8192).expect("not 0");
const MAX_QUEUED_BYTES: NonZeroUsize = NonZeroUsize::new(64 << 20).expect("not 0");

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            log: LogControl::default(),
            client_id: 0,
            call_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(3),
            resolution: Resolution::default(),
            write_stall: Duration::from_secs(10),
            when_down: WhenDown::default(),
            max_in_flight: MAX_IN_FLIGHT,
            max_queued: MAX_QUEUED,
            max_queued_bytes: MAX_QUEUED_BYTES,
            reconnect_first: Duration::from_millis(50),
            reconnect_most: Duration::from_secs(5),
        }
    }
}

/// Functions that change one value.
impl ClientConfig {
    /// The longest message and blob, sent or received. Default: 4 MiB and 64 MiB.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The most requests in flight on a connection, which is its window. Default: 1,024. A server takes 2,048 from one
    /// connection.
    #[must_use]
    pub const fn with_max_in_flight(mut self, requests: NonZeroUsize) -> Self {
        self.max_in_flight = requests;
        self
    }

    /// The most requests that wait for a place in the window, and the most bytes of these requests. Senders of further
    /// requests wait for room, in their order, and keep their requests until then. Default: 8,192 and 64 MiB.
    #[must_use]
    pub const fn with_max_queued(mut self, requests: NonZeroUsize, bytes: NonZeroUsize) -> Self {
        self.max_queued = requests;
        self.max_queued_bytes = bytes;
        self
    }

    /// A label that goes out with every request; never an identity. Default: 0.
    #[must_use]
    pub const fn with_client_id(mut self, label: u64) -> Self {
        self.client_id = label;
        self
    }

    /// How long a call may take, from its submission. Default: 10 s; at most one hour.
    #[must_use]
    pub fn with_call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout.min(Deadline::LONGEST);
        self
    }

    /// How long making a connection may take: the look-up of a name, and all attempts at its addresses together.
    /// Default: 3 s.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How much later than its deadline a call may end, at least 1 ms. Default: a tenth of the call's own timeout, at
    /// least 1 ms and at most 1 s.
    ///
    /// A connection looks at the deadlines of all its calls at once, at least twice in this time, and not at all while
    /// nothing waits. By default it follows the shortest timeout in use: calls with a timeout of 10 s are looked at
    /// twice a second, and with one call of 100 ms among them every 5 ms.
    #[must_use]
    pub fn with_deadline_resolution(mut self, resolution: Duration) -> Self {
        self.resolution = Resolution::Fixed(resolution.max(FINEST));
        self
    }

    /// How long a write may make no progress before the connection is given up. Default: 10 s.
    #[must_use]
    pub const fn with_write_stall(mut self, timeout: Duration) -> Self {
        self.write_stall = timeout;
        self
    }

    /// What calls do while there is no connection. Default: [`WhenDown::FailFast`].
    #[must_use]
    pub const fn with_when_down(mut self, policy: WhenDown) -> Self {
        self.when_down = policy;
        self
    }

    /// How long a pool pauses between two attempts to connect: at most `first` after the first attempt that failed, 1.6
    /// times as long after each further one, and never longer than `most`. Default: 50 ms and 5 s. `first` is at least
    /// 1 ms, `most` at least `first`, and both are at most one hour.
    ///
    /// Each pause is a random part of that time, so that many clients that lose a server together do not come back
    /// together. A call that arrives in a pause, or in the attempt before it, ends the pause, but not before `first`
    /// has gone by since that attempt failed (a random time between `first` and twice `first`). So many calls do not
    /// make many attempts: they start at most one in each `first`. [`with_when_down`](Self::with_when_down) says
    /// whether the call itself waits for that attempt.
    ///
    /// ```
    /// use razor_stream::client::ClientConfig;
    /// use std::time::Duration;
    ///
    /// let ms = Duration::from_millis;
    /// let config = ClientConfig::default().with_reconnect(ms(10), ms(800));
    /// assert_eq!((config.reconnect_first(), config.reconnect_most()), (ms(10), ms(800)));
    /// // Values that are too small are raised.
    /// let config = config.with_reconnect(ms(0), ms(0));
    /// assert_eq!((config.reconnect_first(), config.reconnect_most()), (ms(1), ms(1)));
    /// ```
    #[must_use]
    pub fn with_reconnect(mut self, first: Duration, most: Duration) -> Self {
        self.reconnect_first = first.clamp(FINEST, Deadline::LONGEST);
        self.reconnect_most = most.clamp(self.reconnect_first, Deadline::LONGEST);
        self
    }

    /// Which log lines this client writes. Default: what the program's logger takes.
    #[must_use]
    pub fn with_log_control(mut self, control: LogControl) -> Self {
        self.log = control;
        self
    }
}

/// Functions that return the value in force.
impl ClientConfig {
    /// The longest message and blob, sent or received.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// The most requests in flight on a connection.
    #[must_use]
    pub const fn max_in_flight(&self) -> NonZeroUsize {
        self.max_in_flight
    }

    /// The most requests that wait for a place in the window.
    #[must_use]
    pub const fn max_queued(&self) -> NonZeroUsize {
        self.max_queued
    }

    /// The most bytes of requests that wait for a place in the window. A single request may be larger.
    #[must_use]
    pub const fn max_queued_bytes(&self) -> NonZeroUsize {
        self.max_queued_bytes
    }

    /// The label that goes out with every request.
    #[must_use]
    pub const fn client_id(&self) -> u64 {
        self.client_id
    }

    /// How long a call may take, from its submission.
    #[inline]
    #[must_use]
    pub const fn call_timeout(&self) -> Duration {
        self.call_timeout
    }

    /// How long making a connection may take.
    #[must_use]
    pub const fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    /// How much later than its deadline a call with this timeout may end.
    ///
    /// ```
    /// use razor_stream::client::ClientConfig;
    /// use std::time::Duration;
    ///
    /// let (config, ms) = (ClientConfig::default(), Duration::from_millis);
    /// assert_eq!(config.deadline_resolution(ms(10_000)), ms(1000));
    /// assert_eq!(config.deadline_resolution(ms(100)), ms(10));
    /// assert_eq!(config.with_deadline_resolution(ms(3)).deadline_resolution(ms(100)), ms(3));
    /// ```
    #[must_use]
    pub fn deadline_resolution(&self, timeout: Duration) -> Duration {
        self.resolution.of(timeout)
    }

    /// How long a write may make no progress before the connection is given up.
    #[must_use]
    pub const fn write_stall(&self) -> Duration {
        self.write_stall
    }

    /// What calls do while there is no connection.
    #[must_use]
    pub const fn when_down(&self) -> WhenDown {
        self.when_down
    }

    /// How long a pool pauses at most after the first attempt to connect that failed. Calls that arrive in a pause
    /// start at most one attempt in this time.
    #[must_use]
    pub const fn reconnect_first(&self) -> Duration {
        self.reconnect_first
    }

    /// The longest pause between two attempts to connect.
    #[must_use]
    pub const fn reconnect_most(&self) -> Duration {
        self.reconnect_most
    }

    /// Which log lines this client writes.
    #[must_use]
    pub const fn log_control(&self) -> &LogControl {
        &self.log
    }

    /// How long a thread that makes a call waits for the end of the call: the call's timeout, how late it may end
    /// ([`deadline_resolution`](Self::deadline_resolution)), and two seconds; at most two hours. A connection whose
    /// coroutines run, even on a busy machine, ends its calls before that, with their true outcome.
    ///
    /// ```
    /// use razor_stream::client::ClientConfig;
    /// use std::time::Duration;
    ///
    /// assert_eq!(ClientConfig::default().patience(), Duration::from_secs(13));
    /// ```
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.patience_for(self.call_timeout)
    }

    /// How long a thread waits for the end of a call with this timeout, as [`patience`](Self::patience) says it for the
    /// timeout of the configuration.
    ///
    /// ```
    /// use razor_stream::client::ClientConfig;
    /// use std::time::Duration;
    ///
    /// let patience = ClientConfig::default().patience_for(Duration::from_millis(100));
    /// assert_eq!(patience, Duration::from_millis(2110));
    /// ```
    #[must_use]
    pub fn patience_for(&self, timeout: Duration) -> Duration {
        timeout.saturating_add(self.slack(timeout)).min(2 * Deadline::LONGEST)
    }

    /// How much later than this timeout a call or an attempt to connect may end while its coroutines run, even on a
    /// busy machine.
    pub(crate) fn slack(&self, timeout: Duration) -> Duration {
        self.resolution.of(timeout).saturating_add(SLACK)
    }

    /// The window of a connection, and the queue before it.
    pub(crate) const fn session(&self) -> SessionLimits {
        let queue = (self.max_queued.get(), self.max_queued_bytes.get());
        SessionLimits::new(self.max_in_flight.get(), queue.0, queue.1)
    }
}
