//! Checks and answers that the macros of tasks leave to the code that they emit.
//!
//! Knows numbers of actions. Does not know tasks.

use crate::proto::{FrameworkCode, RpcAction};
use crate::server::task::{Reply, Respond};

/// Checks the number of an action, and returns it. The macro has seen only the name of `value`, so the compiler
/// evaluates this call, and reports its panic at the value. `others` are the numbers of the actions before this one.
///
/// ```compile_fail,E0080
/// #[repr(u32)]
/// enum Op {
///     Ping = 0,
/// }
///
/// #[razor_stream::client::task::client_task(Op::Ping)]
/// struct Task {
///     #[field(res)]
///     res: Option<Result<(), razor_stream::error::RpcError<u32>>>,
///     #[field(noti)]
///     noti: Option<fn(Task)>,
/// }
/// ```
#[must_use]
#[track_caller]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "both ends have been checked"
)]
pub const fn action_number(value: i128, others: &[u32]) -> u32 {
    let fits = value >= 0 && value <= u32::MAX as i128;
    assert!(
        fits && RpcAction::Num(value as u32).check().is_ok(),
        "an action is a number from 1 to 0x7FFE_FFFF: 0 is ping, those above are reserved"
    );
    let number = value as u32;
    let mut at = 0;
    while at < others.len() {
        assert!(
            others[at] != number,
            "another action of this enum has the same number: give each its own"
        );
        at += 1;
    }
    number
}

/// Answers that there is no such action, and returns no task.
pub fn no_such_action<T>(reply: Reply<'_>) -> Option<T> {
    reply.framework_error(FrameworkCode::NoMethod);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_that_the_wire_cannot_express_or_that_is_there_twice_is_none() {
        assert_eq!(action_number(1, &[]), 1);
        assert_eq!(action_number(0x7FFE_FFFF, &[1, 2]), 0x7FFE_FFFF);
        for (value, others) in
            [(0, &[][..]), (-1, &[]), (0x7FFF_0000, &[]), (1 << 32 | 1, &[]), (7, &[1, 7])]
        {
            assert!(std::panic::catch_unwind(|| action_number(value, others)).is_err(), "{value}");
        }
    }
}
