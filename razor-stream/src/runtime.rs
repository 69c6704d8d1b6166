//! Whether the calling code runs on a runtime: how the library finds that out without a panic.
//!
//! A client or a server that is made without an executor runs on the runtime of the code that makes it. `orb` has no
//! function that says whether there is one: a runtime that is asked to spawn outside of itself panics. The library
//! catches that panic and returns [`NoRuntime`](crate::error::RpcErrKind::NoRuntime); but the program's panic hook has
//! run by then, and a program that is built with `panic = "abort"` has ended.
//!
//! So the library asks the runtimes that it knows in their own way: tokio by `orb-tokio` with the feature `tokio`,
//! which is a default, and `razor-rpc-smol` with the feature `smol`. For another runtime, a program for which this
//! matters passes an executor (`connect_with_executor`, `with_executor`), or registers a function that says whether the
//! runtime is there:
//!
//! ```
//! # use razor_rpc_smol::SmolRT as MyRT;
//! # fn is_around() -> bool { false }
//! razor_stream::runtime::ask_by::<MyRT>(is_around);
//! ```
//!
//! The library does not find out in this way what a runtime lacks: tokio needs its IO and time drivers (`enable_all`,
//! which `#[tokio::main]` has), and panics without them when a client connects.
//!
//! # What else `panic = "abort"` changes
//!
//! The library catches panics in code that users write, so that each panic costs one call or one connection: handlers,
//! dispatchers, completions, `Serialize` and `Deserialize`, destructors of values that were lent to the library.
//! Without unwinding no panic can be caught: each of them ends the process, and with it every call and connection.
//! Peers see a lost connection: their calls end as `IO` with outcome `Unknown`, where they would have ended as
//! `Internal`.
//!
//! Knows runtimes by their types, and the functions that two of them are asked by. Runs nothing.

use parking_lot::RwLock;
use std::any::TypeId;

/// A function that says whether the calling thread may spawn on a runtime.
type Question = fn() -> bool;

/// The functions that the program has registered, one for each runtime.
static QUESTIONS: RwLock<Vec<(TypeId, Question)>> = RwLock::new(Vec::new());

/// Registers the function that says whether the calling thread may spawn on the runtime `RT`. The function must not
/// panic.
///
/// It is called when a client, a pool or a listener is made without an executor, and not for each call. A later
/// function for the same runtime replaces the earlier one.
pub fn ask_by<RT: 'static>(is_around: fn() -> bool) {
    let mut questions = QUESTIONS.write();
    questions.retain(|(runtime, _)| *runtime != TypeId::of::<RT>());
    questions.push((TypeId::of::<RT>(), is_around));
}

/// Whether the calling code runs on `RT`; `None` if the library does not know `RT` and no function is registered for
/// it.
pub(crate) fn is_around<RT: 'static>() -> Option<bool> {
    let runtime = TypeId::of::<RT>();
    let told = {
        let questions = QUESTIONS.read();
        questions.iter().find(|(asked, _)| *asked == runtime).map(|(_, ask)| *ask)
    };
    told.or_else(|| known(runtime)).map(|ask| ask())
}

/// The function that a runtime is asked by, if the library knows that runtime.
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
