//! What a client can be told: limits, deadlines, and what to do while the server is away.
//!
//! Every value has a unit and cannot be nonsense. Knows no connections.

use crate::LogControl;
use crate::proto::{Deadline, Limits, Resolution, SessionLimits};
use std::num::NonZeroUsize;
use std::time::Duration;

/// What calls do while there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WhenDown {
    /// They wait for the attempt to connect that is under way, and end with its error; between two attempts
    /// they end at once, with the last error.
    #[default]
    FailFast,
    /// They wait for a connection until their deadline.
    Wait,
}

/// Limits, deadlines and policies of a client.
///
/// ```
/// use razor_stream::client::{ClientConfig, WhenDown};
/// use std::time::Duration;
///
/// let config = ClientConfig::default()
///     .with_call_timeout(Duration::from_secs(2))
///     .when_down(WhenDown::Wait);
/// ```
#[derive(Debug, Clone)]
pub struct ClientConfig {
    pub(crate) limits: Limits,
    pub(crate) log: LogControl,
    pub(crate) session: SessionLimits,
    pub(crate) client_id: u64,
    pub(crate) call_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) resolution: Resolution,
    pub(crate) write_stall: Duration,
    pub(crate) when_down: WhenDown,
}

/// How much later than planned a machine that is busy may do something.
const SLACK: Duration = Duration::from_secs(2);

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            log: LogControl::default(),
            session: SessionLimits::new(1024, 8192, 64 << 20),
            client_id: 0,
            call_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(3),
            resolution: Resolution::default(),
            write_stall: Duration::from_secs(10),
            when_down: WhenDown::default(),
        }
    }
}

impl ClientConfig {
    /// How long a call may take, from its submission.
    #[inline]
    #[must_use]
    pub const fn call_timeout(&self) -> Duration {
        self.call_timeout
    }

    /// The longest message and blob, sent or received. Default: 4 MiB and 64 MiB.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Requests in flight on a connection. Default: 1,024. A server takes 2,048 from one connection.
    #[must_use]
    pub const fn window(mut self, requests: NonZeroUsize) -> Self {
        self.session.window = requests.get();
        self
    }

    /// Requests, and bytes of them, that wait for a place in the window; further submissions wait outside,
    /// in their order. Default: 8,192 and 64 MiB.
    #[must_use]
    pub const fn queue(mut self, requests: NonZeroUsize, bytes: NonZeroUsize) -> Self {
        self.session.queue = requests.get();
        self.session.queue_bytes = bytes.get();
        self
    }

    /// A label that goes out with every request; never an identity. Default: 0.
    #[must_use]
    pub const fn client_id(mut self, label: u64) -> Self {
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
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How much later than its deadline a call may end, at least 1 ms. Default: a tenth of the call's own timeout, at
    /// least 1 ms and at most 1 s.
    ///
    /// A connection looks at the deadlines of all its calls at once, at least twice in this time, and not at all while
    /// nothing waits. By default it follows the shortest timeout in use: calls with a timeout of 10 s are looked at twice a
    /// second, and with one call of 100 ms among them every 5 ms.
    #[must_use]
    pub fn tick(mut self, tick: Duration) -> Self {
        self.resolution = Resolution::Fixed(tick.max(Duration::from_millis(1)));
        self
    }

    /// How long a write may make no progress before the connection is given up. Default: 10 s.
    #[must_use]
    pub const fn write_stall(mut self, timeout: Duration) -> Self {
        self.write_stall = timeout;
        self
    }

    /// What calls do while there is no connection. Default: [`WhenDown::FailFast`].
    #[must_use]
    pub const fn when_down(mut self, policy: WhenDown) -> Self {
        self.when_down = policy;
        self
    }

    /// Which log lines this client writes. Default: what the program's logger takes.
    #[must_use]
    pub fn log_control(mut self, control: LogControl) -> Self {
        self.log = control;
        self
    }

    /// How long a thread that makes a call waits for its end: the call's timeout, how late it may end
    /// ([`tick`](Self::tick)), and two seconds; at most two hours. A connection that is driven, also by a busy machine, ends its calls before, and knows their outcome.
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

    /// How long a thread waits for the end of a call with this timeout.
    pub(crate) fn patience_for(&self, timeout: Duration) -> Duration {
        let late = self.resolution.of(timeout).saturating_add(SLACK);
        timeout.saturating_add(late).min(2 * Deadline::LONGEST)
    }

    /// How much later than planned something may end while it is driven, also by a busy machine.
    pub(crate) fn slack(&self) -> Duration {
        self.resolution.of(self.call_timeout).saturating_add(SLACK)
    }
}
