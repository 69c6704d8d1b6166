//! Small buffers, kept by each thread.
//!
//! A call needs one small buffer: its frame is rendered there, and the response comes back in it. Each thread keeps a
//! few of them, bounded in number and in size, so that a call allocates none. Knows no frames.

use std::cell::RefCell;

/// Buffers kept by each thread.
const KEPT: usize = 64;
/// Bytes of the largest buffer that is kept.
const LARGEST: usize = 4 << 10;
/// Bytes that a new buffer can hold: head, action and a message of a few fields.
const FRESH: usize = 256;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer: a used one, if this thread keeps one.
#[inline]
pub(super) fn take() -> Vec<u8> {
    SPARE
        .try_with(|spare| spare.borrow_mut().pop())
        .ok()
        .flatten()
        .unwrap_or_else(|| Vec::with_capacity(FRESH))
}

/// Keeps `buffer` for later, unless it is large or this thread keeps enough of them.
#[inline]
pub(super) fn give_back(mut buffer: Vec<u8>) {
    if buffer.capacity() == 0 || buffer.capacity() > LARGEST {
        return;
    }
    buffer.clear();
    // A thread that is ending keeps nothing.
    let _ = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < KEPT {
            spare.push(buffer);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_given_back_is_taken_again_and_empty() {
        std::thread::spawn(|| {
            let mut buffer = take();
            buffer.extend_from_slice(&[1; 2000]);
            let at = buffer.as_ptr();
            give_back(buffer);
            let again = take();
            assert_eq!(again.as_ptr(), at);
            assert!(again.is_empty());
        })
        .join()
        .expect("the thread ends well");
    }

    #[test]
    fn no_more_than_a_bounded_number_of_bytes_is_kept() {
        std::thread::spawn(|| {
            for _ in 0..1000 {
                give_back(Vec::with_capacity(LARGEST));
            }
            give_back(Vec::with_capacity(LARGEST + 1));
            SPARE.with(|spare| assert_eq!(spare.borrow().len(), KEPT));
        })
        .join()
        .expect("the thread ends well");
    }
}
