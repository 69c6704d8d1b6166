//! What a service says of itself: its methods, with their documentation, arguments and types.
//!
//! Knows texts that the compiler has put into the program. Does not know who asks for them.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

/// The name of a type, asked for only when it is shown: [`std::any::type_name`] of it.
type TypeName = fn() -> &'static str;

/// The documentation of a trait and of its methods: `#[endpoint_async]` keeps it for `#[service]`.
#[derive(Debug, Clone, Copy)]
pub struct Docs {
    service: &'static str,
    methods: &'static [(&'static str, &'static str)],
}

impl Docs {
    /// The documentation of the trait, and that of its methods by name.
    #[must_use]
    pub const fn new(
        service: &'static str,
        methods: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { service, methods }
    }
}

/// A service: its name on the wire, its documentation and its methods. [`Service::describe`](super::Service::describe)
/// tells of it; `#[service]` writes it.
///
/// It is encoded as a map of `name`, `docs` and `methods`; of these each is a map of `name`, `docs`, `args` and
/// `result`, and an argument is a map of `name` and `type`.
#[derive(Debug, Clone, Copy)]
pub struct ServiceInfo {
    name: &'static str,
    docs: &'static str,
    /// The documentation of the trait; what is in there counts before what is written in the implementation.
    of_trait: Option<fn() -> Docs>,
    methods: &'static [MethodDescription],
}

/// A method of a service.
#[derive(Debug, Clone, Copy)]
pub struct MethodDescription {
    name: &'static str,
    docs: &'static str,
    args: &'static [ArgInfo],
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
    /// use razor_rpc::server::{ArgInfo, MethodDescription, ServiceInfo};
    /// use std::any::type_name;
    ///
    /// static CLOCK: ServiceInfo = ServiceInfo::new(
    ///     "Clock",
    ///     "Tells the time.",
    ///     &[MethodDescription::new(
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
        methods: &'static [MethodDescription],
    ) -> Self {
        Self { name, docs, of_trait: None, methods }
    }

    /// What `#[endpoint_async]` keeps of the documentation.
    #[doc(hidden)]
    #[must_use]
    pub const fn documented_by(mut self, of_trait: fn() -> Docs) -> Self {
        self.of_trait = Some(of_trait);
        self
    }

    /// The name on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The documentation, line by line; empty if there is none.
    #[must_use]
    pub fn docs(&self) -> &'static str {
        first(self.of_trait.map(|docs| docs().service), self.docs)
    }

    /// The documentation of one of the methods, line by line; empty if there is none.
    #[must_use]
    pub fn docs_of(&self, method: &MethodDescription) -> &'static str {
        let of_trait = self.of_trait.and_then(|docs| {
            docs().methods.iter().find(|(name, _)| *name == method.name).map(|(_, docs)| *docs)
        });
        first(of_trait, method.docs)
    }

    /// The methods, in the order in which they are written.
    #[must_use]
    pub const fn methods(&self) -> &'static [MethodDescription] {
        self.methods
    }
}

/// The documentation of the trait, or if it has none, that of the implementation.
fn first(of_trait: Option<&'static str>, own: &'static str) -> &'static str {
    of_trait.filter(|docs| !docs.is_empty()).unwrap_or(own)
}

impl Serialize for ServiceInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let methods: Vec<_> = self.methods.iter().map(|method| OfService(self, method)).collect();
        let mut map = serializer.serialize_struct("ServiceInfo", 3)?;
        map.serialize_field("name", self.name)?;
        map.serialize_field("docs", self.docs())?;
        map.serialize_field("methods", &methods)?;
        map.end()
    }
}

/// A method with the service that knows its documentation.
struct OfService<'a>(&'a ServiceInfo, &'a MethodDescription);

impl Serialize for OfService<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(service, method) = self;
        let mut map = serializer.serialize_struct("MethodDescription", 4)?;
        map.serialize_field("name", method.name)?;
        map.serialize_field("docs", service.docs_of(method))?;
        map.serialize_field("args", method.args)?;
        map.serialize_field("result", method.result())?;
        map.end()
    }
}

impl MethodDescription {
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
