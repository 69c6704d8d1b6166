//! The check that services at one address have different names.
//!
//! Knows texts. Does not know services.

use std::error::Error;
use std::fmt;

/// Two services with the same name were added at one address; no request could reach the second one.
///
/// [`ServiceMuxDyn`](super::ServiceMuxDyn) refuses the second one with this error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTaken {
    name: &'static str,
}

impl NameTaken {
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name }
    }

    /// The name that both services have.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Display for NameTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "there is a service `{}` already: name one of them by `#[service(name = \"…\")]`",
            self.name
        )
    }
}

impl Error for NameTaken {}

/// Fails if one of `others` is `name`. The compiler evaluates this for the fields of a multiplexer, and reports the
/// panic at the field.
///
/// # Panics
/// When a name is there twice.
#[track_caller]
pub const fn name_of_its_own(name: &str, others: &[&str]) {
    let mut at = 0;
    while at < others.len() {
        assert!(
            !is_same(name.as_bytes(), others[at].as_bytes()),
            "another field's service has the same name, and no request could reach this one: give one of them another \
             name by `#[service(name = \"…\")]`, and its client by `#[endpoint_async(…, name = \"…\")]`"
        );
        at += 1;
    }
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_own_unless_another_one_is_the_same() {
        for others in [&[][..], &["Bank"], &["Cal", "Calcs", "calc", ""]] {
            name_of_its_own("Calc", others);
        }
        for others in [&["Calc"][..], &["Bank", "Calc"]] {
            assert!(std::panic::catch_unwind(|| name_of_its_own("Calc", others)).is_err());
        }
    }
}
