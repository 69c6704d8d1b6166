//! One connection of the raw peer. Its functions block, for at most the safety net.
//!
//! Knows how a connection ends. Does not know what a scenario expects.

use super::wire::Wire;
use super::{Answer, Asked, Request};
use crate::SAFETY_NET;
use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

/// One connection of the raw peer.
#[derive(Debug)]
pub struct Peer {
    wire: Wire,
}

/// How the other side ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Closing {
    /// The end of the stream.
    End,
    /// A reset.
    Reset,
}

impl Peer {
    /// Connects.
    ///
    /// # Panics
    /// No server listens there.
    #[must_use]
    pub fn connect(addr: &str) -> Self {
        Self::try_connect(addr).expect("a listener")
    }

    /// Connects, if a server listens.
    ///
    /// # Errors
    /// No server listens there.
    pub fn try_connect(addr: &str) -> std::io::Result<Self> {
        Wire::connect(addr).map(Self::new)
    }

    pub(super) const fn new(wire: Wire) -> Self {
        Self { wire }
    }

    /// Sends a request.
    ///
    /// # Panics
    /// The connection is broken, or the other side does not read.
    pub fn send(&mut self, request: &Request) {
        self.send_bytes(&request.bytes());
    }

    /// Sends bytes.
    ///
    /// # Panics
    /// The connection is broken, or the other side does not read.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        (&self.wire).write_all(bytes).expect("a peer that reads");
    }

    /// Sends bytes as far as the other side takes them: it may have closed meanwhile.
    pub fn send_lossy(&mut self, bytes: &[u8]) {
        let _closed = (&self.wire).write_all(bytes);
    }

    /// Sends bytes; returns whether the connection took them. A connection that has ended may take some bytes before it
    /// reports an error.
    pub fn takes(&mut self, bytes: &[u8]) -> bool {
        (&self.wire).write_all(bytes).is_ok()
    }

    /// Sends until the other side has taken no bytes for `patience`; returns how many it took.
    ///
    /// # Panics
    /// The connection breaks.
    pub fn send_until_stalled(&mut self, bytes: &[u8], patience: Duration) -> usize {
        self.wire.set_write_timeout(patience);
        let mut sent = 0;
        while sent < bytes.len() {
            match (&self.wire).write(&bytes[sent..]) {
                Ok(more) => sent += more,
                Err(full) if full.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("after {sent} bytes: {error}"),
            }
        }
        self.wire.set_write_timeout(SAFETY_NET);
        sent
    }

    /// Sends until the other side has ended the connection.
    ///
    /// # Panics
    /// The connection does not end.
    pub fn send_until_broken(&mut self) {
        self.flood(&[0; 4096]);
    }

    /// Sends `bytes` again and again, until the other side has ended the connection.
    ///
    /// # Panics
    /// The other side neither reads nor ends the connection.
    pub fn flood(&mut self, bytes: &[u8]) {
        loop {
            match (&self.wire).write_all(bytes) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    panic!("the connection did not end")
                }
                Err(_) => return,
            }
        }
    }

    /// Another handle of the same connection, for another thread.
    ///
    /// # Panics
    /// The process has no more descriptors.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self { wire: self.wire.duplicate() }
    }

    /// Fills `bytes`. If the connection ends before, returns the bytes filled and how it ended.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), (usize, Closing)> {
        let mut filled = 0;
        while filled < bytes.len() {
            match (&self.wire).read(&mut bytes[filled..]) {
                Ok(0) => return Err((filled, Closing::End)),
                Ok(more) => filled += more,
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                        return Err((filled, Closing::Reset));
                    }
                    _ => panic!("after {filled} of {} bytes: {error}", bytes.len()),
                },
            }
        }
        Ok(())
    }

    fn part(&mut self, len: usize) -> Vec<u8> {
        let mut part = vec![0; len];
        if let Err((filled, closing)) = self.fill(&mut part) {
            panic!("{closing:?} after {filled} of {len} bytes of a frame");
        }
        part
    }

    /// Receives `len` bytes.
    ///
    /// # Panics
    /// The bytes do not come.
    #[must_use]
    pub fn receive(&mut self, len: usize) -> Vec<u8> {
        self.part(len)
    }

    /// Receives one answer.
    ///
    /// # Panics
    /// No whole frame comes.
    #[must_use]
    pub fn answer(&mut self) -> Answer {
        match self.answer_or_end() {
            Ok(answer) => answer,
            Err(closing) => panic!("{closing:?} instead of an answer"),
        }
    }

    /// Receives one answer, or the end between answers.
    ///
    /// # Errors
    /// How the connection ended.
    ///
    /// # Panics
    /// The connection ended inside of an answer, or nothing comes.
    pub fn answer_or_end(&mut self) -> Result<Answer, Closing> {
        let mut head = [0; 20];
        match self.fill(&mut head) {
            Ok(()) => {}
            Err((0, closing)) => return Err(closing),
            Err((filled, closing)) => panic!("{closing:?} after {filled} bytes of a header"),
        }
        let (flag, msg_len, seq, blob_len) = Answer::lengths(&head);
        let (number, msg) = if flag == 0 { (0, msg_len) } else { (msg_len, 0) };
        let msg = self.part(usize::try_from(msg).expect("64 bit"));
        let blob = self.part(blob_len);
        Ok(Answer { flag, number, seq, msg, blob })
    }

    /// Receives one request.
    ///
    /// # Panics
    /// No whole frame comes.
    #[must_use]
    pub fn request(&mut self) -> Asked {
        self.request_or_end().expect("a request")
    }

    /// Receives one whole request, or the end before or inside of it.
    ///
    /// # Errors
    /// How the connection ended.
    ///
    /// # Panics
    /// Nothing comes.
    pub fn request_or_end(&mut self) -> Result<Asked, Closing> {
        let mut head = [0; 32];
        if let Err((_, closing)) = self.fill(&mut head) {
            return Err(closing);
        }
        let (action, seq, [name, msg, blob]) = Asked::lengths(&head);
        let mut body = vec![0; name + msg + blob];
        self.fill(&mut body).map_err(|(_, closing)| closing)?;
        let blob = body.split_off(name + msg);
        Ok(Asked { action, seq, msg: body.split_off(name), blob })
    }

    /// Receives and throws away bytes, until the connection ends. Returns how it ended.
    ///
    /// # Panics
    /// The connection does not end.
    pub fn end(&mut self) -> Closing {
        let mut thrown = [0; 4096];
        loop {
            if let Err((_, closing)) = self.fill(&mut thrown) {
                return closing;
            }
        }
    }

    /// Checks that the connection ends before any byte comes. Returns how it ended.
    ///
    /// # Panics
    /// A byte comes.
    pub fn ends_without_a_byte(&mut self) -> Closing {
        match self.fill(&mut [0; 1]) {
            Err((_, closing)) => closing,
            Ok(()) => panic!("a byte instead of the end"),
        }
    }

    /// Shuts down the sending direction.
    ///
    /// # Panics
    /// The connection is gone.
    pub fn half_close(&self) {
        self.wire.half_close();
    }

    /// Ends the connection by a reset, where this kind of connection has one.
    pub fn reset(self) {
        self.wire.will_reset();
    }

    /// Sets a small receive buffer, so that few bytes fit between the two sides.
    ///
    /// # Panics
    /// The connection is gone.
    pub fn shrink_buffers(&self) {
        self.wire.shrink_buffers();
    }
}
