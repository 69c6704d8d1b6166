//! The smol runtime for orb.

#![forbid(unsafe_code)]

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
