//! A request that is taken out of the table while its reply's blob arrives in a place of its own.
//!
//! Its place in the window stays taken, and it is put back before its reply is matched. Knows which request is out.
//! Does not know what arrives.

use super::{Pending, Session, Waiting};
use crate::proto::Deadline;

impl<T: Pending> Session<T> {
    /// Takes out the request whose reply has begun, with its deadline; `None` if nobody waits for that reply.
    pub fn take_arriving(&mut self, seq: u64) -> Option<(T, Deadline)> {
        let waiting = &mut self.table.get_mut(seq)?.waiting;
        match std::mem::replace(waiting, Waiting::Arriving) {
            Waiting::For(task, deadline) => Some((task, deadline)),
            other => {
                *waiting = other;
                None
            }
        }
    }

    /// Puts the request back, so that its reply finds it.
    ///
    /// # Errors
    /// The request, if the connection has ended meanwhile.
    pub fn put_back_arrived(&mut self, seq: u64, task: T, deadline: Deadline) -> Result<(), T> {
        match self.table.get_mut(seq).map(|flight| &mut flight.waiting) {
            Some(waiting @ Waiting::Arriving) => {
                *waiting = Waiting::For(task, deadline);
                Ok(())
            }
            _ => Err(task),
        }
    }

    /// Notes that the request will not be put back, because it has ended. The peer may still work on it, so its place
    /// stays taken.
    pub fn abandon_arriving(&mut self, seq: u64) {
        if let Some(flight) = self.table.get_mut(seq)
            && matches!(flight.waiting, Waiting::Arriving)
        {
            flight.waiting = Waiting::Abandoned;
            self.abandoned += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Matched, SessionLimits, Submission, Submitted};
    use super::*;
    use crate::clock;
    use crate::error::made;
    use crate::proto::{Outbox, RequestFrame};
    use std::time::Duration;

    #[derive(Debug, PartialEq)]
    struct Task(u64);
    impl Pending for Task {}

    fn sent(count: u64) -> (Session<Task>, Outbox) {
        let (mut session, mut outbox) =
            (Session::new(SessionLimits::new(4, 4, 1 << 20)), <_>::default());
        for seq in 1..=count {
            let deadline = Deadline::after(Duration::from_secs(1));
            let submission = Submission { frame: RequestFrame::ping(0), task: Task(seq), deadline };
            let submitted = session.submit(submission, &mut outbox);
            assert!(matches!(submitted, Ok(Submitted::Appended { .. })));
        }
        (session, outbox)
    }

    #[test]
    fn one_that_is_out_keeps_its_place_and_is_matched_once_it_is_back() {
        let (mut session, _) = sent(2);
        let (task, deadline) = session.take_arriving(1).expect("it waits");
        assert!(session.take_arriving(1).is_none() && session.take_arriving(7).is_none());
        assert_eq!((session.in_flight(), session.is_finished()), (2, false));
        assert_eq!(session.put_back_arrived(1, task, deadline), Ok(()));
        assert!(matches!(session.take_replied(1), Matched::Request(Task(1), _)));
        assert_eq!(session.in_flight(), 1);
    }

    #[test]
    fn one_that_is_out_is_left_out_by_sweeps_and_by_the_end() {
        let (mut session, mut outbox) = sent(2);
        let (task, deadline) = session.take_arriving(1).expect("it waits");
        let (mut ended, late) = (Vec::new(), Duration::from_secs(9));
        session.sweep(clock::now(), &mut ended);
        session.sweep(clock::now() + late, &mut ended);
        assert_eq!(ended.drain(..).map(|ended| ended.task).collect::<Vec<_>>(), [Task(2)]);
        let lost = made::connection_lost("reset");
        assert!(session.close(&lost, &mut outbox).is_empty());
        assert_eq!(session.put_back_arrived(1, task, deadline), Err(Task(1)));
    }

    #[test]
    fn one_that_is_late_is_counted_as_such_and_keeps_its_place_until_its_reply() {
        let (mut session, _) = sent(1);
        assert!(session.take_arriving(1).is_some());
        session.retire(made::takes_no_more());
        assert!(!session.is_finished());
        session.abandon_arriving(1);
        session.abandon_arriving(1);
        assert_eq!((session.in_flight(), session.is_finished()), (1, true));
        assert!(matches!(session.take_replied(1), Matched::Unneeded));
        assert_eq!((session.in_flight(), session.stats().late_replies), (0, 1));
    }
}
