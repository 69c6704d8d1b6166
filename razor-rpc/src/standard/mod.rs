//! Services that every server can have beside its own: by one line, and for the tools that ask any server.
//!
//! | file | holds |
//! |---|---|
//! | `health` | [`Health`]: which services serve, switched by the server, asked by its clients |
//! | `reflection` | [`Reflection`]: which services and methods there are, for tools |
//! | `beside` | [`Beside`], one of these in front of the services of a server |
//! | `short` | a name in a request, which costs the server no more memory than a name is long |
//!
//! Their names on the wire have no dot, as every name of a service: `RazorHealth.check`. The program `razor-call` of
//! the crate razor-cli asks them from a shell.

mod beside;
mod health;
mod reflection;
mod short;

pub use beside::Beside;
pub use health::{AllHealth, Health, HealthClient, RazorHealth, Status};
pub use reflection::{
    ListedArg, ListedMethod, ListedService, RazorReflection, Reflection, ReflectionClient,
};
