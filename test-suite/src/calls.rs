//! Completions that count calls: every call ends exactly once, and a scenario can wait for each end.
//!
//! Knows calls by number. Does not know connections.

use crate::SAFETY_NET;
use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use razor_stream::client::{ClientCaller, Completion, Response, render};
use razor_stream::error::{EncodedErr, Outcome, RpcErrKind, RpcError, RpcIntErr};
use razor_stream::proto::RpcAction;
use razor_stream::proto::machines::RequestFrame;
use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;

/// How a call ended.
pub type End = Result<Response, RpcError<EncodedErr>>;

/// The calls of a scenario.
#[derive(Debug, Default, Clone)]
pub struct Calls {
    tally: Arc<Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<Progress>,
    /// Numbers of calls in the order of their ends.
    ended: Vec<usize>,
    /// Calls that nobody waits for.
    given_up: HashSet<usize>,
}

#[derive(Debug)]
enum Progress {
    Open,
    Ended(Option<End>),
    /// The completion was dropped without a result.
    Forgotten,
}

/// The completion of one call.
#[derive(Debug)]
pub struct Slip {
    number: usize,
    /// `None` once the completion has its result.
    tally: Option<Arc<Tally>>,
}

impl Slip {
    /// The number of its call.
    #[must_use]
    pub const fn number(&self) -> usize {
        self.number
    }
}

impl Completion for Slip {
    fn complete(mut self, result: End) {
        if let Some(tally) = self.tally.take() {
            let mut state = tally.state.lock();
            let call = &mut state.calls[self.number];
            assert!(matches!(call, Progress::Open), "call {} ended twice", self.number);
            *call = Progress::Ended(Some(result));
            state.ended.push(self.number);
            tally.changed.notify_all();
        }
    }

    fn is_abandoned(&self) -> bool {
        let given_up = |tally: &Arc<Tally>| tally.state.lock().given_up.contains(&self.number);
        self.tally.as_ref().is_some_and(given_up)
    }
}

impl Drop for Slip {
    fn drop(&mut self) {
        if let Some(tally) = self.tally.take() {
            tally.state.lock().calls[self.number] = Progress::Forgotten;
            tally.changed.notify_all();
        }
    }
}

impl Calls {
    /// A completion for one more call.
    #[must_use]
    pub fn slip(&self) -> Slip {
        let mut state = self.tally.state.lock();
        state.calls.push(Progress::Open);
        Slip { number: state.calls.len() - 1, tally: Some(self.tally.clone()) }
    }

    /// Submits a call of a numbered action and returns its number.
    ///
    /// # Panics
    /// There is no room for the call.
    pub fn submit(&self, caller: &impl ClientCaller<Slip>, action: u32, msg: &[u8]) -> usize {
        self.try_submit(caller, action, msg).expect("room for the call")
    }

    /// Submits a call, if there is room for it.
    pub fn try_submit(
        &self,
        caller: &impl ClientCaller<Slip>,
        action: u32,
        msg: &[u8],
    ) -> Option<usize> {
        let slip = self.slip();
        let number = slip.number();
        let request = caller.submission(frame(caller, action, msg, None), slip);
        match caller.try_submit(request) {
            Ok(()) => Some(number),
            Err(mut back) => {
                // It was never a call.
                back.task.tally = None;
                self.tally.state.lock().calls[number] = Progress::Ended(None);
                None
            }
        }
    }

    /// Makes the completion report that nobody waits for this call any more.
    pub fn give_up(&self, number: usize) {
        self.tally.state.lock().given_up.insert(number);
    }

    /// Waits for the end of a call.
    ///
    /// # Panics
    /// The call does not end, its completion was dropped, or its end has been taken before.
    pub fn end(&self, number: usize) -> End {
        let mut state = self.tally.state.lock();
        loop {
            match &mut state.calls[number] {
                Progress::Ended(end) => return end.take().expect("its end is taken once"),
                Progress::Forgotten => panic!("call {number} was forgotten"),
                Progress::Open => {}
            }
            let waited = self.tally.changed.wait_for(&mut state, SAFETY_NET);
            assert!(!waited.timed_out(), "call {number} did not end");
        }
    }

    /// Waits for the end of a call by an error of the framework.
    ///
    /// # Panics
    /// The call ended otherwise.
    #[must_use]
    pub fn failure(&self, number: usize) -> RpcIntErr {
        match self.end(number) {
            Err(RpcError::Rpc(error)) => error,
            other => panic!("call {number} ended with {other:?}"),
        }
    }

    /// Waits for the end of a call, and checks that it is an error of this kind and outcome.
    ///
    /// # Panics
    /// The end is another one.
    pub fn fails(&self, number: usize, kind: RpcErrKind, outcome: Outcome) {
        let error = self.failure(number);
        assert_eq!((error.kind(), error.outcome()), (kind, outcome), "call {number}: {error:?}");
    }

    /// Waits for the successful end of a call, and returns the message.
    ///
    /// # Panics
    /// The call failed.
    #[must_use]
    pub fn message(&self, number: usize) -> Vec<u8> {
        match self.end(number) {
            Ok(response) => response.msg,
            Err(error) => panic!("call {number} failed: {error:?}"),
        }
    }

    /// The numbers of the calls that have ended, in the order of their ends.
    #[must_use]
    pub fn ended(&self) -> Vec<usize> {
        self.tally.state.lock().ended.clone()
    }

    /// Checks that every call has ended exactly once.
    ///
    /// # Panics
    /// A call has not.
    pub fn all_ended(&self) {
        let state = self.tally.state.lock();
        for (number, call) in state.calls.iter().enumerate() {
            assert!(matches!(call, Progress::Ended(_)), "call {number} is {call:?}");
        }
    }
}

/// A request of a numbered action.
///
/// # Panics
/// The request is over the limits.
pub fn frame(
    caller: &impl ClientCaller<Slip>,
    action: u32,
    msg: &[u8],
    blob: Option<Bytes>,
) -> RequestFrame {
    let rendered = render(caller.config(), RpcAction::Num(action), blob, |out| {
        out.extend_from_slice(msg);
        Ok::<(), Infallible>(())
    });
    rendered.expect("a request within the limits")
}
