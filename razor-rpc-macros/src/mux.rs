//! `#[service_mux_struct]`: a struct whose fields are services, served at one address.
//!
//! Knows structs. Does not know the services: each field's type knows its name.

use crate::conditions::{check_places, conditions, generated, quiet};
use crate::describe;
use crate::errors::Errors;
use crate::peel;
use crate::place::at;
use crate::root::Root;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{
    Attribute, Fields, GenericArgument, ItemStruct, Member, PathArguments, Type, parse_quote,
};

pub(crate) fn expand(mut args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let root = Root::rpc(&mut args, &mut errors);
    if !args.is_empty() {
        errors.at(args, "the fields say everything: write `#[service_mux_struct]` alone");
    }
    let generated = if let Ok(item) = syn::parse2::<ItemStruct>(item.clone()) {
        if matches!(item.fields, Fields::Unit) {
            errors.at(&item.ident, "a multiplexer has services: give the struct fields");
        }
        let places = places(&item, &mut errors);
        Some(Mux { item: &item, places, root }.implementation())
    } else {
        errors.at(&item, "`#[service_mux_struct]` goes on a struct whose fields are services");
        None
    };
    let errors = errors.into_tokens();
    quote!(#errors #item #generated)
}

/// A field, and the service in it.
struct Place {
    cfgs: Vec<Attribute>,
    member: Member,
    service: Type,
}

struct Mux<'a> {
    item: &'a ItemStruct,
    places: Vec<Place>,
    root: Root,
}

fn places(item: &ItemStruct, errors: &mut Errors) -> Vec<Place> {
    check_places(&item.fields, errors);
    let mut places = Vec::new();
    for (member, field) in item.fields.members().zip(&item.fields) {
        match shared(&field.ty) {
            Some(service) => {
                let cfgs = conditions(&field.attrs);
                places.push(Place { cfgs, member, service: service.clone() });
            }
            None => errors.at(&field.ty, "handlers share their service: write `Arc<…>` around it"),
        }
    }
    places
}

impl Mux<'_> {
    fn implementation(&self) -> TokenStream {
        let Self { item, places, root } = self;
        let generic = !item.generics.params.is_empty();
        let mut generics = item.generics.clone();
        for Place { service, .. } in places.iter().filter(|_| generic) {
            generics.make_where_clause().predicates.push(parse_quote!(
                #service: #root::NamedService + #root::Service<__Codec>
            ));
        }
        let names = (0..places.len()).map(|at| self.name(at, generic));
        let names: TokenStream = names.collect();
        // The names of a generic multiplexer are known only inside of its implementation, where its parameters are.
        let (before, inside) = if generic { (None, Some(names)) } else { (Some(names), None) };
        let of_fields = places.iter().map(|Place { cfgs, member, service }| {
            let root = root.at(service);
            quote_spanned! {at(service)=>
                #(#cfgs)* <#service as #root::Service<__Codec>>::describe(&*self.#member, __each);
            }
        });
        let describe = describe::forwarded(root, of_fields);
        let attempts = places.iter().map(|place| self.attempt(place));
        let (ident, generated) = (&item.ident, generated());
        let (_, ty_generics, _) = item.generics.split_for_impl();
        generics.params.push(parse_quote!(__Codec: #root::Codec));
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        quote! {
            #before

            #generated
            impl #impl_generics #root::Service<__Codec> for #ident #ty_generics #where_clause {
                fn serve(
                    self: ::std::sync::Arc<Self>,
                    __exchange: #root::Exchange<'_, __Codec>,
                ) -> #root::Flow {
                    #inside
                    #(#attempts)*
                    __exchange.no_service()
                }

                #describe
            }
        }
    }

    /// A check that does not compile if this field's service has the name of an earlier one.
    fn name(&self, at_field: usize, generic: bool) -> TokenStream {
        let Self { places, root, .. } = self;
        let Some((Place { cfgs, service, .. }, before)) = places[..=at_field].split_last() else {
            return TokenStream::new();
        };
        let root = root.at(service);
        let name = |service: &Type| quote!(<#service as #root::NamedService>::NAME);
        let before = before.iter().map(|Place { cfgs, service, .. }| {
            let name = name(service);
            quote!(#(#cfgs)* #name)
        });
        let (name, quiet) = (name(service), quiet());
        let check = quote_spanned! {at(service)=>
            #root::name_of_its_own(#name, &[#(#before),*])
        };
        if generic {
            quote!(#(#cfgs)* const { #check };)
        } else {
            quote!(#quiet #(#cfgs)* const _: () = #check;)
        }
    }

    /// Gives the request to this field if its service has the name that is asked for.
    fn attempt(&self, Place { cfgs, member, service }: &Place) -> TokenStream {
        let root = self.root.at(service);
        quote_spanned! {at(service)=>
            #(#cfgs)*
            if __exchange.service() == <#service as #root::NamedService>::NAME {
                return <#service as #root::Service<__Codec>>::serve(
                    ::core::clone::Clone::clone(&self.#member),
                    __exchange,
                );
            }
        }
    }
}

/// `T` of `Arc<T>`.
fn shared(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = peel::ty(ty) else { return None };
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
            TokenStream::new(),
            quote!(
                struct Both {
                    calc: Arc<Calc>,
                    bank: Arc<Bank>,
                }
            ),
        );
        assert!(messages(&tokens).is_empty());
        let text = flat(&tokens);
        assert!(text.contains(
            "if__exchange.service()==<Calcas::razor_rpc::__private::NamedService>::NAME"
        ));
        assert!(text.contains("::core::clone::Clone::clone(&self.bank)"));
        assert!(text.contains("__exchange.no_service()"));
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
            let messages = messages(&expand(args, item));
            assert_eq!(messages.len(), 1, "{messages:?}");
            assert!(messages[0].contains(expected), "{messages:?} does not say {expected:?}");
        }
    }
}
