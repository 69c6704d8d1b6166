//! The bytes that an encoder appends to a buffer, until it is known that they are whole.
//!
//! Knows a length. Does not know any format.

/// The bytes that are appended to a buffer. They are removed again on errors and on panics of a value's `Serialize`,
/// because the buffer may belong to a whole connection; [`keep`](Self::keep) keeps them.
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
