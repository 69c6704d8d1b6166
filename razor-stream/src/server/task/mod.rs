//! The answer to a request, and tasks, which are requests that carry their answer with them.
//!
//! | file | holds |
//! |---|---|
//! | `answer` | [`Reply`] and [`RespNoti`], by which a request is answered |
//! | `role` | what a task can do: be decoded, be refused, get its result, be answered |
//! | `container` | [`ServerTask`], the ready-made task |
//! | `message` | what a task is decoded from, and what it is answered with |

mod answer;
mod container;
mod message;
mod role;

pub use super::label::Origin;
pub use answer::{Reply, RespNoti, Respond};
pub use container::ServerTask;
pub use message::{ReceiveRequestBlob, SendResponseBlob, TaskRequest, TaskResponse, WithBlob};
/// # Example
///
/// ```
/// use razor_stream::server::dispatch::{Flow, per_task};
/// use razor_stream::server::task::{ServerTask, ServerTaskDone, WithBlob, server_task_enum};
///
/// #[repr(u32)]
/// enum Op {
///     Read = 1,
///     Write = 2,
/// }
///
/// #[server_task_enum(req)]
/// enum Disk {
///     #[action(Op::Read)]
///     Read(ServerTask<u64, WithBlob<(), Vec<u8>>, i32>),
///     /// This variant has two numbers and a name.
///     #[action(Op::Write, 3, "Disk.write")]
///     Write(ServerTask<WithBlob<u64>, (), i32>),
/// }
///
/// let dispatch = per_task(|task: Disk| {
///     const ENOSYS: i32 = 38;
///     match task {
///         Disk::Read(task) => task.done(Ok(WithBlob { msg: (), blob: vec![0; 512] })),
///         Disk::Write(task) => task.done(Err(ENOSYS)),
///     }
///     Flow::Next
/// });
/// ```
///
/// An action that is there twice does not compile, even where only the compiler knows the numbers:
///
/// ```compile_fail
/// # use razor_stream::server::task::{ServerTask, server_task_enum};
/// const READ: u32 = 1;
///
/// #[server_task_enum(req)]
/// enum Disk {
///     #[action(1)]
///     Stat(ServerTask<u64>),
///     #[action(READ)]
///     Read(ServerTask<u64>),
/// }
/// ```
///
/// A value that no action can have does not compile either:
///
/// ```compile_fail
/// # use razor_stream::server::task::{ServerTask, server_task_enum};
/// const PING: u32 = 0;
///
/// #[server_task_enum(req)]
/// enum Disk {
///     #[action(PING)]
///     Read(ServerTask<u64>),
/// }
/// ```
pub use razor_rpc_macros::server_task_enum;
pub use role::{Refuse, ServerTaskDecode, ServerTaskDone, ServerTaskEncode};
