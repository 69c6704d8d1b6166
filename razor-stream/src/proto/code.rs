//! The framework's errors on the wire: nine reserved strings, and a code that says more (rules R4 to R6).
//!
//! Knows codes, strings and what each means to the caller. Does not know frames.

use crate::error::{Outcome, RpcErrKind, RpcIntErr, made};

/// An error of the framework as a server sends it.
///
/// ```
/// use razor_stream::error::{Outcome, RpcErrKind};
/// use razor_stream::proto::FrameworkCode;
///
/// let err = FrameworkCode::Overloaded.to_error();
/// assert_eq!((err.kind(), err.outcome()), (RpcErrKind::Overloaded, Outcome::Refused));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FrameworkCode {
    /// 1: no such service.
    NoService,
    /// 2: no such method or number; an empty action; no dot where one is needed.
    NoMethod,
    /// 3: the argument or the action does not decode, or `format` is not 0.
    Undecodable,
    /// 4: a length over the server's limit.
    TooLarge,
    /// 5: a version not spoken here.
    Version,
    /// 6: no slot in time.
    Overloaded,
    /// 7: the server is closing.
    Closing,
    /// 8: the handler panicked, dropped its answer, or returned what it must not.
    Internal,
    /// 9: the result does not encode, or is over the limit.
    Unencodable,
    /// 10: the server's handler deadline.
    Timeout,
}

/// The reserved strings that a user's error must not equal.
const RESERVED: [&str; 9] = [
    "rpc_service_notfound",
    "rpc_method_notfound",
    "rpc_decode",
    "rpc_invalid_ver",
    "rpc_unreachable",
    "rpc_internal_err",
    "rpc_encode",
    "rpc_timeout",
    "rpc_io_err",
];

impl FrameworkCode {
    const ALL: [Self; 10] = [
        Self::NoService,
        Self::NoMethod,
        Self::Undecodable,
        Self::TooLarge,
        Self::Version,
        Self::Overloaded,
        Self::Closing,
        Self::Internal,
        Self::Unencodable,
        Self::Timeout,
    ];

    /// The number on the wire, 1 ..= 10.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32 + 1
    }

    /// The string on the wire.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NoService => "rpc_service_notfound",
            Self::NoMethod => "rpc_method_notfound",
            Self::Undecodable | Self::TooLarge => "rpc_decode",
            Self::Version => "rpc_invalid_ver",
            Self::Overloaded | Self::Closing => "rpc_unreachable",
            Self::Internal => "rpc_internal_err",
            Self::Unencodable => "rpc_encode",
            Self::Timeout => "rpc_timeout",
        }
    }

    /// Whether a user's error of these bytes would look like one of the framework's (rule R6).
    #[must_use]
    pub const fn is_reserved(text: &[u8]) -> bool {
        // All of them are short and begin alike: most errors are settled by the first comparison.
        if !matches!(text, [b'r', b'p', b'c', b'_', ..]) {
            return false;
        }
        let mut at = 0;
        while at < RESERVED.len() {
            if Self::are_equal(RESERVED[at].as_bytes(), text) {
                return true;
            }
            at += 1;
        }
        false
    }

    /// Whether two texts are equal. A `const fn` cannot use `==` for that.
    pub(crate) const fn are_equal(one: &[u8], other: &[u8]) -> bool {
        let mut at = 0;
        while at < one.len() && at < other.len() && one[at] == other[at] {
            at += 1;
        }
        at == one.len() && at == other.len()
    }

    /// The code with this number.
    fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }

    /// The error that the caller gets for this code.
    #[must_use]
    pub fn to_error(self) -> RpcIntErr {
        match self {
            Self::NoService => made::answered(RpcErrKind::Service, Outcome::Refused).permanently(),
            Self::NoMethod => made::answered(RpcErrKind::Method, Outcome::Refused).permanently(),
            Self::Undecodable => made::answered(RpcErrKind::Decode, Outcome::Refused).permanently(),
            Self::TooLarge => made::answered(RpcErrKind::TooLarge, Outcome::Refused).permanently(),
            Self::Version => made::answered(RpcErrKind::Version, Outcome::Refused).permanently(),
            Self::Overloaded => made::answered(RpcErrKind::Overloaded, Outcome::Refused),
            Self::Closing => made::answered(RpcErrKind::Closing, Outcome::Refused),
            Self::Internal => made::answered(RpcErrKind::Internal, Outcome::Executed),
            Self::Unencodable => made::answered(RpcErrKind::Encode, Outcome::Executed),
            Self::Timeout => made::answered(RpcErrKind::Timeout, Outcome::Executed),
        }
    }

    /// The error that a caller gets for an error string of the framework; `None` if the string is the method's own.
    /// Rule R5: a code that is not 0 decides, and an unknown one has the outcome `Unknown`; without a code, only the
    /// exact reserved strings are the framework's.
    #[must_use]
    pub fn error_from_wire(number: u32, text: &[u8]) -> Option<RpcIntErr> {
        if number != 0 {
            return Some(match Self::from_number(number) {
                Some(code) => code.to_error(),
                None => made::answered(RpcErrKind::Internal, Outcome::Unknown)
                    .with_cause(format!("unknown error code {number}")),
            });
        }
        if !Self::is_reserved(text) {
            return None;
        }
        let kind = match text {
            b"rpc_service_notfound" => RpcErrKind::Service,
            b"rpc_method_notfound" => RpcErrKind::Method,
            b"rpc_decode" => RpcErrKind::Decode,
            b"rpc_invalid_ver" => RpcErrKind::Version,
            b"rpc_unreachable" => RpcErrKind::Unreachable,
            b"rpc_encode" => RpcErrKind::Encode,
            b"rpc_timeout" => RpcErrKind::Timeout,
            b"rpc_io_err" => RpcErrKind::IO,
            _ => RpcErrKind::Internal,
        };
        Some(made::answered(kind, Outcome::Unknown))
    }
}
