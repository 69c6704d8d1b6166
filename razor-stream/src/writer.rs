//! Writing the frames of an outbox, for clients and servers alike: by the writer coroutine, or by another coroutine or
//! thread that has just appended frames.
//!
//! The one that claims the outbox writes outside of its lock. If it cannot go on without waiting, it leaves the rest to
//! the writer coroutine.

use crate::coroutine::{Lifeline, Timer, lifeline, wake, why_dropped};
use crate::isolation::{discard, isolated};
use crate::proto::{Left, Outbox, Output};
use crate::transport::WriteHalf;
use orb::prelude::AsyncRuntime;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Passes of the scheduler for which the writer waits at most, so that others can append.
const PASSES: usize = 16;
/// A batch of this number of bytes is large enough: the writer does not wait for more.
const ENOUGH: usize = 64 << 10;
/// The most slices of one write.
const SLICES: usize = 16;

/// An outbox and the coroutine that waits for it to fill.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    pub(crate) outbox: Outbox,
    writer: Option<Waker>,
    /// The writer's last batch had more than one frame.
    batched: bool,
}

impl Gate {
    /// Takes the waker of the writer coroutine, if that waits. The caller calls it outside of the lock, once there is
    /// something to write.
    #[must_use]
    pub(crate) const fn take_writer(&mut self) -> Option<Waker> {
        self.writer.take()
    }
}

/// The shared part of a connection, as far as writing needs it.
pub(crate) trait Sender: Send + Sync + 'static {
    /// Calls `look` with the gate, under its lock, and with the number of requests in hand. Returns `None` if the
    /// connection has ended.
    fn with_gate<R>(&self, look: impl FnOnce(&mut Gate, usize) -> R) -> Option<R>;

    /// Records that frames have left for the kernel.
    fn left(&self, left: Left);

    /// Ends the connection, because writing has failed.
    fn broken(&self, error: io::Error);
}

/// Writes as much of `output` as is possible without waiting, and leaves the rest to the writer coroutine.
pub(crate) fn write_now<S: Sender, W: WriteHalf>(sender: &S, write: &W, mut output: Output) {
    let error = loop {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let filled = output.slices(&mut slices);
        if filled == 0 {
            break None;
        }
        match write.try_write(&slices[..filled]) {
            Ok(0) => break Some(io::ErrorKind::WriteZero.into()),
            Ok(written) => output.advance(written),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break None,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Some(error),
        }
    };
    give_back(sender, output);
    if let Some(error) = error {
        sender.broken(error);
    }
}

fn give_back<S: Sender>(sender: &S, mut output: Output) {
    // Blobs belong to users: their destructors may use the connection, or panic.
    let _panicked = isolated(|| output.drop_written_blobs());
    let mut output = Some(output);
    let released = sender.with_gate(|gate, _| {
        let left = output.take().map_or_else(Left::default, |output| gate.outbox.release(output));
        let waker = if gate.outbox.is_empty() { None } else { gate.take_writer() };
        (left, waker)
    });
    // If the connection has ended, the output was not released, and is dropped here.
    discard(output);
    if let Some((left, waker)) = released {
        if left.frames > 0 {
            sender.left(left);
        }
        wake(waker);
    }
}

/// The writer coroutine. It ends with the connection, or when a write fails or makes no progress for `stall`.
pub(crate) fn write_loop<RT: AsyncRuntime, S: Sender, W: WriteHalf>(
    sender: Arc<S>,
    write: Arc<W>,
    stall: Duration,
) -> impl Future<Output = ()> + Send {
    let guarded = sender.clone();
    let lifeline = lifeline(move || guarded.broken(io::Error::other(why_dropped())));
    write_to_the_end::<RT, _, _>(sender, write, stall, lifeline)
}

async fn write_to_the_end<RT: AsyncRuntime, S: Sender, W: WriteHalf>(
    sender: Arc<S>,
    write: Arc<W>,
    stall: Duration,
    _lifeline: Lifeline<impl FnMut()>,
) {
    let mut timer = Timer::<RT>::new();
    while let Some(output) = claim(&*sender).await {
        let mut claimed = Claimed { sender: &*sender, output: Some(output) };
        let written = write_all(&*write, claimed.output.as_mut(), &mut timer, stall).await;
        drop(claimed);
        if let Err(error) = written {
            sender.broken(error);
        }
    }
}

/// An output that goes back to the outbox also if the coroutine is dropped while it writes.
struct Claimed<'a, S: Sender> {
    sender: &'a S,
    output: Option<Output>,
}

impl<S: Sender> Drop for Claimed<'_, S> {
    fn drop(&mut self) {
        if let Some(output) = self.output.take() {
            give_back(self.sender, output);
        }
    }
}

/// Waits until there is something to write; `None` when the connection has ended.
///
/// As long as every pass of the scheduler brings more frames, the writer lets others append: a batch that is large
/// enough is written by the one that completed it. The wait begins at the first frame, because a scheduler may run a
/// coroutine that was just woken before those that were ready earlier, and then each frame would cost a write. A frame
/// that no other frame can follow does not wait.
async fn claim<S: Sender>(sender: &S) -> Option<Output> {
    let (mut seen, mut passes) = (0, 0);
    poll_fn(|cx| {
        let claimed = sender.with_gate(|gate, in_hand| {
            let waiting = gate.outbox.frames_waiting();
            let others = waiting > 1 || in_hand > 1 || gate.batched;
            let may_wait = passes < PASSES && gate.outbox.waiting() < ENOUGH;
            if waiting > seen && others && may_wait {
                (seen, passes) = (waiting, passes + 1);
                cx.waker().wake_by_ref();
                return None;
            }
            let claimed = gate.outbox.claim();
            if let Some(output) = &claimed {
                gate.batched = output.frames() > 1;
            } else {
                (seen, passes) = (0, 0);
                if !gate.writer.as_ref().is_some_and(|w| w.will_wake(cx.waker())) {
                    gate.writer = Some(cx.waker().clone());
                }
            }
            claimed
        });
        match claimed {
            None => Poll::Ready(None),
            Some(None) => Poll::Pending,
            Some(output) => Poll::Ready(output),
        }
    })
    .await
}

fn stalled(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => {
            io::Error::new(io::ErrorKind::TimedOut, "the peer does not read")
        }
        _ => error,
    }
}

async fn write_all<RT: AsyncRuntime, W: WriteHalf>(
    write: &W,
    output: Option<&mut Output>,
    timer: &mut Timer<RT>,
    stall: Duration,
) -> io::Result<()> {
    let Some(output) = output else { return Ok(()) };
    while !output.is_empty() {
        let written = {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let filled = output.slices(&mut slices);
            let slices = &slices[..filled];
            match write.try_write(slices) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let mut writing = pin!(write.write(slices));
                    timer.arm(stall);
                    poll_fn(|cx: &mut Context<'_>| match writing.as_mut().poll(cx) {
                        // A kernel reports room only once there is much of it. A direct attempt shows whether a peer
                        // reads slowly.
                        Poll::Pending if timer.poll(cx).is_ready() => {
                            Poll::Ready(write.try_write(slices).map_err(stalled))
                        }
                        other => other,
                    })
                    .await
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other,
            }
        }?;
        timer.disarm();
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        output.advance(written);
    }
    Ok(())
}
