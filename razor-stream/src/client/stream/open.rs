//! Making a connection: what is refused before anything is dialled, the time limit, and the two coroutines.
//!
//! Knows transports. Does not connect again: that is the pool's business.

use super::link::{Heir, Link};
use super::reader::read_loop;
use crate::client::{ClientConfig, Completion};
use crate::coroutine::{NoRuntime, in_time, spawn_here};
use crate::error::{RpcIntErr, made};
use crate::transport::{ClientTransport, Connection, TransportError};
use crate::writer::write_loop;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// What to tell a user where there is no runtime.
impl From<NoRuntime> for RpcIntErr {
    fn from(_: NoRuntime) -> Self {
        made::no_runtime()
    }
}

/// Refuses a malformed address, before anything is started for it.
pub(in crate::client) fn check<T: ClientTransport>(
    transport: &T,
    addr: &str,
) -> Result<(), RpcIntErr> {
    transport.check(addr).map_err(|error| unreachable(addr, error))
}

/// What a client says when there is no connection to `addr`.
fn unreachable(addr: &str, error: TransportError) -> RpcIntErr {
    let permanent = error.permanent();
    let unreachable = made::unreachable(error.stage, error.cause).with_peer(addr.to_string());
    if permanent { unreachable.permanently() } else { unreachable }
}

/// Connects within the timeout and spawns the coroutines. When the connection ends, the requests that it did not send
/// go to `heir`.
pub(in crate::client) async fn open<K: Completion, T: ClientTransport>(
    transport: &T,
    addr: &str,
    config: &ClientConfig,
    heir: Option<Weak<dyn Heir<K>>>,
) -> Result<Arc<Link<K, T::Write>>, RpcIntErr> {
    let Connection { read, write, .. } = connect_in_time(transport, addr, config).await?;
    let link = Arc::new(Link::new(config, write, addr.to_string(), heir));
    let reader = read_loop::<T::RT, _, _, _>(link.clone(), read, config.limits);
    let write = link.write_half().clone();
    spawn_here::<T::RT>(Box::pin(reader))?;
    let writer = write_loop::<T::RT, _, _>(link.clone(), write, config.write_stall);
    spawn_here::<T::RT>(Box::pin(writer))?;
    Ok(link)
}

async fn connect_in_time<T: ClientTransport>(
    transport: &T,
    addr: &str,
    config: &ClientConfig,
) -> Result<Connection<T::Read, T::Write>, RpcIntErr> {
    let limit = config.connect_timeout;
    // A transport ends its attempt in time by itself, with the best error. But a transport that a user wrote may not.
    let connecting = transport.connect_within(addr, limit);
    let connected = in_time::<T::RT, _>(connecting, limit.saturating_add(GRACE)).await;
    connected
        .unwrap_or_else(|| Err(TransportError::no_answer(addr, limit)))
        .map_err(|error| unreachable(addr, error))
}

/// How much later than it was told to a transport may end its attempt to connect.
const GRACE: Duration = Duration::from_millis(500);
