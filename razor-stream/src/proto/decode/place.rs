//! The blob of a reply that the driver receives into a place of its own, for instance memory of a user.
//!
//! The decoder announces a large blob, the driver answers how much room it has for it, and then fills that room. Knows
//! how many bytes are missing. Does not know the place.

use super::gather::Gather;
use super::{Decoder, Input, Replies, State};

/// A large blob whose header has arrived, and of which no byte has been moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlobAhead {
    /// The `seq` of its reply.
    pub seq: u64,
    /// Its length in bytes; not 0.
    pub len: usize,
}

/// ```
/// use razor_stream::proto::Limits;
/// use razor_stream::proto::machines::{Body, Decoder, Input, ReplyFrame, Step};
///
/// let (mut input, mut decoder) = (Input::default(), Decoder::replies(Limits::default()));
/// // A success with a message of 2 bytes and a blob of 100,000, of which 3 have come.
/// let begun = b"\x25\x4d\x01\x00\x02\0\0\0\x07\0\0\0\0\0\0\0\xa0\x86\x01\0\xc0\xc1abc";
/// decoder.target(&mut input).0.extend_from_slice(begun);
/// decoder.filled(&mut input);
/// assert!(matches!(decoder.next(&mut input), Ok(Step::Read)));
///
/// let ahead = decoder.blob_ahead().unwrap();
/// assert_eq!((ahead.seq, ahead.len), (7, 100_000));
/// let mut place = vec![0; 100_000];
/// decoder.blob_goes_elsewhere(place.len());
/// decoder.put_elsewhere(&mut input, &mut place);
/// assert_eq!(decoder.missing_elsewhere(), 99_997);
///
/// place[3..].fill(b'd');
/// decoder.arrived_elsewhere(99_997);
/// match decoder.next(&mut input) {
///     Ok(Step::Frame(ReplyFrame::Success { msg, blob: Body::Elsewhere { len, .. }, .. })) => {
///         assert_eq!((&msg[..], len, &place[..4]), (&b"\xc0\xc1"[..], 100_000, &b"abcd"[..]));
///     }
///     other => panic!("{other:?}"),
/// }
/// ```
impl Decoder<Replies> {
    /// The large blob of the reply that has just begun, until it is decided where the blob goes. Without a decision the
    /// decoder gathers it in a buffer of its own, from the next [`target`](Self::target) on.
    #[must_use]
    pub fn blob_ahead(&self) -> Option<BlobAhead> {
        match &self.state {
            State::Gather(head, gather) if head.flag == 0 => {
                gather.blob_ahead().map(|len| BlobAhead { seq: head.seq, len })
            }
            _ => None,
        }
    }

    /// Decides that the blob ahead goes to a place of the driver with `room` bytes. A blob that does not fit is
    /// skipped, which takes no memory. If the place is lost while the blob arrives, the driver calls this again with a
    /// `room` of 0.
    pub fn blob_goes_elsewhere(&mut self, room: usize) {
        if let Some(gather) = self.gather() {
            gather.send_elsewhere(room);
        }
    }

    /// How many of the next bytes the driver has to put into its place; 0 while bytes of the message are missing, and
    /// when the blob is complete.
    #[must_use]
    pub const fn missing_elsewhere(&self) -> usize {
        match &self.state {
            State::Gather(_, gather) => gather.missing_elsewhere(),
            _ => 0,
        }
    }

    /// Copies the bytes of the blob that are in the read buffer to the front of `place`, and returns their number.
    pub fn put_elsewhere(&mut self, input: &mut Input, place: &mut [u8]) -> usize {
        let Some(gather) = self.gather() else { return 0 };
        gather.absorb(input);
        let here = gather.missing_elsewhere().min(input.unread().len()).min(place.len());
        place[..here].copy_from_slice(input.take(here));
        gather.arrived_elsewhere(here);
        here
    }

    /// Records that `bytes` bytes were received straight into the driver's place.
    pub fn arrived_elsewhere(&mut self, bytes: usize) {
        if let Some(gather) = self.gather() {
            gather.arrived_elsewhere(bytes);
        }
    }

    const fn gather(&mut self) -> Option<&mut Gather> {
        match &mut self.state {
            State::Gather(_, gather) => Some(gather),
            _ => None,
        }
    }
}
