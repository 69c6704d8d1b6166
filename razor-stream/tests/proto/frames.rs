//! Frames made by hand, byte by byte, without the library's encoder.
//!
//! Knows the offsets of the protocol page. Does not know limits: it makes wrong frames as well.

/// A request, right or wrong.
#[derive(Debug, Clone)]
pub(crate) struct RawRequest {
    pub(crate) magic: u16,
    pub(crate) version: u8,
    pub(crate) format: u8,
    pub(crate) action: u32,
    pub(crate) seq: u64,
    pub(crate) client_id: u64,
    pub(crate) msg_len: u32,
    pub(crate) blob_len: u32,
    /// The bytes that follow the header.
    pub(crate) body: Vec<u8>,
}

/// Bit 31 of `action`.
pub(crate) const NAMED: u32 = 1 << 31;

pub(crate) fn len32(len: usize) -> u32 {
    u32::try_from(len).expect("test frames are small")
}

impl RawRequest {
    /// Makes a correct request with a numeric action.
    pub(crate) fn num(seq: u64, action: u32, msg: &[u8], blob: &[u8]) -> Self {
        Self {
            magic: 0x4D25,
            version: 1,
            format: 0,
            action,
            seq,
            client_id: 0,
            msg_len: len32(msg.len()),
            blob_len: len32(blob.len()),
            body: [msg, blob].concat(),
        }
    }

    /// Makes a correct request with a name as its action.
    pub(crate) fn named(seq: u64, name: &[u8], msg: &[u8], blob: &[u8]) -> Self {
        let mut request = Self::num(seq, NAMED | len32(name.len()), msg, blob);
        request.body = [name, msg, blob].concat();
        request
    }

    /// A header that announces these lengths, and nothing behind it.
    pub(crate) fn announcing(seq: u64, action: u32, msg_len: u32, blob_len: u32) -> Self {
        Self { msg_len, blob_len, ..Self::num(seq, action, &[], &[]) }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(32 + self.body.len());
        bytes.extend_from_slice(&self.magic.to_le_bytes());
        bytes.extend_from_slice(&[self.version, self.format]);
        bytes.extend_from_slice(&self.action.to_le_bytes());
        bytes.extend_from_slice(&self.seq.to_le_bytes());
        bytes.extend_from_slice(&self.client_id.to_le_bytes());
        bytes.extend_from_slice(&self.msg_len.to_le_bytes());
        bytes.extend_from_slice(&self.blob_len.to_le_bytes());
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// A response, right or wrong.
#[derive(Debug, Clone)]
pub(crate) struct RawReply {
    pub(crate) magic: u16,
    pub(crate) version: u8,
    pub(crate) flag: u8,
    pub(crate) msg_len: u32,
    pub(crate) seq: u64,
    pub(crate) blob_len: i32,
    /// The bytes that follow the header.
    pub(crate) body: Vec<u8>,
}

impl RawReply {
    /// A header alone.
    pub(crate) fn head(flag: u8, seq: u64, msg_len: u32, blob_len: i32) -> Self {
        Self { magic: 0x4D25, version: 1, flag, msg_len, seq, blob_len, body: Vec::new() }
    }

    pub(crate) fn success(seq: u64, msg: &[u8], blob: &[u8]) -> Self {
        let (msg_len, blob_len) = (len32(msg.len()), len32(blob.len()).cast_signed());
        Self { body: [msg, blob].concat(), ..Self::head(0, seq, msg_len, blob_len) }
    }

    pub(crate) fn text(seq: u64, code: u32, text: &[u8]) -> Self {
        let blob_len = len32(text.len()).cast_signed();
        Self { body: text.to_vec(), ..Self::head(2, seq, code, blob_len) }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(20 + self.body.len());
        bytes.extend_from_slice(&self.magic.to_le_bytes());
        bytes.extend_from_slice(&[self.version, self.flag]);
        bytes.extend_from_slice(&self.msg_len.to_le_bytes());
        bytes.extend_from_slice(&self.seq.to_le_bytes());
        bytes.extend_from_slice(&self.blob_len.to_le_bytes());
        bytes.extend_from_slice(&self.body);
        bytes
    }
}
