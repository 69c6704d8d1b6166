//! Bytes that several owners append and one at a time writes leave in the order in which they were appended.
//!
//! Knows who may write. Does not know what the bytes mean.

use crate::session::write;
use proptest::prelude::*;
use razor_stream::bytes::Bytes;
use razor_stream::proto::machines::{Outbox, Output};

#[derive(Debug, Clone)]
enum Step {
    /// A frame, with a blob.
    Push(usize, Option<usize>),
    /// Frames of an owner that batches by itself and wants to write them.
    Batch(Vec<(usize, Option<usize>)>),
    Claim,
    Write(usize),
    Release,
    ReleaseMemory,
}

fn frame() -> impl Strategy<Value = (usize, Option<usize>)> {
    let blob = prop_oneof![1usize..100, 4000usize..9000];
    (1usize..200, prop::option::weighted(0.3, blob))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => frame().prop_map(|(len, blob)| Step::Push(len, blob)),
        3 => prop::collection::vec(frame(), 0..4).prop_map(Step::Batch),
        4 => Just(Step::Claim),
        4 => (1usize..8000).prop_map(Step::Write),
        4 => Just(Step::Release),
        1 => Just(Step::ReleaseMemory),
    ]
}

/// All bytes that were appended, in their order, and the bytes that have left.
#[derive(Default)]
struct Stream {
    appended: Vec<u8>,
    written: Vec<u8>,
    frames: usize,
    left: usize,
}

impl Stream {
    fn push(&mut self, output: &mut Output, len: usize, blob: Option<usize>) {
        self.frames += 1;
        let mark = u8::try_from(self.frames % 251).expect("a byte");
        let (frame, blob) = (vec![mark; len], blob.map(|len| Bytes::from(vec![!mark; len])));
        self.appended.extend_from_slice(&frame);
        self.appended.extend_from_slice(blob.as_deref().unwrap_or_default());
        output.push(&frame, blob);
    }
}

fn run(steps: &[Step]) {
    let (mut outbox, mut stream, mut batch) =
        (Outbox::default(), Stream::default(), Output::default());
    let mut claimed: Option<Output> = None;
    for step in steps {
        let waiting = stream.written.len() < stream.appended.len();
        match step {
            Step::Push(len, blob) => stream.push(outbox.front(), *len, *blob),
            Step::Batch(frames) => {
                frames.iter().for_each(|(len, blob)| stream.push(&mut batch, *len, *blob));
                let may = outbox.claim_for(&mut batch);
                assert_eq!(may.is_some(), claimed.is_none() && !waiting, "one writes, in order");
                assert!(batch.is_empty() && batch.frames() == 0, "it can be filled again");
                claimed = may.or(claimed);
            }
            Step::Claim => {
                let may = outbox.claim();
                assert_eq!(may.is_some(), claimed.is_none() && waiting, "one writes at a time");
                claimed = may.or(claimed);
            }
            Step::Write(len) => {
                if let Some(output) = &mut claimed {
                    stream.written.extend(write(output, *len));
                }
            }
            Step::Release => {
                if let Some(output) = claimed.take() {
                    stream.left += outbox.release(output).frames;
                }
            }
            Step::ReleaseMemory => outbox.release_memory(),
        }
        assert_eq!(outbox.is_writing(), claimed.is_some());
        assert!(stream.appended.starts_with(&stream.written), "in their order");
    }
    claimed = claimed.or_else(|| outbox.claim());
    while let Some(mut output) = claimed {
        stream.written.extend(write(&mut output, usize::MAX));
        stream.left += outbox.release(output).frames;
        claimed = outbox.claim();
    }
    assert!(stream.written == stream.appended, "everything has left");
    assert_eq!(stream.left, stream.frames, "every frame is counted once");
    assert!(outbox.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_was_appended_leaves_in_that_order_whoever_writes(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        run(&steps);
    }
}
