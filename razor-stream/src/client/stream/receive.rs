//! A response's blob on its way into memory of its task.
//!
//! ```text
//!  in the table ──blob_space: none──► in the table, the decoder gathers the blob
//!       │    └────too small─────────► in the table, the decoder skips the blob
//!       └─────────room──────────────► here ──all of it──► in the table
//!                                       └──deadline, end of the connection──► completed
//! ```
//! A task is completed exactly once because it is in one place at a time. Knows when it is whose turn. Reads nothing.

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
    /// The memory to fill next; empty if the task says something else than it did before.
    fn space(&mut self) -> &mut [u8] {
        let Self { task, len, filled, .. } = self;
        // A panic there means the same: nothing more goes into its memory.
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

    /// Reads into it. 0 is the end of the stream, `None` a task that has [withdrawn](Self::withdrawn) its memory.
    ///
    /// # Cancellation
    /// As [`ReadHalf::read_into`].
    pub(super) async fn read(&mut self, read: &mut impl ReadHalf) -> io::Result<Option<usize>> {
        match self.now.as_mut().map(Arriving::space) {
            Some(space) if !space.is_empty() => read.read_into(space).await.map(Some),
            _ => Ok(None),
        }
    }

    /// The task says something else than it did before, or panics: its blob goes nowhere, and it alone ends.
    pub(super) fn withdrawn(&mut self, decoder: &mut Decoder<Replies>) {
        if let Some(Arriving { seq, task, deadline, .. }) = self.now.take() {
            decoder.blob_goes_elsewhere(0);
            self.put_back(seq, task, deadline);
        }
    }

    /// So many bytes have been read into it.
    pub(super) fn filled(&mut self, bytes: usize, decoder: &mut Decoder<Replies>) {
        if let Some(arriving) = &mut self.now {
            arriving.filled += bytes;
            decoder.arrived_elsewhere(bytes);
            self.put_back_if_whole();
        }
    }

    /// To be called when the decoder wants to read: a blob may have begun, or what was read may hold some of it.
    /// Says whether the decoder has something to say before it reads.
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
            self.withdrawn(decoder);
            return true;
        }
        self.put_back_if_whole()
    }

    /// Asks the task of a blob ahead where it is to be received.
    fn begin(&mut self, decoder: &mut Decoder<Replies>) {
        let Some(ahead) = decoder.blob_ahead() else { return };
        let Some((mut task, deadline)) = self.link.take_arriving(ahead.seq) else {
            // Nobody waits for it, so nobody needs its bytes.
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

/// The connection has ended, or the runtime.
impl<K: Completion, W: WriteHalf> Drop for Receiving<K, W> {
    fn drop(&mut self) {
        if let Some(Arriving { task, .. }) = self.now.take() {
            complete(task, Err(self.link.end_cause().into()), self.link.log(), self.link.peer());
        }
    }
}
