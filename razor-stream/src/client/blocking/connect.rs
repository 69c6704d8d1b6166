//! Connecting from a plain thread.
//!
//! Knows how long a thread waits at most. Does not know how a connection is made.

use super::caller::wait_blocking;
use crate::client::{ClientConfig, ClientStream, Completion};
use crate::error::{RpcIntErr, made};
use crate::transport::ClientTransport;
use orb::prelude::AsyncRuntime;

impl<K: Completion, T: ClientTransport> ClientStream<K, T> {
    /// Connects from a plain thread, which waits until the attempt succeeds or fails. The connection's coroutines run
    /// on `exec`, which other threads have to drive.
    ///
    /// ```
    /// use razor_stream::client::{ClientConfig, ClientStream, Waiter};
    /// use razor_stream::error::RpcIntErr;
    /// use razor_stream::orb::prelude::AsyncRuntime;
    /// use razor_stream::transport::memory::MemoryClient;
    ///
    /// fn connect<RT: AsyncRuntime>(
    ///     exec: &RT::Exec,
    /// ) -> Result<ClientStream<Waiter, MemoryClient<RT>>, RpcIntErr> {
    ///     ClientStream::connect_blocking(&MemoryClient::new(), "desk", ClientConfig::default(), exec)
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`connect_with_executor`](Self::connect_with_executor); `NoRuntime` if nothing has come of it two seconds
    /// after the time to connect and what a call may be late, because `exec` is not driven.
    pub fn connect_blocking(
        transport: &T,
        addr: &str,
        config: ClientConfig,
        exec: &<T::RT as AsyncRuntime>::Exec,
    ) -> Result<Self, RpcIntErr> {
        let patience = config.connect_timeout.saturating_add(config.slack(config.call_timeout));
        let connecting = Self::connect_with_executor(transport, addr, config, exec);
        wait_blocking(connecting, patience)
            .unwrap_or_else(|| Err(made::undriven_executor().with_peer(addr.to_string())))
    }
}
