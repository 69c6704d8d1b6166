//! Spawning on the runtime around, or on an executor. Knows that a runtime may say by a panic that it is not there.

use crate::isolation::isolated;
use crate::runtime;
use orb::prelude::{AsyncExec, AsyncRuntime};
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
/// When there is none. If nobody has told how to ask, the runtimes tell by a panic, which is caught here.
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

/// Runs `work` on the runtime, and waits for it from wherever this is polled: under any executor.
///
/// # Errors
/// When there is no runtime around and no `exec`, or it ends before the work.
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
