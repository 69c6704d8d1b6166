//! What a peer did to the protocol. Knows headers. Does not know what becomes of the connection.

/// Why a connection has to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The header does not begin as one.
    #[error("wrong magic {magic:#06x}{}", shown(began))]
    Magic {
        /// The magic.
        magic: u16,
        /// The first bytes of the connection if they are those of this header, and otherwise zeros: what follows a
        /// frame may be what a user has sent.
        began: [u8; 5],
    },
    /// A version not spoken here.
    #[error("unknown protocol version {version}")]
    Version {
        /// The version.
        version: u8,
        /// The `seq` of that header.
        seq: u64,
    },
    /// A `seq` that is 0 or does not rise.
    #[error("sequence number {seq} after {last}")]
    Sequence {
        /// The `seq` of the header.
        seq: u64,
        /// The `seq` of the header before.
        last: u64,
    },
    /// A length beyond twice the limit, or an action string over 256 bytes.
    #[error("a frame far over the limits (action {action}, message {msg}, blob {blob} bytes)")]
    Length {
        /// The `seq` of that header.
        seq: u64,
        /// Bytes of the action string.
        action: u32,
        /// Bytes of the message.
        msg: u32,
        /// Bytes of the blob.
        blob: u32,
    },
    /// A response flag over 2.
    #[error("unknown response flag {0}")]
    Flag(u8),
    /// A negative length.
    #[error("negative blob length {0}")]
    Negative(i32),
    /// A frame has begun, and has not arrived in time.
    #[error("a frame has begun and does not arrive")]
    Stalled,
    /// The stream ended inside a frame.
    #[error("the connection ended inside a frame")]
    Truncated,
}

/// The bytes as text, as far as they show the protocol that the peer speaks.
fn shown(began: &[u8; 5]) -> String {
    let printable = began.iter().take_while(|byte| (b' '..=b'~').contains(*byte));
    match printable.count() {
        0 | 1 => String::new(),
        shown => format!(", it begins with \"{}\"", String::from_utf8_lossy(&began[..shown])),
    }
}
