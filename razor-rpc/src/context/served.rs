//! What a handler knows of the call that it serves: the connection it came by, the method, and whether its answer is
//! still wanted.
//!
//! Knows names and connections. Does not know how a handler is run.

use super::CallContext;
use razor_stream::server::{CancelReason, ConnInfo};

/// The names of a method, as its service declares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodInfo {
    service: &'static str,
    method: &'static str,
}

impl MethodInfo {
    /// A method of a service. `#[service]` makes one for each method that has a context.
    #[must_use]
    pub const fn new(service: &'static str, method: &'static str) -> Self {
        Self { service, method }
    }

    /// The name of the service on the wire.
    #[must_use]
    pub const fn service(&self) -> &'static str {
        self.service
    }

    /// The name of the method on the wire.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        self.method
    }
}

/// The part of a context that a handler has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Served {
    conn: ConnInfo,
    method: &'static MethodInfo,
}

/// At a server: what a handler asks its context.
impl CallContext {
    /// The context of a call that came by this connection.
    #[must_use]
    pub(crate) const fn served(conn: ConnInfo, method: &'static MethodInfo) -> Self {
        Self { timeout: None, deadline: None, served: Some(Served { conn, method }) }
    }

    /// The connection that the call came by: its number, the address of the client, and values that the handlers of
    /// this connection share. `None` at a client.
    ///
    /// ```
    /// use razor_rpc::CallContext;
    ///
    /// /// Who a client has said it is.
    /// struct Guest(String);
    ///
    /// /// Keeps the name for the later calls over the same connection.
    /// fn enter(context: &CallContext, name: String) {
    ///     if let Some(conn) = context.conn() {
    ///         conn.insert(Guest(name));
    ///     }
    /// }
    ///
    /// fn name_of_guest(context: &CallContext) -> Option<String> {
    ///     Some(context.conn()?.get::<Guest>()?.0.clone())
    /// }
    ///
    /// assert_eq!(name_of_guest(&CallContext::new()), None);
    /// ```
    #[must_use]
    pub const fn conn(&self) -> Option<&ConnInfo> {
        match &self.served {
            Some(served) => Some(&served.conn),
            None => None,
        }
    }

    /// The names of the service and of the method that are served. `None` at a client.
    #[must_use]
    pub const fn method(&self) -> Option<&'static MethodInfo> {
        match &self.served {
            Some(served) => Some(served.method),
            None => None,
        }
    }

    /// Whether the answer to this call is no longer wanted: its client is gone, or the server closes. A handler that
    /// wants to stop then asks for it, or waits by [`cancelled`](Self::cancelled); nothing stops it otherwise. Always
    /// `false` at a client.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.conn().is_some_and(|conn| conn.cancel_reason().is_some())
    }

    /// Waits until the answer to this call is no longer wanted, and returns why. At a client, it waits for ever.
    ///
    /// A caller whose call has timed out, or who dropped its future, is not told of by wire version 1: the reason is
    /// always one of the whole connection. [`ConnInfo::cancelled`] says when the end of a connection is noticed.
    ///
    /// ```
    /// use razor_rpc::CallContext;
    /// use razor_rpc::error::RpcError;
    /// use std::future::Future;
    ///
    /// /// Does the work, unless its result is no longer wanted.
    /// async fn unless_cancelled<T: Send>(
    ///     context: CallContext,
    ///     work: impl Future<Output = T> + Send,
    /// ) -> Result<T, RpcError<String>> {
    ///     tokio::select! {
    ///         result = work => Ok(result),
    ///         reason = context.cancelled() => Err(RpcError::User(format!("{reason:?}"))),
    ///     }
    /// }
    /// ```
    ///
    /// # Cancellation
    /// Dropping the future changes nothing.
    pub async fn cancelled(&self) -> CancelReason {
        match self.conn() {
            Some(conn) => conn.cancelled().await,
            None => std::future::pending().await,
        }
    }
}
