//! What belongs to a call beside its argument: [`CallContext`].
//!
//! | file | holds |
//! |---|---|
//! | `call` | [`CallContext`], how long a call may take |

mod call;

pub use call::CallContext;
