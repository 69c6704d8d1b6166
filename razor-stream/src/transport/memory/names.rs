//! The names at which somebody listens in this process, and how those who connect get there.
//!
//! Knows connections as things that are handed over. Does not know bytes.

use super::halves::End;
use crossfire::{MAsyncRx, MAsyncTx, mpmc};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Connections that nobody has accepted yet, at one name; one more waits until there is room.
const BACKLOG: usize = 128;

type Sender = MAsyncTx<mpmc::Array<End>>;
type Receiver = MAsyncRx<mpmc::Array<End>>;

static LISTENERS: Mutex<BTreeMap<String, Sender>> = Mutex::new(BTreeMap::new());
static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// The next number, for names of which each is to be another one.
pub(super) fn number() -> u64 {
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

/// How to get to who listens at `name`, if somebody does.
pub(super) fn find(name: &str) -> Option<Sender> {
    LISTENERS.lock().get(name).cloned()
}

/// A name of a listener, taken until this is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    name: String,
    backlog: Receiver,
}

impl Taken {
    /// Takes `name`, or any free one where it is empty. `None` if somebody has it.
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

    /// The next connection.
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
        // What is in the channel would otherwise live as long as its last sender.
        while self.backlog.try_recv().is_ok() {}
    }
}
