//! The names at which servers of this process listen, and the way from a client to a listener.
//!
//! Knows connections only as values that are handed over. Does not know bytes.

use super::halves::End;
use crossfire::{MAsyncRx, MAsyncTx, mpmc};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Connections at one name that have not been accepted; a further one waits until there is room.
const BACKLOG: usize = 128;

type Sender = MAsyncTx<mpmc::Array<End>>;
type Receiver = MAsyncRx<mpmc::Array<End>>;

static LISTENERS: Mutex<BTreeMap<String, Sender>> = Mutex::new(BTreeMap::new());
static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// A number that no earlier call has returned, for names that have to be unique.
pub(super) fn number() -> u64 {
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

/// The sender of connections to the listener at `name`; `None` if there is no such listener.
pub(super) fn find(name: &str) -> Option<Sender> {
    LISTENERS.lock().get(name).cloned()
}

/// The name of a listener. It is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    name: String,
    backlog: Receiver,
}

impl Taken {
    /// Takes `name`, or a free name if `name` is empty. Returns `None` if another listener has the name.
    pub(super) fn new(name: &str) -> Option<Self> {
        let (tx, backlog) = mpmc::bounded_async(BACKLOG);
        let mut listeners = LISTENERS.lock();
        let name = match name {
            "" => free_name(&listeners),
            taken if listeners.contains_key(taken) => return None,
            free => free.to_string(),
        };
        listeners.insert(name.clone(), tx);
        Some(Self { name, backlog })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The connections that have not been accepted.
    pub(super) fn backlog(&self) -> &Receiver {
        &self.backlog
    }
}

fn free_name(listeners: &BTreeMap<String, Sender>) -> String {
    loop {
        let name = format!("memory:{}", number());
        if !listeners.contains_key(&name) {
            return name;
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let removed = LISTENERS.lock().remove(&self.name);
        drop(removed);
        // Connections in the channel would otherwise live as long as its last sender.
        while self.backlog.try_recv().is_ok() {}
    }
}
