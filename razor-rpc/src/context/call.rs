//! How long a call may take, beside what the configuration of its client says.
//!
//! Knows timeouts and instants. Does not know connections, nor how a call is made.

use super::served::Served;
use razor_stream::clock;
use razor_stream::proto::machines::Deadline;
use std::time::{Duration, Instant};

/// What belongs to a call beside its argument: how long it may take; and in a handler, the connection that the call
/// came by ([`conn`](Self::conn)) and whether its answer is still wanted ([`cancelled`](Self::cancelled)).
///
/// A client has a context, which holds for each of its calls: [`with_timeout`](Self::with_timeout) of a generated
/// client returns a client with another one. A method of a service trait may also have a context as its first argument
/// after `&self`. The argument is known by the name of its type, `CallContext`. It is not sent: a method may gain or
/// lose the argument, at the client, at the server or at both, and its callers still reach it.
///
/// A clone is cheap, and no function of a context allocates.
///
/// ```
/// use razor_rpc::CallContext;
/// use razor_rpc::error::RpcError;
/// use razor_rpc::{endpoint_async, service};
/// use std::time::Duration;
///
/// #[endpoint_async(new BankClient)]
/// trait Bank {
///     /// The context says how long this one call may take.
///     async fn balance(&self, context: CallContext, account: String) -> Result<i64, RpcError<()>>;
/// }
///
/// struct Vault;
///
/// #[service]
/// impl Bank for Vault {
///     async fn balance(&self, _: CallContext, account: String) -> Result<i64, RpcError<()>> {
///         if account == "alice" { Ok(100) } else { Err(RpcError::User(())) }
///     }
/// }
///
/// async fn total(bank: &BankClient) -> Result<i64, RpcError<()>> {
///     // Both calls together take at most a second.
///     let context = CallContext::new().with_deadline_in(Duration::from_secs(1));
///     let alice = bank.balance(context.clone(), "alice".into()).await?;
///     Ok(alice + bank.balance(context, "bob".into()).await?)
/// }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallContext {
    /// That of each call, from its submission.
    pub(super) timeout: Option<Duration>,
    /// The end of all calls.
    pub(super) deadline: Option<Instant>,
    /// In a handler: what it serves.
    pub(super) served: Option<Served>,
}

impl CallContext {
    /// A context that asks for nothing: a call may take the
    /// [time of its client's configuration](razor_stream::client::ClientConfig::call_timeout).
    ///
    /// ```
    /// assert_eq!(razor_rpc::CallContext::new().remaining(), None);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { timeout: None, deadline: None, served: None }
    }

    /// The context with a timeout for each call that is made with it; a timeout of one hour if `timeout` is longer. It
    /// replaces an earlier timeout, and that of the client's configuration. It begins to run when the call is
    /// submitted, which is when its future is polled for the first time; in a context that has a deadline, it begins
    /// when the method is called. A deadline stays: a call ends at the earlier one of both.
    ///
    /// A call that is not answered ends with `Timeout`; later than its timeout by at most the
    /// [resolution](razor_stream::client::ClientConfig::deadline_resolution), which is a tenth of the timeout, at least
    /// 1 ms and at most 1 s.
    ///
    /// ```
    /// use razor_rpc::CallContext;
    /// use std::time::Duration;
    ///
    /// let context = CallContext::new().with_timeout(Duration::from_millis(200));
    /// assert_eq!(context.timeout(), Some(Duration::from_millis(200)));
    /// ```
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout.min(Deadline::LONGEST));
        self
    }

    /// The context with a deadline for all calls that are made with it: `time` from now, or one hour from now if `time`
    /// is longer. An earlier deadline that the context has already stays.
    ///
    /// ```
    /// use razor_rpc::CallContext;
    /// use std::time::Duration;
    ///
    /// let context = CallContext::new().with_deadline_in(Duration::from_secs(1));
    /// let longer = context.clone().with_deadline_in(Duration::from_secs(60));
    /// assert_eq!(longer, context);
    /// ```
    #[must_use]
    pub fn with_deadline_in(mut self, time: Duration) -> Self {
        let deadline = clock::now() + time.min(Deadline::LONGEST);
        self.deadline = earlier(self.deadline, Some(deadline));
        self
    }

    /// The timeout of each call, if the context has one.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The time until the deadline; zero if it has passed. `None` if the context has no deadline. Wire version 1 does
    /// not carry deadlines: a server does not know that of its caller.
    ///
    /// ```
    /// use razor_rpc::CallContext;
    /// use std::time::Duration;
    ///
    /// let context = CallContext::new().with_deadline_in(Duration::ZERO);
    /// assert_eq!(context.remaining(), Some(Duration::ZERO));
    /// ```
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(clock::now()))
    }

    /// This context of one call, inside of the one that `client` has: what it does not say is as the client's says, and
    /// of two deadlines the earlier one holds.
    #[must_use]
    pub(crate) fn inside(mut self, client: &Self) -> Self {
        self.timeout = self.timeout.or(client.timeout);
        self.deadline = earlier(self.deadline, client.deadline);
        self
    }

    /// The deadline of a call that is made now, if the context has anything to say about it. Without it, a call may
    /// take `configured`.
    #[inline]
    pub(crate) fn of_call(&self, configured: impl FnOnce() -> Duration) -> Option<Deadline> {
        match (self.deadline, self.timeout) {
            (None, timeout) => timeout.map(Deadline::after),
            (Some(deadline), timeout) => {
                let latest = clock::now() + timeout.unwrap_or_else(configured);
                Some(Deadline::at(deadline.min(latest)))
            }
        }
    }

    /// How long a call with this context may take that otherwise may take `configured`.
    pub(crate) fn limit(&self, configured: Duration) -> Duration {
        let timeout = self.timeout.unwrap_or(configured);
        self.remaining().map_or(timeout, |left| left.min(timeout))
    }
}

fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const HOUR: Duration = Duration::from_secs(3600);

    fn configured() -> Duration {
        10_000 * MS
    }

    #[test]
    fn what_is_not_said_is_left_to_the_configuration() {
        assert_eq!(CallContext::new().of_call(configured), None);
        assert_eq!(
            (CallContext::new().limit(HOUR), CallContext::default()),
            (HOUR, CallContext::new())
        );
    }

    #[test]
    fn a_timeout_begins_to_run_with_each_call_and_is_at_most_an_hour() {
        let context = CallContext::new().with_timeout(20 * MS);
        assert_eq!(context.of_call(configured), Some(Deadline::after(20 * MS)));
        assert_eq!(context.limit(HOUR), 20 * MS);
        assert_eq!(CallContext::new().with_timeout(2 * HOUR).timeout(), Some(HOUR));
    }

    #[test]
    fn a_call_ends_at_the_earlier_one_of_timeout_and_deadline() {
        let until = |context: &CallContext| {
            context.of_call(configured).and_then(|deadline| deadline.until()).expect("it runs")
        };
        let context = CallContext::new().with_deadline_in(HOUR);
        let deadline = context.deadline.expect("it was set");
        assert!(until(&context) < deadline, "that of the configuration comes first");
        assert!(until(&context.clone().with_timeout(20 * MS)) < deadline);
        assert_eq!(until(&context.clone().with_timeout(HOUR)), deadline);
        let now = context.with_deadline_in(Duration::ZERO);
        assert_eq!((now.remaining(), now.limit(HOUR)), (Some(Duration::ZERO), Duration::ZERO));
    }

    #[test]
    fn a_context_of_a_call_goes_before_that_of_its_client_but_ends_no_later() {
        let client = CallContext::new().with_timeout(20 * MS).with_deadline_in(30 * MS);
        assert_eq!(CallContext::new().inside(&client), client);
        let call = CallContext::new().with_timeout(50 * MS).with_deadline_in(HOUR).inside(&client);
        assert_eq!((call.timeout, call.deadline), (Some(50 * MS), client.deadline));
    }
}
