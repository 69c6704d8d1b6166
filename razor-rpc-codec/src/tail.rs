//! What an encoder appends to a buffer, until it is known to be whole.
//!
//! Knows a length. Does not know any format.

/// What is appended to a buffer, taken back unless it is kept: on errors, and on panics of a value's
/// `Serialize`, because the buffer may belong to a whole connection.
pub(crate) struct Tail<'a> {
    pub(crate) out: &'a mut Vec<u8>,
    pub(crate) start: usize,
}

impl<'a> Tail<'a> {
    pub(crate) fn of(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    pub(crate) fn keep(mut self) {
        self.start = self.out.len();
    }
}

impl Drop for Tail<'_> {
    fn drop(&mut self) {
        self.out.truncate(self.start);
    }
}
