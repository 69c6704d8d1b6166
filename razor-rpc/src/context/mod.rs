//! What belongs to a call beside its argument: [`CallContext`].
//!
//! | file | holds |
//! |---|---|
//! | `call` | [`CallContext`], how long a call may take |
//! | `served` | the part of it that a handler has: its connection and its method |

mod call;
mod served;

pub use call::CallContext;
pub use served::MethodInfo;
