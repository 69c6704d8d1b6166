//! Spawning on the runtime around, and running what users wrote.
//!
//! Knows that both may panic.

use orb::prelude::AsyncRuntime;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

/// A coroutine of the library.
pub(crate) type Coroutine = Pin<Box<dyn Future<Output = ()> + Send>>;

/// There is no runtime around.
#[derive(Debug, thiserror::Error)]
#[error("no async runtime here, pass one as executor")]
pub(crate) struct NoRuntime;

/// Spawns on the runtime around.
///
/// # Errors
/// When there is none. The runtimes tell by a panic, which is caught here.
pub(crate) fn spawn_here<RT: AsyncRuntime>(coroutine: Coroutine) -> Result<(), NoRuntime> {
    catch_unwind(AssertUnwindSafe(|| RT::spawn_detach(coroutine))).map_err(|_| NoRuntime)
}

/// Runs what a user wrote; `None` if it panicked.
pub(crate) fn isolated<R>(users: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(users)).ok()
}
