//! Bytes that look random, and damaged messages: every run has the same ones.
//!
//! Knows bytes. Does not know codecs.

/// Numbers that look random.
pub(super) struct Noise(u64);

impl Noise {
    /// Starts the numbers that belong to `seed`.
    pub(super) const fn of(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// The next number (xorshift64*).
    pub(super) const fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// The next number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from((self.next() >> 16) % bound.max(1) as u64).unwrap_or(0)
    }

    /// Makes a message of less than `most` bytes: of any bytes, of bytes that formats use as markers, or of characters
    /// of JSON.
    pub(super) fn bytes(&mut self, most: usize) -> Vec<u8> {
        let len = self.below(most);
        let alphabet: &[u8] = match self.below(4) {
            0 => &[0, 1, 2, 3, 4, 0x7f, 0x80, 0x90, 0x91, 0xc0, 0xff],
            1 => br#"[]{}:,"\ue1-.0tfn "#,
            _ => &[],
        };
        let mut one = || match alphabet.len() {
            0 => self.next().to_be_bytes()[0],
            len => alphabet[self.below(len)],
        };
        (0..len).map(|_| one()).collect()
    }
}

/// Every way to damage one place of `whole`, among its first `places` bytes and its last.
pub(super) fn damaged(whole: &[u8], places: usize) -> impl Iterator<Item = Vec<u8>> + '_ {
    let last = whole.len().saturating_sub(1);
    (0..whole.len().min(places)).chain([last]).flat_map(move |at| ways(whole, at))
}

fn ways(whole: &[u8], at: usize) -> Vec<Vec<u8>> {
    let (front, back) = whole.split_at(at.min(whole.len()));
    let Some((byte, rest)) = back.split_first() else { return Vec::new() };
    let replaced = [0, 1, 0x7f, 0x80, 0xff, byte ^ 1, byte ^ 0x80, b'[', b'"', b'9'];
    let mut ways: Vec<_> = replaced.iter().map(|other| [front, &[*other], rest].concat()).collect();
    // A greater number in place of a small one, in formats whose numbers have many lengths.
    for run in [1, 2, 4, 8] {
        ways.push([front, &vec![0xff; run], back].concat());
        ways.push([front, &vec![0xff; run], &[1], rest].concat());
    }
    ways.push([front, rest].concat());
    ways.push(front.to_vec());
    ways
}
