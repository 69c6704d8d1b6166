//! The coroutine that reads a client's connection: it completes requests, and ends those past their deadline.
//!
//! Replies are matched in batches under one lock and completed outside of it. There is no timer per request: while
//! anything waits, all deadlines are looked at together (`proto::Looks` says when), and while nothing waits there is no
//! timer.

use super::link::{Link, Tick, Watch};
use super::matcher::Completed;
use super::receive::Receiving;
use crate::buffer;
use crate::client::Completion;
use crate::client::complete::complete;
use crate::coroutine::{Lifeline, Timer, Turn, lifeline, why_dropped, yield_now};
use crate::error::{RpcErrKind, RpcIntErr, made};
use crate::proto::{Decoder, FrameError, Input, Limits, Replies, Step};
use crate::transport::{ReadHalf, WriteHalf};
use orb::prelude::AsyncRuntime;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

/// The most replies that are matched under one lock.
const BATCH: usize = 64;

/// Why the reader woke up.
enum Event {
    Read(usize),
    /// The task whose blob is arriving has no memory for it any more.
    Withdrawn,
    /// It is time to look at the deadlines.
    Look,
    /// The connection has ended, or is finished.
    Over(RpcIntErr),
}

struct Reader<K: Completion, R, W: WriteHalf> {
    link: Arc<Link<K, W>>,
    read: R,
    input: Input,
    decoder: Decoder<Replies>,
    receiving: Receiving<K, W>,
    completed: Vec<Completed<K>>,
    turn: Turn,
    /// Something was read since the last look, so there is memory to give back.
    read_since_look: bool,
}

/// Reads until the connection ends, and ends it.
pub(super) fn read_loop<RT, K, R, W>(
    link: Arc<Link<K, W>>,
    read: R,
    limits: Limits,
) -> impl Future<Output = ()> + Send
where
    RT: AsyncRuntime,
    K: Completion,
    R: ReadHalf,
    W: WriteHalf,
{
    let guarded = link.clone();
    let lifeline = lifeline(move || guarded.close(&guarded.lost(io::Error::other(why_dropped()))));
    read_to_the_end::<RT, _, _, _>(link, read, limits, lifeline)
}

async fn read_to_the_end<RT, K, R, W>(
    link: Arc<Link<K, W>>,
    read: R,
    limits: Limits,
    _lifeline: Lifeline<impl FnMut()>,
) where
    RT: AsyncRuntime,
    K: Completion,
    R: ReadHalf,
    W: WriteHalf,
{
    let mut reader = Reader {
        link: link.clone(),
        read,
        input: Input::default(),
        decoder: Decoder::replies(limits),
        receiving: Receiving::new(link.clone()),
        completed: Vec::new(),
        turn: Turn::default(),
        read_since_look: false,
    };
    let cause = reader.run::<RT>().await;
    link.close(&cause);
}

impl<K: Completion, R: ReadHalf, W: WriteHalf> Reader<K, R, W> {
    /// Reads until the connection ends, and returns the reason.
    async fn run<RT: AsyncRuntime>(&mut self) -> RpcIntErr {
        let mut timer = Timer::<RT>::new();
        loop {
            let in_place = self.receiving.is_next(&self.decoder);
            let event = if in_place {
                self.wait_in_place(&mut timer).await
            } else {
                self.wait(&mut timer).await
            };
            match event {
                Ok(Event::Read(0)) => return self.end_of_stream(),
                Ok(Event::Read(bytes)) => {
                    if in_place {
                        self.receiving.count_filled(bytes, &mut self.decoder);
                    } else {
                        self.decoder.filled(&mut self.input);
                    }
                    let others_had_their_turn = match self.take_replies().await {
                        Ok(turn) => turn,
                        Err(cause) => return cause,
                    };
                    // A server that sends without a pause must not keep deadlines or the end of the connection from
                    // being seen.
                    if others_had_their_turn && let Err(cause) = self.look_if_due(&mut timer).await
                    {
                        return cause;
                    }
                }
                Ok(Event::Look) => {
                    if let Err(cause) = self.look(&mut timer) {
                        return cause;
                    }
                }
                Ok(Event::Withdrawn) => {
                    self.receiving.withdraw(&mut self.decoder);
                    if let Err(cause) = self.take_replies().await {
                        return cause;
                    }
                }
                Ok(Event::Over(cause)) => return cause,
                Err(error) => return self.link.lost(error),
            }
        }
    }

    /// Waits for bytes, for the next look at deadlines, or for the end.
    async fn wait<RT: AsyncRuntime>(&mut self, timer: &mut Timer<RT>) -> io::Result<Event> {
        let Self { link, read, input, decoder, .. } = self;
        let (into, reserve) = decoder.target(input);
        let reading = async { read.read(into, reserve).await.map(Event::Read) };
        wait_for(link, reading, timer).await
    }

    /// Waits for bytes that go into memory of a task, for the next look at deadlines, or for the end.
    async fn wait_in_place<RT: AsyncRuntime>(
        &mut self,
        timer: &mut Timer<RT>,
    ) -> io::Result<Event> {
        let Self { link, read, receiving, .. } = self;
        let reading = async {
            receiving.read(read).await.map(|read| read.map_or(Event::Withdrawn, Event::Read))
        };
        wait_for(link, reading, timer).await
    }

    /// Looks at the deadlines if it is time for it, without waiting. An error is the end of the connection.
    async fn look_if_due<RT: AsyncRuntime>(
        &mut self,
        timer: &mut Timer<RT>,
    ) -> Result<(), RpcIntErr> {
        match self.link.watch_reader(None) {
            Watch::Over(cause) => return Err(cause),
            Watch::Look(Some(within)) => timer.arm_within(within),
            Watch::Look(None) => {}
        }
        if poll_fn(|cx| Poll::Ready(timer.poll(cx).is_pending())).await {
            return Ok(());
        }
        self.look(timer)
    }

    /// Looks at the deadlines, and arms the timer for the next look. An error is the end of the connection.
    fn look<RT: AsyncRuntime>(&mut self, timer: &mut Timer<RT>) -> Result<(), RpcIntErr> {
        match self.sweep() {
            Tick::Look(within) => timer.arm_within(within),
            Tick::Rest => {}
            Tick::Finished(cause) => return Err(cause),
        }
        Ok(())
    }

    /// Completes every request whose reply has arrived; returns whether other coroutines had their turn meanwhile.
    async fn take_replies(&mut self) -> Result<bool, RpcIntErr> {
        if !self.read_since_look {
            self.read_since_look = true;
            self.link.look_again();
        }
        self.turn.read();
        let mut yielded = false;
        loop {
            let more = self.take_batch();
            self.turn.frames(self.completed.len());
            self.complete();
            let more = more?;
            if self.turn.end_if_over() {
                yield_now().await;
                yielded = true;
            }
            if !more {
                return Ok(yielded);
            }
        }
    }

    /// Matches a batch of replies; returns whether there may be more.
    fn take_batch(&mut self) -> Result<bool, RpcIntErr> {
        let Self { link, input, decoder, completed, receiving, .. } = self;
        let mut more = true;
        let matched = link.match_batch(completed, |matcher| {
            let known = match decoder.next(input)? {
                Step::Frame(reply) => matcher.reply(reply),
                Step::Refused { seq } => matcher.fail(seq),
                Step::Read => {
                    more = false;
                    return Ok(false);
                }
            };
            if !known {
                return Err(Broken::Strays);
            }
            Ok(matcher.count() < BATCH)
        });
        let more = more || receiving.advance(decoder, input);
        matched.map(|()| more).map_err(|broken| self.broken(broken))
    }

    fn complete(&mut self) {
        for (task, result) in self.completed.drain(..) {
            complete(task, self.link.with_peer(result), self.link.log(), self.link.peer());
        }
        self.completed.shrink_to(BATCH);
    }

    fn sweep(&mut self) -> Tick {
        self.read_since_look = false;
        let elsewhere = self.receiving.sweep(&mut self.decoder);
        let tick = self.link.sweep(&mut self.completed, elsewhere);
        self.complete();
        if matches!(tick, Tick::Rest) {
            self.completed = Vec::new();
            self.input.release_memory();
            buffer::give_up_unused();
        }
        tick
    }

    fn end_of_stream(&self) -> RpcIntErr {
        let cause = match self.decoder.end(&self.input) {
            Ok(()) => {
                io::Error::new(io::ErrorKind::UnexpectedEof, "the peer closed the connection")
            }
            Err(error) => io::Error::new(io::ErrorKind::UnexpectedEof, error),
        };
        self.link.lost(cause)
    }

    fn broken(&self, broken: Broken) -> RpcIntErr {
        // The cause is the error of the frame itself, which says how another protocol begins.
        let error = match broken {
            Broken::Frame(error @ FrameError::Version { .. }) => {
                made::broken(RpcErrKind::Version, error)
            }
            Broken::Frame(error) => made::broken(RpcErrKind::Protocol, error),
            Broken::Strays => made::broken(RpcErrKind::Protocol, broken),
        };
        error.with_peer(self.link.peer().to_string())
    }
}

/// Waits for bytes, for the next look at deadlines, or for the end.
async fn wait_for<RT: AsyncRuntime, K: Completion, W: WriteHalf>(
    link: &Link<K, W>,
    reading: impl Future<Output = io::Result<Event>>,
    timer: &mut Timer<RT>,
) -> io::Result<Event> {
    let mut reading = pin!(reading);
    poll_fn(|cx| {
        if let Poll::Ready(read) = reading.as_mut().poll(cx) {
            return Poll::Ready(read);
        }
        match link.watch_reader(Some(cx.waker())) {
            Watch::Over(cause) => return Poll::Ready(Ok(Event::Over(cause))),
            Watch::Look(Some(within)) => timer.arm_within(within),
            Watch::Look(None) => {}
        }
        timer.poll(cx).map(|()| Ok(Event::Look))
    })
    .await
}

/// Why a server's bytes end the connection.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("too many replies to nothing")]
    Strays,
}
