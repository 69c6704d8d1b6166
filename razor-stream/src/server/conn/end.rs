//! How a server's connection is ended so that the last answers arrive (rule E2).
//!
//! A connection that is closed while bytes of the peer are unread is reset, and the reset can overtake the last
//! answers. So the reader flushes, shuts the write side down, reads and throws away until the peer has closed, and then
//! closes.

use super::{End, Reader, pong, refuse};
use crate::coroutine::{Timer, Turn, yield_now};
use crate::log;
use crate::proto::{FrameError, FrameworkCode, Input, Step};
use crate::transport::{ReadHalf, WriteHalf};
use orb::prelude::AsyncRuntime;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// How long the reader throws away what the peer still sends, and how many bytes of it, before it closes.
pub(super) const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1 << 20;

impl<D, R: ReadHalf, W: WriteHalf> Reader<D, R, W> {
    /// Ends the connection, within `drain_timeout` and the time of the linger.
    pub(super) async fn end<RT: AsyncRuntime>(&mut self, end: End) {
        let mut over = Over::<RT>::after(self.link.drain_time(self.config.drain_timeout));
        match end {
            End::Closed => {}
            End::Finished => {
                self.flush();
                self.drained(&mut over).await;
                let _ = self.write.shutdown_write();
            }
            End::Draining => {
                self.drain_and_refuse(&mut over).await;
                self.flushed(&mut over).await;
                self.linger::<RT>().await;
            }
            End::Broken(error) => self.broken::<RT>(error).await,
        }
        self.link.close();
        self.write.close();
    }

    async fn broken<RT: AsyncRuntime>(&mut self, error: FrameError) {
        log::server::FRAMING.warn(
            &self.config.log,
            format_args!("closing the connection of {}: {error}", self.link.peer()),
        );
        let (seq, code) = match error {
            FrameError::Version { seq, .. } => (seq, FrameworkCode::Version),
            FrameError::Length { seq, .. } => (seq, FrameworkCode::TooLarge),
            _ => return self.flush(),
        };
        refuse(&mut self.batch, seq, code);
        self.flush();
        self.flushed(&mut Over::<RT>::after(LINGER)).await;
        self.linger::<RT>().await;
    }

    /// Waits until every request in hand has been answered and every response written.
    async fn drained<RT: AsyncRuntime>(&mut self, over: &mut Over<RT>) {
        let link = &self.link;
        poll_fn(|cx| if link.poll_drained(cx.waker()) { Poll::Ready(()) } else { over.poll(cx) })
            .await;
    }

    /// Waits until every response so far has been written.
    pub(super) async fn flushed<RT: AsyncRuntime>(&mut self, over: &mut Over<RT>) {
        let link = &self.link;
        poll_fn(|cx| if link.poll_flushed(cx.waker()) { Poll::Ready(()) } else { over.poll(cx) })
            .await;
    }

    /// Refuses each request that comes, until the requests in hand have been answered.
    async fn drain_and_refuse<RT: AsyncRuntime>(&mut self, over: &mut Over<RT>) {
        let mut turn = Turn::default();
        loop {
            match self.refuse_one(FrameworkCode::Closing) {
                Err(_) => return self.flush(),
                Ok(Refused::One) => turn.frames(1),
                Ok(Refused::Read) => {
                    turn.read();
                    self.flush();
                    if self.link.is_choked() {
                        self.flushed(over).await;
                    }
                    match self.read_while_draining(over).await {
                        Drained::Read => self.decoder.filled(&mut self.input),
                        Drained::Over => return,
                        Drained::EndOfStream => return self.drained(over).await,
                    }
                }
            }
            if turn.end_if_over() {
                yield_now().await;
            }
        }
    }

    /// Refuses the next request among the bytes that have been read.
    pub(super) fn refuse_one(&mut self, code: FrameworkCode) -> Result<Refused, FrameError> {
        let Self { link, input, decoder, batch, .. } = self;
        match decoder.next(input)? {
            Step::Frame(request) if request.is_ping() => pong(&request, link, batch),
            Step::Frame(request) => refuse(batch, request.seq(), code),
            Step::Refused { seq } => refuse(batch, seq, code),
            Step::Read => return Ok(Refused::Read),
        }
        Ok(Refused::One)
    }

    /// Reads while the connection drains. Bytes that have arrived are read before the drain ends, so that their
    /// requests are refused and not lost.
    async fn read_while_draining<RT: AsyncRuntime>(&mut self, over: &mut Over<RT>) -> Drained {
        let Self { link, read, input, decoder, .. } = self;
        let (into, reserve) = decoder.target(input);
        let mut reading = pin!(read.read(into, reserve));
        poll_fn(|cx| {
            if over.poll(cx).is_ready() {
                return Poll::Ready(Drained::Over);
            }
            match reading.as_mut().poll(cx) {
                Poll::Ready(Ok(0)) => Poll::Ready(Drained::EndOfStream),
                Poll::Ready(Ok(_)) => Poll::Ready(Drained::Read),
                Poll::Ready(Err(_)) => Poll::Ready(Drained::Over),
                Poll::Pending if link.poll_drained(cx.waker()) => Poll::Ready(Drained::Over),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Shuts the write side down, and throws away what the peer still sends.
    pub(super) async fn linger<RT: AsyncRuntime>(&mut self) {
        if self.write.shutdown_write().is_err() {
            return;
        }
        let mut timer = Timer::<RT>::new();
        timer.arm(LINGER);
        let (mut thrown, mut left) = (Vec::new(), LINGER_BYTES);
        while left > 0 {
            thrown.clear();
            let mut reading = pin!(self.read.read(&mut thrown, Input::CAPACITY));
            let read = poll_fn(|cx| match reading.as_mut().poll(cx) {
                Poll::Pending => timer.poll(cx).map(|()| Ok(0)),
                ready => ready,
            });
            let read: io::Result<usize> = read.await;
            match read {
                Ok(0) | Err(_) => return,
                Ok(bytes) => left = left.saturating_sub(bytes),
            }
        }
    }
}

/// The time that a connection has for its end. Once the time has passed, `poll` is always ready.
pub(super) struct Over<RT> {
    timer: Timer<RT>,
    passed: bool,
}

impl<RT: AsyncRuntime> Over<RT> {
    pub(super) fn after(time: Duration) -> Self {
        let mut timer = Timer::new();
        timer.arm(time);
        Self { timer, passed: false }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.passed = self.passed || self.timer.poll(cx).is_ready();
        if self.passed { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// What [`Reader::refuse_one`] has found.
pub(super) enum Refused {
    One,
    /// No whole request is left; more has to be read.
    Read,
}

/// What a reader that drains has found.
enum Drained {
    /// Bytes.
    Read,
    /// The client sends nothing more; it may still read.
    EndOfStream,
    /// There is nothing more to wait for.
    Over,
}
