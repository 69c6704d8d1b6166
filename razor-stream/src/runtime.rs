//! Whether a runtime is around: how the library learns that without a panic.
//!
//! A client or a server that is made without an executor runs on the runtime around it. `orb` has no question for whether
//! there is one: asked to spawn outside of it, a runtime panics. The library catches that panic and returns
//! [`NoRuntime`](crate::error::RpcErrKind::NoRuntime); but the program's panic hook has run by then, and a program that is
//! built with `panic = "abort"` has ended.
//!
//! So runtimes that the library knows are asked in their own way: tokio by `orb-tokio` with the feature `tokio`, which is
//! a default, and `razor-rpc-smol` with the feature `smol`. For any other runtime, a program for which this matters passes an
//! executor (`connect_on`, `with_executor`), or tells once how the runtime is asked:
//!
//! ```
//! # use razor_rpc_smol::SmolRT as MyRT;
//! # fn is_around() -> bool { false }
//! razor_stream::runtime::ask_by::<MyRT>(is_around);
//! ```
//!
//! What a runtime lacks is not seen by that: tokio needs its IO and time drivers (`enable_all`, which `#[tokio::main]` has),
//! and panics without them when a client connects.
//!
//! # What else `panic = "abort"` changes
//!
//! The library catches panics of what users write, so that each costs one call or one connection: handlers, dispatchers,
//! completions, `Serialize` and `Deserialize`, destructors of what was lent to it. Without unwinding nothing can be caught:
//! each of them ends the process, and with it every call and connection. Peers see a lost connection: their calls end as
//! `IO`, outcome `Unknown`, where the caller would have got `Internal`.
//!
//! Knows runtimes by their type, and two of them by their question. Runs nothing.

use parking_lot::RwLock;
use std::any::TypeId;

/// Whether a runtime is around the thread that asks.
type Question = fn() -> bool;

/// The questions that the program has told, one for a runtime.
static QUESTIONS: RwLock<Vec<(TypeId, Question)>> = RwLock::new(Vec::new());

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
    let runtime = TypeId::of::<RT>();
    let told = {
        let questions = QUESTIONS.read();
        questions.iter().find(|(asked, _)| *asked == runtime).map(|(_, ask)| *ask)
    };
    told.or_else(|| known(runtime)).map(|ask| ask())
}

/// The question of a runtime that the library knows.
fn known(runtime: TypeId) -> Option<Question> {
    #[cfg(feature = "tokio")]
    if runtime == TypeId::of::<orb_tokio::TokioRT>() {
        return Some(|| tokio::runtime::Handle::try_current().is_ok());
    }
    #[cfg(feature = "smol")]
    if runtime == TypeId::of::<razor_rpc_smol::SmolRT>() {
        return Some(razor_rpc_smol::SmolRT::is_around);
    }
    let _unknown = runtime;
    None
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
