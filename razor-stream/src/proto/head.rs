//! The two fixed headers.
//!
//! Knows offsets and byte order. Does not know limits, nor which values are sensible: the decoder does.

/// Bytes of a request's header.
pub const REQUEST_HEAD: usize = 32;
/// Bytes of a response's header.
pub const RESPONSE_HEAD: usize = 20;
/// The version spoken here.
pub const VERSION: u8 = 1;
/// The first two bytes of every header.
pub(crate) const MAGIC: u16 = 0x4D25;
/// Bit 31 of a request's `action`: the low bits are the length of a name.
const NAMED: u32 = 1 << 31;

/// The fixed header of a request.
///
/// ```
/// use razor_stream::proto::machines::{REQUEST_HEAD, RequestHead};
/// let head = RequestHead { format: 0, action: 1, seq: 7, client_id: 0, msg_len: 3, blob_len: 0 };
/// let mut bytes = [0; REQUEST_HEAD];
/// head.encode(&mut bytes);
/// assert_eq!(RequestHead::decode(&bytes), head);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields are those of the wire")]
pub struct RequestHead {
    /// 0 in version 1.
    pub format: u8,
    /// A number; or, with bit 31 set, the length of a name.
    pub action: u32,
    /// Identifies the request on its connection.
    pub seq: u64,
    /// A label chosen by the client.
    pub client_id: u64,
    /// Bytes of the message.
    pub msg_len: u32,
    /// Bytes of the blob.
    pub blob_len: u32,
}

impl RequestHead {
    /// Writes the header, with magic and version.
    pub fn encode(&self, out: &mut [u8; REQUEST_HEAD]) {
        out[0..2].copy_from_slice(&MAGIC.to_le_bytes());
        out[2] = VERSION;
        out[3] = self.format;
        out[4..8].copy_from_slice(&self.action.to_le_bytes());
        out[8..16].copy_from_slice(&self.seq.to_le_bytes());
        out[16..24].copy_from_slice(&self.client_id.to_le_bytes());
        out[24..28].copy_from_slice(&self.msg_len.to_le_bytes());
        out[28..32].copy_from_slice(&self.blob_len.to_le_bytes());
    }

    /// Reads the header; magic and version are not looked at.
    #[must_use]
    pub fn decode(bytes: &[u8; REQUEST_HEAD]) -> Self {
        Self {
            format: bytes[3],
            action: u32_at(bytes, 4),
            seq: u64_at(bytes, 8),
            client_id: u64_at(bytes, 16),
            msg_len: u32_at(bytes, 24),
            blob_len: u32_at(bytes, 28),
        }
    }

    /// The length of the action's name; `None` if the action is a number.
    #[must_use]
    pub const fn name_len(&self) -> Option<u32> {
        if self.action & NAMED == 0 { None } else { Some(self.action & !NAMED) }
    }

    pub(crate) const fn named(len: u32) -> u32 {
        len | NAMED
    }
}

/// The fixed header of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields are those of the wire")]
pub struct ResponseHead {
    /// 0 success, 1 numeric error, 2 error string.
    pub flag: u8,
    /// Bytes of the message, the error's number, or the framework's code, by `flag`.
    pub msg_len: u32,
    /// The request's `seq`.
    pub seq: u64,
    /// Bytes of the blob or of the error string; negative is a framing error.
    pub blob_len: i32,
}

impl ResponseHead {
    /// Writes the header, with magic and version.
    pub fn encode(&self, out: &mut [u8; RESPONSE_HEAD]) {
        out[0..2].copy_from_slice(&MAGIC.to_le_bytes());
        out[2] = VERSION;
        out[3] = self.flag;
        out[4..8].copy_from_slice(&self.msg_len.to_le_bytes());
        out[8..16].copy_from_slice(&self.seq.to_le_bytes());
        out[16..20].copy_from_slice(&self.blob_len.to_le_bytes());
    }

    /// Reads the header; magic and version are not looked at.
    #[must_use]
    pub fn decode(bytes: &[u8; RESPONSE_HEAD]) -> Self {
        Self {
            flag: bytes[3],
            msg_len: u32_at(bytes, 4),
            seq: u64_at(bytes, 8),
            blob_len: u32_at(bytes, 16).cast_signed(),
        }
    }
}

/// The magic and the version of a header.
pub(crate) fn magic_and_version<const N: usize>(bytes: &[u8; N]) -> (u16, u8) {
    (u16::from_le_bytes([bytes[0], bytes[1]]), bytes[2])
}

/// The first bytes of a header: enough to see what a peer speaks that speaks something else.
pub(crate) fn first_bytes<const N: usize>(bytes: &[u8; N]) -> [u8; 5] {
    [bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]]
}

fn u32_at<const N: usize>(bytes: &[u8; N], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at<const N: usize>(bytes: &[u8; N], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
