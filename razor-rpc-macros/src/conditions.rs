//! The attributes that generated code copies from the user's items: conditions, documentation, lints.
//!
//! Looks into `#[cfg_attr(…)]` too, because such an attribute may stand there. Does not know which items carry them.

use crate::errors::Errors;
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Fields, Meta, Token, parse_quote};

/// The conditions under which an item with these attributes exists, as `#[cfg(…)]`s.
pub(crate) fn conditions(attrs: &[Attribute]) -> Vec<Attribute> {
    let mut found = Vec::new();
    each(attrs, &mut |under, meta| {
        if let Meta::List(list) = meta
            && list.path.is_ident("cfg")
        {
            let condition = &list.tokens;
            found.push(match under {
                [] => parse_quote!(#[cfg(#condition)]),
                under => parse_quote!(#[cfg(any(not(all(#(#under),*)), #condition))]),
            });
        }
    });
    found
}

/// The attributes with these names, which are for people or for lints. An `expect` becomes an `allow`: the lint may not
/// occur in the generated code.
pub(crate) fn said(attrs: &[Attribute], names: &[&str]) -> Vec<Attribute> {
    let mut found = Vec::new();
    each(attrs, &mut |under, meta| {
        let said = match meta {
            Meta::List(list) if list.path.is_ident("expect") => {
                let lints = &list.tokens;
                quote!(allow(#lints))
            }
            other if names.iter().any(|name| other.path().is_ident(name)) => quote!(#other),
            _ => return,
        };
        found.push(match under {
            [] => parse_quote!(#[#said]),
            under => parse_quote!(#[cfg_attr(all(#(#under),*), #said)]),
        });
    });
    found
}

/// The attributes of every generated implementation.
pub(crate) fn generated() -> TokenStream {
    let quiet = quiet();
    quote!(#quiet #[automatically_derived])
}

/// The attributes of generated code that is not an implementation of a trait.
///
/// An item, its parts and its methods may be deprecated: the compiler warns the code that uses them, and must not warn
/// the code that provides them.
pub(crate) fn quiet() -> TokenStream {
    quote!(#[allow(deprecated, reason = "those who use it are told")])
}

/// The predicate that holds where all of these conditions hold.
pub(crate) fn all(cfgs: &[Attribute]) -> TokenStream {
    let predicates =
        cfgs.iter().filter_map(|cfg| cfg.meta.require_list().ok()).map(|list| &list.tokens);
    quote!(all(#(#predicates),*))
}

/// Reports a field without a name that exists on a condition: the places of the fields behind it are not known.
pub(crate) fn check_places(fields: &Fields, errors: &mut Errors) {
    if let Fields::Unnamed(fields) = fields
        && let Some(condition) = fields.unnamed.iter().flat_map(|one| conditions(&one.attrs)).next()
    {
        errors
            .at(condition, "a field on a condition shifts those behind it: give the fields names");
    }
}

/// Calls `found` with each attribute, and with the conditions of the `#[cfg_attr(…)]`s around it.
fn each(attrs: &[Attribute], found: &mut impl FnMut(&[TokenStream], &Meta)) {
    for attr in attrs {
        inside(&[], &attr.meta, found);
    }
}

fn inside(under: &[TokenStream], meta: &Meta, found: &mut impl FnMut(&[TokenStream], &Meta)) {
    let list = match meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => list,
        _ => return found(under, meta),
    };
    let parts = list.parse_args_with(Punctuated::<Part, Token![,]>::parse_terminated);
    let mut parts = parts.into_iter().flatten().map(|part| part.0);
    let Some(condition) = parts.next() else { return };
    let under = [under, &[condition]].concat();
    for part in parts {
        if let Ok(meta) = syn::parse2::<Meta>(part) {
            inside(&under, &meta, found);
        }
    }
}

/// The tokens between two commas.
struct Part(TokenStream);

impl Parse for Part {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut tokens = TokenStream::new();
        while !input.is_empty() && !input.peek(Token![,]) {
            tokens.extend([input.parse::<TokenTree>()?]);
        }
        Ok(Self(tokens))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::flat;

    fn text(attrs: Vec<Attribute>) -> String {
        flat(&quote!(#(#attrs)*))
    }

    #[test]
    fn a_condition_is_found_also_where_it_is_conditional_itself() {
        let attrs: Vec<Attribute> = parse_quote! {
            #[cfg(unix)]
            #[inline]
            #[cfg_attr(test, inline, cfg(feature = "a"), doc = "x")]
            #[cfg_attr(any(a, b), cfg_attr(c, cfg(d)))]
        };
        assert_eq!(
            text(conditions(&attrs)),
            "#[cfg(unix)]#[cfg(any(not(all(test)),feature=\"a\"))]#[cfg(any(not(all(any(a,b),c)),d))]"
        );
        assert_eq!(flat(&all(&conditions(&attrs[..1]))), "all(unix)");
        assert_eq!(flat(&all(&[])), "all()");
    }

    #[test]
    fn fields_without_names_have_no_conditions() {
        let told = |fields: Fields| {
            let mut errors = Errors::default();
            check_places(&fields, &mut errors);
            crate::errors::messages(&errors.into_tokens())
        };
        let shifted = told(Fields::Unnamed(parse_quote!((
            #[cfg(a)]
            A,
            B
        ))));
        assert!(
            matches!(&shifted[..], [one] if one.contains("give the fields names")),
            "{shifted:?}"
        );
        assert!(told(Fields::Named(parse_quote!({ #[cfg(a)] a: A, b: B }))).is_empty());
        assert!(
            told(Fields::Unnamed(parse_quote!((
                A,
                #[doc = "b"]
                B
            ))))
            .is_empty()
        );
    }

    #[test]
    fn what_is_said_is_found_also_where_it_is_conditional_and_nothing_is_expected_twice() {
        let attrs: Vec<Attribute> = parse_quote! {
            #[doc = "Adds."]
            #[inline]
            #[cfg_attr(test, deprecated, inline, allow(a))]
            #[expect(b, reason = "c")]
        };
        assert_eq!(
            text(said(&attrs, &["doc", "deprecated", "allow"])),
            "#[doc=\"Adds.\"]#[cfg_attr(all(test),deprecated)]#[cfg_attr(all(test),allow(a))]\
             #[allow(b,reason=\"c\")]"
        );
        assert_eq!(text(said(&attrs[..2], &["allow"])), "");
    }
}
