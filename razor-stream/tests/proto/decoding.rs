//! A decoder that is fed as a driver feeds it, with its results as plain values.
//!
//! Knows when to fill and when to ask for the next frame. Does not know which frames are right.

use razor_stream::proto::machines::{Decoder, Input, Replies, ReplyFrame, Requests, Step};
use razor_stream::proto::{FrameError, FrameworkCode, Limits, RpcAction};

/// What a decoder found, detached from its buffers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Request(Asked),
    Success {
        seq: u64,
        msg: Vec<u8>,
        blob: Vec<u8>,
    },
    Number {
        seq: u64,
        number: u32,
    },
    Text {
        seq: u64,
        code: u32,
        text: Vec<u8>,
    },
    Refused {
        seq: u64,
    },
    /// The connection has to be closed; nothing comes after it.
    Broken(FrameError),
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) seq: u64,
    pub(crate) client_id: u64,
    pub(crate) ping: bool,
    pub(crate) action: Result<Action, FrameworkCode>,
    pub(crate) msg: Vec<u8>,
    pub(crate) blob: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    Num(u32),
    Str(String),
}

impl From<RpcAction<'_>> for Action {
    fn from(action: RpcAction<'_>) -> Self {
        match action {
            RpcAction::Num(number) => Self::Num(number),
            RpcAction::Str(name) => Self::Str(name.to_string()),
        }
    }
}

/// One direction, with values instead of borrows.
pub(crate) trait Side {
    fn side(limits: Limits) -> Self;
    /// The next event; `None` if more bytes are needed.
    fn step(&mut self, input: &mut Input) -> Option<Event>;
    fn room<'a>(&'a mut self, input: &'a mut Input) -> (&'a mut Vec<u8>, usize);
    fn filled(&mut self, input: &mut Input);
    fn end(&self, input: &Input) -> Result<(), FrameError>;
}

macro_rules! side {
    ($direction:ty, $new:path, $event:expr) => {
        impl Side for Decoder<$direction> {
            fn side(limits: Limits) -> Self {
                $new(limits)
            }
            fn step(&mut self, input: &mut Input) -> Option<Event> {
                match self.next(input) {
                    Ok(Step::Frame(frame)) => Some($event(frame)),
                    Ok(Step::Refused { seq }) => Some(Event::Refused { seq }),
                    Ok(Step::Read) => None,
                    Err(error) => Some(Event::Broken(error)),
                }
            }
            fn room<'a>(&'a mut self, input: &'a mut Input) -> (&'a mut Vec<u8>, usize) {
                self.target(input)
            }
            fn filled(&mut self, input: &mut Input) {
                Self::filled(self, input);
            }
            fn end(&self, input: &Input) -> Result<(), FrameError> {
                Self::end(self, input)
            }
        }
    };
}

side!(Requests, Decoder::requests, |mut request: razor_stream::proto::machines::Request<'_>| {
    let asked = Asked {
        seq: request.seq(),
        client_id: request.client_id(),
        ping: request.is_ping(),
        action: request.action().map(Action::from),
        msg: request.msg().to_vec(),
        blob: request.blob().to_vec(),
    };
    assert_eq!(&*request.take_blob(), &asked.blob[..], "taken or looked at, it is the same blob");
    Event::Request(asked)
});

side!(Replies, Decoder::replies, |reply: ReplyFrame<'_>| match reply {
    ReplyFrame::Success { seq, msg, blob } =>
        Event::Success { seq, msg: msg.into_vec(), blob: blob.into_vec() },
    ReplyFrame::Number { seq, number } => Event::Number { seq, number },
    ReplyFrame::Text { seq, code, text } => Event::Text { seq, code, text: text.into_vec() },
});

/// How a driver fills the buffer that it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filling {
    /// Never beyond its capacity, like a read from a socket.
    Exact,
    /// All bytes there are, even beyond the end of the part that is gathered.
    Overshooting,
}

/// A decoder with its read buffer.
pub(crate) struct Reader<S> {
    side: S,
    input: Input,
    pub(crate) events: Vec<Event>,
}

impl<S: Side> Reader<S> {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { side: S::side(limits), input: Input::default(), events: Vec::new() }
    }

    /// Takes bytes that arrived together; they are lost once the connection is broken.
    pub(crate) fn arrive(&mut self, mut bytes: &[u8], filling: Filling) {
        while !bytes.is_empty() && !self.is_broken() {
            let (buffer, reserve) = self.side.room(&mut self.input);
            if buffer.capacity() == buffer.len() {
                buffer.reserve_exact(reserve);
            }
            let here = match filling {
                Filling::Exact => bytes.len().min(buffer.capacity() - buffer.len()),
                Filling::Overshooting => bytes.len().min(48 << 10),
            };
            assert!(here > 0, "a driver that has room makes progress");
            buffer.extend_from_slice(&bytes[..here]);
            bytes = &bytes[here..];
            self.side.filled(&mut self.input);
            while !self.is_broken()
                && let Some(event) = self.side.step(&mut self.input)
            {
                self.events.push(event);
            }
        }
    }

    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.events.last(), Some(Event::Broken(_)))
    }

    pub(crate) fn end(&self) -> Result<(), FrameError> {
        self.side.end(&self.input)
    }
}

/// Everything in `bytes`, which arrive in pieces of these lengths, over and over.
pub(crate) fn events<S: Side>(
    limits: Limits,
    bytes: &[u8],
    pieces: &[usize],
    filling: Filling,
) -> Vec<Event> {
    let mut reader = Reader::<S>::new(limits);
    let (mut rest, mut pieces) = (bytes, pieces.iter().cycle());
    while !rest.is_empty() {
        let piece = pieces.next().map_or(rest.len(), |piece| (*piece).clamp(1, rest.len()));
        let (here, later) = rest.split_at(piece);
        reader.arrive(here, filling);
        rest = later;
    }
    reader.events
}

/// The requests in `bytes`, which arrive at once.
pub(crate) fn requests(limits: Limits, bytes: &[u8]) -> Vec<Event> {
    events::<Decoder<Requests>>(limits, bytes, &[], Filling::Exact)
}

/// The replies in `bytes`, which arrive at once.
pub(crate) fn replies(limits: Limits, bytes: &[u8]) -> Vec<Event> {
    events::<Decoder<Replies>>(limits, bytes, &[], Filling::Exact)
}
