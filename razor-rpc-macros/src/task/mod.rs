//! `#[client_task]` and `#[client_task_enum]`: requests of kinds of their own, over razor-stream.
//!
//! | file | holds |
//! |---|---|
//! | `args` | what stands in the attribute: the action and the codec |
//! | `fields` | which field has which role |
//! | `single` | a struct that is a task: what is sent |
//! | `completion` | what becomes of its answer |
//! | `several` | an enum of tasks |

mod args;
mod completion;
mod fields;
mod several;
mod single;

pub(crate) use several::expand as expand_enum;
pub(crate) use single::expand;
