//! An error of a call in words that both libraries can be translated into.
//!
//! Knows the nine framework errors of the wire. Does not know how either library spells them.

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault<E> {
    /// The method's own error.
    User(E),
    /// The framework's.
    Framework(Framework),
}

/// A framework error of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framework {
    Unreachable,
    Io,
    Timeout,
    Method,
    Service,
    Encode,
    Decode,
    Internal,
    Version,
    /// None of the nine: made by a client itself.
    Local,
}

impl Framework {
    /// The errors that travel.
    pub const ALL: [Self; 9] = [
        Self::Unreachable,
        Self::Io,
        Self::Timeout,
        Self::Method,
        Self::Service,
        Self::Encode,
        Self::Decode,
        Self::Internal,
        Self::Version,
    ];
}
