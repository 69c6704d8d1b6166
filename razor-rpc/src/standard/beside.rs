//! A standard service in front of the services of a server.
//!
//! Knows that it is asked first. Does not know what it answers: the file of each standard service says that.

use std::fmt;
use std::sync::Arc;

/// A standard service beside the services of a server: what [`Health::beside`](super::Health::beside) makes.
///
/// It is a service itself, for any dispatcher, and can have another standard service beside it.
pub struct Beside<A, S> {
    /// The standard service.
    pub(super) own: A,
    /// The services of the server.
    pub(super) rest: Arc<S>,
}

impl<A, S> Beside<A, S> {
    pub(super) fn new(own: A, rest: S) -> Self {
        Self { own, rest: Arc::new(rest) }
    }
}

impl<A: fmt::Debug, S> fmt::Debug for Beside<A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beside").field("own", &self.own).finish_non_exhaustive()
    }
}
