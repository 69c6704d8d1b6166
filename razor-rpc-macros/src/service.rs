//! `#[service]`: an implementation of a service's trait, made callable by name.
//!
//! Knows `impl` blocks. Does not know how a request arrives, nor when its handler is run.

use crate::errors::Errors;
use crate::method::{self, Method};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, ImplItem, ItemImpl, LitStr, Meta, Path, parse_quote};

pub(crate) fn expand(args: &TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    if !args.is_empty() {
        errors
            .at(args, "the name of the trait is the name of the service: write `#[service]` alone");
    }
    let parsed = syn::parse2::<ItemImpl>(item.clone());
    let generated = match &parsed {
        Ok(ItemImpl { trait_: Some((path, _)), .. }) => {
            parsed.as_ref().ok().map(|item| serve(item, path, &mut errors))
        }
        Ok(inherent) => {
            let message =
                "`#[service]` goes on the implementation of a trait: write `impl Trait for Server`";
            errors.at(&inherent.self_ty, message);
            None
        }
        Err(_) => {
            errors.at(&item, "`#[service]` goes on `impl Trait for Server`");
            None
        }
    };
    let errors = errors.into_tokens();
    quote!(#errors #item #generated)
}

/// The implementation of `Service` that goes with this `impl`.
fn serve(item: &ItemImpl, path: &Path, errors: &mut Errors) -> TokenStream {
    let private = quote!(::razor_rpc::__private);
    if let Some(Attribute { meta: Meta::List(list), .. }) = method::async_trait(&item.attrs) {
        errors.at(&list.tokens, "handlers move between threads: remove `?Send`");
    }
    let methods: Vec<Method> = item
        .items
        .iter()
        .filter_map(|item| match item {
            ImplItem::Fn(function) => Some(Method::new(&function.attrs, &function.sig, errors)),
            _ => None,
        })
        .collect();
    let arms = if errors.is_empty() {
        methods.iter().map(|method| arm(method, path)).collect()
    } else {
        TokenStream::new()
    };

    let name = path.segments.last().map(|last| last.ident.unraw().to_string()).unwrap_or_default();
    let name = LitStr::new(&name, path.span());
    let self_ty = &item.self_ty;
    let mut generics = item.generics.clone();
    if !generics.params.is_empty() {
        // A service is shared by handlers on all threads; its parameters may not say so themselves.
        generics.make_where_clause().predicates.push(parse_quote!(
            #self_ty: ::core::marker::Send + ::core::marker::Sync + 'static
        ));
    }
    let (named_generics, _, named_where) = generics.split_for_impl();
    let named = quote_spanned! {self_ty.span()=>
        #[automatically_derived]
        impl #named_generics #private::NamedService for #self_ty #named_where {
            const NAME: &'static str = #name;
        }
    };
    generics.params.push(parse_quote!(__Codec: ::razor_rpc::__private::Codec));
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    quote_spanned! {self_ty.span()=>
        #named

        #[automatically_derived]
        impl #impl_generics #private::Service<__Codec> for #self_ty #where_clause {
            fn serve(
                self: ::std::sync::Arc<Self>,
                exchange: #private::Exchange<'_, __Codec>,
            ) -> #private::Flow {
                if exchange.service() != <Self as #private::NamedService>::NAME {
                    return exchange.no_service();
                }
                match exchange.method() {
                    #arms
                    _ => exchange.no_method(),
                }
            }
        }
    }
}

/// Runs one method if it is the one that is asked for.
fn arm(method: &Method, path: &Path) -> TokenStream {
    let Method { cfgs, sig, args, .. } = method;
    let (wire_name, ident) = (method.wire_name(), &sig.ident);
    let names: Vec<_> = (0..args.len()).map(|at| format_ident!("arg{at}")).collect();
    let patterns: Vec<_> = names.iter().map(|name| quote!(#name)).collect();
    let types: Vec<_> = args.iter().map(|arg| &arg.ty).map(|ty| quote!(#ty)).collect();
    let (pattern, ty) = (Method::packed(&patterns), Method::packed(&types));
    // A result of another type is then reported where it is written.
    quote_spanned! {sig.output.span()=>
        #(#cfgs)*
        #wire_name => exchange.run(self, |service: ::std::sync::Arc<Self>, #pattern: #ty| async move {
            <Self as #path>::#ident(&*service #(, #names)*).await
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{flat, messages};

    fn expanded(item: TokenStream) -> (String, Vec<String>) {
        let tokens = expand(&TokenStream::new(), item);
        (flat(&tokens), messages(&tokens))
    }

    #[test]
    fn methods_are_found_by_name_and_get_their_arguments_unpacked() {
        let (text, messages) = expanded(quote! {
            impl api::Calc for Server {
                async fn zero(&self) -> R { Ok(()) }
                async fn one(&self, a: u8) -> R { Ok(()) }
                fn two(&self, (x, y): (u8, u8), b: u16) -> impl Future<Output = R> + Send { todo() }
            }
        });
        assert!(messages.is_empty(), "{messages:?}");
        assert!(text.contains("constNAME:&'staticstr=\"Calc\";"));
        for arm in [
            "\"zero\"=>exchange.run(self,|service:::std::sync::Arc<Self>,():()|asyncmove\
             {<Selfasapi::Calc>::zero(&*service).await}),",
            "\"one\"=>exchange.run(self,|service:::std::sync::Arc<Self>,arg0:u8|asyncmove\
             {<Selfasapi::Calc>::one(&*service,arg0).await}),",
            "\"two\"=>exchange.run(self,|service:::std::sync::Arc<Self>,(arg0,arg1):((u8,u8),u16)|asyncmove\
             {<Selfasapi::Calc>::two(&*service,arg0,arg1).await}),",
        ] {
            assert!(text.contains(arm), "{arm} is not in {text}");
        }
    }

    #[test]
    fn a_generic_service_is_one_where_it_can_be_shared() {
        let (text, messages) = expanded(quote!(
            impl<T: Store> Calc for Server<T> where T: Copy {}
        ));
        assert!(messages.is_empty());
        assert!(text.contains(
            "impl<T:Store,__Codec:::razor_rpc::__private::Codec>::razor_rpc::__private::Service<__Codec>\
             forServer<T>whereT:Copy,Server<T>:::core::marker::Send+::core::marker::Sync+'static"
        ));
    }

    #[test]
    fn every_mistake_of_an_implementation_is_told_with_what_to_write_instead() {
        let cases = [
            (quote!(), quote!(impl Server {}), "write `impl Trait for Server`"),
            (
                quote!(),
                quote!(
                    fn f() {}
                ),
                "goes on `impl Trait for Server`",
            ),
            (quote!("calc"), quote!(impl Calc for Server {}), "`#[service]` alone"),
            (
                quote!(),
                quote!(impl Calc for Server { async fn f(&self, a: &str) -> R { g() } }),
                "`String` instead of `&str`",
            ),
            (
                quote!(),
                quote!(
                    #[async_trait(?Send)]
                    impl Calc for Server {}
                ),
                "remove `?Send`",
            ),
        ];
        for (args, item, expected) in cases {
            let tokens = expand(&args, item.clone());
            let messages = messages(&tokens);
            assert_eq!(messages.len(), 1, "{messages:?}");
            assert!(messages[0].contains(expected), "{messages:?} does not say {expected:?}");
            assert!(flat(&tokens).contains(&flat(&item)), "what the user wrote stays");
        }
    }

    #[test]
    fn an_implementation_with_a_mistake_is_still_a_service() {
        let (text, messages) =
            expanded(quote!(impl Calc for Server { async fn f(&mut self) -> R { g() } }));
        assert_eq!(messages.len(), 1);
        assert!(text.contains("::razor_rpc::__private::Service<__Codec>forServer"));
        assert!(text.contains("matchexchange.method(){_=>exchange.no_method(),}"));
    }
}
