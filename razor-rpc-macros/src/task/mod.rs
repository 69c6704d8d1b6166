//! `#[client_task]` and `#[client_task_enum]`: tasks of a client of razor-stream.
//!
//! | file | holds |
//! |---|---|
//! | `args` | the arguments of the attribute: the action and the codec |
//! | `fields` | which field has which role |
//! | `single` | a struct that is a task: what is sent |
//! | `completion` | how a task takes its answer |
//! | `several` | an enum of tasks |

mod args;
mod completion;
mod fields;
mod several;
mod single;

pub(crate) use several::expand as expand_enum;
pub(crate) use single::expand;
