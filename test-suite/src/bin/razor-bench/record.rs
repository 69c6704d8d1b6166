//! A struct with strings: an argument that has to be encoded and decoded field by field.
//!
//! Knows its fields. Does not know calls.

use serde::{Deserialize, Serialize};

/// Characters of one string.
const WORD: usize = 32;

/// A record with strings, like an entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    id: u64,
    name: String,
    labels: Vec<String>,
    values: Vec<(String, i64)>,
    deleted: bool,
}

impl Record {
    /// A record whose strings have `bytes` bytes together.
    pub(crate) fn of(bytes: usize) -> Self {
        let text: String = ('a'..='z').cycle().take(bytes).collect();
        let mut words =
            text.as_bytes().chunks(WORD).map(|word| String::from_utf8_lossy(word).into_owned());
        let name = words.next().unwrap_or_default();
        let (mut labels, mut values) = (Vec::new(), Vec::new());
        for (number, word) in (0..).zip(words) {
            if number % 2 == 0 {
                labels.push(word);
            } else {
                values.push((word, number - 8));
            }
        }
        Self { id: u64::MAX / 3, name, labels, values, deleted: false }
    }

    /// Whether this is the answer to `sent`: compares the size and the last string, because the time of a whole
    /// comparison would be measured too.
    pub(crate) fn answers(&self, sent: &Self) -> bool {
        self.labels.len() == sent.labels.len()
            && self.values.len() == sent.values.len()
            && self.labels.last().unwrap_or(&self.name) == sent.labels.last().unwrap_or(&sent.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_strings_have_the_bytes_that_were_asked_for() {
        for bytes in [0, 1, 32, 33, 100, 4096] {
            let Record { name, labels, values, .. } = Record::of(bytes);
            let labels: usize = labels.iter().map(String::len).sum();
            let values: usize = values.iter().map(|(word, _)| word.len()).sum();
            assert_eq!(name.len() + labels + values, bytes);
        }
    }

    #[test]
    fn another_record_is_no_answer() {
        let sent = Record::of(4096);
        assert!(sent.clone().answers(&sent));
        assert!(!Record::of(4000).answers(&sent));
        assert!(!Record::of(0).answers(&Record::of(1)));
    }
}
