//! A connection beyond the server's limit: its requests are refused, and none is dispatched.
//!
//! It is read for a moment, so that its peer learns the reason from an answer to its request, and does not see a reset.
//! Knows when that moment is over. Does not know how many connections there may be.

use super::end::{LINGER, Over, Refused};
use super::{Reader, refuse};
use crate::coroutine::{Turn, yield_now};
use crate::proto::{FrameError, FrameworkCode};
use crate::server::link::Phase;
use crate::transport::{ReadHalf, WriteHalf};
use orb::prelude::AsyncRuntime;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// How long a connection is read until its first request has come.
const FIRST: Duration = Duration::from_secs(1);
/// How long a connection is read after its first request, for the other requests that its peer has sent meanwhile.
const FURTHER: Duration = Duration::from_millis(100);

impl<D, R: ReadHalf, W: WriteHalf> Reader<D, R, W> {
    /// Refuses each request as overloaded, or as closing once the server closes, and ends the connection.
    pub(super) async fn turn_away<RT: AsyncRuntime>(&mut self) {
        self.refuse_for_a_moment::<RT>().await;
        self.flush();
        if self.link.phase() != Phase::Closed {
            self.flushed(&mut Over::<RT>::after(LINGER)).await;
            self.linger::<RT>().await;
        }
        self.link.close();
        self.write.close();
    }

    async fn refuse_for_a_moment<RT: AsyncRuntime>(&mut self) {
        let mut turn = Turn::default();
        let mut over = Over::<RT>::after(FIRST);
        let mut further = false;
        loop {
            let phase = self.link.phase();
            let code = match phase {
                Phase::Serving => FrameworkCode::Overloaded,
                Phase::Draining => FrameworkCode::Closing,
                Phase::Closed => return,
            };
            if phase == Phase::Draining && !std::mem::replace(&mut further, true) {
                over = Over::after(FURTHER);
            }
            match self.refuse_one(code) {
                Ok(Refused::One) => {
                    turn.frames(1);
                    if !std::mem::replace(&mut further, true) {
                        over = Over::after(FURTHER);
                    }
                }
                Ok(Refused::Read) => {
                    turn.read();
                    self.flush();
                    if self.link.is_choked() || !self.read_more(&mut over, phase).await {
                        return;
                    }
                }
                Err(FrameError::Length { seq, .. }) => {
                    return refuse(&mut self.batch, seq, code);
                }
                Err(_) => return,
            }
            if turn.end_if_over() {
                yield_now().await;
            }
        }
    }

    /// Reads as long as the phase is `before`. Returns `false` when there is nothing more to read, or no more time.
    async fn read_more<RT: AsyncRuntime>(&mut self, over: &mut Over<RT>, before: Phase) -> bool {
        let Self { link, read, input, decoder, .. } = self;
        let read = {
            let (into, reserve) = decoder.target(input);
            let mut reading = pin!(read.read(into, reserve));
            poll_fn(|cx| match reading.as_mut().poll(cx) {
                Poll::Ready(read) => Poll::Ready(Some(matches!(read, Ok(1..)))),
                Poll::Pending if link.poll_phase(cx.waker()) != before => Poll::Ready(None),
                Poll::Pending => over.poll(cx).map(|()| Some(false)),
            })
            .await
        };
        if read == Some(true) {
            decoder.filled(input);
        }
        read.unwrap_or(true)
    }
}
