//! The settings of workers: their number, the length of their queue, the time to wait for a place in it.
//!
//! Every value has a unit. Knows no workers.

use crate::LogControl;
use std::num::NonZeroUsize;
use std::time::Duration;

/// How many [`Workers`](super::Workers) there are, and how much may wait for them.
///
/// ```
/// use razor_stream::server::WorkersConfig;
/// use std::num::NonZero;
///
/// let (workers, queue) = (NonZero::new(8).expect("not 0"), NonZero::new(64).expect("not 0"));
/// let config = WorkersConfig::new(workers).with_max_queued(queue);
/// ```
#[derive(Debug, Clone)]
pub struct WorkersConfig {
    pub(super) workers: usize,
    pub(super) queue: usize,
    pub(super) overload_after: Duration,
    pub(super) log: LogControl,
}

impl WorkersConfig {
    /// A configuration with this number of workers, and the defaults below.
    #[must_use]
    pub fn new(workers: NonZeroUsize) -> Self {
        Self {
            workers: workers.get(),
            queue: 1024,
            overload_after: Duration::from_secs(5),
            log: LogControl::default(),
        }
    }

    /// Sets how many tasks of all connections together may wait for a worker. Memory for this number of tasks is taken
    /// when the workers are made. Default: 1,024.
    #[must_use]
    pub const fn with_max_queued(mut self, tasks: NonZeroUsize) -> Self {
        self.queue = tasks.get();
        self
    }

    /// Sets how long a connection waits for a place in the queue before its task is refused as overloaded. Default: 5
    /// s.
    #[must_use]
    pub const fn with_overload_after(mut self, time: Duration) -> Self {
        self.overload_after = time;
        self
    }

    /// Sets which log lines the workers write; the lines tell of handlers that panic. Default: every line that the
    /// program's logger takes.
    #[must_use]
    pub fn with_log_control(mut self, control: LogControl) -> Self {
        self.log = control;
        self
    }
}
