//! The listeners and connections of a server, how many there may be, and when all are gone.
//!
//! Knows connections only by their links, to close them. Does not know what is served.

use super::link::Link;
use super::slots::Slots;
use crate::coroutine::wake;
use crate::isolation::discard;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::task::{Poll, Waker};

/// The most connections that are refused at the same time: each of them costs a descriptor for a moment.
pub(super) const REFUSED: usize = 512;

/// What the handle, the listeners and the connections share.
pub(super) struct Roll {
    /// The slots of the whole server, for the detached requests of all connections.
    slots: Arc<Slots>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    closing: bool,
    /// The server has been dropped: its connections end at once.
    abandoned: bool,
    next: u64,
    connections: HashMap<u64, Arc<Link>>,
    /// The number of these connections whose requests are refused.
    refused: usize,
    listeners: HashMap<u64, Option<Waker>>,
    /// Waits until there are no listeners and no connections any more.
    closer: Option<Waker>,
}

impl State {
    fn is_over(&self) -> bool {
        self.connections.is_empty() && self.listeners.is_empty()
    }

    fn take_closer_if_over(&mut self) -> Option<Waker> {
        if self.is_over() { self.closer.take() } else { None }
    }

    fn put(&mut self, link: &Arc<Link>) -> u64 {
        self.next += 1;
        self.connections.insert(self.next, link.clone());
        self.next
    }
}

impl fmt::Debug for Roll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roll").field("connections", &self.connections()).finish_non_exhaustive()
    }
}

impl Roll {
    pub(super) fn new(slots: Arc<Slots>) -> Self {
        Self { slots, state: Mutex::default() }
    }

    pub(super) const fn slots(&self) -> &Arc<Slots> {
        &self.slots
    }

    /// The number of connections that are served.
    pub(super) fn connections(&self) -> usize {
        let state = self.state.lock();
        state.connections.len() - state.refused
    }

    /// Ends the listeners. Returns the connections, which the caller drains.
    pub(super) fn close(&self) -> Vec<Arc<Link>> {
        let mut state = self.state.lock();
        state.closing = true;
        let wakers: Vec<_> = state.listeners.values_mut().filter_map(Option::take).collect();
        let links = state.connections.values().cloned().collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        links
    }

    /// Ends the listeners. Returns the connections, which the caller closes without a drain.
    pub(super) fn abandon(&self) -> Vec<Arc<Link>> {
        self.state.lock().abandoned = true;
        self.close()
    }

    pub(super) fn is_closing(&self) -> bool {
        self.state.lock().closing
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.state.lock().abandoned
    }

    /// Ready when all listeners and connections are gone.
    pub(super) fn poll_over(&self, waker: &Waker) -> Poll<()> {
        let waker = waker.clone();
        let mut state = self.state.lock();
        if state.is_over() {
            drop(state);
            return Poll::Ready(());
        }
        let before = state.closer.replace(waker);
        drop(state);
        drop(before);
        Poll::Pending
    }

    /// An entry for a connection that is served, if there may be one more.
    pub(super) fn enter(this: &Arc<Self>, link: &Arc<Link>, most: usize) -> Option<Entry> {
        let mut state = this.state.lock();
        if state.closing || state.connections.len() - state.refused >= most {
            return None;
        }
        let number = state.put(link);
        Some(Entry { roll: this.clone(), number, is_refused: false })
    }

    /// An entry for a connection whose requests are refused, if there may be one more.
    pub(super) fn turn_away(this: &Arc<Self>, link: &Arc<Link>) -> Option<Entry> {
        let mut state = this.state.lock();
        if state.abandoned || state.refused >= REFUSED {
            return None;
        }
        state.refused += 1;
        let number = state.put(link);
        Some(Entry { roll: this.clone(), number, is_refused: true })
    }
}

/// The entry of a connection. Dropping it removes the connection.
#[derive(Debug)]
pub(super) struct Entry {
    roll: Arc<Roll>,
    number: u64,
    is_refused: bool,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut state = self.roll.state.lock();
        let link = state.connections.remove(&self.number);
        state.refused -= usize::from(self.is_refused);
        let closer = state.take_closer_if_over();
        drop(state);
        wake(closer);
        // Its values may run destructors of a user.
        discard(link);
    }
}

/// The entry of a listener. Dropping it removes the listener.
pub(super) struct Listening {
    roll: Arc<Roll>,
    number: u64,
}

impl Listening {
    pub(super) fn new(roll: Arc<Roll>) -> Self {
        let mut state = roll.state.lock();
        state.next += 1;
        let number = state.next;
        state.listeners.insert(number, None);
        drop(state);
        Self { roll, number }
    }

    /// Whether the server closes. If it does not yet, `waker` is called when it does.
    pub(super) fn is_over(&self, waker: &Waker) -> bool {
        let mut state = self.roll.state.lock();
        state.listeners.insert(self.number, Some(waker.clone()));
        state.closing
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut state = self.roll.state.lock();
        state.listeners.remove(&self.number);
        let closer = state.take_closer_if_over();
        drop(state);
        wake(closer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::ServerConfig;

    #[test]
    fn those_that_are_served_and_those_that_are_refused_are_bounded_each() {
        let slots = Arc::new(Slots::new(1));
        let roll = Arc::new(Roll::new(slots.clone()));
        let link = Arc::new(Link::new(&ServerConfig::default(), slots));
        let served: Vec<_> = (0..9).filter_map(|_| Roll::enter(&roll, &link, 2)).collect();
        let refused: Vec<_> = (0..999).filter_map(|_| Roll::turn_away(&roll, &link)).collect();
        assert_eq!((served.len(), refused.len(), roll.connections()), (2, REFUSED, 2));
        drop(refused);
        assert!(Roll::enter(&roll, &link, 2).is_none() && Roll::turn_away(&roll, &link).is_some());
        drop(served);
        assert!(Roll::enter(&roll, &link, 2).is_some());
        assert_eq!(roll.close().len(), 0);
        assert!(Roll::enter(&roll, &link, 2).is_none() && Roll::turn_away(&roll, &link).is_some());
        assert_eq!(roll.abandon().len(), 0);
        assert!(Roll::turn_away(&roll, &link).is_none());
        assert!(roll.poll_over(Waker::noop()).is_ready());
    }
}
