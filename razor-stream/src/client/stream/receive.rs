//! A response's blob on its way into memory of its task.
//!
//! ```text
//!  in the table ──blob_space: none──► in the table, the decoder gathers the blob
//!       │    └────too small─────────► in the table, the decoder skips the blob
//!       └─────────room──────────────► here ──all of it──► in the table
//!                                       └──deadline, end of the connection──► completed
//! ```
//! A task is completed exactly once because it is in one place at a time. Knows which task's memory is filled next.
//! Does not know what a reply means.

use super::link::Link;
use crate::client::Completion;
use crate::client::complete::complete;
use crate::clock;
use crate::error::made;
use crate::isolation::isolated;
use crate::proto::{Deadline, Decoder, Input, Pending, Replies};
use crate::transport::{ReadHalf, WriteHalf};
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// The task in whose memory a blob is arriving, if there is one now.
pub(super) struct Receiving<K: Completion, W: WriteHalf> {
    link: Arc<Link<K, W>>,
    now: Option<Arriving<K>>,
}

struct Arriving<K> {
    seq: u64,
    task: K,
    deadline: Deadline,
    len: usize,
    filled: usize,
}

impl<K: Completion> Arriving<K> {
    /// The memory to fill next; empty if the task does not offer the memory any more.
    fn space(&mut self) -> &mut [u8] {
        let Self { task, len, filled, .. } = self;
        // If `blob_space` panics, nothing more goes into the task's memory either.
        let space = isolated(|| task.blob_space(*len)).flatten().unwrap_or_default();
        space.get_mut(*filled..*len).unwrap_or_default()
    }
}

impl<K: Completion, W: WriteHalf> Receiving<K, W> {
    pub(super) const fn new(link: Arc<Link<K, W>>) -> Self {
        Self { link, now: None }
    }

    /// Whether the next bytes go straight into memory of a task.
    pub(super) const fn is_next(&self, decoder: &Decoder<Replies>) -> bool {
        self.now.is_some() && decoder.missing_elsewhere() > 0
    }

    /// Reads into the memory of the task. Returns 0 at the end of the stream, and `None` if the task does not offer its
    /// memory any more.
    ///
    /// # Cancellation
    /// As [`ReadHalf::read_into`].
    pub(super) async fn read(&mut self, read: &mut impl ReadHalf) -> io::Result<Option<usize>> {
        match self.now.as_mut().map(Arriving::space) {
            Some(space) if !space.is_empty() => read.read_into(space).await.map(Some),
            _ => Ok(None),
        }
    }

    /// Stops filling the memory of the task, because the task does not offer it any more, or panicked. The rest of the
    /// blob is skipped, and this task alone fails.
    pub(super) fn withdraw(&mut self, decoder: &mut Decoder<Replies>) {
        if let Some(Arriving { seq, task, deadline, .. }) = self.now.take() {
            decoder.blob_goes_elsewhere(0);
            self.put_back(seq, task, deadline);
        }
    }

    /// Counts bytes that were read into the memory of the task.
    pub(super) fn count_filled(&mut self, bytes: usize, decoder: &mut Decoder<Replies>) {
        if let Some(arriving) = &mut self.now {
            arriving.filled += bytes;
            decoder.arrived_elsewhere(bytes);
            self.put_back_if_whole();
        }
    }

    /// To be called when the decoder wants to read: a blob may have begun, or the bytes that were read may hold a part
    /// of it. Returns whether the decoder can go on before more is read.
    pub(super) fn advance(&mut self, decoder: &mut Decoder<Replies>, input: &mut Input) -> bool {
        if self.now.is_none() {
            self.begin(decoder);
        }
        let Some(arriving) = &mut self.now else { return false };
        if decoder.missing_elsewhere() == 0 {
            decoder.put_elsewhere(input, &mut []);
        }
        if decoder.missing_elsewhere() > 0 && !input.is_empty() {
            arriving.filled += decoder.put_elsewhere(input, arriving.space());
        }
        if decoder.missing_elsewhere() > 0 && arriving.space().is_empty() {
            self.withdraw(decoder);
            return true;
        }
        self.put_back_if_whole()
    }

    /// Asks the task whose blob comes next where the blob is to be received.
    fn begin(&mut self, decoder: &mut Decoder<Replies>) {
        let Some(ahead) = decoder.blob_ahead() else { return };
        let Some((mut task, deadline)) = self.link.take_arriving(ahead.seq) else {
            // No task waits for this blob, so its bytes are skipped.
            return decoder.blob_goes_elsewhere(0);
        };
        let room = isolated(|| task.blob_space(ahead.len).map(|space| space.len()));
        if let Some(room) = room.unwrap_or(Some(0)) {
            decoder.blob_goes_elsewhere(room);
            if room >= ahead.len {
                let (seq, len) = (ahead.seq, ahead.len);
                self.now = Some(Arriving { seq, task, deadline, len, filled: 0 });
                return;
            }
        }
        self.put_back(ahead.seq, task, deadline);
    }

    fn put_back_if_whole(&mut self) -> bool {
        match self.now.take_if(|arriving| arriving.filled >= arriving.len) {
            Some(Arriving { seq, task, deadline, .. }) => {
                self.put_back(seq, task, deadline);
                true
            }
            None => false,
        }
    }

    fn put_back(&self, seq: u64, task: K, deadline: Deadline) {
        if let Err(task) = self.link.put_back_arrived(seq, task, deadline) {
            complete(task, Err(self.link.end_cause().into()), self.link.log(), self.link.peer());
        }
    }

    /// Ends the task if its deadline has passed, or nobody waits for it; the rest of its blob is skipped. Returns the
    /// deadline of a task that stays.
    pub(super) fn sweep(&mut self, decoder: &mut Decoder<Replies>) -> Option<Instant> {
        let arriving = self.now.as_mut()?;
        let ended = match arriving.deadline.has_passed(clock::now()) {
            true => made::blob_not_in_time(),
            false if Pending::is_abandoned(&arriving.task) => made::unwanted_blob(),
            false => return arriving.deadline.until(),
        };
        let Arriving { seq, task, .. } = self.now.take()?;
        self.link.abandon_arriving(seq);
        decoder.blob_goes_elsewhere(0);
        let ended = ended.with_peer(self.link.peer().to_string());
        complete(task, Err(ended.into()), self.link.log(), self.link.peer());
        None
    }
}

/// Completes the task when the connection or the runtime has ended.
impl<K: Completion, W: WriteHalf> Drop for Receiving<K, W> {
    fn drop(&mut self) {
        if let Some(Arriving { task, .. }) = self.now.take() {
            complete(task, Err(self.link.end_cause().into()), self.link.log(), self.link.peer());
        }
    }
}
