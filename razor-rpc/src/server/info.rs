//! What a service says of itself: its methods, with their documentation, arguments and types.
//!
//! Knows texts that the compiler has put into the program. Does not know who asks for them.

use serde::Serialize;
use serde::ser::Serializer;

/// The name of a type, asked for only when it is shown: [`std::any::type_name`] of it.
type TypeName = fn() -> &'static str;

/// A service: its name on the wire, its documentation and its methods. [`Service::describe`](super::Service::describe)
/// tells of it; `#[service]` writes it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ServiceInfo {
    name: &'static str,
    docs: &'static str,
    methods: &'static [MethodInfo],
}

/// A method of a service.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct MethodInfo {
    name: &'static str,
    docs: &'static str,
    args: &'static [ArgInfo],
    #[serde(serialize_with = "type_name")]
    result: TypeName,
}

/// An argument of a method.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ArgInfo {
    name: &'static str,
    #[serde(rename = "type", serialize_with = "type_name")]
    ty: TypeName,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
fn type_name<S: Serializer>(name: &TypeName, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name())
}

impl ServiceInfo {
    /// A service that is described by hand.
    ///
    /// ```
    /// use razor_rpc::error::RpcError;
    /// use razor_rpc::server::{ArgInfo, MethodInfo, ServiceInfo};
    /// use std::any::type_name;
    ///
    /// static CLOCK: ServiceInfo = ServiceInfo::new(
    ///     "Clock",
    ///     "Tells the time.",
    ///     &[MethodInfo::new(
    ///         "ticks",
    ///         "Ticks since a moment.",
    ///         &[ArgInfo::new("since", type_name::<u64>)],
    ///         type_name::<Result<u64, RpcError<()>>>,
    ///     )],
    /// );
    /// assert_eq!(CLOCK.methods()[0].args()[0].type_name(), "u64");
    /// ```
    #[must_use]
    pub const fn new(
        name: &'static str,
        docs: &'static str,
        methods: &'static [MethodInfo],
    ) -> Self {
        Self { name, docs, methods }
    }

    /// The name on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The documentation, line by line; empty if there is none.
    #[must_use]
    pub const fn docs(&self) -> &'static str {
        self.docs
    }

    /// The methods, in the order in which they are written.
    #[must_use]
    pub const fn methods(&self) -> &'static [MethodInfo] {
        self.methods
    }
}

impl MethodInfo {
    /// A method. `result` is the name of what it returns, with its error.
    #[must_use]
    pub const fn new(
        name: &'static str,
        docs: &'static str,
        args: &'static [ArgInfo],
        result: TypeName,
    ) -> Self {
        Self { name, docs, args, result }
    }

    /// The name on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The documentation, line by line; empty if there is none.
    #[must_use]
    pub const fn docs(&self) -> &'static str {
        self.docs
    }

    /// The arguments, in their order.
    #[must_use]
    pub const fn args(&self) -> &'static [ArgInfo] {
        self.args
    }

    /// The name of the type that the method returns, as [`std::any::type_name`] says it.
    #[must_use]
    pub fn result(&self) -> &'static str {
        (self.result)()
    }
}

impl ArgInfo {
    /// An argument. `ty` is the name of its type.
    #[must_use]
    pub const fn new(name: &'static str, ty: TypeName) -> Self {
        Self { name, ty }
    }

    /// The name of the argument, as the server's implementation has it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name of the type, as [`std::any::type_name`] says it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        (self.ty)()
    }
}
