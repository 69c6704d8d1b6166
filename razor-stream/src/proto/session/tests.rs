//! What of a session can only be seen from inside: its counter near the end.
//!
//! Everything else is tested from outside.

use super::*;
use crate::clock;
use crate::error::{Outcome, RpcErrKind};
use crate::proto::RpcAction;

impl Pending for u64 {}

fn near_the_end(next_seq: u64) -> Session<u64> {
    let mut session = Session::new(SessionLimits::new(100, 10, 10_000));
    session.next_seq = next_seq;
    session
}

fn submit(
    session: &mut Session<u64>,
    task: u64,
    outbox: &mut Outbox,
) -> Result<Submitted, NotTaken<u64>> {
    let frame = RequestFrame::begin(Vec::new(), RpcAction::Num(1), 0).unwrap();
    let frame = RequestFrame::finish(frame, None, &crate::proto::Limits::default()).unwrap();
    session.submit(Submission { frame, task, deadline: Deadline::at(clock::now()) }, outbox)
}

/// Rule Q1: the numbers never wrap around; the connection is retired before, and finishes what it took.
///
/// Case 25
#[test]
fn a_connection_is_retired_when_its_numbers_come_to_their_end() {
    let (mut session, mut outbox) = (near_the_end(LAST_SEQ - 10), Outbox::default());
    for task in 0..10 {
        assert!(session.refusal().is_none(), "after {task}");
        let submitted = submit(&mut session, task, &mut outbox);
        assert!(matches!(submitted, Ok(Submitted::Appended { .. })), "{submitted:?}");
    }
    let Err(NotTaken::Closed(Submission { task: 10, .. }, error)) =
        submit(&mut session, 10, &mut outbox)
    else {
        panic!("its numbers have come to their end");
    };
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::Closing, Outcome::NotSent));
    assert!(!session.ping(0, &mut outbox));
    for task in 0..10 {
        assert!(!session.is_finished());
        let Matched::Request(answered, _) = session.take_replied(LAST_SEQ - 10 + task) else {
            panic!("it was sent");
        };
        assert_eq!(answered, task);
    }
    assert!(session.is_finished());
}

/// Rule Q1: requests that were queued before the connection was retired still get rising numbers.
///
/// Case 25
#[test]
fn what_was_queued_when_the_numbers_came_to_their_end_is_still_sent() {
    let (mut session, mut outbox) = (near_the_end(LAST_SEQ - 1), Outbox::default());
    session.limits.window = 0;
    for task in 0..3 {
        assert!(matches!(submit(&mut session, task, &mut outbox), Ok(Submitted::Queued)));
    }
    session.limits.window = 3;
    let mut ended = Vec::new();
    session.advance(clock::now() - std::time::Duration::from_secs(60), &mut ended, &mut outbox);
    assert!(ended.is_empty() && session.refusal().is_some());
    for task in 0..3 {
        assert!(
            matches!(session.take_replied(LAST_SEQ - 1 + task), Matched::Request(id, _) if id == task)
        );
    }
    assert!(session.is_finished());
}
