//! A client's connection against a model of it, under random operations in any order.
//!
//! Knows what has to become of every request. Does not know how the session keeps them.

use crate::session::{Task, at, frame, lost, submission, write, written};
use proptest::prelude::*;
use proptest::sample::Index;
use razor_stream::error::{Outcome, RpcErrKind};
use razor_stream::proto::SessionStats;
use razor_stream::proto::machines::{
    Deadline, Ended, Matched, NotTaken, Outbox, Output, Session, SessionLimits, Submission,
    Submitted,
};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

#[derive(Debug, Clone)]
enum Step {
    Submit {
        padding: usize,
        blob: usize,
        ttl: u64,
        /// Whether the deadline begins to run at the first look at it.
        lazy: bool,
    },
    /// Nobody waits any more for one of the requests that were submitted.
    Abandon(Index),
    Ping,
    Reply(Index),
    /// To a number around those that were given, or far away.
    ReplyTo(u64),
    Advance,
    Time(u64),
    Sweep,
    Claim,
    Write(usize),
    Release,
    Retire,
    Close,
    GiveBack,
    TakeUnsent,
    TakeUnwrittenAndClose,
}

fn step() -> impl Strategy<Value = Step> {
    let padding = prop_oneof![4 => 0usize..60, 1 => 100usize..400];
    let blob = prop_oneof![8 => Just(0usize), 2 => 1usize..50, 1 => 4000usize..5000];
    prop_oneof![
        60 => (padding, blob, 0u64..3000, any::<bool>())
            .prop_map(|(padding, blob, ttl, lazy)| Step::Submit { padding, blob, ttl, lazy }),
        8 => any::<Index>().prop_map(Step::Abandon),
        4 => Just(Step::Ping),
        40 => any::<Index>().prop_map(Step::Reply),
        6 => prop_oneof![4 => 0u64..60, 1 => Just(u64::MAX)].prop_map(Step::ReplyTo),
        30 => Just(Step::Advance),
        20 => (0u64..700).prop_map(Step::Time),
        15 => Just(Step::Sweep),
        20 => Just(Step::Claim),
        20 => prop_oneof![1usize..120, 1usize..6000].prop_map(Step::Write),
        20 => Just(Step::Release),
        1 => Just(Step::Retire),
        1 => Just(Step::Close),
        4 => Just(Step::GiveBack),
        1 => Just(Step::TakeUnsent),
        1 => Just(Step::TakeUnwrittenAndClose),
    ]
}

/// When a request is due: not before `never_before`, and at the first look at or after `at`, which is not known
/// until the first look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Due {
    never_before: u64,
    ttl: u64,
    at: Option<u64>,
}

impl Due {
    fn new(now: u64, ttl: u64, lazy: bool) -> Self {
        let never_before = now + ttl;
        Self { never_before, ttl, at: if lazy { None } else { Some(never_before) } }
    }

    fn deadline(self) -> Deadline {
        let lazy = Deadline::after(Duration::from_millis(self.ttl));
        self.at.map_or(lazy, |millis| Deadline::at(at(millis)))
    }

    fn look(&mut self, now: u64) -> bool {
        let due = *self.at.get_or_insert(now + self.ttl) <= now;
        assert!(!due || self.never_before <= now, "never early");
        due
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Waits {
    For { id: u64, due: Due, abandoned: Rc<Cell<bool>> },
    Abandoned,
    Ping,
}

/// The state of a request in flight: the task that waits, and where its frame ends in the stream.
#[derive(Debug)]
struct Flight {
    waits: Waits,
    len: usize,
    end: usize,
}

struct Queued {
    id: u64,
    due: Due,
    len: usize,
    abandoned: Rc<Cell<bool>>,
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Life {
    Open,
    Retired,
    Closed,
}

/// A session, and the model of what it has to do.
struct World {
    limits: SessionLimits,
    session: Session<Task>,
    outbox: Outbox,
    claimed: Option<Output>,
    now: u64,

    life: Life,
    flights: BTreeMap<u64, Flight>,
    queue: VecDeque<Queued>,
    next_seq: u64,
    stats: SessionStats,
    /// The number of bytes appended to the output so far.
    appended: usize,
    stream: Vec<u8>,
    claim_end: usize,
    /// The requests in the output, in their order; `None` is a ping.
    order: Vec<(u64, Option<u64>)>,

    next_id: u64,
    handles: Vec<Rc<Cell<bool>>>,
    done: BTreeSet<u64>,
}

impl World {
    fn new(limits: SessionLimits) -> Self {
        Self {
            limits,
            session: Session::new(limits),
            outbox: Outbox::default(),
            claimed: None,
            now: 0,
            life: Life::Open,
            flights: BTreeMap::new(),
            queue: VecDeque::new(),
            next_seq: 1,
            stats: SessionStats::default(),
            appended: 0,
            stream: Vec::new(),
            claim_end: 0,
            order: Vec::new(),
            next_id: 0,
            handles: Vec::new(),
            done: BTreeSet::new(),
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Submit { padding, blob, ttl, lazy } => {
                self.submit(*padding, *blob, Due::new(self.now, *ttl, *lazy));
            }
            Step::Abandon(which) if !self.handles.is_empty() => which.get(&self.handles).set(true),
            Step::Ping => self.ping(),
            Step::Reply(which) if !self.flights.is_empty() => {
                let all: Vec<u64> = self.flights.keys().copied().collect();
                self.reply(*which.get(&all));
            }
            Step::ReplyTo(seq) => self.reply(*seq),
            Step::Advance => self.advance(),
            Step::Time(millis) => self.now += millis,
            Step::Sweep => self.sweep(),
            Step::Claim => self.claim(),
            Step::Write(len) => {
                if let Some(output) = &mut self.claimed {
                    self.stream.extend(write(output, *len));
                }
            }
            Step::Release => {
                if let Some(output) = self.claimed.take() {
                    self.outbox.release(output);
                }
            }
            Step::Retire => {
                self.session.retire(lost());
                self.retired();
            }
            Step::Close => self.close(),
            Step::GiveBack => self.give_back(),
            Step::TakeUnsent => self.take_unsent(),
            Step::TakeUnwrittenAndClose => self.take_unwritten_and_close(),
            Step::Abandon(_) | Step::Reply(_) => {}
        }
        self.check();
    }

    fn check(&self) {
        assert_eq!(self.session.in_flight(), self.flights.len());
        assert!(self.flights.len() <= self.limits.window, "the window is never exceeded");
        assert_eq!(self.session.queued(), self.queue.len());
        assert!(self.queue.len() <= self.limits.queue, "the queue is bounded");
        let bytes: usize = self.queue.iter().map(|queued| queued.len).sum();
        assert!(self.queue.len() <= 1 || bytes <= self.limits.queue_bytes, "also in bytes");
        assert_eq!(self.session.stats(), self.stats);
        assert_eq!(self.session.refusal().is_some(), self.life != Life::Open);
        assert_eq!(self.session.is_closed(), self.life == Life::Closed);
        let waits = |flight: &Flight| matches!(flight.waits, Waits::For { .. });
        let nobody_waits = self.queue.is_empty() && !self.flights.values().any(waits);
        assert_eq!(self.session.nobody_waits(), nobody_waits);
        assert_eq!(self.session.is_finished(), nobody_waits && self.life == Life::Retired);
        let full = self.queue.len() == self.limits.queue || bytes >= self.limits.queue_bytes;
        assert_eq!(self.session.room() == 0, full);
        if self.life != Life::Closed {
            let left = self.appended - self.stream.len();
            // The outbox counts what it handed out as not written, until it comes back.
            let exact = self.claimed.is_none();
            assert!(if exact { self.outbox.len() == left } else { self.outbox.len() >= left });
        }
    }

    /// Notes the end of a task, and checks that it is its first end.
    fn end(&mut self, id: u64) {
        assert!(self.done.insert(id), "task {id} ended twice");
    }

    fn retired(&mut self) {
        if self.life == Life::Open {
            self.life = Life::Retired;
        }
    }

    fn appended(&mut self, waits: Waits, len: usize) {
        let seq = self.next_seq;
        self.next_seq += 1;
        self.appended += len;
        let id = if let Waits::For { id, .. } = waits { Some(id) } else { None };
        self.order.push((seq, id));
        self.flights.insert(seq, Flight { waits, len, end: self.appended });
    }

    fn submit(&mut self, padding: usize, blob: usize, due: Due) {
        self.next_id += 1;
        let id = self.next_id;
        let (task, frame) = (Task::new(id), frame(id, padding, blob));
        let (handle, len) = (task.abandoned.clone(), frame.len());
        let room = self.flights.len() < self.limits.window && self.queue.is_empty();
        let bytes: usize = self.queue.iter().map(|queued| queued.len).sum();
        let fits = self.queue.len() < self.limits.queue
            && (self.queue.is_empty() || bytes + len <= self.limits.queue_bytes);
        let submission = submission(frame, task, due.deadline());
        match self.session.submit(submission, &mut self.outbox) {
            Ok(Submitted::Appended { .. }) => {
                assert!(self.life == Life::Open && room);
                self.appended(Waits::For { id, due, abandoned: handle.clone() }, len);
                self.handles.push(handle);
            }
            Ok(Submitted::Queued) => {
                assert!(self.life == Life::Open && !room && fits);
                self.queue.push_back(Queued { id, due, len, abandoned: handle.clone() });
                self.handles.push(handle);
            }
            Err(NotTaken::Full(Submission { frame, task, .. })) => {
                assert!(self.life == Life::Open && !room && !fits);
                assert_eq!((frame.len(), task.id), (len, id), "it comes back as it was");
                self.end(id);
            }
            Err(NotTaken::Closed(Submission { frame, task, .. }, error)) => {
                assert!(self.life != Life::Open);
                assert_eq!((frame.len(), task.id), (len, id), "it comes back as it was");
                assert!(self.life == Life::Retired || error.outcome() == Outcome::NotSent);
                self.end(id);
            }
        }
    }

    fn ping(&mut self) {
        let can = self.life == Life::Open && self.flights.len() < self.limits.window;
        assert_eq!(self.session.ping(7, &mut self.outbox), can);
        if can {
            self.appended(Waits::Ping, 33);
        }
    }

    fn reply(&mut self, seq: u64) {
        let matched = self.session.take_replied(seq);
        match self.flights.remove(&seq).map(|flight| flight.waits) {
            Some(Waits::For { id, .. }) => {
                assert!(matches!(matched, Matched::Request(task, _) if task.id == id));
                self.end(id);
            }
            Some(waits) => {
                assert!(matches!(matched, Matched::Unneeded));
                self.stats.late_replies += u64::from(waits == Waits::Abandoned);
            }
            None if seq == 0 => assert!(matches!(matched, Matched::Unneeded)),
            None => {
                self.stats.stray_replies += 1;
                let too_many = self.stats.stray_replies >= 16;
                assert_eq!(matches!(matched, Matched::TooManyStrays), too_many);
                assert_eq!(matches!(matched, Matched::Stray), !too_many);
            }
        }
    }

    /// Checks that `ended` are exactly the queued tasks that are due or that nobody waits for.
    fn left_the_queue(&mut self, ended: &[Ended<Task>], gone: &[Queued]) {
        let ids: BTreeSet<u64> = ended.iter().map(|ended| ended.task.id).collect();
        assert_eq!(ids.len(), ended.len(), "each ends once");
        for ended in ended {
            let queued = gone.iter().find(|queued| queued.id == ended.task.id);
            let queued = queued.expect("it was in the queue");
            assert_eq!(ended.error.outcome(), Outcome::NotSent);
            if ended.error.kind() == RpcErrKind::Timeout {
                let due = queued.due.at.expect("it was looked at");
                assert!(due <= self.now, "not early");
            } else {
                assert!(ended.error.kind() == RpcErrKind::Closing && queued.abandoned.get());
            }
        }
        for queued in gone {
            assert!(ids.contains(&queued.id), "nothing is lost");
            self.end(queued.id);
        }
    }

    fn advance(&mut self) {
        let mut ended = Vec::new();
        self.session.advance(at(self.now), &mut ended, &mut self.outbox);
        let mut gone = Vec::new();
        while self.flights.len() < self.limits.window
            && let Some(mut queued) = self.queue.pop_front()
        {
            if queued.abandoned.get() || queued.due.look(self.now) {
                gone.push(queued);
                continue;
            }
            let Queued { id, due, len, abandoned } = queued;
            let waits = Waits::For { id, due, abandoned };
            self.appended(waits, len);
        }
        self.left_the_queue(&ended, &gone);
    }

    fn sweep(&mut self) {
        let mut ended = Vec::new();
        let earliest = self.session.sweep(at(self.now), &mut ended);
        let now = self.now;
        self.leave_flight(&mut ended, |due| due.look(now));
        let mut gone = Vec::new();
        for mut queued in std::mem::take(&mut self.queue) {
            if queued.due.look(self.now) || queued.abandoned.get() {
                gone.push(queued);
            } else {
                self.queue.push_back(queued);
            }
        }
        self.left_the_queue(&ended, &gone);
        let in_flight = self.flights.values().filter_map(|flight| match &flight.waits {
            Waits::For { due, .. } => due.at,
            _ => None,
        });
        let first = in_flight.chain(self.queue.iter().filter_map(|queued| queued.due.at)).min();
        assert_eq!(earliest, first.map(at), "the earliest deadline of what still waits");
        let zombies = self.flights.values().filter(|flight| flight.waits == Waits::Abandoned);
        if zombies.count() * 2 > self.limits.window {
            assert!(self.session.is_stuck() || self.life == Life::Closed);
            self.retired();
        }
    }

    /// Checks that `ended` are exactly the tasks in flight that are due or that nobody waits for; they keep their
    /// places.
    fn leave_flight(
        &mut self,
        ended: &mut Vec<Ended<Task>>,
        mut is_due: impl FnMut(&mut Due) -> bool,
    ) {
        for flight in self.flights.values_mut() {
            let Waits::For { id, due, abandoned } = &mut flight.waits else { continue };
            let (id, due) = (*id, is_due(due));
            let left = ended.iter().position(|ended| ended.task.id == id);
            assert_eq!(left.is_some(), due || abandoned.get(), "neither early nor late");
            if let Some(place) = left {
                let error = ended.swap_remove(place).error;
                let kind = if due { RpcErrKind::Timeout } else { RpcErrKind::Closing };
                assert_eq!((error.kind(), error.outcome()), (kind, Outcome::Unknown));
                flight.waits = Waits::Abandoned;
                assert!(self.done.insert(id), "task {id} ended twice");
            }
        }
    }

    /// Tasks in flight that nobody waits for are given back, and nothing else is looked at.
    fn give_back(&mut self) {
        let mut ended = Vec::new();
        self.session.give_back_unwanted(&mut ended);
        self.leave_flight(&mut ended, |_| false);
        assert!(ended.is_empty(), "nothing else ends");
    }

    /// Requests that wait in the queue come back as they were submitted, in their order.
    fn take_unsent(&mut self) {
        let unsent = self.session.take_unsent();
        let seen: Vec<_> =
            unsent.iter().map(|unsent| (unsent.task.id, unsent.frame.len())).collect();
        let queued: Vec<_> = self.queue.drain(..).map(|queued| (queued.id, queued.len)).collect();
        assert_eq!(seen, queued);
        queued.into_iter().for_each(|(id, _)| self.end(id));
    }

    fn claim(&mut self) {
        if self.claimed.is_some() || self.life == Life::Closed {
            return;
        }
        self.claimed = self.outbox.claim();
        assert_eq!(self.claimed.is_some(), self.appended > self.stream.len());
        // A remainder goes first, alone.
        if self.stream.len() >= self.claim_end {
            self.claim_end = self.appended;
        }
    }

    /// Before the end, an owner may take out requests that have not left whole: they come back as they were submitted,
    /// in their order.
    fn take_unwritten_and_close(&mut self) {
        let in_hand = if self.claimed.is_some() { self.claim_end } else { 0 };
        let sent = self.stream.len().max(in_hand);
        let taken = self.session.take_unwritten(&self.outbox);
        let frames: BTreeMap<u64, usize> = self
            .outbox
            .unwritten_requests()
            .into_iter()
            .map(|(seq, frame)| (seq, frame.len()))
            .collect();
        let mut expected = Vec::new();
        for (seq, flight) in &mut self.flights {
            if let Waits::For { id, .. } = flight.waits
                && flight.end > sent
                && self.life != Life::Closed
            {
                expected.push((*seq, id, flight.len));
                flight.waits = Waits::Abandoned;
            }
        }
        let seen: Vec<_> =
            taken.iter().map(|(seq, task, _)| (*seq, task.id, frames[seq])).collect();
        assert_eq!(seen, expected);
        seen.into_iter().for_each(|(_, id, _)| self.end(id));
        self.close();
    }

    fn close(&mut self) {
        let ended = self.session.close(&lost(), &mut self.outbox);
        let in_hand = if self.claimed.take().is_some() { self.claim_end } else { 0 };
        let sent = self.stream.len().max(in_hand);
        let mut expected = BTreeMap::new();
        for flight in std::mem::take(&mut self.flights).into_values() {
            if let Waits::For { id, .. } = flight.waits {
                let outcome = if flight.end <= sent { Outcome::Unknown } else { Outcome::NotSent };
                expected.insert(id, outcome);
            }
        }
        for queued in std::mem::take(&mut self.queue) {
            expected.insert(queued.id, Outcome::NotSent);
        }
        let outcomes: BTreeMap<u64, Outcome> =
            ended.iter().map(|ended| (ended.task.id, ended.error.outcome())).collect();
        assert_eq!(outcomes, expected);
        assert_eq!(ended.len(), outcomes.len(), "each ends once");
        assert!(ended.iter().all(|ended| ended.error.kind() == RpcErrKind::IO));
        expected.into_keys().for_each(|id| self.end(id));
        self.life = Life::Closed;
    }

    /// Checks that whole frames left in the order of their submission, and that every task has ended.
    fn finish(mut self) {
        let whole: Vec<_> = self.order.clone();
        self.close();
        self.check();
        assert_eq!(self.done.len() as u64, self.next_id, "every task has ended");
        drop(self.session);
        assert!(self.handles.iter().all(|handle| Rc::strong_count(handle) == 1), "none is kept");
        let seen = written(&self.stream);
        assert_eq!(seen[..], whole[..seen.len()]);
        let ids: Vec<u64> = whole.iter().filter_map(|(_, id)| *id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "first come, first written");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Rules R1 and C3: whatever the peer answers and whenever the connection ends, each task ends once.
    ///
    /// Case 30, case 35, case 45
    #[test]
    fn every_task_ends_once_and_as_it_must(
        window in 1usize..8,
        queue in 0usize..8,
        queue_bytes in prop_oneof![Just(0usize), 30usize..600, Just(1 << 20)],
        steps in prop::collection::vec(step(), 1..250),
    ) {
        let mut world = World::new(SessionLimits::new(window, queue, queue_bytes));
        for step in &steps {
            world.step(step);
        }
        world.finish();
    }
}
