//! Where a task goes when it has ended.
//!
//! Knows channels that never make the connection wait, and callbacks. Does not know tasks.

use crossfire::oneshot::TxOneshot;
use crossfire::{MTx, mpmc, mpsc};
use std::sync::Arc;

/// Takes a task that has ended; the field `noti` of a [`#[client_task]`](macro@super::client_task).
///
/// | type | the task |
/// |---|---|
/// | `TxOneshot<T>` | is received by the other end of the channel |
/// | `MTx<mpsc::List<T>>`, `MTx<mpmc::List<T>>` | goes into an unbounded channel, in the order of the ends |
/// | `Box<dyn FnOnce(T) + Send>`, `fn(T)`, `Arc<dyn Fn(T) + Send + Sync>` | is handed to the callback |
///
/// A channel may carry an enum of tasks: it takes every task that converts into what it carries. It is unbounded
/// because the connection cannot wait for room: it holds at most as many tasks as you send before you receive. A
/// bounded channel would have to lose a task when it is full, so there is none. For other ways, implement the trait for
/// a type of your own:
///
/// ```
/// use razor_stream::client::task::Notify;
/// use std::sync::{Arc, Mutex};
///
/// #[derive(Clone)]
/// struct Done<T>(Arc<Mutex<Vec<T>>>);
///
/// impl<T: Send + 'static> Notify<T> for Done<T> {
///     fn notify(self, task: T) {
///         self.0.lock().unwrap().push(task);
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot take `{T}` when it has ended",
    label = "write a `TxOneshot`, the sender of an unbounded channel or a callback, for this task or an enum of it"
)]
pub trait Notify<T>: Send + 'static {
    /// Takes the task. Called by a coroutine of the connection: it must not block, and may send further tasks.
    fn notify(self, task: T);

    /// Whether nobody will receive the task. A task that has not been sent is then never sent. Called under a lock of
    /// the connection.
    fn is_abandoned(&self) -> bool {
        false
    }
}

impl<T, U: From<T> + Send + 'static> Notify<T> for TxOneshot<U> {
    fn notify(self, task: T) {
        self.send(U::from(task));
    }

    fn is_abandoned(&self) -> bool {
        self.is_disconnected()
    }
}

impl<T, U: From<T> + Send + 'static> Notify<T> for MTx<mpsc::List<U>> {
    fn notify(self, task: T) {
        // Without a receiver, the task is dropped.
        let _unheard = self.send(U::from(task));
    }

    fn is_abandoned(&self) -> bool {
        self.is_disconnected()
    }
}

impl<T, U: From<T> + Send + 'static> Notify<T> for MTx<mpmc::List<U>> {
    fn notify(self, task: T) {
        // Without a receiver, the task is dropped.
        let _unheard = self.send(U::from(task));
    }

    fn is_abandoned(&self) -> bool {
        self.is_disconnected()
    }
}

impl<T: 'static> Notify<T> for Box<dyn FnOnce(T) + Send> {
    fn notify(self, task: T) {
        self(task);
    }
}

impl<T: 'static> Notify<T> for fn(T) {
    fn notify(self, task: T) {
        self(task);
    }
}

impl<T: 'static> Notify<T> for Arc<dyn Fn(T) + Send + Sync> {
    fn notify(self, task: T) {
        self(task);
    }
}
