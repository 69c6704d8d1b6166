//! The looks at deadlines: requests past their deadline end, and tasks that nobody waits for are given back.
//!
//! Knows the time it is told. Does not know when the looks come.

use super::{Flight, Pending, Session, Submission, Waiting};
use crate::error::made;
use crate::proto::{Deadline, Ended};
use std::time::Instant;

impl<T: Pending> Session<T> {
    /// Looks at all deadlines: ends requests past theirs, and gives back the tasks that nobody waits for. Returns the
    /// earliest deadline of the requests that still wait. To be called when [`Looks`](crate::proto::Looks) says so,
    /// while any request waits.
    pub fn sweep(&mut self, now: Instant, ended: &mut Vec<Ended<T>>) -> Option<Instant> {
        let in_flight = self.sweep_table(now, ended);
        let queued = self.sweep_queue(now, ended);
        if self.is_stuck() {
            self.retire(made::window_given_up());
        }
        in_flight.into_iter().chain(queued).min()
    }

    fn sweep_table(&mut self, now: Instant, ended: &mut Vec<Ended<T>>) -> Option<Instant> {
        let mut earliest = None;
        for (_, flight) in self.table.iter_mut() {
            let Waiting::For(task, deadline) = &mut flight.waiting else { continue };
            let error = match deadline.has_passed(now) {
                true => made::no_answer_in_time,
                false if task.is_abandoned() => made::unwanted,
                false => {
                    earliest = earlier(earliest, deadline);
                    continue;
                }
            };
            if let Some(task) = flight.abandon() {
                self.abandoned += 1;
                ended.push(Ended { task, error: error() });
            }
        }
        earliest
    }

    /// Gives back the tasks in flight that nobody waits for, without looking at deadlines.
    pub fn give_back_unwanted(&mut self, ended: &mut Vec<Ended<T>>) {
        for (_, flight) in self.table.iter_mut() {
            if matches!(&flight.waiting, Waiting::For(task, _) if task.is_abandoned())
                && let Some(task) = flight.abandon()
            {
                self.abandoned += 1;
                ended.push(Ended { task, error: made::unwanted() });
            }
        }
    }

    fn sweep_queue(&mut self, now: Instant, ended: &mut Vec<Ended<T>>) -> Option<Instant> {
        let (mut any, mut earliest) = (false, None);
        for queued in &mut self.queue {
            let Submission { task, deadline, .. } = &mut queued.submission;
            queued.late = deadline.has_passed(now);
            any |= queued.late || task.is_abandoned();
            earliest = earlier(earliest, deadline);
        }
        if !any {
            return earliest;
        }
        for queued in std::mem::take(&mut self.queue) {
            let error = match queued.late {
                true => made::queued_too_long(),
                false if queued.submission.task.is_abandoned() => made::unwanted_in_queue(),
                false => {
                    self.queue.push_back(queued);
                    continue;
                }
            };
            let Submission { frame, task, .. } = queued.submission;
            self.queue_bytes -= frame.len();
            self.discarded.push(frame);
            ended.push(Ended { task, error });
        }
        let deadlines = self.queue.iter().map(|queued| &queued.submission.deadline);
        deadlines.fold(None, earlier)
    }

    /// Whether too many requests were abandoned: more than half of the window.
    #[must_use]
    pub const fn is_stuck(&self) -> bool {
        self.abandoned * 2 > self.limits.window
    }
}

impl<T> Flight<T> {
    /// Marks the request as abandoned and returns its task, if a task waits for the reply.
    fn abandon(&mut self) -> Option<T> {
        match std::mem::replace(&mut self.waiting, Waiting::Abandoned) {
            Waiting::For(task, _) => Some(task),
            other => {
                self.waiting = other;
                None
            }
        }
    }
}

fn earlier(earliest: Option<Instant>, deadline: &Deadline) -> Option<Instant> {
    deadline.until().into_iter().chain(earliest).min()
}
