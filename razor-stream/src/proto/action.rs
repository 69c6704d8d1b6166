//! What a request asks for: a number or a name.
//!
//! Knows which of them the wire can express. Does not know services or methods.

use std::fmt;

/// What a request asks for.
///
/// A service call is a name, `Service.method`. Storage engines and the like use numbers.
///
/// ```
/// use razor_stream::proto::RpcAction;
/// assert!(RpcAction::Num(1).check().is_ok());
/// assert!(RpcAction::Num(0).check().is_err(), "action 0 is ping");
/// assert!(RpcAction::Str("").check().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the wire has these two, and no room for a third")]
pub enum RpcAction<'a> {
    /// A number, 1 ..= 0x7FFE_FFFF. 0 is ping, those above are reserved.
    Num(u32),
    /// A name, 1 ..= 256 bytes.
    Str(&'a str),
}

/// An action that the wire cannot express.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActionError {
    /// 0 (ping), a reserved number, or a number over 31 bits.
    #[error("action number {0} is reserved")]
    Reserved(u32),
    /// An empty name.
    #[error("the action is empty")]
    Empty,
    /// A name over 256 bytes.
    #[error("the action is {0} bytes long, over the limit of 256")]
    TooLong(usize),
}

impl RpcAction<'_> {
    /// The longest name, in bytes.
    pub const MAX_STR: usize = 256;
    /// The largest number; those above are reserved for version 2 of the protocol.
    pub const MAX_NUM: u32 = 0x7FFE_FFFF;

    /// Checks that the wire can express this action as a request of a user.
    ///
    /// # Errors
    /// The action is a reserved number, an empty name, or a name over 256 bytes.
    pub const fn check(self) -> Result<(), ActionError> {
        match self {
            Self::Num(number) if number == 0 || number > Self::MAX_NUM => {
                Err(ActionError::Reserved(number))
            }
            Self::Str(name) if name.is_empty() => Err(ActionError::Empty),
            Self::Str(name) if name.len() > Self::MAX_STR => Err(ActionError::TooLong(name.len())),
            Self::Num(_) | Self::Str(_) => Ok(()),
        }
    }
}

/// Names from a peer are escaped, so that they cannot forge log lines.
impl fmt::Display for RpcAction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Num(number) => number.fmt(f),
            Self::Str(name) => name.escape_debug().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_refused_at_each_side_of_its_limits() {
        assert_eq!(RpcAction::Num(1).check(), Ok(()));
        assert_eq!(RpcAction::Num(0x7FFE_FFFF).check(), Ok(()));
        for number in [0, 0x7FFF_0000, 0x7FFF_FFFF, 0x8000_0000, u32::MAX] {
            assert_eq!(RpcAction::Num(number).check(), Err(ActionError::Reserved(number)));
        }
        assert_eq!(RpcAction::Str(&"x".repeat(256)).check(), Ok(()));
        assert_eq!(RpcAction::Str(&"x".repeat(257)).check(), Err(ActionError::TooLong(257)));
        assert_eq!(RpcAction::Str("").check(), Err(ActionError::Empty));
    }

    #[test]
    fn a_name_from_a_peer_is_escaped_when_shown() {
        assert_eq!(RpcAction::Str("a\x1b[2J\n").to_string(), "a\\u{1b}[2J\\n");
    }
}
