//! What may stand in a field that says what a task asks for.
//!
//! Knows types. Does not know which numbers and names the wire takes: [`RpcAction::check`] does.

use crate::proto::RpcAction;
use std::borrow::Cow;

/// Something that names an action: a number, a name, or an enum of yours.
///
/// ```
/// use razor_stream::client::task::TaskAction;
/// use razor_stream::proto::RpcAction;
///
/// #[derive(Clone, Copy)]
/// #[repr(u32)]
/// enum Op {
///     Read = 1,
///     Write = 2,
/// }
///
/// impl TaskAction for Op {
///     fn action(&self) -> RpcAction<'_> {
///         RpcAction::Num(*self as u32)
///     }
/// }
///
/// assert_eq!(Op::Write.action(), RpcAction::Num(2));
/// assert_eq!("Store.put".action(), RpcAction::Str("Store.put"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what a task asks for",
    label = "write `u32`, `String` or `&'static str`, or implement `TaskAction` for this type"
)]
pub trait TaskAction {
    /// The action as it goes out.
    fn action(&self) -> RpcAction<'_>;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl TaskAction for $number {
            fn action(&self) -> RpcAction<'_> {
                RpcAction::Num(u32::from(*self))
            }
        }
    )*};
}

macro_rules! names {
    ($($name:ty),*) => {$(
        impl TaskAction for $name {
            fn action(&self) -> RpcAction<'_> {
                RpcAction::Str(self)
            }
        }
    )*};
}

numbers!(u8, u16, u32);
names!(str, &str, String, Box<str>, Cow<'_, str>);
