//! Incremental decoding: bytes in, whole frames out, however the bytes were cut.
//!
//! A small frame is taken out of the read buffer where it lies. A larger frame is gathered in buffers of its own, and
//! its blob is received straight into the buffer that the user gets: the decoder names the buffer to fill next, the
//! driver fills it. Nothing is allocated for bytes that were only announced, beyond 64 KiB and twice what has arrived
//! (rule E1).
//!
//! ```text
//!            ┌────────── whole in the read buffer ───────────┐
//!  Head ─────┼── larger than it ──► Gather ── all there ─────┼──► frame ──► Head
//!            └── over a limit ────► Discard ── all gone ─────┘ (refused)
//! ```

#![expect(
    clippy::inline_always,
    reason = "the way of every call; what it brings: docs/PERFORMANCE.md"
)]

mod error;
mod gather;
mod input;
mod place;
mod request;
mod response;

pub use error::FrameError;
pub use input::Input;
pub use place::BlobAhead;
pub use request::{Request, Requests};
pub use response::{Replies, ReplyFrame};

use super::{Limits, Unfinished};
use crate::buffer;
use bytes::Bytes;
use gather::Gather;
use sealed::Announced;
use std::ops::Deref;

/// A part of a frame: where it arrived, or in a buffer of its own if it is large.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a part is here or elsewhere")]
pub enum Body<'a> {
    /// In the read buffer.
    Borrowed(&'a [u8]),
    /// In its own buffer.
    Owned(Vec<u8>),
    /// Not in a buffer of the decoder: the bytes are in the driver's place ([`Decoder::blob_goes_elsewhere`]), or were
    /// skipped because they did not fit there.
    Elsewhere {
        /// The length of the blob.
        len: usize,
        /// The room in bytes that the driver had for the blob.
        room: usize,
    },
}

impl Deref for Body<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Owned(bytes) => bytes,
            Self::Elsewhere { .. } => &[],
        }
    }
}

impl Body<'_> {
    /// The bytes as a vector: copied if they are in the read buffer, moved otherwise.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Borrowed(bytes) => bytes.to_vec(),
            Self::Owned(bytes) => bytes,
            Self::Elsewhere { .. } => Vec::new(),
        }
    }

    /// The bytes to share: copied if they are in the read buffer, moved otherwise.
    #[must_use]
    #[inline]
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::Borrowed([]) | Self::Elsewhere { .. } => Bytes::new(),
            Self::Borrowed(bytes) => shared_copy(bytes),
            Self::Owned(bytes) => buffer::share(bytes),
        }
    }
}

fn shared_copy(bytes: &[u8]) -> Bytes {
    let mut buffer = buffer::take_large(bytes.len());
    buffer.extend_from_slice(bytes);
    buffer::share(buffer)
}

/// What the decoder found.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "a driver handles them all")]
pub enum Step<F> {
    /// A whole frame.
    Frame(F),
    /// A frame over a limit; its bytes are being thrown away and the connection lives.
    Refused {
        /// The `seq` of the frame.
        seq: u64,
    },
    /// More bytes are needed: fill what [`Decoder::target`] names.
    Read,
}

/// One of the two directions.
pub trait Direction: sealed::Sealed {}

mod sealed {
    use super::{Body, FrameError, Limits};
    use crate::proto::Limit;

    /// The lengths that a header announces, and what to do with them.
    #[derive(Debug, Clone, Copy)]
    #[expect(unnameable_types, reason = "sealed")]
    pub struct Announced<H> {
        pub(super) head: H,
        pub(super) seq: u64,
        /// Name and message.
        pub(super) body: usize,
        pub(super) blob: usize,
        pub(super) limit: Limit,
    }

    /// What the decoder has to know of a direction.
    #[expect(unnameable_types, reason = "sealed")]
    pub trait Sealed: std::fmt::Debug {
        /// Bytes of its header.
        const HEAD: usize;
        /// The header of a frame in this direction.
        type Head: Copy + std::fmt::Debug;
        /// A whole frame in this direction.
        type Frame<'a>;
        /// What a header announces.
        ///
        /// # Errors
        /// The connection has to be closed because of this header.
        fn announced(
            &mut self,
            head: &[u8],
            limits: &Limits,
        ) -> Result<Announced<Self::Head>, FrameError>;
        /// Makes a frame of its parts.
        fn frame<'a>(head: Self::Head, body: Body<'a>, blob: Body<'a>) -> Self::Frame<'a>;
    }
}

/// Decodes one direction of one connection.
///
/// ```
/// use razor_stream::proto::Limits;
/// use razor_stream::proto::machines::{Decoder, Input, Step};
///
/// let mut input = Input::default();
/// let mut decoder = Decoder::requests(Limits::default());
/// let frame = b"\x25\x4d\x01\x00\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\xc0";
/// decoder.target(&mut input).0.extend_from_slice(frame);
/// decoder.filled(&mut input);
/// match decoder.next(&mut input).unwrap() {
///     Step::Frame(request) => assert_eq!((request.seq(), request.msg()), (1, &b"\xc0"[..])),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug)]
pub struct Decoder<D: Direction> {
    direction: D,
    limits: Limits,
    state: State<D>,
    /// The number of frames so far, whole or refused.
    frames: u64,
}

#[derive(Debug)]
enum State<D: Direction> {
    /// Between frames, or inside one that fits into the read buffer.
    Head,
    /// The header of this frame has been checked; it is still in the read buffer.
    Seen(Announced<D::Head>),
    Gather(D::Head, Gather),
    Discard(u64),
}

impl Decoder<Requests> {
    /// A decoder of requests, for the server.
    #[must_use]
    pub const fn requests(limits: Limits) -> Self {
        Self { direction: Requests::new(), limits, state: State::Head, frames: 0 }
    }
}

impl Decoder<Replies> {
    /// A decoder of responses, for the client.
    #[must_use]
    pub const fn replies(limits: Limits) -> Self {
        Self { direction: Replies::new(), limits, state: State::Head, frames: 0 }
    }
}

impl<D: Direction> Decoder<D> {
    /// The next frame among the bytes that have been read.
    ///
    /// # Errors
    /// The connection has to be closed. The decoder must not be used afterwards.
    #[inline(always)]
    pub fn next<'a>(&'a mut self, input: &'a mut Input) -> Result<Step<D::Frame<'a>>, FrameError> {
        // Nearly every frame lies whole in the read buffer.
        if matches!(self.state, State::Head) {
            let Some(head) = input.unread().get(..D::HEAD) else { return Ok(Step::Read) };
            let announced = self.direction.announced(head, &self.limits)?;
            let whole = D::HEAD + announced.body + announced.blob;
            if announced.limit == super::Limit::Within && input.unread().len() >= whole {
                self.frames += 1;
                return Ok(Step::Frame(Self::whole(&announced, input)));
            }
            self.state = State::Seen(announced);
        }
        self.next_part(input)
    }

    fn next_part<'a>(&'a mut self, input: &'a mut Input) -> Result<Step<D::Frame<'a>>, FrameError> {
        if matches!(self.state, State::Discard(_)) {
            return if self.discard(input) { self.next(input) } else { Ok(Step::Read) };
        }
        if let State::Gather(_, gather) = &self.state {
            return Ok(if gather.is_complete() { self.take_gathered() } else { Step::Read });
        }
        let State::Seen(announced) = self.state else { return Ok(Step::Read) };
        if announced.limit != super::Limit::Within {
            input.take(D::HEAD);
            self.state = State::Discard(announced.body as u64 + announced.blob as u64);
            return Ok(Step::Refused { seq: announced.seq });
        }
        Ok(self.whole_or_more(announced, input))
    }

    #[inline(always)]
    fn whole<'a>(announced: &Announced<D::Head>, input: &'a mut Input) -> D::Frame<'a> {
        let Announced { head, body, blob, .. } = *announced;
        let frame = &input.take(D::HEAD + body + blob)[D::HEAD..];
        let (body, blob) = frame.split_at(body);
        D::frame(head, Body::Borrowed(body), Body::Borrowed(blob))
    }

    fn whole_or_more<'a>(
        &'a mut self,
        announced: Announced<D::Head>,
        input: &'a mut Input,
    ) -> Step<D::Frame<'a>> {
        let Announced { head, body, blob, .. } = announced;
        let whole = D::HEAD + body + blob;
        if input.unread().len() >= whole {
            self.state = State::Head;
            self.frames += 1;
            return Step::Frame(Self::whole(&announced, input));
        }
        if whole > Input::LARGEST_FRAME {
            input.take(D::HEAD);
            input.large_frame();
            // The bytes of it that have arrived are moved at the next read: until then the driver can decide where the
            // blob goes.
            self.state = State::Gather(head, Gather::new(body, blob));
        }
        Step::Read
    }

    /// Takes the frame that has been gathered.
    fn take_gathered(&mut self) -> Step<D::Frame<'_>> {
        match std::mem::replace(&mut self.state, State::Head) {
            State::Gather(head, gather) => {
                let (body, blob) = gather.into_parts();
                self.frames += 1;
                Step::Frame(D::frame(head, Body::Owned(body), blob))
            }
            other => {
                self.state = other;
                Step::Read
            }
        }
    }

    /// Discards bytes of a refused frame. Returns whether all of them are gone.
    fn discard(&mut self, input: &mut Input) -> bool {
        if let State::Discard(left) = &mut self.state {
            let here = usize::try_from(*left).map_or(usize::MAX, |left| left);
            let here = here.min(input.unread().len());
            input.take(here);
            *left -= here as u64;
            if *left > 0 {
                input.large_frame();
                return false;
            }
            self.state = State::Head;
            self.frames += 1;
        }
        true
    }

    /// The buffer to append to next, and the bytes to reserve in it if it has no room.
    pub fn target<'a>(&'a mut self, input: &'a mut Input) -> (&'a mut Vec<u8>, usize) {
        if let State::Gather(_, gather) = &mut self.state {
            gather.absorb(input);
            if input.is_empty()
                && let Some(target) = gather.target()
            {
                return target;
            }
        }
        input.target()
    }

    /// The driver calls this after each read into the [`target`](Self::target).
    pub fn filled(&mut self, input: &mut Input) {
        if let State::Gather(_, gather) = &mut self.state {
            gather.absorb(input);
            gather.spill(input);
        }
    }

    /// Checks that the stream may end after the bytes that have been read.
    ///
    /// # Errors
    /// The stream has ended inside a frame.
    pub fn end(&self, input: &Input) -> Result<(), FrameError> {
        match self.state {
            State::Head if input.is_empty() => Ok(()),
            _ => Err(FrameError::Truncated),
        }
    }

    /// The frame that has begun and is not whole, after [`next`](Self::next) has found no more.
    #[must_use]
    pub fn unfinished(&self, input: &Input) -> Option<Unfinished> {
        let here = input.unread().len() as u64;
        let (head, whole) = match &self.state {
            State::Head if input.is_empty() => return None,
            State::Head => (false, D::HEAD as u64),
            State::Seen(announced) => (true, (D::HEAD + announced.body + announced.blob) as u64),
            State::Gather(_, gather) => (true, gather.missing() as u64),
            State::Discard(left) => (true, *left),
        };
        Some(Unfinished { after: self.frames, head, missing: whole.saturating_sub(here) })
    }
}
