//! What a server's reader waits for: bytes, a slot, a handler, the end.

use super::Reader;
use crate::io::Timer;
use crate::server::dispatch::Dispatch;
use crate::server::link::Phase;
use crate::transport::{ReadHalf, WriteHalf};
use orb::prelude::AsyncRuntime;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

/// A connection on which nothing has come for this long gives its buffers back.
const IDLE: Duration = Duration::from_secs(1);

/// Why the reader woke up.
pub(super) enum Event {
    /// So many bytes; 0 is the end of the stream.
    Read(usize),
    /// Nothing has come for a while.
    Idle,
    /// The server closes.
    Draining,
    /// The connection has ended.
    Closed,
}

impl<D: Dispatch, R: ReadHalf, W: WriteHalf> Reader<D, R, W> {
    /// Waits for bytes or for the end. After a while without either it says so, once.
    pub(super) async fn wait<RT: AsyncRuntime>(&mut self, idle: &mut Timer<RT>) -> Event {
        let Self { link, read, input, decoder, active, .. } = self;
        let (into, reserve) = decoder.target(input);
        let holds_memory = into.capacity() > 0;
        let mut reading = pin!(read.read(into, reserve));
        poll_fn(|cx| {
            if let Poll::Ready(read) = reading.as_mut().poll(cx) {
                *active = true;
                return Poll::Ready(read.map_or(Event::Closed, Event::Read));
            }
            match link.poll_phase(cx.waker()) {
                Phase::Serving => {}
                Phase::Draining => return Poll::Ready(Event::Draining),
                Phase::Closed => return Poll::Ready(Event::Closed),
            }
            if holds_memory && Self::idle_for_long(idle, active, cx) {
                return Poll::Ready(Event::Idle);
            }
            Poll::Pending
        })
        .await
    }

    /// Traffic does not put the timer off: it is looked at when the timer goes off.
    fn idle_for_long<RT: AsyncRuntime>(
        idle: &mut Timer<RT>,
        active: &mut bool,
        cx: &mut Context<'_>,
    ) -> bool {
        loop {
            if !idle.is_armed() {
                idle.arm(IDLE);
            }
            if idle.poll(cx).is_pending() {
                return false;
            }
            if !std::mem::take(active) {
                return true;
            }
        }
    }

    /// Waits until a slot is free and the output is below its mark; after `overload_after` requests are refused
    /// instead, so that the client sees life.
    pub(super) async fn wait_for_slot<RT: AsyncRuntime>(&mut self) {
        self.flush();
        self.choked = false;
        let (link, mut timer) = (&self.link, Timer::<RT>::new());
        self.overloaded = poll_fn(|cx| {
            if link.poll_slot(cx.waker()) {
                return Poll::Ready(false);
            }
            if !timer.is_armed() {
                timer.arm(self.config.overload_after);
            }
            timer.poll(cx).map(|()| true)
        })
        .await;
    }

    /// Waits for a handler within the reader.
    ///
    /// # Errors
    /// When the connection ended meanwhile.
    pub(super) async fn wait_within(
        &mut self,
        mut until: Pin<Box<dyn Future<Output = ()> + Send>>,
    ) -> Result<(), Gone> {
        self.flush();
        let link = &self.link;
        poll_fn(|cx| {
            if until.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Ok(()));
            }
            match link.poll_phase(cx.waker()) {
                Phase::Closed => Poll::Ready(Err(Gone)),
                Phase::Serving | Phase::Draining => Poll::Pending,
            }
        })
        .await
    }
}

/// The connection has ended.
pub(super) struct Gone;

/// Lets the other coroutines of the thread run.
pub(super) async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
