//! What a handler knows of the connection that its request came by, and what it keeps there.
//!
//! Knows the shared part of a connection. Does not know requests, nor how the connection is read.

use super::cancel::{Cancel, CancelReason};
use super::link::Link;
use crate::isolation::discard;
use crate::transport::PeerAddr;
use parking_lot::Mutex;
use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

/// The connection that a request came by, as its handler sees it: who is at the other end, whether the answer is still
/// wanted, and values that the handlers of this connection share. A clone is a cheap handle to the same connection.
///
/// A [`Reply`](super::task::Reply) has it.
///
/// ```
/// use razor_stream::server::dispatch::{Call, Dispatch, Flow};
/// use razor_stream::server::task::{Reply, Respond};
///
/// /// The name that a client has given to its connection.
/// struct Name(String);
///
/// #[derive(Clone)]
/// struct Greeter;
///
/// impl Dispatch for Greeter {
///     fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
///         let conn = reply.conn();
///         match conn.get::<Name>() {
///             Some(name) => reply.success(name.0.as_bytes(), None),
///             None => {
///                 conn.insert(Name(String::from_utf8_lossy(call.msg()).into_owned()));
///                 reply.success(b"", None);
///             }
///         }
///         Flow::Next
///     }
/// }
/// ```
#[derive(Clone)]
pub struct ConnInfo {
    link: Arc<Link>,
}

impl ConnInfo {
    pub(super) const fn new(link: Arc<Link>) -> Self {
        Self { link }
    }

    /// A number that no other connection of this process has, for log lines and tables. It means nothing to the peer.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.link.shared().id
    }

    /// The address of the client. It is never an identity.
    #[must_use]
    pub fn peer(&self) -> &PeerAddr {
        self.link.peer()
    }

    /// Keeps `value` with the connection, for the later requests of the client. There is one value of each type: the
    /// earlier one of this type is returned. Values are dropped once the connection has ended and no handler has it any
    /// more.
    pub fn insert<T: Send + Sync + 'static>(&self, value: T) -> Option<Arc<T>> {
        let value: Value = Arc::new(value);
        let before = self.link.shared().values.lock().insert(TypeId::of::<T>(), value);
        before.and_then(|before| before.downcast().ok())
    }

    /// The value of this type, if a handler has kept one.
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let value = self.link.shared().values.lock().get(&TypeId::of::<T>()).cloned();
        value.and_then(|value| value.downcast().ok())
    }

    /// Takes the value of this type away, and returns it.
    pub fn remove<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let value = self.link.shared().values.lock().remove(&TypeId::of::<T>());
        value.and_then(|value| value.downcast().ok())
    }

    /// Why the answers to requests of this connection are no longer wanted; `None` while they are.
    #[must_use]
    pub fn cancel_reason(&self) -> Option<CancelReason> {
        self.link.shared().cancel.reason()
    }

    /// Waits until the answers to requests of this connection are no longer wanted, and returns why.
    ///
    /// That a client is gone is noticed by the reader of its connection. It does not read while it waits for a slot or
    /// for a handler of its own (`Inline`), and then it notices later.
    ///
    /// # Cancellation
    /// Dropping the future changes nothing.
    pub fn cancelled(&self) -> Cancelled {
        Cancelled { link: self.link.clone(), key: None }
    }
}

impl PartialEq for ConnInfo {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for ConnInfo {}

impl fmt::Debug for ConnInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnInfo")
            .field("id", &self.id())
            .field("peer", self.peer())
            .finish_non_exhaustive()
    }
}

/// A wait for the end of a connection: see [`ConnInfo::cancelled`].
#[must_use = "it waits only when it is polled"]
pub struct Cancelled {
    link: Arc<Link>,
    key: Option<u64>,
}

impl fmt::Debug for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancelled").finish_non_exhaustive()
    }
}

impl Future for Cancelled {
    type Output = CancelReason;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CancelReason> {
        let this = self.get_mut();
        match this.link.shared().cancel.poll(&mut this.key, cx.waker()) {
            Some(reason) => Poll::Ready(reason),
            None => Poll::Pending,
        }
    }
}

impl Drop for Cancelled {
    fn drop(&mut self) {
        self.link.shared().cancel.forget(self.key);
    }
}

type Value = Arc<dyn Any + Send + Sync>;

/// What the handlers of one connection share.
pub(super) struct Shared {
    id: u64,
    /// One for each type: the program bounds how many there are, not the peer.
    values: Mutex<BTreeMap<TypeId, Value>>,
    pub(super) cancel: Cancel,
}

impl Shared {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        // Relaxed: it only counts.
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { id, values: Mutex::default(), cancel: Cancel::default() }
    }
}

impl Drop for Shared {
    /// Destructors of users run here, in whatever holds the connection last.
    fn drop(&mut self) {
        std::mem::take(self.values.get_mut()).into_values().for_each(discard);
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("id", &self.id).finish_non_exhaustive()
    }
}
