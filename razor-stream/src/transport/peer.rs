//! Who is at the other end of a connection.
//!
//! For log lines, errors and dispatchers. Never an identity.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PeerAddr {
    /// An IP address and a port.
    Inet(SocketAddr),
    /// A unix socket. A client's end usually has no path.
    Unix(Option<PathBuf>),
    /// Anything else, by the name that its transport gives it.
    Other(String),
}

impl fmt::Display for PeerAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(addr) => addr.fmt(f),
            Self::Unix(Some(path)) => write!(f, "unix:{}", path.display()),
            Self::Unix(None) => f.write_str("unix:(unnamed)"),
            Self::Other(name) => f.write_str(name),
        }
    }
}
