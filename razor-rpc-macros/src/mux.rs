//! `#[service_mux_struct]`: a struct whose fields are services, served at one address.
//!
//! Knows structs. Does not know the services: each field says its own name.

use crate::errors::Errors;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Attribute, Field, Fields, GenericArgument, ItemStruct, Member, PathArguments, Type, parse_quote,
};

pub(crate) fn expand(args: &TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    if !args.is_empty() {
        errors.at(args, "the fields say everything: write `#[service_mux_struct]` alone");
    }
    let generated = if let Ok(item) = syn::parse2::<ItemStruct>(item.clone()) {
        if matches!(item.fields, Fields::Unit) {
            errors.at(&item.ident, "a multiplexer has services: give the struct fields");
        }
        Some(serve(&item, &mut errors))
    } else {
        errors.at(&item, "`#[service_mux_struct]` goes on a struct whose fields are services");
        None
    };
    let errors = errors.into_tokens();
    quote!(#errors #item #generated)
}

fn serve(item: &ItemStruct, errors: &mut Errors) -> TokenStream {
    let private = quote!(::razor_rpc::__private);
    let mut attempts = Vec::new();
    let mut generics = item.generics.clone();
    for (member, field) in item.fields.members().zip(&item.fields) {
        let Some(service) = shared(&field.ty) else {
            errors.at(&field.ty, "handlers share their service: write `Arc<…>` around it");
            continue;
        };
        if !item.generics.params.is_empty() {
            generics.make_where_clause().predicates.push(parse_quote!(
                #service: ::razor_rpc::__private::NamedService + ::razor_rpc::__private::Service<__Codec>
            ));
        }
        attempts.push(attempt(&member, field, service));
    }
    let ident = &item.ident;
    let (_, ty_generics, _) = item.generics.split_for_impl();
    generics.params.push(parse_quote!(__Codec: ::razor_rpc::__private::Codec));
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::Service<__Codec> for #ident #ty_generics #where_clause {
            fn serve(
                self: ::std::sync::Arc<Self>,
                exchange: #private::Exchange<'_, __Codec>,
            ) -> #private::Flow {
                #(#attempts)*
                exchange.no_service()
            }
        }
    }
}

/// Gives the request to this field if it has the name that is asked for.
fn attempt(member: &Member, field: &Field, service: &Type) -> TokenStream {
    let cfgs: Vec<&Attribute> =
        field.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
    quote_spanned! {field.ty.span()=>
        #(#cfgs)*
        if exchange.service() == <#service as ::razor_rpc::__private::NamedService>::NAME {
            return ::razor_rpc::__private::Service::serve(
                ::std::sync::Arc::clone(&self.#member),
                exchange,
            );
        }
    }
}

/// `T` of `Arc<T>`.
fn shared(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Arc")?;
    let PathArguments::AngleBracketed(args) = &last.arguments else { return None };
    match args.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{flat, messages};

    #[test]
    fn a_request_goes_to_the_field_that_has_its_name() {
        let tokens = expand(
            &TokenStream::new(),
            quote!(
                struct Both {
                    calc: Arc<Calc>,
                    bank: Arc<Bank>,
                }
            ),
        );
        assert!(messages(&tokens).is_empty());
        let text = flat(&tokens);
        assert!(
            text.contains(
                "ifexchange.service()==<Calcas::razor_rpc::__private::NamedService>::NAME"
            )
        );
        assert!(text.contains("::std::sync::Arc::clone(&self.bank)"));
        assert!(text.contains("exchange.no_service()"));
    }

    #[test]
    fn every_mistake_of_a_multiplexer_is_told_with_what_to_write_instead() {
        let cases = [
            (
                quote!(),
                quote!(
                    enum Both {}
                ),
                "goes on a struct",
            ),
            (
                quote!(),
                quote!(
                    struct Both;
                ),
                "give the struct fields",
            ),
            (
                quote!(),
                quote!(
                    struct Both {
                        calc: Calc,
                    }
                ),
                "write `Arc<…>`",
            ),
            (
                quote!(x),
                quote!(
                    struct Both {
                        calc: Arc<Calc>,
                    }
                ),
                "alone",
            ),
        ];
        for (args, item, expected) in cases {
            let messages = messages(&expand(&args, item));
            assert_eq!(messages.len(), 1, "{messages:?}");
            assert!(messages[0].contains(expected), "{messages:?} does not say {expected:?}");
        }
    }
}
