//! Whether a runtime is around: how the library learns that without a panic.
//!
//! A client or a server that is made without an executor runs on the runtime around it. `orb` has no question for whether
//! there is one: asked to spawn outside of it, a runtime panics. The library catches that panic and returns
//! [`NoRuntime`](crate::error::RpcErrKind::NoRuntime); but the program's panic hook has run by then, and a program that is
//! built with `panic = "abort"` has ended.
//!
//! A program for which that matters passes an executor (`connect_on`, `with_executor`), or tells once how its runtime is
//! asked:
//!
//! ```
//! use orb_tokio::TokioRT;
//!
//! razor_stream::runtime::ask_by::<TokioRT>(|| tokio::runtime::Handle::try_current().is_ok());
//! ```
//!
//! # What else `panic = "abort"` changes
//!
//! The library catches panics of what users write, so that each costs one call or one connection: handlers, dispatchers,
//! completions, `Serialize` and `Deserialize`, destructors of what was lent to it. Without unwinding nothing can be caught:
//! each of them ends the process, and with it every call and connection. Peers see a lost connection: their calls end as
//! `IO`, outcome `Unknown`, where the caller would have got `Internal`.
//!
//! Knows runtimes by their type. Does not know any of them.

use parking_lot::RwLock;
use std::any::TypeId;

/// A question for each runtime that a program uses: mostly one.
static QUESTIONS: RwLock<Vec<(TypeId, fn() -> bool)>> = RwLock::new(Vec::new());

/// From now on, whether the runtime `RT` is around is asked by this function: it says whether the thread that calls it may
/// spawn by `RT`. It must not panic.
///
/// It is asked when a client, a pool or a listener is made without an executor; no call asks. A later question for the
/// same runtime takes the place of the one before.
pub fn ask_by<RT: 'static>(is_around: fn() -> bool) {
    let mut questions = QUESTIONS.write();
    questions.retain(|(runtime, _)| *runtime != TypeId::of::<RT>());
    questions.push((TypeId::of::<RT>(), is_around));
}

/// Whether it is around; `None` if nobody has told how to ask.
pub(crate) fn is_around<RT: 'static>() -> Option<bool> {
    let ask = {
        let questions = QUESTIONS.read();
        questions.iter().find(|(runtime, _)| *runtime == TypeId::of::<RT>()).map(|(_, ask)| *ask)
    };
    ask.map(|ask| ask())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_is_asked_by_the_question_that_was_told_last() {
        struct Mine;
        struct Other;
        assert_eq!(is_around::<Mine>(), None);
        ask_by::<Mine>(|| true);
        assert_eq!((is_around::<Mine>(), is_around::<Other>()), (Some(true), None));
        ask_by::<Mine>(|| false);
        assert_eq!(is_around::<Mine>(), Some(false));
    }
}
