//! What the tests wait for: a gate that another thread opens, and a token whose drop is seen.
//!
//! Knows no runtime.

use std::future::{Future, poll_fn};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

/// A gate that is closed until any thread opens it. Clones are the same gate; it has one waiter.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<(bool, Option<Waker>)>>);

impl Gate {
    pub(crate) fn open(&self) {
        let waiter = {
            let mut gate = self.0.lock().unwrap();
            gate.0 = true;
            gate.1.take()
        };
        waiter.into_iter().for_each(Waker::wake);
    }

    /// Waits until the gate is open, and closes it again.
    pub(crate) fn pass(&self) -> impl Future<Output = ()> + Send + use<> {
        let gate = self.0.clone();
        poll_fn(move |cx| {
            let mut gate = gate.lock().unwrap();
            if std::mem::take(&mut gate.0) {
                return Poll::Ready(());
            }
            gate.1 = Some(cx.waker().clone());
            Poll::Pending
        })
    }
}

/// A token that a task or a thread owns, and the side that waits until it is dropped.
pub(crate) struct Token(#[expect(dead_code, reason = "it is there to be dropped")] Sender<()>);

pub(crate) struct Gone(Receiver<()>);

pub(crate) fn token() -> (Token, Gone) {
    let (sender, receiver) = channel();
    (Token(sender), Gone(receiver))
}

impl Gone {
    /// Waits until the token has been dropped.
    pub(crate) fn wait(&self) {
        assert_eq!(self.0.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
    }

    pub(crate) fn is_so(&self) -> bool {
        self.0.try_recv().is_err_and(|e| e == std::sync::mpsc::TryRecvError::Disconnected)
    }
}

/// Receives the value that another thread sends, within a minute.
pub(crate) fn heard<T>(receiver: &Receiver<T>) -> T {
    receiver.recv_timeout(LONG).unwrap()
}

const LONG: Duration = Duration::from_secs(60);
