//! Arguments and results: one of each kind that serde tells apart. The published crates want results that
//! have a default.

use serde::{Deserialize, Serialize};

/// A struct: a map by field name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    pub x: u32,
    pub y: i32,
    pub name: String,
    pub tag: Option<u8>,
}

/// An enum: by the name of its variant.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    #[default]
    Empty,
    Circle(f64),
    Rect {
        w: u64,
        h: u64,
    },
    Tagged(i64, char),
}

/// An error of a method that is neither a number nor a text: each peer sends it as its codec encodes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    Closed,
    TooLong { limit: u32 },
}

/// The message of a numeric action; its data is the blob.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Io {
    pub offset: u64,
    pub len: u32,
}

impl Io {
    /// Answers with the message of the request and the same blob.
    pub const ECHO: i32 = 1;
    /// Answers with the message of the request and a blob of `len` bytes.
    pub const READ: i32 = 2;
    /// Answers `ENOENT`.
    pub const FAIL: i32 = 3;
    /// A number with all of its low 15 bits set; does what `ECHO` does.
    pub const HIGH: i32 = 32767;
    /// One that no server knows.
    pub const UNKNOWN: i32 = 9;

    /// The blob with which `READ` answers: bytes that are not all equal.
    pub fn data(&self) -> Vec<u8> {
        (0..self.len).map(|at| at.to_le_bytes()[0] ^ at.to_le_bytes()[1]).collect()
    }
}
