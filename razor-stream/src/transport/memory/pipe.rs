//! One direction of a connection in memory: a bounded queue of bytes between a writer and a reader.
//!
//! Knows bytes and wakers. Does not know connections or names.

use crate::coroutine::wake;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::num::NonZeroUsize;
use std::task::{Context, Poll, Waker};

/// A queue of bytes.
#[derive(Debug)]
pub(super) struct Pipe {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    bytes: VecDeque<u8>,
    /// The queue takes no more bytes; those in it can still be read.
    ended: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Bytes of memory that an empty queue may keep while its reader waits.
const KEPT: usize = 4 << 10;

impl Pipe {
    /// A queue that holds at most `capacity` bytes.
    pub(super) fn new(capacity: NonZeroUsize) -> Self {
        Self { capacity: capacity.get(), state: Mutex::default() }
    }

    /// Moves bytes to `into`, as `ReadHalf::read` says; 0 once the queue has ended and is empty.
    pub(super) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        into: &mut Vec<u8>,
        reserve: usize,
    ) -> Poll<usize> {
        self.poll_take(cx, |front, back| {
            if into.len() == into.capacity() {
                into.reserve(reserve);
            }
            let room = into.capacity() - into.len();
            let of_front = room.min(front.len());
            let of_back = (room - of_front).min(back.len());
            into.extend_from_slice(&front[..of_front]);
            into.extend_from_slice(&back[..of_back]);
            of_front + of_back
        })
    }

    /// Moves bytes to the front of `into`, as many as it can hold; 0 once the queue has ended and is empty.
    pub(super) fn poll_read_into(&self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<usize> {
        self.poll_take(cx, |front, back| {
            let of_front = into.len().min(front.len());
            let of_back = (into.len() - of_front).min(back.len());
            into[..of_front].copy_from_slice(&front[..of_front]);
            into[of_front..of_front + of_back].copy_from_slice(&back[..of_back]);
            of_front + of_back
        })
    }

    /// Waits until there are bytes, and gives them to `take`, which returns how many of them it has taken. Ready with 0
    /// once the queue has ended and is empty.
    fn poll_take(
        &self,
        cx: &mut Context<'_>,
        take: impl FnOnce(&[u8], &[u8]) -> usize,
    ) -> Poll<usize> {
        let mut state = self.state.lock();
        let State { bytes, ended, reader, writer } = &mut *state;
        if bytes.is_empty() {
            if bytes.capacity() > KEPT {
                *bytes = VecDeque::new();
            }
            if *ended {
                return Poll::Ready(0);
            }
            register(reader, cx);
            return Poll::Pending;
        }
        let (front, back) = bytes.as_slices();
        let moved = take(front, back);
        bytes.drain(..moved);
        let writer = writer.take();
        drop(state);
        wake(writer);
        Poll::Ready(moved)
    }

    /// Appends as many bytes of `bufs` as the queue has room for, and returns their number.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room; `BrokenPipe` if the queue has ended.
    pub(super) fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write(bufs, None)
    }

    /// Waits for room, then appends as many bytes of `bufs` as fit, and returns their number. Fails with `BrokenPipe`
    /// if the queue has ended.
    pub(super) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.write(bufs, Some(cx)) {
            Err(full) if full.kind() == ErrorKind::WouldBlock => Poll::Pending,
            written => Poll::Ready(written),
        }
    }

    fn write(&self, bufs: &[IoSlice<'_>], waits: Option<&mut Context<'_>>) -> io::Result<usize> {
        let mut state = self.state.lock();
        if state.ended {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let room = self.capacity - state.bytes.len();
        let mut left = room;
        for buf in bufs {
            let part = &buf[..buf.len().min(left)];
            state.bytes.extend(part);
            left -= part.len();
        }
        let written = room - left;
        if written == 0 && bufs.iter().any(|buf| !buf.is_empty()) {
            if let Some(cx) = waits {
                register(&mut state.writer, cx);
            }
            return Err(ErrorKind::WouldBlock.into());
        }
        let reader = if written > 0 { state.reader.take() } else { None };
        drop(state);
        wake(reader);
        Ok(written)
    }

    /// Ends the queue for its writer: no more bytes are taken. The reader gets the bytes in the queue, and then the
    /// end.
    pub(super) fn end(&self) {
        self.finish(false);
    }

    /// Ends the queue for a reader that is gone: the bytes in the queue are thrown away.
    pub(super) fn abandon(&self) {
        self.finish(true);
    }

    fn finish(&self, discard: bool) {
        let mut state = self.state.lock();
        state.ended = true;
        let thrown_away = if discard { std::mem::take(&mut state.bytes) } else { VecDeque::new() };
        let (reader, writer) = (state.reader.take(), state.writer.take());
        drop(state);
        drop(thrown_away);
        wake(reader);
        wake(writer);
    }
}

fn register(place: &mut Option<Waker>, cx: &Context<'_>) {
    match place {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *place = Some(cx.waker().clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipe(capacity: usize) -> Pipe {
        Pipe::new(NonZeroUsize::new(capacity).unwrap())
    }

    fn read(pipe: &Pipe, into: &mut Vec<u8>) -> Poll<usize> {
        pipe.poll_read(&mut Context::from_waker(Waker::noop()), into, 3)
    }

    fn write(pipe: &Pipe, parts: &[&[u8]]) -> io::Result<usize> {
        let parts: Vec<_> = parts.iter().map(|part| IoSlice::new(part)).collect();
        pipe.try_write(&parts)
    }

    #[test]
    fn it_takes_what_fits_and_gives_what_the_reader_has_room_for() {
        let pipe = pipe(5);
        assert_eq!(write(&pipe, &[b"ab", b"", b"cdef"]).unwrap(), 5);
        assert_eq!(write(&pipe, &[b"f"]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(write(&pipe, &[b""]).unwrap(), 0, "nothing to write is written at once");
        let mut into = Vec::with_capacity(2);
        assert_eq!(read(&pipe, &mut into), Poll::Ready(2));
        assert_eq!((&into[..], into.capacity()), (&b"ab"[..], 2));
        assert_eq!(write(&pipe, &[b"fgh"]).unwrap(), 2);
        let mut into = Vec::new();
        while read(&pipe, &mut into).is_ready() {}
        assert_eq!(into, b"cdefg");
    }

    #[test]
    fn a_reader_that_waits_gets_no_buffer_and_the_queue_keeps_none() {
        let pipe = pipe(1 << 20);
        let mut into = Vec::new();
        assert_eq!(read(&pipe, &mut into), Poll::Pending);
        assert_eq!(into.capacity(), 0);
        write(&pipe, &[&[0; 1 << 20]]).unwrap();
        while read(&pipe, &mut into).is_ready() {}
        assert_eq!(into.len(), 1 << 20);
        assert!(pipe.state.lock().bytes.capacity() <= KEPT);
    }

    #[test]
    fn after_the_end_comes_what_was_written_before_it_and_nothing_is_taken() {
        let pipe = pipe(5);
        write(&pipe, &[b"rest"]).unwrap();
        pipe.end();
        assert_eq!(write(&pipe, &[b"x"]).unwrap_err().kind(), ErrorKind::BrokenPipe);
        let mut into = Vec::with_capacity(8);
        assert_eq!(read(&pipe, &mut into), Poll::Ready(4));
        assert_eq!(read(&pipe, &mut into), Poll::Ready(0));
        assert_eq!(into, b"rest");
    }

    #[test]
    fn a_reader_that_is_gone_leaves_nothing_behind() {
        let pipe = pipe(5);
        write(&pipe, &[b"rest"]).unwrap();
        pipe.abandon();
        assert_eq!(write(&pipe, &[b"x"]).unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_eq!(pipe.state.lock().bytes.capacity(), 0);
    }
}
