//! Blobs of replies that are received in memory of the driver, with the bytes cut in any way.
//!
//! Knows how a driver fills its place. Does not know whose place it is.

use crate::frames::RawReply;
use proptest::prelude::*;
use razor_stream::proto::Limits;
use razor_stream::proto::machines::{Body, Decoder, Input, ReplyFrame, Step};
use std::collections::BTreeMap;

/// What a driver does with a large blob.
#[derive(Debug, Clone, Copy)]
enum Wish {
    /// Nothing: the decoder gathers it.
    Gather,
    /// The driver has this many bytes of room more than the blob needs; a negative number is less.
    Room(isize),
    /// The driver has room, which is gone when this many bytes have arrived.
    Until(usize),
}

/// A reply as it came out, with its blob from the place where it went.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Came {
    Whole { msg: Vec<u8>, blob: Vec<u8> },
    Skipped { msg: Vec<u8>, len: usize, room: usize },
}

struct Driver<'a> {
    decoder: Decoder<razor_stream::proto::machines::Replies>,
    input: Input,
    wishes: &'a BTreeMap<u64, Wish>,
    /// The place, and the `seq` of the reply whose blob goes there.
    place: Option<(u64, Vec<u8>)>,
    came: BTreeMap<u64, Came>,
    /// Bytes that were read straight into a place.
    straight: usize,
}

impl Driver<'_> {
    fn next(&mut self) {
        loop {
            let step = self.decoder.next(&mut self.input).expect("well-formed");
            if matches!(step, Step::Read) {
                drop(step);
                if self.place() {
                    continue;
                }
                return;
            }
            match step {
                Step::Frame(ReplyFrame::Success { seq, msg, blob }) => {
                    let msg = msg.to_vec();
                    let came = match blob {
                        Body::Elsewhere { len, room } if len > room => {
                            Came::Skipped { msg, len, room }
                        }
                        Body::Elsewhere { len, .. } => {
                            let (_, mut blob) = self.place.take().expect("a place was named");
                            blob.truncate(len);
                            Came::Whole { msg, blob }
                        }
                        blob => Came::Whole { msg, blob: blob.to_vec() },
                    };
                    assert_eq!(self.came.insert(seq, came), None);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Fills the place with bytes that have been read; returns whether the decoder may go on.
    fn place(&mut self) -> bool {
        if let Some(ahead) = self.decoder.blob_ahead() {
            match self.wishes[&ahead.seq] {
                Wish::Gather => {}
                Wish::Room(more) => {
                    let room = ahead.len.saturating_add_signed(more);
                    self.decoder.blob_goes_elsewhere(room);
                    self.place = (room >= ahead.len).then(|| (ahead.seq, Vec::new()));
                }
                Wish::Until(_) => {
                    self.decoder.blob_goes_elsewhere(ahead.len);
                    self.place = Some((ahead.seq, Vec::new()));
                }
            }
        }
        let Some((_, place)) = &mut self.place else { return false };
        let mut rest = vec![0; 1 << 20];
        let put = self.decoder.put_elsewhere(&mut self.input, &mut rest);
        place.extend_from_slice(&rest[..put]);
        put > 0
    }

    /// Reads one part, as far as the buffer has room that the decoder names.
    fn read(&mut self, part: &mut &[u8]) {
        let missing = self.decoder.missing_elsewhere();
        let taken = match &mut self.place {
            Some((_, place)) if missing > 0 => {
                let taken = missing.min(part.len());
                place.extend_from_slice(&part[..taken]);
                self.decoder.arrived_elsewhere(taken);
                self.straight += taken;
                taken
            }
            _ => {
                let (into, reserve) = self.decoder.target(&mut self.input);
                if into.capacity() == into.len() {
                    into.reserve(reserve);
                }
                let taken = (into.capacity() - into.len()).min(part.len());
                into.extend_from_slice(&part[..taken]);
                self.decoder.filled(&mut self.input);
                taken
            }
        };
        *part = &part[taken..];
        if let Some((seq, place)) = &self.place
            && matches!(self.wishes[seq], Wish::Until(most) if place.len() > most)
            && self.decoder.missing_elsewhere() > 0
        {
            self.place = None;
            self.decoder.blob_goes_elsewhere(0);
        }
    }
}

fn drive(
    bytes: &[u8],
    cuts: &[usize],
    wishes: &BTreeMap<u64, Wish>,
) -> (BTreeMap<u64, Came>, usize) {
    let mut driver = Driver {
        decoder: Decoder::replies(Limits::default()),
        input: Input::default(),
        wishes,
        place: None,
        came: BTreeMap::new(),
        straight: 0,
    };
    let (mut rest, mut cuts) = (bytes, cuts.iter().cycle());
    while !rest.is_empty() {
        let cut = (*cuts.next().expect("endless")).min(rest.len());
        let mut part = &rest[..cut];
        rest = &rest[cut..];
        while !part.is_empty() {
            driver.read(&mut part);
            driver.next();
        }
    }
    assert_eq!(driver.decoder.end(&driver.input), Ok(()));
    (driver.came, driver.straight)
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        Just(Wish::Gather),
        prop_oneof![Just(0), Just(1), Just(-1), Just(-100_000)].prop_map(Wish::Room),
        (0usize..150_000).prop_map(Wish::Until),
    ]
}

proptest! {
    #[test]
    fn each_reply_comes_whole_or_is_skipped_as_was_wished(
        replies in prop::collection::vec((0usize..50_000, 0usize..150_000, wish()), 1..5),
        cuts in prop::collection::vec(prop_oneof![1usize..40, 1000usize..90_000], 1..6),
    ) {
        let (mut bytes, mut wishes, mut expected) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for (seq, (msg, blob, wish)) in (1..).zip(&replies) {
            let msg: Vec<u8> = (0..=240).cycle().take(*msg).collect();
            let blob: Vec<u8> = (0..=250).cycle().take(*blob).collect();
            bytes.extend(RawReply::success(seq, &msg, &blob).bytes());
            wishes.insert(seq, *wish);
            expected.insert(seq, (msg, blob));
        }
        let (came, _) = drive(&bytes, &cuts, &wishes);
        prop_assert_eq!(came.len(), replies.len());
        for (seq, came) in came {
            let (msg, blob) = &expected[&seq];
            match came {
                Came::Whole { msg: got, blob: place } => {
                    prop_assert!(&got == msg && &place == blob, "{} is not what was sent", seq);
                }
                Came::Skipped { msg: got, len, room } => {
                    prop_assert!(&got == msg && len == blob.len() && room < len);
                    prop_assert!(!matches!(wishes[&seq], Wish::Gather | Wish::Room(0 | 1)));
                }
            }
        }
    }
}

#[test]
fn all_but_what_came_with_the_head_is_read_straight_into_the_place() {
    let blob: Vec<u8> = (0..=250).cycle().take(1 << 20).collect();
    let bytes = RawReply::success(1, b"m", &blob).bytes();
    let (came, straight) = drive(&bytes, &[1000], &BTreeMap::from([(1, Wish::Room(0))]));
    assert_eq!(straight, bytes.len() - 1000);
    assert_eq!(came[&1], Came::Whole { msg: b"m".to_vec(), blob });
}
