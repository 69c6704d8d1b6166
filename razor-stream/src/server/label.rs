//! The name of a request in a log line: its action and its peer.
//!
//! A detached request keeps its action in a few bytes of its own, so that it costs no allocation. Knows lengths. Does
//! not know what the line says.

use super::link::Link;
use crate::proto::RpcAction;
use std::fmt::{self, Display};
use std::sync::Arc;

/// Bytes of a name that are kept; a longer name is cut.
const KEPT: usize = 46;

/// The action of a request, kept beyond the request.
#[derive(Clone, Copy)]
pub(super) enum Label {
    Num(u32),
    Name {
        bytes: [u8; KEPT],
        len: u8,
        /// The name was longer than `bytes`.
        cut: bool,
    },
}

impl Label {
    pub(super) fn of(action: RpcAction<'_>) -> Self {
        let name = match action {
            RpcAction::Num(number) => return Self::Num(number),
            RpcAction::Str(name) => name,
        };
        let kept = &name.as_bytes()[..name.floor_char_boundary(KEPT)];
        let mut bytes = [0; KEPT];
        bytes[..kept.len()].copy_from_slice(kept);
        let len = u8::try_from(kept.len()).unwrap_or(u8::MAX);
        Self::Name { bytes, len, cut: kept.len() < name.len() }
    }
}

impl Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Num(number) => number.fmt(f),
            Self::Name { bytes, len, cut } => {
                let name = bytes.get(..usize::from(*len)).unwrap_or_default();
                RpcAction::Str(std::str::from_utf8(name).unwrap_or_default()).fmt(f)?;
                f.write_str(if *cut { "…" } else { "" })
            }
        }
    }
}

/// Which request a task belongs to, as a log line names it: `Calc.add of 127.0.0.1:4711`.
///
/// A name of more than 46 bytes is cut. It holds nothing of what the peer has sent but that name.
///
/// ```
/// use razor_stream::server::task::{Refuse, ServerTask};
///
/// /// Counts a task by the method that its client has called.
/// fn count(task: &ServerTask<u64>, mut count: impl FnMut(String)) {
///     if let Some(origin) = task.origin() {
///         count(origin.to_string());
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Origin {
    action: Label,
    link: Arc<Link>,
}

impl Origin {
    pub(super) const fn new(action: Label, link: Arc<Link>) -> Self {
        Self { action, link }
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Asked { action: &self.action, link: Some(&*self.link) }.fmt(f)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Origin").field(&format_args!("{self}")).finish()
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// A request, as log lines name it: `Calc.add of 127.0.0.1:4711`.
pub(super) struct Asked<'a, A> {
    pub(super) action: A,
    pub(super) link: Option<&'a Link>,
}

impl<A: Display> Display for Asked<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.link {
            Some(link) => write!(f, "{} of {}", self.action, link.peer()),
            None => self.action.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_kept_up_to_its_length_and_then_cut_between_two_characters() {
        let of = |name: &str| Label::of(RpcAction::Str(name)).to_string();
        assert_eq!(Label::of(RpcAction::Num(7)).to_string(), "7");
        for name in ["", "a", "Calc.add", &"a".repeat(KEPT)] {
            assert_eq!(of(name), name);
        }
        assert_eq!(of(&"a".repeat(KEPT + 1)), format!("{}…", "a".repeat(KEPT)));
        assert_eq!(of(&"ü".repeat(100)), format!("{}…", "ü".repeat(KEPT / 2)));
        let smile = format!("{}😀", "a".repeat(KEPT - 1));
        assert_eq!(of(&smile), format!("{}…", "a".repeat(KEPT - 1)));
    }
}
