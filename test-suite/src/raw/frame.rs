//! Requests and answers as bytes, written by hand from docs/PROTOCOL.md.
//!
//! A field can be set to a wrong value. Knows offsets. Does not know sockets.

/// The first two bytes of every header.
const MAGIC: u16 = 0x4D25;
/// Bit 31 of an action: the low bits are the length of a name.
const NAMED: u32 = 0x8000_0000;

/// A request to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    magic: u16,
    version: u8,
    format: u8,
    action: u32,
    seq: u64,
    msg_len: u32,
    blob_len: u32,
    tail: Vec<u8>,
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a short part of a frame")
}

impl Request {
    /// A request of a numbered action, without message and blob.
    #[must_use]
    pub const fn number(seq: u64, action: u32) -> Self {
        Self {
            magic: MAGIC,
            version: 1,
            format: 0,
            action,
            seq,
            msg_len: 0,
            blob_len: 0,
            tail: Vec::new(),
        }
    }

    /// A request of a named action.
    #[must_use]
    pub fn name(seq: u64, name: &[u8]) -> Self {
        let mut request = Self::number(seq, length(name) | NAMED);
        request.tail.extend_from_slice(name);
        request
    }

    /// Appends the message. Call this before `blob`.
    #[must_use]
    pub fn msg(mut self, msg: &[u8]) -> Self {
        self.msg_len = length(msg);
        self.tail.extend_from_slice(msg);
        self
    }

    /// Appends the blob.
    #[must_use]
    pub fn blob(mut self, blob: &[u8]) -> Self {
        self.blob_len = length(blob);
        self.tail.extend_from_slice(blob);
        self
    }

    /// Sets another magic.
    #[must_use]
    pub const fn magic(mut self, magic: u16) -> Self {
        self.magic = magic;
        self
    }

    /// Sets another version.
    #[must_use]
    pub const fn version(mut self, version: u8) -> Self {
        self.version = version;
        self
    }

    /// Sets another format.
    #[must_use]
    pub const fn format(mut self, format: u8) -> Self {
        self.format = format;
        self
    }

    /// Announces these lengths, whatever the lengths of message and blob are.
    #[must_use]
    pub const fn announce(mut self, msg_len: u32, blob_len: u32) -> Self {
        self.msg_len = msg_len;
        self.blob_len = blob_len;
        self
    }

    /// Announces a name of this length.
    #[must_use]
    pub const fn announce_name(mut self, len: u32) -> Self {
        self.action = len | NAMED;
        self
    }

    /// The request as it goes over the wire.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(32 + self.tail.len());
        bytes.extend_from_slice(&self.magic.to_le_bytes());
        bytes.push(self.version);
        bytes.push(self.format);
        bytes.extend_from_slice(&self.action.to_le_bytes());
        bytes.extend_from_slice(&self.seq.to_le_bytes());
        bytes.extend_from_slice(&0x0102_0304_u64.to_le_bytes());
        bytes.extend_from_slice(&self.msg_len.to_le_bytes());
        bytes.extend_from_slice(&self.blob_len.to_le_bytes());
        bytes.extend_from_slice(&self.tail);
        bytes
    }
}

/// An answer that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "scenarios compare whole answers")]
pub struct Answer {
    /// 0 success, 1 number, 2 string.
    pub flag: u8,
    /// The number of flag 1, the code of flag 2; 0 for flag 0.
    pub number: u32,
    /// The `seq` of the request that it answers.
    pub seq: u64,
    /// The message of flag 0.
    pub msg: Vec<u8>,
    /// The blob, or the error string.
    pub blob: Vec<u8>,
}

impl Answer {
    /// A success with a message.
    #[must_use]
    pub fn success(seq: u64, msg: &[u8]) -> Self {
        Self { flag: 0, number: 0, seq, msg: msg.to_vec(), blob: Vec::new() }
    }

    /// An error of the framework: its code, and the string that belongs to it.
    #[must_use]
    pub fn framework(seq: u64, code: u32) -> Self {
        let text: &[u8] = match code {
            1 => b"rpc_service_notfound",
            2 => b"rpc_method_notfound",
            3 | 4 => b"rpc_decode",
            5 => b"rpc_invalid_ver",
            6 | 7 => b"rpc_unreachable",
            8 => b"rpc_internal_err",
            9 => b"rpc_encode",
            _ => b"rpc_timeout",
        };
        Self { flag: 2, number: code, seq, msg: Vec::new(), blob: text.to_vec() }
    }

    /// The fields of an answer's header: flag, `msg_len`, `seq`, `blob_len`.
    pub(super) fn lengths(head: &[u8; 20]) -> (u8, u32, u64, usize) {
        assert_eq!(u16::from_le_bytes([head[0], head[1]]), MAGIC, "the magic of an answer");
        assert_eq!(head[2], 1, "the version of an answer");
        assert!(head[3] <= 2, "the flag of an answer is {}", head[3]);
        let blob = i32::from_le_bytes(four(head, 16));
        let blob = usize::try_from(blob).expect("no negative length");
        (head[3], u32::from_le_bytes(four(head, 4)), eight(head, 8), blob)
    }
}

/// The bytes of an answer; any field may have a wrong value.
#[must_use]
pub fn answer(flag: u8, msg_len: u32, seq: u64, blob_len: i32, tail: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(20 + tail.len());
    bytes.extend_from_slice(&MAGIC.to_le_bytes());
    bytes.push(1);
    bytes.push(flag);
    bytes.extend_from_slice(&msg_len.to_le_bytes());
    bytes.extend_from_slice(&seq.to_le_bytes());
    bytes.extend_from_slice(&blob_len.to_le_bytes());
    bytes.extend_from_slice(tail);
    bytes
}

/// A request that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "scenarios look at every part")]
pub struct Asked {
    /// A number, or with bit 31 the length of a name.
    pub action: u32,
    /// Identifies the request on its connection.
    pub seq: u64,
    /// The message.
    pub msg: Vec<u8>,
    /// The blob.
    pub blob: Vec<u8>,
}

impl Asked {
    /// A successful answer to this request.
    #[must_use]
    pub fn success(&self, msg: &[u8]) -> Vec<u8> {
        answer(0, length(msg), self.seq, 0, msg)
    }

    /// The parts of a request's header: action, `seq`, lengths of name, message and blob.
    pub(super) fn lengths(head: &[u8; 32]) -> (u32, u64, [usize; 3]) {
        assert_eq!(u16::from_le_bytes([head[0], head[1]]), MAGIC, "the magic of a request");
        assert_eq!((head[2], head[3]), (1, 0), "the version and format of a request");
        let action = u32::from_le_bytes(four(head, 4));
        let name = if action & NAMED == 0 { 0 } else { action & !NAMED };
        let lens = [name, u32::from_le_bytes(four(head, 24)), u32::from_le_bytes(four(head, 28))];
        (action, eight(head, 8), lens.map(|len| usize::try_from(len).expect("64 bit")))
    }
}

fn four(head: &[u8], at: usize) -> [u8; 4] {
    head[at..at + 4].try_into().expect("inside of the header")
}

fn eight(head: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(head[at..at + 8].try_into().expect("inside of the header"))
}
