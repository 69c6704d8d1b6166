//! The coroutine that reads a server's connection and dispatches its requests.
//!
//! The answers of requests that are answered in place gather in a batch of the reader. The reader writes the batch
//! itself: when it has grown to half of what was read, so that the client has work meanwhile, and before every wait.
//! The reader never waits for a write: bytes that the kernel does not take are left to the writer.
//!
//! | file | holds |
//! |---|---|
//! | `wait` | what a reader waits for: bytes, a slot, the end |
//! | `turn_away` | a connection too many, whose requests are refused |
//! | `end` | how a connection is ended so that the last answers arrive |

mod end;
mod turn_away;
mod wait;

use super::ServerConfig;
use super::cancel::CancelReason;
use super::dispatch::{Call, Dispatch, Flow};
use super::label::{Asked, Label};
use super::link::{Link, Phase, push_pong};
use super::task::Reply;
use crate::coroutine::{Lifeline, Timer, Turn, lifeline, yield_now};
use crate::isolation::isolated;
use crate::proto::{
    Decoder, ErrorReply, FrameError, FrameworkCode, Input, Limits, Output, Progress, Request,
    Requests, Step,
};
use crate::transport::{Connection, ReadHalf, WriteHalf};
use crate::writer::{Sender, write_loop, write_now};
use crate::{buffer, log};
use orb::prelude::AsyncRuntime;
use std::sync::Arc;
use wait::Event;

/// While further requests are dispatched, the batch is written as soon as it is half as long as the last read: then
/// client and server work at the same time. That length stays between these bounds, in bytes, so that a write is worth
/// the wake that it causes, and a batch stays in the cache (figures: docs/PERFORMANCE.md).
const FLUSH_FROM: usize = 3 << 10;
const FLUSH_AT: usize = 64 << 10;

/// The longest message and the longest blob, in bytes, that a connection beyond the limit may send. A longer request is
/// skipped, or ends the connection, and is refused too.
const REFUSED: u32 = 64 << 10;

/// The reader of a connection, with what it owns and what it shares.
struct Reader<D, R, W> {
    link: Arc<Link>,
    write: Arc<W>,
    read: R,
    config: Arc<ServerConfig>,
    dispatch: D,
    input: Input,
    decoder: Decoder<Requests>,
    batch: Output,
    /// The batch is written when it has this number of bytes.
    flush_at: usize,
    /// No slot has become free for long: requests are refused until one does.
    overloaded: bool,
    /// Something has been read since the idle timer was armed.
    active: bool,
    /// How fast the request arrives that is arriving now.
    progress: Progress,
    /// The request whose handler the reader waits for.
    waits_for: Option<Label>,
}

/// Why reading has ended.
enum End {
    /// The client sends nothing more; requests in hand are still answered.
    Finished,
    /// The server closes; requests in hand are still answered.
    Draining,
    /// The connection is gone.
    Closed,
    /// The peer broke the protocol.
    Broken(FrameError),
}

/// Serves one connection until it ends; `RT` spawns its writer.
pub(super) async fn serve<RT, D, R, W>(
    connection: Connection<R, W>,
    link: Arc<Link>,
    config: Arc<ServerConfig>,
    dispatch: D,
) where
    RT: AsyncRuntime,
    D: Dispatch,
    R: ReadHalf,
    W: WriteHalf,
{
    let limits = config.limits;
    let (mut reader, _lifeline) = begin::<RT, _, _, _>(connection, link, config, limits, dispatch);
    let end = reader.run::<RT>().await;
    reader.end::<RT>(end).await;
}

/// Refuses the requests of a connection for a moment, and ends it in a way that lets its peer read the answers.
pub(super) async fn turn_away<RT, R, W>(
    connection: Connection<R, W>,
    link: Arc<Link>,
    config: Arc<ServerConfig>,
) where
    RT: AsyncRuntime,
    R: ReadHalf,
    W: WriteHalf,
{
    let limits = Limits::new(REFUSED, REFUSED);
    let (mut reader, _lifeline) = begin::<RT, _, _, _>(connection, link, config, limits, ());
    reader.turn_away::<RT>().await;
}

/// Makes the reader of a connection, spawns its writer, and returns the reader with the lifeline that ends both.
fn begin<RT, D, R, W>(
    connection: Connection<R, W>,
    link: Arc<Link>,
    config: Arc<ServerConfig>,
    limits: Limits,
    dispatch: D,
) -> (Reader<D, R, W>, Lifeline<impl FnMut()>)
where
    RT: AsyncRuntime,
    R: ReadHalf,
    W: WriteHalf,
{
    let Connection { read, write, peer } = connection;
    let write = Arc::new(write);
    link.opened(peer);
    let (guarded_link, guarded_write) = (link.clone(), write.clone());
    let lifeline = lifeline(move || {
        guarded_link.close();
        guarded_write.close();
    });
    RT::spawn_detach(write_loop::<RT, _, _>(link.clone(), write.clone(), config.write_stall));
    let reader = Reader {
        link,
        write,
        read,
        config,
        dispatch,
        input: Input::default(),
        decoder: Decoder::requests(limits),
        batch: Output::default(),
        flush_at: FLUSH_AT,
        overloaded: false,
        active: false,
        progress: Progress::default(),
        waits_for: None,
    };
    (reader, lifeline)
}

impl<D: Dispatch, R: ReadHalf, W: WriteHalf> Reader<D, R, W> {
    async fn run<RT: AsyncRuntime>(&mut self) -> End {
        let mut idle = Timer::<RT>::new();
        let mut turn = Turn::default();
        loop {
            if self.link.is_ending() {
                return self.phase_end();
            }
            // With a place in the server's line, this connection may dispatch one request.
            let mut place = None;
            if !self.has_slot() {
                place = self.wait_for_slot::<RT>().await;
                if place.is_none() {
                    continue;
                }
            }
            let stepped = self.step();
            drop(place);
            match stepped {
                Ok(Stepped::Dispatched(Flow::Next)) => {}
                Ok(Stepped::Dispatched(Flow::Later(task))) if task.is_task() => {
                    RT::spawn_detach(task);
                }
                Ok(Stepped::Dispatched(Flow::Later(until))) => {
                    self.wait_within::<RT>(until).await;
                }
                Ok(Stepped::Read) => {
                    turn.read();
                    if !self.batch.is_empty() {
                        self.flush();
                        if turn.end_batch() {
                            yield_now().await;
                        }
                    }
                    match self.wait(&mut idle).await {
                        Event::Read(0) => return self.end_of_stream(),
                        Event::Read(read) => {
                            self.flush_at = (read / 2).clamp(FLUSH_FROM, FLUSH_AT);
                            self.decoder.filled(&mut self.input);
                        }
                        Event::Idle => self.release_memory(),
                        Event::Slow => return End::Broken(FrameError::Stalled),
                        Event::Ending => {}
                        Event::Broken(error) => {
                            self.link.broken(error);
                            return End::Closed;
                        }
                    }
                }
                Err(error) => return End::Broken(error),
            }
            if self.batch.len() >= self.flush_at {
                self.flush();
            }
            turn.frames(1);
            if turn.end_if_over() {
                self.flush();
                yield_now().await;
            }
        }
    }

    /// Dispatches, answers or refuses the next frame among the bytes that have been read.
    fn step(&mut self) -> Result<Stepped, FrameError> {
        let Self { link, dispatch, input, decoder, batch, overloaded, waits_for, .. } = self;
        match decoder.next(input)? {
            Step::Read => return Ok(Stepped::Read),
            Step::Refused { seq } => refuse(batch, seq, FrameworkCode::TooLarge),
            Step::Frame(request) if request.is_ping() => pong(&request, link, batch),
            Step::Frame(request) if *overloaded => {
                refuse(batch, request.seq(), FrameworkCode::Overloaded);
            }
            Step::Frame(mut request) => {
                let (seq, bytes) = (request.seq(), request.bytes());
                match Call::new(&mut request) {
                    Err(code) => refuse(batch, seq, code),
                    Ok(call) => {
                        let action = call.action();
                        let reply = Reply::new(seq, bytes, action, batch, link);
                        let flow = dispatch_one(dispatch, call, reply);
                        match &flow {
                            Some(Flow::Next) => {}
                            Some(Flow::Later(task)) if task.is_task() => {}
                            Some(Flow::Later(_)) => *waits_for = Some(Label::of(action)),
                            None => panicked(&Label::of(action), link, "dispatcher"),
                        }
                        return Ok(Stepped::Dispatched(flow.unwrap_or(Flow::Next)));
                    }
                }
            }
        }
        Ok(Stepped::Dispatched(Flow::Next))
    }

    /// Whether a request may be dispatched or, after a long wait for a slot, refused.
    fn has_slot(&mut self) -> bool {
        let own = self.link.has_slot(self.batch.frames());
        let free = own && self.link.server().has_room();
        self.overloaded &= !free;
        free || self.overloaded && self.may_refuse(own)
    }

    /// Whether the next request is refused. If the server has no free slot, refusing ends when the first slot is given
    /// back: then the connection can wait in the line again.
    #[cold]
    fn may_refuse(&mut self, own: bool) -> bool {
        self.overloaded = !own || self.link.server().is_overloaded();
        // A refused request is answered at once; pings that have to wait (rule Q2) keep their slots, so that this ends
        // when no slot is left.
        self.overloaded && self.link.has_slot_for_refusals(self.batch.frames())
    }

    fn release_memory(&mut self) {
        buffer::give_up_unused();
        self.input.release_memory();
        self.batch.release_memory();
        self.link.release_memory();
    }

    fn phase_end(&self) -> End {
        match self.link.phase() {
            Phase::Serving | Phase::Draining => End::Draining,
            Phase::Closed => End::Closed,
        }
    }

    fn end_of_stream(&self) -> End {
        match self.decoder.end(&self.input) {
            Ok(()) => {
                self.link.shared().cancel.cancel(CancelReason::Disconnected);
                End::Finished
            }
            Err(error) => End::Broken(error),
        }
    }
}

impl<D, R, W: WriteHalf> Reader<D, R, W> {
    /// Writes the batch, as far as possible without waiting.
    fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        if let Some(output) = self.link.claim_for(&mut self.batch) {
            write_now(&*self.link, &*self.write, output);
        }
    }
}

enum Stepped {
    Dispatched(Flow),
    /// No whole frame is left; more has to be read.
    Read,
}

fn refuse(batch: &mut Output, seq: u64, code: FrameworkCode) {
    batch.push_error(seq, &ErrorReply::Framework(code));
}

/// Rule Q2: a ping without a blob waits until every request before it has been answered, a ping with a blob does not.
fn pong(request: &Request<'_>, link: &Link, batch: &mut Output) {
    if !request.blob().is_empty() || link.pong_or_wait(request.seq()) {
        push_pong(batch, request.seq());
    }
}

/// Dispatches a request. Returns `None` if the dispatcher panicked: the panic has dropped the reply, and this drop has
/// answered the request.
fn dispatch_one<D: Dispatch>(dispatch: &mut D, call: Call<'_>, reply: Reply<'_>) -> Option<Flow> {
    isolated(|| dispatch.dispatch(call, reply))
}

#[cold]
fn panicked(action: &Label, link: &Link, what: &str) {
    let asked = Asked { action, link: Some(link) };
    log::server::HANDLER.warn(link.log(), format_args!("{asked}: its {what} panicked"));
}
