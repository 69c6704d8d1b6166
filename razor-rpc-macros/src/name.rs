//! The name of a service on the wire: the name of its trait, or the name in `name = "CalcV2"`.
//!
//! Knows which names are allowed. Does not know services.

use crate::action::MAX_STR;
use crate::errors::Errors;
use crate::method::Method;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token};

/// The name of a service.
pub(crate) struct Name(LitStr);

impl Name {
    /// Makes the name that is given, or else the name of the trait.
    pub(crate) fn new(given: Option<LitStr>, of_trait: &Ident, errors: &mut Errors) -> Self {
        let Some(given) = given else {
            return Self(LitStr::new(&of_trait.unraw().to_string(), of_trait.span()));
        };
        match given.value() {
            name if name.is_empty() => {
                errors.at(&given, "a service has a name: write at least one character");
            }
            name if name.contains('.') => {
                errors
                    .at(&given, "the first dot ends the name of a service: write it without dots");
            }
            _ => {}
        }
        Self(given)
    }

    /// The name itself.
    pub(crate) const fn literal(&self) -> &LitStr {
        &self.0
    }

    /// The action by which a method is called.
    pub(crate) fn action(&self, method: &Method) -> LitStr {
        let action = format!("{}.{}", self.0.value(), method.wire_name().value());
        LitStr::new(&action, method.sig.ident.span())
    }

    /// Reports a method whose action is too long for the wire.
    pub(crate) fn check(&self, method: &Method, errors: &mut Errors) {
        if self.action(method).value().len() > MAX_STR {
            errors.at(
                &method.sig.ident,
                "the names of a service and its method have at most 255 bytes together: shorten one of them",
            );
        }
    }
}

/// Parses `name = "CalcV2"`, if that comes next. Returns whether it came.
pub(crate) fn parse(input: ParseStream<'_>, given: &mut Option<LitStr>) -> syn::Result<bool> {
    let ahead = input.fork();
    let Ok(word) = ahead.parse::<Ident>() else { return Ok(false) };
    if word != "name" || !ahead.peek(Token![=]) {
        return Ok(false);
    }
    input.parse::<Ident>()?;
    input.parse::<Token![=]>()?;
    let name = input.parse().map_err(|error| {
        syn::Error::new(
            error.span(),
            "write the name of the service as a string: `name = \"CalcV2\"`",
        )
    })?;
    match given.replace(name) {
        None => Ok(true),
        Some(_) => Err(syn::Error::new(word.span(), "a service has one name: remove one")),
    }
}
