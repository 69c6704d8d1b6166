//! What a service says of itself: names, documentation and types, as constants in the program.
//!
//! Knows how methods are written. Does not know who asks for it.

use crate::method::Method;
use crate::place::at;
use crate::root::Root;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, Path, TraitItem, parse_quote};

/// The function `describe` of a service with these methods; unless it is `sound`, without methods.
pub(crate) fn function(
    attrs: &[Attribute],
    path: &Path,
    methods: &[Method],
    root: &Root,
    sound: bool,
) -> TokenStream {
    let (docs, methods) = (docs(attrs), methods.iter().filter(|_| sound));
    let methods = methods.map(|method| described(method, root));
    let kept = kept();
    forwarded(
        root,
        [quote! {
            __each(const {
                &#root::ServiceInfo::new(<Self as #root::NamedService>::NAME, #docs, const { &[#(#methods),*] })
                    .documented_by(<Self as #path>::#kept)
            });
        }],
    )
}

/// The function of a trait that keeps its documentation for the implementation: a trait that is used as `dyn` stays
/// one.
pub(crate) fn keeper(attrs: &[Attribute], methods: &[Method], root: &Root) -> TraitItem {
    let (kept, of_trait) = (kept(), docs(attrs));
    let methods = methods.iter().map(|method| {
        let (cfgs, name, docs) = (&method.cfgs, method.wire_name(), docs(&method.docs));
        quote!(#(#cfgs)* (#name, #docs))
    });
    parse_quote! {
        #[doc(hidden)]
        #[must_use]
        fn #kept() -> #root::Docs
        where
            Self: ::core::marker::Sized,
        {
            #root::Docs::new(#of_trait, &[#(#methods),*])
        }
    }
}

fn kept() -> Ident {
    format_ident!("__docs_of_endpoint_async")
}

/// The function `describe` with this body.
pub(crate) fn forwarded(root: &Root, body: impl IntoIterator<Item = TokenStream>) -> TokenStream {
    let body = body.into_iter();
    quote! {
        fn describe(
            &self,
            __each: &mut dyn ::core::ops::FnMut(&'static #root::ServiceInfo),
        ) {
            #(#body)*
        }
    }
}

fn described(method: &Method, root: &Root) -> TokenStream {
    let (cfgs, name, docs) = (&method.cfgs, method.wire_name(), docs(&method.docs));
    let args = method.args.iter().map(|arg| {
        let name = LitStr::new(&arg.name.unraw().to_string(), arg.name.span());
        let ty = &arg.ty;
        quote_spanned!(at(ty)=> #root::ArgInfo::new(#name, ::core::any::type_name::<#ty>))
    });
    let result = method.result();
    quote! {
        #(#cfgs)*
        #root::MethodDescription::new(#name, #docs, const { &[#(#args),*] }, ::core::any::type_name::<#result>)
    }
}

/// The lines of the documentation, without the space that the compiler puts in front of each.
fn docs(attrs: &[Attribute]) -> LitStr {
    let lines: Vec<String> = attrs.iter().filter_map(line).collect();
    LitStr::new(lines.join("\n").trim(), proc_macro2::Span::call_site())
}

fn line(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                let text = text.value();
                Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_is_taken_line_by_line_without_its_first_spaces() {
        let attrs: Vec<Attribute> = parse_quote! {
            /// One.
            ///
            ///  Two.
            #[must_use]
            #[doc = "Three."]
        };
        assert_eq!(docs(&attrs).value(), "One.\n\n Two.\nThree.");
        assert_eq!(docs(&[]).value(), "");
    }
}
