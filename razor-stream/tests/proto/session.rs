//! A client's connection, told step by step under virtual time.
//!
//! Knows one story per test; `session_model` tries them in any order. Does not know a clock.

use crate::decoding::{Event, requests};
use razor_stream::bytes::Bytes;
use razor_stream::error::{Outcome, RpcErrKind, RpcIntErr, Stage};
use razor_stream::proto::machines::{
    Deadline, Ended, Matched, NotTaken, Outbox, Output, Pending, RequestFrame, Session,
    SessionLimits, Submission, Submitted,
};
use razor_stream::proto::{Limits, RpcAction};
use std::cell::Cell;
use std::io::IoSlice;
use std::rc::Rc;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The virtual time, in milliseconds.
pub(crate) fn at(millis: u64) -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(razor_stream::clock::now) + Duration::from_millis(millis)
}

/// A task that waits for an answer.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: u64,
    pub(crate) abandoned: Rc<Cell<bool>>,
}

impl Task {
    pub(crate) fn new(id: u64) -> Self {
        Self { id, abandoned: Rc::new(Cell::new(false)) }
    }
}

impl Pending for Task {
    fn is_abandoned(&self) -> bool {
        self.abandoned.get()
    }
}

pub(crate) const fn roomy() -> SessionLimits {
    SessionLimits::new(1000, 1000, 1 << 20)
}

/// A request whose message is the number of its task.
pub(crate) fn frame(id: u64, padding: usize, blob: usize) -> RequestFrame {
    let mut bytes = RequestFrame::begin(Vec::new(), RpcAction::Num(1), 0).expect("a right action");
    bytes.extend_from_slice(&id.to_le_bytes());
    bytes.resize(bytes.len() + padding, 0);
    let blob = Some(Bytes::from(vec![0xB1; blob])).filter(|blob| !blob.is_empty());
    RequestFrame::finish(bytes, blob, &Limits::default()).expect("within the limits")
}

pub(crate) fn submission(frame: RequestFrame, task: Task, deadline: Deadline) -> Submission<Task> {
    Submission { frame, task, deadline }
}

/// Writes up to `len` bytes of the claimed output.
pub(crate) fn write(output: &mut Output, len: usize) -> Vec<u8> {
    let mut written = Vec::new();
    while written.len() < len && !output.is_empty() {
        let mut slices = [IoSlice::new(&[]); 4];
        let filled = output.slices(&mut slices);
        let flat: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect();
        let here = flat.len().min(len - written.len());
        written.extend_from_slice(&flat[..here]);
        output.advance(here);
    }
    written
}

/// Writes everything.
pub(crate) fn bytes_of(outbox: &mut Outbox) -> Vec<u8> {
    let mut written = Vec::new();
    while let Some(mut output) = outbox.claim() {
        written.extend(write(&mut output, usize::MAX));
        outbox.release(output);
    }
    written
}

/// The `seq` and the task of each request in what was written; a ping has none.
pub(crate) fn written(bytes: &[u8]) -> Vec<(u64, Option<u64>)> {
    let each = |event| match event {
        Event::Request(asked) if asked.ping => (asked.seq, None),
        Event::Request(asked) => {
            let id = asked.msg.first_chunk().expect("the number of a task");
            (asked.seq, Some(u64::from_le_bytes(*id)))
        }
        other => panic!("no request: {other:?}"),
    };
    requests(Limits::default(), bytes).into_iter().map(each).collect()
}

pub(crate) fn lost() -> RpcIntErr {
    RpcIntErr::new(RpcErrKind::IO, Outcome::Unknown, Stage::Wait).with_peer("db:1")
}

/// A session with its outbox.
struct Client {
    session: Session<Task>,
    outbox: Outbox,
    ended: Vec<Ended<Task>>,
}

impl Client {
    fn new(limits: SessionLimits) -> Self {
        Self { session: Session::new(limits), outbox: Outbox::default(), ended: Vec::new() }
    }

    fn submit(&mut self, id: u64, deadline: u64) -> Result<Submitted, NotTaken<Task>> {
        self.submit_task(Task::new(id), deadline)
    }

    fn submit_task(&mut self, task: Task, deadline: u64) -> Result<Submitted, NotTaken<Task>> {
        let frame = frame(task.id, 0, 0);
        self.session.submit(submission(frame, task, Deadline::at(at(deadline))), &mut self.outbox)
    }

    fn submit_all(&mut self, ids: std::ops::RangeInclusive<u64>, deadline: u64) {
        for id in ids {
            let submitted = self.submit(id, deadline);
            assert!(submitted.is_ok(), "{submitted:?}");
        }
    }

    fn answer(&mut self, seq: u64) -> Option<u64> {
        match self.session.take_replied(seq) {
            Matched::Request(task, _) => Some(task.id),
            Matched::Unneeded | Matched::Stray | Matched::TooManyStrays => None,
        }
    }

    fn advance(&mut self, now: u64) {
        self.session.advance(at(now), &mut self.ended, &mut self.outbox);
    }

    fn sweep(&mut self, now: u64) -> Vec<(u64, RpcErrKind, Outcome)> {
        self.session.sweep(at(now), &mut self.ended);
        self.take_ended()
    }

    fn close(&mut self) -> Vec<(u64, RpcErrKind, Outcome)> {
        self.ended = self.session.close(&lost(), &mut self.outbox);
        self.take_ended()
    }

    fn take_ended(&mut self) -> Vec<(u64, RpcErrKind, Outcome)> {
        let each = |ended: Ended<Task>| (ended.task.id, ended.error.kind(), ended.error.outcome());
        self.ended.drain(..).map(each).collect()
    }

    fn written(&mut self) -> Vec<(u64, u64)> {
        let task = |(seq, id): (u64, Option<u64>)| (seq, id.expect("no ping among them"));
        written(&bytes_of(&mut self.outbox)).into_iter().map(task).collect()
    }
}

const TIMED_OUT: (RpcErrKind, Outcome) = (RpcErrKind::Timeout, Outcome::Unknown);

/// Rule R1: responses may come in any order, each request gets exactly one.
///
/// Case 30
#[test]
fn replies_in_any_order_find_their_requests() {
    let mut client = Client::new(roomy());
    client.submit_all(11..=15, 1000);
    assert_eq!(client.written(), [(1, 11), (2, 12), (3, 13), (4, 14), (5, 15)]);
    for seq in [5, 1, 4, 2, 3] {
        assert_eq!(client.answer(seq), Some(seq + 10));
        assert_eq!(client.answer(seq), None, "the second answer belongs to nobody");
    }
    assert!(client.session.nobody_waits() && client.session.in_flight() == 0);
    assert_eq!(client.session.stats().stray_replies, 5);
}

#[test]
fn a_call_times_out_at_the_first_sweep_at_its_deadline_and_not_before() {
    let mut client = Client::new(roomy());
    client.submit_all(1..=1, 1000);
    client.submit_all(2..=2, 1001);
    assert_eq!(client.sweep(999), []);
    assert_eq!(client.sweep(1000), [(1, TIMED_OUT.0, TIMED_OUT.1)]);
    assert_eq!(client.sweep(1000), [], "it ends once");
    assert_eq!(client.sweep(5000), [(2, TIMED_OUT.0, TIMED_OUT.1)]);
}

/// Rule C3: a late reply is counted; it frees the place that its request has kept.
///
/// Case 28, case 35
#[test]
fn a_late_reply_is_counted_and_frees_its_place() {
    let mut client = Client::new(SessionLimits::new(2, 10, 1000));
    client.submit_all(1..=1, 1000);
    client.submit_all(2..=3, 9000);
    assert_eq!(client.sweep(1000), [(1, TIMED_OUT.0, TIMED_OUT.1)]);
    client.advance(1000);
    assert_eq!((client.session.in_flight(), client.session.queued()), (2, 1), "its place is taken");
    assert_eq!(client.answer(1), None);
    client.advance(1000);
    assert_eq!((client.session.in_flight(), client.session.queued()), (2, 0));
    let stats = client.session.stats();
    assert_eq!((stats.late_replies, stats.stray_replies), (1, 0));
    assert_eq!(client.written(), [(1, 1), (2, 2), (3, 3)]);
}

/// Rule C3: after 16 replies to nothing the connection is to be closed.
///
/// Case 26, case 27
#[test]
fn the_sixteenth_reply_to_nothing_is_once_too_often() {
    let mut client = Client::new(roomy());
    client.submit_all(1..=1, 1000);
    assert_eq!(client.answer(1), Some(1));
    let never = [1, 2, 3, u64::MAX];
    for seq in never.iter().cycle().take(15) {
        assert!(matches!(client.session.take_replied(*seq), Matched::Stray), "{seq}");
    }
    client.submit_all(2..=2, 1000);
    assert_eq!(client.answer(2), Some(2), "until then the connection lives");
    assert!(matches!(client.session.take_replied(2), Matched::TooManyStrays));
    assert_eq!(client.session.stats().stray_replies, 16);
}

/// Rule C4: `seq` 0 is skipped and not counted.
///
/// Case 24
#[test]
fn replies_with_seq_0_are_skipped_and_not_counted() {
    let mut client = Client::new(roomy());
    client.submit_all(1..=1, 1000);
    for _ in 0..100 {
        assert!(matches!(client.session.take_replied(0), Matched::Unneeded));
    }
    assert_eq!(client.session.stats(), Session::<Task>::new(roomy()).stats());
    assert_eq!(client.answer(1), Some(1));
}

/// Case 35: the window is not used up by calls that timed out; the connection is replaced before.
#[test]
fn a_connection_is_retired_when_over_half_of_its_window_has_timed_out() {
    let mut client = Client::new(SessionLimits::new(4, 10, 1000));
    client.submit_all(1..=2, 1000);
    client.submit_all(3..=3, 2000);
    client.sweep(1000);
    assert!(!client.session.is_stuck() && client.session.refusal().is_none(), "half is not over");
    assert_eq!(client.session.in_flight(), 3);
    client.sweep(2000);
    assert!(client.session.is_stuck());
    let Err(NotTaken::Closed(Submission { task, .. }, error)) = client.submit(4, 9000) else {
        panic!("retired")
    };
    assert_eq!((task.id, error.outcome()), (4, Outcome::NotSent));
    for seq in 1..=3 {
        assert_eq!(client.answer(seq), None);
    }
    assert!(client.session.is_finished());
    assert_eq!(client.session.stats().late_replies, 3);
}

/// Case 45: bounded in requests and in bytes; one that is larger than the bound may wait alone.
#[test]
fn the_queue_is_bounded_in_requests_and_in_bytes() {
    let mut client = Client::new(SessionLimits::new(1, 3, 100));
    client.submit_all(1..=3, 1000);
    assert_eq!((client.session.queued(), client.session.room()), (2, 1));
    let Err(NotTaken::Full(Submission { frame, task, .. })) = client.submit(4, 1000) else {
        panic!("three of 40 bytes are over 100");
    };
    assert_eq!((frame.len(), task.id), (40, 4));

    let mut client = Client::new(SessionLimits::new(1, 3, 1000));
    client.submit_all(1..=4, 1000);
    assert_eq!(client.session.room(), 0);
    assert!(matches!(client.submit(5, 1000), Err(NotTaken::Full(_))));
    assert_eq!(client.session.queued(), 3);

    let mut client = Client::new(SessionLimits::new(1, 3, 10));
    client.submit_all(1..=2, 1000);
    assert_eq!((client.session.queued(), client.session.room()), (1, 0));
    assert!(matches!(client.submit(3, 1000), Err(NotTaken::Full(_))));

    let mut client = Client::new(SessionLimits::new(1, 0, 1000));
    client.submit_all(1..=1, 1000);
    assert!(matches!(client.submit(2, 1000), Err(NotTaken::Full(_))), "there is no queue");
}

/// Promise 5
#[test]
fn requests_are_written_in_the_order_of_their_submission_also_when_places_become_free_between() {
    let mut client = Client::new(SessionLimits::new(2, 10, 1000));
    client.submit_all(1..=4, 1000);
    assert_eq!(client.answer(2), Some(2));
    client.submit_all(5..=5, 1000);
    assert_eq!(client.session.in_flight(), 1, "the fifth does not overtake the third");
    client.advance(0);
    assert_eq!(client.answer(1), Some(1));
    assert_eq!(client.answer(3), Some(3));
    client.advance(0);
    assert_eq!(client.answer(4), Some(4));
    client.advance(0);
    assert_eq!(client.written(), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]);
}

/// Promise 7: a call that is given up in the queue is not sent.
#[test]
fn a_queued_request_that_nobody_waits_for_is_never_written() {
    let mut client = Client::new(SessionLimits::new(1, 10, 1000));
    client.submit_all(1..=1, 1000);
    let (first, second) = (Task::new(2), Task::new(3));
    let _ = client.submit_task(first.clone(), 1000);
    let _ = client.submit_task(second.clone(), 1000);
    client.submit_all(4..=4, 1000);
    first.abandoned.set(true);
    let given_back = |id| (id, RpcErrKind::Closing, Outcome::NotSent);
    assert_eq!(client.sweep(500), [given_back(2)]);
    assert_eq!(client.session.queued(), 2, "it makes room at the next sweep");
    second.abandoned.set(true);
    assert_eq!(client.answer(1), Some(1));
    client.advance(500);
    assert_eq!(client.take_ended(), [given_back(3)]);
    assert_eq!(client.written(), [(1, 1), (2, 4)]);
    assert_eq!((Rc::strong_count(&first.abandoned), Rc::strong_count(&second.abandoned)), (1, 1));
}

#[test]
fn a_request_whose_deadline_passes_in_the_queue_is_not_sent() {
    let mut client = Client::new(SessionLimits::new(1, 10, 1000));
    client.submit_all(1..=1, 9000);
    client.submit_all(2..=2, 1000);
    client.submit_all(3..=3, 2000);
    assert_eq!(client.sweep(1000), [(2, RpcErrKind::Timeout, Outcome::NotSent)]);
    assert_eq!(client.answer(1), Some(1));
    client.advance(2000);
    assert_eq!(client.take_ended(), [(3, RpcErrKind::Timeout, Outcome::NotSent)]);
    assert_eq!(client.written(), [(1, 1)]);
    assert!(client.session.nobody_waits() && client.session.in_flight() == 0);
}

/// Case 5, case 55: an incomplete frame is provably not sent, at every byte.
#[test]
fn a_connection_that_ends_after_any_byte_tells_what_was_not_sent() {
    let frames = || [frame(1, 0, 0), frame(2, 3, 10), frame(3, 0, 5000), frame(4, 1, 0)];
    let ends: Vec<usize> = frames()
        .iter()
        .scan(0, |end, frame| {
            *end += frame.len();
            Some(*end)
        })
        .collect();
    let total = *ends.last().expect("four frames");
    for cut in (0..200).chain(4990..=total) {
        let mut client = Client::new(SessionLimits::new(4, 10, 10_000));
        for (id, frame) in (1..).zip(frames()) {
            let submission = submission(frame, Task::new(id), Deadline::at(at(1000)));
            let _ = client.session.submit(submission, &mut client.outbox);
        }
        let _ = client.submit(5, 1000);
        let mut output = client.outbox.claim().expect("there is something to write");
        assert_eq!(write(&mut output, cut).len(), cut);
        client.outbox.release(output);
        let ended = client.close();
        let outcome = |end: &usize| if *end <= cut { Outcome::Unknown } else { Outcome::NotSent };
        let expected = ends.iter().map(outcome).chain([Outcome::NotSent]);
        let expected: Vec<_> =
            (1..).zip(expected).map(|(id, outcome)| (id, RpcErrKind::IO, outcome)).collect();
        assert_eq!(ended, expected, "after {cut} bytes");
    }
}

#[test]
fn what_somebody_is_writing_when_the_connection_ends_may_have_been_sent() {
    let mut client = Client::new(SessionLimits::new(2, 10, 1000));
    client.submit_all(1..=1, 1000);
    let claimed = client.outbox.claim();
    client.submit_all(2..=3, 1000);
    let ended = client.close();
    let (sent, not) = (Outcome::Unknown, Outcome::NotSent);
    let kind = RpcErrKind::IO;
    assert_eq!(ended, [(1, kind, sent), (2, kind, not), (3, kind, not)]);
    drop(claimed);
}

#[test]
fn a_connection_ends_once_and_takes_nothing_afterwards() {
    let mut client = Client::new(roomy());
    client.submit_all(1..=2, 1000);
    assert_eq!(client.close().len(), 2);
    assert_eq!(client.close(), []);
    let Err(NotTaken::Closed(Submission { task, .. }, error)) = client.submit(3, 1000) else {
        panic!("closed")
    };
    assert_eq!((task.id, error.outcome(), error.peer()), (3, Outcome::NotSent, Some("db:1")));
    assert!(!client.session.ping(0, &mut client.outbox));
    assert_eq!(client.sweep(9000), []);
    assert!(
        client.session.nobody_waits()
            && client.session.in_flight() == 0
            && client.session.is_closed()
    );
}

#[test]
fn a_retired_connection_finishes_what_it_took() {
    let mut client = Client::new(SessionLimits::new(1, 10, 1000));
    client.submit_all(1..=2, 1000);
    client.session.retire(lost());
    assert!(matches!(client.submit(3, 1000), Err(NotTaken::Closed(..))));
    assert!(!client.session.is_finished());
    assert_eq!(client.answer(1), Some(1));
    client.advance(0);
    assert!(!client.session.is_finished());
    assert_eq!(client.answer(2), Some(2));
    assert!(client.session.is_finished());
    assert_eq!(client.written(), [(1, 1), (2, 2)]);
}

/// Rule Q2: a ping takes a place like a request, and its answer belongs to nobody.
#[test]
fn a_ping_takes_a_place_and_is_left_out_if_there_is_none() {
    let mut client = Client::new(SessionLimits::new(2, 10, 1000));
    client.submit_all(1..=1, 1000);
    assert!(client.session.ping(9, &mut client.outbox));
    assert!(!client.session.ping(9, &mut client.outbox));
    assert_eq!(client.session.in_flight(), 2);
    let seen = requests(Limits::default(), &bytes_of(&mut client.outbox));
    let Event::Request(ping) = &seen[1] else { panic!("{seen:?}") };
    assert!(ping.ping && ping.seq == 2 && ping.client_id == 9 && ping.blob.len() == 1);
    assert!(matches!(client.session.take_replied(2), Matched::Unneeded));
    assert_eq!(client.session.stats().late_replies, 0);
    assert_eq!(client.close(), [(1, RpcErrKind::IO, Outcome::Unknown)]);
}

#[test]
fn a_large_batch_asks_for_a_write_and_a_small_one_or_one_behind_a_write_does_not() {
    let mut client = Client::new(roomy());
    let submit = |client: &mut Client, padding| {
        let frame = frame(1, padding, 0);
        let submission = submission(frame, Task::new(1), Deadline::at(at(1000)));
        match client.session.submit(submission, &mut client.outbox) {
            Ok(Submitted::Appended { flush }) => flush,
            other => panic!("{other:?}"),
        }
    };
    assert!(!submit(&mut client, 100));
    assert!(submit(&mut client, 100 << 10));
    let claimed = client.outbox.claim();
    assert!(!submit(&mut client, 200 << 10), "somebody writes already");
    drop(claimed);
}
