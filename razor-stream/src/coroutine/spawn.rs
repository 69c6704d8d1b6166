//! Spawning on the runtime that the calling code runs on, or on an executor. Knows that a runtime may panic when it is
//! not there.

use crate::isolation::isolated;
use crate::runtime;
use orb::prelude::{AsyncExec, AsyncRuntime};
use std::pin::Pin;

/// A coroutine of the library.
pub(crate) type Coroutine = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The calling code does not run on a runtime, and has no executor.
#[derive(Debug, thiserror::Error)]
#[error("no async runtime here, pass one as executor")]
pub(crate) struct NoRuntime;

/// Spawns on the runtime that the calling code runs on.
///
/// # Errors
/// There is no such runtime. Where the program cannot ask for it ([`runtime::is_around`] returns `None`), the runtime
/// panics when it is not there, and the panic is caught here.
pub(crate) fn spawn_here<RT: AsyncRuntime>(coroutine: Coroutine) -> Result<(), NoRuntime> {
    match runtime::is_around::<RT>() {
        Some(false) => Err(NoRuntime),
        Some(true) => {
            RT::spawn_detach(coroutine);
            Ok(())
        }
        None => isolated(|| RT::spawn_detach(coroutine)).ok_or(NoRuntime),
    }
}

/// Runs `work` on `exec`, or on the runtime that the calling code runs on. The future that this returns waits for the
/// result; it can be polled under any executor.
///
/// # Errors
/// There is no `exec` and no runtime, or the runtime ends before the work does.
///
/// # Cancellation
/// The work goes on; its result is dropped.
pub(crate) fn run_on<RT: AsyncRuntime, T: Send + 'static>(
    exec: Option<&RT::Exec>,
    work: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = Result<T, NoRuntime>> + Send {
    let (tell, told) = crossfire::oneshot::oneshot();
    let coroutine = Box::pin(async move { tell.send(work.await) });
    let spawned = match exec {
        Some(exec) => {
            exec.spawn_detach(coroutine);
            Ok(())
        }
        None => spawn_here::<RT>(coroutine),
    };
    async move {
        spawned?;
        told.await.map_err(|_| NoRuntime)
    }
}
