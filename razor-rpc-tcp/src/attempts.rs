//! The error of an attempt at all addresses of a name: what happened at each.
//!
//! Knows addresses and how they failed. Does not try any.

use std::error::Error;
use std::fmt::{self, Write};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// What happened at each address that was tried, in the order in which they failed. The text of this error is bounded.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    failed: Vec<(SocketAddr, Failure)>,
    untried: usize,
}

/// How an address failed.
#[derive(Debug)]
pub(crate) enum Failure {
    Error(io::Error),
    /// The address has not answered in this time.
    NoAnswer(Duration),
}

impl Attempts {
    pub(crate) fn failed(&mut self, addr: SocketAddr, failure: Failure) {
        self.failed.push((addr, failure));
    }

    /// Makes the error. `untried` addresses were not tried.
    pub(crate) fn into_error(mut self, untried: usize) -> io::Error {
        self.untried = untried;
        let kind = match self.failed.last() {
            None => io::ErrorKind::NotFound,
            Some((_, Failure::Error(cause))) => cause.kind(),
            Some((_, Failure::NoAnswer(_))) => io::ErrorKind::TimedOut,
        };
        io::Error::new(kind, self)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(cause) if cause.kind() == io::ErrorKind::ConnectionRefused => {
                f.write_str("refused")
            }
            Self::Error(cause) => cause.fmt(f),
            Self::NoAnswer(time) => write!(f, "no answer in {time:.1?}"),
        }
    }
}

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut text, mut listed) = (String::new(), 0);
        for (addr, failure) in &self.failed {
            if text.len() > LONGEST_LIST {
                break;
            }
            let separator = if listed == 0 { "" } else { "; " };
            write!(text, "{separator}{addr}: {failure}")?;
            listed += 1;
        }
        f.write_str(&text)?;
        match self.failed.len() - listed {
            0 => {}
            more => write!(f, "; {more} more failed")?,
        }
        match self.untried {
            0 => Ok(()),
            untried => write!(f, "; {untried} not tried"),
        }
    }
}

impl Error for Attempts {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self.failed.last()? {
            (_, Failure::Error(cause)) => Some(cause),
            (_, Failure::NoAnswer(_)) => None,
        }
    }
}

/// Once the list is longer than this, in bytes, the remaining addresses are only counted.
const LONGEST_LIST: usize = 600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_is_named_with_what_became_of_it() {
        let mut attempts = Attempts::default();
        let refused = io::Error::from_raw_os_error(111);
        attempts.failed(([10, 0, 0, 1], 7000).into(), Failure::Error(refused));
        let waited = Duration::from_millis(2750);
        attempts.failed(([10, 0, 0, 2], 7000).into(), Failure::NoAnswer(waited));
        let error = attempts.into_error(3);
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let text = "10.0.0.1:7000: refused; 10.0.0.2:7000: no answer in 2.8s; 3 not tried";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn the_text_is_bounded_however_many_there_are() {
        let mut attempts = Attempts::default();
        for port in 0..10_000 {
            let cause = io::Error::from_raw_os_error(113);
            let addr = SocketAddr::from((
                [0xfd00, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 1],
                port,
            ));
            attempts.failed(addr, Failure::Error(cause));
        }
        let text = attempts.into_error(7).to_string();
        assert!(text.len() < 1000, "{} bytes", text.len());
        assert!(text.ends_with(" more failed; 7 not tried"), "{text}");
    }
}
