//! What a server's reader waits for: bytes, a slot, a handler, the end of the connection.

use super::{Reader, panicked};
use crate::coroutine::Timer;
use crate::isolation::isolated;
use crate::proto::{Pace, Progress, Unfinished};
use crate::server::dispatch::{Dispatch, Later};
use crate::server::link::Phase;
use crate::server::slots::{Place, Turn};
use crate::transport::{ReadHalf, WriteHalf};
use orb::prelude::AsyncRuntime;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

/// A connection that has received nothing for this time frees its buffers.
const IDLE: Duration = Duration::from_secs(1);

/// Why the reader woke up.
pub(super) enum Event {
    /// This number of bytes has been read; 0 is the end of the stream.
    Read(usize),
    /// Nothing has been received for [`IDLE`].
    Idle,
    /// A request has begun, and arrives too slowly.
    Slow,
    /// The phase has changed.
    Ending,
    /// The connection is broken.
    Broken(io::Error),
}

/// A look at a connection that waits for bytes, while it holds memory.
struct Look<'a, RT> {
    idle: &'a mut Timer<RT>,
    /// Something has been read since the last look.
    active: &'a mut bool,
    progress: &'a mut Progress,
    unfinished: Option<Unfinished>,
    pace: &'a Pace,
}

impl<RT: AsyncRuntime> Look<'_, RT> {
    /// Traffic does not put the timer off: the connection is looked at when the timer goes off.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        loop {
            let every = if self.unfinished.is_some() { self.pace.look_every() } else { IDLE };
            if !self.idle.is_armed() {
                self.idle.arm(every);
            }
            if self.idle.poll(cx).is_pending() {
                return Poll::Pending;
            }
            if !self.progress.keeps_up(self.unfinished, every, self.pace) {
                return Poll::Ready(Event::Slow);
            }
            if !std::mem::take(self.active) {
                return Poll::Ready(Event::Idle);
            }
        }
    }
}

impl<D: Dispatch, R: ReadHalf, W: WriteHalf> Reader<D, R, W> {
    /// Waits for bytes or for the end of the connection. Returns [`Event::Idle`] when neither has come for a while and
    /// there is a buffer to free.
    pub(super) async fn wait<RT: AsyncRuntime>(&mut self, idle: &mut Timer<RT>) -> Event {
        let Self { link, read, input, decoder, active, progress, config, .. } = self;
        let unfinished = decoder.unfinished(input);
        let (into, reserve) = decoder.target(input);
        let looks = unfinished.is_some() || into.capacity() > 0;
        let mut look = Look { idle, active, progress, unfinished, pace: &config.pace };
        let mut reading = pin!(read.read(into, reserve));
        poll_fn(|cx| {
            if let Poll::Ready(read) = reading.as_mut().poll(cx) {
                *look.active = true;
                return Poll::Ready(read.map_or_else(Event::Broken, Event::Read));
            }
            if link.poll_phase(cx.waker()) != Phase::Serving {
                return Poll::Ready(Event::Ending);
            }
            if looks { look.poll(cx) } else { Poll::Pending }
        })
        .await
    }

    /// Waits until a slot is free, the output is below its mark, and the server has a slot. If the connection had to
    /// stand in line for that, it gets its place: as long as it keeps it, it is its turn. After `overload_after`
    /// requests are refused instead, so that the client sees life.
    pub(super) async fn wait_for_slot<RT: AsyncRuntime>(&mut self) -> Option<Place> {
        self.flush();
        let (link, config) = (&self.link, &self.config);
        let mut place = None;
        // One timer for the whole time without a slot, and one for the time in the server's line.
        let (mut whole, mut line) = (Timer::<RT>::new(), Timer::<RT>::new());
        self.overloaded = poll_fn(|cx| {
            let (server, in_line) = (link.server(), place.is_some());
            if !link.poll_slot(cx.waker()) || link.is_ending() {
                // A connection that cannot go on must not hold up the line.
                place = None;
            } else if !in_line && server.has_room()
                || server.poll_turn(&mut place, cx.waker()) == Turn::Yours
            {
                return Poll::Ready(false);
            } else if server.is_overloaded() {
                return Poll::Ready(true);
            }
            if link.is_ending() {
                // The end may have begun since the line was polled: then the connection leaves the line.
                place = None;
                return Poll::Ready(false);
            }
            if place.is_none() {
                line.disarm();
            } else if !line.is_armed() {
                line.arm(config.overload_after);
            }
            if line.poll(cx).is_ready() {
                server.give_up();
                return Poll::Ready(true);
            }
            // Entering and leaving the line does not arm this timer anew.
            if !whole.is_armed() {
                whole.arm(config.overload_after);
            }
            whole.poll(cx).map(|()| true)
        })
        .await;
        place.filter(|_| !self.overloaded)
    }

    /// Waits for a handler within the reader; when the server closes, no longer than `drain_timeout`.
    pub(super) async fn wait_within<RT: AsyncRuntime>(&mut self, until: Later) {
        self.flush();
        let (link, mut timer, mut until) = (&self.link, Timer::<RT>::new(), until);
        poll_fn(|cx| {
            match isolated(|| Pin::new(&mut until).poll(cx)) {
                Some(Poll::Pending) => {}
                Some(Poll::Ready(())) => return Poll::Ready(()),
                None => {
                    if let Some(action) = &self.waits_for {
                        panicked(action, link, "handler");
                    }
                    return Poll::Ready(());
                }
            }
            match link.poll_phase(cx.waker()) {
                Phase::Serving => return Poll::Pending,
                Phase::Closed => return Poll::Ready(()),
                Phase::Draining if timer.is_armed() => {}
                Phase::Draining => timer.arm(link.drain_time(self.config.drain_timeout)),
            }
            timer.poll(cx)
        })
        .await;
    }
}
