//! The smol runtime for [orb](https://docs.rs/orb), with the sockets polled by the threads that run the tasks.
//!
//! Code that is generic over `orb::AsyncRuntime`, as razor-rpc is, runs on smol with [`SmolRT`]: tasks on
//! async-executor, sockets and timers by async-io, blocking closures on the pool of the crate blocking. This crate adds
//! no queue and no reactor, and no threads but those of its executors. Knows nothing of RPC.
//!
//! ```text
//!   SmolRT::current / one / multi ──► SmolExec ──► async-executor ◄── run by "smol-1", …, or in block_on
//!   SmolRT::spawn                 ──► the executor of the calling thread         │ when no task is ready
//!   SmolFD, SmolInterval          ──► async-io's reactor ◄───────────────────────┘
//! ```
//!
//! # Instead of orb-smol
//!
//! orb-smol 0.11 is the same runtime from the authors of orb. There, a thread of async-io polls the sockets and hands
//! each event to a thread that runs tasks: that is two context switches more on each side of a round trip. Here, a
//! thread without a task polls the sockets itself. Over loopback, one caller makes 1.3 × as many calls, and so do 128
//! callers. To change over, change the import. These are the differences:
//!
//! | | here | orb-smol 0.11 |
//! |---|---|---|
//! | sockets and timers are polled by | the threads that run tasks | the thread `async-io` |
//! | a thread in `block_on` of `one()` or `multi(n)`, outside of tasks | waits; n threads run tasks | runs tasks too |
//! | `abort()` | cancels the task | has no effect |
//! | await of a task that panicked | `Err(())` | panics, without the feature `unwind` |
//! | await of a closure in `spawn_blocking` that panicked | `Err(())` | panics |
//! | await of a task whose executor is gone | `Err(())` | panics |
//! | drop of a handle of `spawn_blocking` | the closure runs | the closure does not run, unless it has begun |
//! | static `spawn` in `spawn_blocking` | on the executor that it was called on | panics |
//! | static `spawn` after a nested `block_on` | on the executor that the thread worked for before | panics |
//! | static `spawn` after a panic out of `block_on` | on the executor that the thread worked for before | reads freed memory |
//! | smol's global executor | no | feature `global` |
//!
//! Stay with orb-smol if you need smol's global executor, or if tasks block their threads and rely on the thread in
//! `block_on`.
//!
//! # What to know
//!
//! - When every thread is busy with tasks, async-io's own thread polls the sockets and timers, up to 10 ms late.
//! - A task that never waits keeps its thread: it is never interrupted.
//! - Sockets, timers and handles of tasks work under any executor; static `spawn` needs one of this crate.
//! - A panic message is printed by the panic hook as always. If the waker of a task that awaits a handle panics, the
//!   process ends; it may also end by a `block_on` in the destructor of a thread local. async-task and async-io do so.
//! - There is one reactor in a process: any thread that polls it wakes the tasks of all executors. So an executor for
//!   each core does not keep a connection on its core.
//! - async-executor may lose a task that another thread is waking just while the executor is dropped (seen 3 times in
//!   6,400 tasks that were woken without end): it is never dropped, and its handle never ready.
//!
//! # Example
//!
//! ```
//! use orb::prelude::*;
//! use razor_rpc_smol::SmolRT;
//! use std::io::{self, Read, Write};
//! use std::os::unix::net::UnixStream;
//! use std::time::Duration;
//!
//! async fn echo<RT: AsyncRuntime>() -> io::Result<Vec<u8>> {
//!     let (here, there) = UnixStream::pair()?;
//!     let (here, there) = (RT::to_async_fd_rw(here)?, RT::to_async_fd_rw(there)?);
//!     let echoing = RT::spawn(async move {
//!         let mut bytes = [0; 16];
//!         let len = there.async_read(|mut socket| socket.read(&mut bytes)).await?;
//!         there.async_write(|mut socket| socket.write(&bytes[..len])).await
//!     });
//!     here.async_write(|mut socket| socket.write(b"hello")).await?;
//!     echoing.await.map_err(|()| io::Error::other("the task panicked"))??;
//!     let mut bytes = vec![0; 16];
//!     let len = here.async_read(|mut socket| socket.read(&mut bytes)).await?;
//!     bytes.truncate(len);
//!     Ok(bytes)
//! }
//!
//! # fn main() -> io::Result<()> {
//! let exec = SmolRT::multi(2);
//! let echoed = exec.block_on(SmolRT::timeout(Duration::from_secs(60), echo::<SmolRT>()));
//! assert_eq!(echoed.expect("in time")?, b"hello");
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod blocking;
mod context;
mod exec;
mod fd;
mod runtime;
mod stop;
mod task;
mod time;

pub use self::blocking::BlockingJoinHandle;
pub use exec::SmolExec;
pub use fd::SmolFD;
pub use runtime::SmolRT;
pub use task::SmolJoinHandle;
pub use time::SmolInterval;

/// The example of this crate's README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
