//! The answer to a request: given at once by the dispatcher, or later by the code that the reply was handed to.
//!
//! [`Reply`] lives as long as the reader looks at the request; its answer goes into the reader's own batch, without a
//! lock. [`RespNoti`] can be moved to any thread or coroutine. Both answer exactly once: by move, or by `Drop` with
//! `rpc_internal_err`. Knows how answers are encoded. Does not know how they are written.

use crate::error::EncodedErr;
use crate::isolation::isolated;
use crate::proto::{ErrorReply, FrameTooLarge, FrameworkCode, Output, RpcAction};
use crate::server::info::ConnInfo;
use crate::server::label::{Asked, Label, Origin};
use crate::server::link::Link;
use crate::{LogControl, buffer, log};
use bytes::Bytes;
use std::fmt::{self, Display};
use std::sync::Arc;

/// Answers a request, once.
pub trait Respond: Sized {
    /// Answers with a result that `encode` appends to the buffer it is given; it must not change the bytes that are
    /// there already. If it fails, or the result is over the limit, the caller gets `rpc_encode`.
    fn success_with<E: Display>(
        self,
        blob: Option<Bytes>,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    );

    /// Answers with an error.
    fn error(self, error: ErrorReply);

    /// Which log lines the server writes.
    fn log_control(&self) -> LogControl;

    /// The request, as log lines name it: its action and its peer.
    fn asked(&self) -> impl Display {
        "a request"
    }

    /// Answers with an encoded result.
    fn success(self, msg: &[u8], blob: Option<Bytes>) {
        self.success_with(blob, |out| {
            out.extend_from_slice(msg);
            Ok::<(), std::convert::Infallible>(())
        });
    }

    /// Answers with the method's own error. An error that equals a reserved string goes out as an internal error.
    fn user_error(self, error: EncodedErr) {
        self.error(ErrorReply::User(error));
    }

    /// Answers `rpc_internal_err` and logs the reason, which never goes to the peer: one line with the action, the peer
    /// and this text. It should hold nothing of what a user sent; a line is cut at 1 KiB.
    fn internal_error(self, reason: fmt::Arguments<'_>) {
        log::server::HANDLER.warn(&self.log_control(), format_args!("{}: {reason}", self.asked()));
        self.framework_error(FrameworkCode::Internal);
    }

    /// Answers `rpc_decode`, because the argument does not decode, and logs why: one line with the action, the peer and
    /// the reason, without the values that the text of `error` may hold.
    ///
    /// ```
    /// use razor_stream::Codec;
    /// use razor_stream::codec::MsgpCodec;
    /// use razor_stream::server::dispatch::{Call, Flow};
    /// use razor_stream::server::task::{Reply, Respond};
    ///
    /// fn negate(call: Call<'_>, reply: Reply<'_>) -> Flow {
    ///     match MsgpCodec.decode::<i32>(call.msg()) {
    ///         Ok(number) => reply.success_with(None, |out| MsgpCodec.encode_into(&-number, out)),
    ///         Err(error) => reply.undecodable(&error),
    ///     }
    ///     Flow::Next
    /// }
    /// ```
    fn undecodable(self, error: &dyn Display) {
        let told = log::told(error);
        log::server::DECODE.warn(
            &self.log_control(),
            format_args!("{}: its argument does not decode: {told}", self.asked()),
        );
        self.framework_error(FrameworkCode::Undecodable);
    }

    /// Answers with an error of the framework.
    fn framework_error(self, code: FrameworkCode) {
        self.error(ErrorReply::Framework(code));
    }
}

/// The answer to a request, as long as the reader of the connection handles that request.
#[derive(Debug)]
pub struct Reply<'a> {
    seq: u64,
    bytes: usize,
    action: RpcAction<'a>,
    /// `None` once it is answered or detached.
    place: Option<Place<'a>>,
}

#[derive(Debug)]
struct Place<'a> {
    batch: &'a mut Output,
    link: &'a Arc<Link>,
    /// The number of frames in the batch before the answer.
    before: usize,
}

impl<'a> Reply<'a> {
    /// Makes the reply to a request of `bytes` bytes.
    pub(crate) const fn new(
        seq: u64,
        bytes: usize,
        action: RpcAction<'a>,
        batch: &'a mut Output,
        link: &'a Arc<Link>,
    ) -> Self {
        let before = batch.frames();
        Self { seq, bytes, action, place: Some(Place { batch, link, before }) }
    }

    /// The connection that the request came by.
    #[must_use]
    pub fn conn(&self) -> ConnInfo {
        let place = self.place.as_ref().expect("answered only by a method that consumes it");
        ConnInfo::new(place.link.clone())
    }

    /// Detaches the reply, for a handler that waits or runs elsewhere. The result keeps one of the connection's slots
    /// until it has answered.
    #[must_use]
    pub fn detach(mut self) -> RespNoti {
        let place = self.place.take().expect("answered only by a method that consumes it");
        let link = place.link.clone();
        let epoch = link.detach(self.bytes);
        let action = Label::of(self.action);
        RespNoti { seq: self.seq, bytes: self.bytes, action, epoch, link: Some(link) }
    }
}

impl Respond for Reply<'_> {
    fn success_with<E: Display>(
        mut self,
        blob: Option<Bytes>,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) {
        // Taken only afterwards: if `encode` panics, `Drop` answers.
        if let Some(Place { batch, link, .. }) = &mut self.place {
            let asked = Asked { action: self.action, link: Some(&**link) };
            encode_success(batch, self.seq, &asked, link, blob, encode);
        }
        self.place = None;
    }

    fn error(mut self, error: ErrorReply) {
        if let Some(Place { batch, link, .. }) = self.place.take() {
            let asked = Asked { action: self.action, link: Some(&**link) };
            encode_error(batch, self.seq, &asked, &error, link);
        }
    }

    fn log_control(&self) -> LogControl {
        self.place.as_ref().map_or_else(LogControl::default, |place| place.link.log().clone())
    }

    fn asked(&self) -> impl Display {
        Asked { action: self.action, link: self.place.as_ref().map(|place| &**place.link) }
    }
}

impl Drop for Reply<'_> {
    fn drop(&mut self) {
        // The answer may be there already: a blob that was copied behind it panics when it is dropped.
        if let Some(Place { batch, link, before }) = self.place.take()
            && batch.frames() == before
        {
            let asked = Asked { action: self.action, link: Some(&**link) };
            forgotten(&asked, link);
            let dropped = ErrorReply::Framework(FrameworkCode::Internal);
            encode_error(batch, self.seq, &asked, &dropped, link);
        }
    }
}

/// The answer to a request, to be given from any thread or coroutine.
///
/// If it is dropped without an answer, it answers `rpc_internal_err`, so that the client does not wait in vain. If the
/// connection has ended, the answer is thrown away.
pub struct RespNoti {
    seq: u64,
    /// The length of the request.
    bytes: usize,
    action: Label,
    epoch: u64,
    /// `None` once it is answered.
    link: Option<Arc<Link>>,
}

impl fmt::Debug for RespNoti {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RespNoti").field("seq", &self.seq).finish_non_exhaustive()
    }
}

impl RespNoti {
    /// Whether the connection has ended, so that nobody will read the answer.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.link.as_ref().is_none_or(|link| link.is_closed())
    }

    /// Identifies the request on its connection.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// The request that this answers, for log lines; `None` once it is answered.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        self.link.as_ref().map(|link| Origin::new(self.action, link.clone()))
    }

    /// Encodes outside the connection's lock, in a buffer of this thread.
    fn answer(&mut self, encode: impl FnOnce(&mut Output, &Asked<'_, &Label>, &Link)) {
        let Self { bytes, action, epoch, link, .. } = self;
        if link.is_some() {
            let output = Output::in_buffer(buffer::take_as_before());
            let mut encoded = Encoded { output, link, epoch: *epoch, bytes: *bytes };
            if let Some(link) = &*encoded.link {
                let asked = Asked { action: &*action, link: Some(&**link) };
                encode(&mut encoded.output, &asked, link);
            }
        }
    }
}

/// An answer on its way to the connection. Its drop hands it to the connection if it is whole, even if the drop of a
/// blob that was copied behind it panics.
struct Encoded<'a> {
    output: Output,
    /// Taken once it is answered.
    link: &'a mut Option<Arc<Link>>,
    epoch: u64,
    bytes: usize,
}

impl Drop for Encoded<'_> {
    fn drop(&mut self) {
        if self.output.frames() == 0 {
            return;
        }
        buffer::remember_length(self.output.in_the_buffer());
        // From here on the request is answered, even if what follows panics.
        if let Some(link) = self.link.take() {
            link.answered(&mut self.output, self.epoch, self.bytes);
        }
        // If the connection has ended, the output still holds a blob.
        let output = std::mem::take(&mut self.output);
        let _panicked = isolated(|| buffer::give_back(output.into_buffer()));
    }
}

impl Respond for RespNoti {
    fn success_with<E: Display>(
        mut self,
        blob: Option<Bytes>,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) {
        let seq = self.seq;
        self.answer(|output, asked, link| encode_success(output, seq, asked, link, blob, encode));
    }

    fn error(mut self, error: ErrorReply) {
        let seq = self.seq;
        self.answer(|output, asked, link| encode_error(output, seq, asked, &error, link));
    }

    fn log_control(&self) -> LogControl {
        self.link.as_ref().map_or_else(LogControl::default, |link| link.log().clone())
    }

    fn asked(&self) -> impl Display {
        Asked { action: &self.action, link: self.link.as_deref() }
    }
}

impl Drop for RespNoti {
    fn drop(&mut self) {
        let seq = self.seq;
        let error = ErrorReply::Framework(FrameworkCode::Internal);
        self.answer(|output, asked, link| {
            // When a connection has ended, handlers that drop their answers are no mistake.
            if !link.is_closed() {
                forgotten(asked, link);
            }
            encode_error(output, seq, asked, &error, link);
        });
    }
}

/// Logs that a handler has not answered, by mistake or because of a panic.
#[cold]
fn forgotten(asked: &dyn Display, link: &Link) {
    let why =
        if std::thread::panicking() { "its handler panicked" } else { "its answer was dropped" };
    log::server::HANDLER.warn(link.log(), format_args!("{asked}: {why}"));
}

fn encode_success<E: Display>(
    output: &mut Output,
    seq: u64,
    asked: &dyn Display,
    link: &Link,
    blob: Option<Bytes>,
    encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) {
    let encoded = output.push_success(seq, link.reply_limits(), blob, |bytes| {
        encode(bytes).map_err(|error| Unencodable(log::told(&error).to_string()))
    });
    if let Err(Unencodable(error)) = encoded {
        log::server::HANDLER
            .warn(link.log(), format_args!("{asked}: its result was not sent: {error}"));
        encode_error(output, seq, asked, &ErrorReply::Framework(FrameworkCode::Unencodable), link);
    }
}

fn encode_error(
    output: &mut Output,
    seq: u64,
    asked: &dyn Display,
    error: &ErrorReply,
    link: &Link,
) {
    if let Some(code) = output.push_error(seq, error) {
        let sent = code.text();
        if let ErrorReply::User(EncodedErr::Unencodable(reason)) = error {
            let why = log::told(reason);
            log::server::HANDLER.warn(
                link.log(),
                format_args!(
                    "{asked}: its own error does not encode, and was sent as {sent}: {why}"
                ),
            );
            return;
        }
        let bytes = match error {
            ErrorReply::User(error) => error.as_bytes().map_or(0, <[u8]>::len),
            ErrorReply::Framework(_) => 0,
        };
        let why = match code {
            FrameworkCode::Unencodable => "is longer than 4 KiB",
            _ => "looks like one of the framework",
        };
        let sent = code.text();
        log::server::HANDLER.warn(
            link.log(),
            format_args!("{asked}: its own error, of {bytes} bytes, {why}, and was sent as {sent}"),
        );
    }
}

/// Why a result was not sent.
struct Unencodable(String);

impl From<FrameTooLarge> for Unencodable {
    fn from(error: FrameTooLarge) -> Self {
        Self(error.to_string())
    }
}
