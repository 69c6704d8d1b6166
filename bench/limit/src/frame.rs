//! A frame: the length of the payload, an id, and the payload.
//!
//! Requests and responses have headers of the lengths that those of the wire of razor-rpc have. Does not know
//! what a frame is for.

use std::io::{self, IoSlice};
use std::ops::Range;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::TcpStream;

/// Bytes of the header of a request.
pub(crate) const REQUEST: usize = 32;
/// Bytes of the header of a response.
pub(crate) const RESPONSE: usize = 20;
/// Bytes of a buffer.
pub(crate) const BUFFER: usize = 64 * 1024;
/// A batch of this many bytes is written in any case.
pub(crate) const FLUSH_AT: usize = 64 * 1024;
/// From here on a payload is received past the read buffer.
pub(crate) const BIG: usize = 32 * 1024;
/// From here on a payload is written from where it lies.
pub(crate) const IN_PLACE: usize = 4 * 1024;
/// Slices of one write.
pub(crate) const SLICES: usize = 32;

/// The header of `N` bytes.
pub(crate) fn header<const N: usize>(len: usize, id: usize) -> [u8; N] {
    let mut header = [0; N];
    header[0..8].copy_from_slice(&(len as u64).to_le_bytes());
    header[8..16].copy_from_slice(&(id as u64).to_le_bytes());
    header
}

/// Length and id out of a header.
fn parse(header: &[u8]) -> (usize, usize) {
    let number = |at| usize::from_le_bytes(header[at..at + 8].try_into().expect("8 bytes"));
    (number(0), number(8))
}

/// The next part of a buffer.
pub(crate) enum Next<'a> {
    /// A whole frame: its id and its payload.
    Frame(usize, &'a [u8]),
    /// A big one has begun: its length, its id, and as much of the payload as is there.
    Big(usize, usize, &'a [u8]),
    /// More bytes are needed.
    More,
}

/// Bytes that have been read and not taken yet.
pub(crate) struct Incoming {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Incoming {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; BUFFER], start: 0, end: 0 }
    }

    /// Takes the next frame with a header of this many bytes.
    #[inline]
    pub(crate) fn next(&mut self, header: usize) -> Next<'_> {
        let there = &self.bytes[self.start..self.end];
        if there.len() < header {
            return Next::More;
        }
        let (len, id) = parse(there);
        let payload = &there[header..];
        if payload.len() >= len {
            self.start += header + len;
            Next::Frame(id, &payload[..len])
        } else if len >= BIG {
            (self.start, self.end) = (0, 0);
            Next::Big(len, id, payload)
        } else {
            Next::More
        }
    }

    /// The payload of this length that [`next`](Self::next) returned last, as long as nothing more is read.
    pub(crate) fn last(&self, len: usize) -> Range<usize> {
        self.start - len..self.start
    }

    /// Bytes that were read, by their places.
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.bytes[range]
    }

    /// Reads once; how many bytes, 0 at the end of the stream.
    pub(crate) async fn fill(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<usize> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.start > 0 && self.bytes.len() - self.end < BUFFER / 4 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let read = stream.read(&mut self.bytes[self.end..]).await?;
        self.end += read;
        Ok(read)
    }
}

/// Reads the rest of a payload of `len` bytes.
pub(crate) async fn read_rest(
    stream: &mut (impl AsyncRead + Unpin),
    payload: &mut Vec<u8>,
    len: usize,
) -> io::Result<()> {
    while payload.len() < len {
        let left = (len - payload.len()) as u64;
        if (&mut *stream).take(left).read_buf(payload).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// Writes all of these, one behind the other, in as few calls as the kernel allows.
pub(crate) async fn write_all(
    stream: &TcpStream,
    mut slices: &mut [IoSlice<'_>],
) -> io::Result<()> {
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match stream.try_write_vectored(slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(full) if full.kind() == io::ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
