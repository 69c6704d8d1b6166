//! `#[service]`: an implementation of a service's trait, made callable by name.
//!
//! Knows `impl` blocks. Does not know how a request arrives, nor when its handler is run.

use crate::conditions::generated;
use crate::describe;
use crate::errors::Errors;
use crate::method::{self, Method};
use crate::name::{self, Name};
use crate::place::at;
use crate::root::Root;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, ImplItem, ItemImpl, LitStr, Meta, Path, Token, parse_quote};

pub(crate) fn expand(mut args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let root = Root::rpc(&mut args, &mut errors);
    let given = parse_name.parse2(args).unwrap_or_else(|error| {
        errors.add(error);
        None
    });
    let parsed = syn::parse2::<ItemImpl>(item.clone());
    let generated = match &parsed {
        Ok(ItemImpl { trait_: Some((path, _)), .. }) => parsed.as_ref().ok().map(|item| {
            let service = Service::new(item, path, given, root, &mut errors);
            service.implementations(errors.is_empty())
        }),
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

/// Parses nothing, or `name = "CalcV2"`.
fn parse_name(input: ParseStream<'_>) -> syn::Result<Option<LitStr>> {
    let mut given = None;
    while !input.is_empty() {
        if !name::parse(input, &mut given)? {
            return Err(input.error(
                "a service is called as its trait is: write `#[service]` alone, or `#[service(name = \"CalcV2\")]` \
                 to give it another name",
            ));
        }
        input.parse::<Option<Token![,]>>()?;
    }
    Ok(given)
}

/// An implementation of a trait that is a service.
struct Service<'a> {
    item: &'a ItemImpl,
    path: &'a Path,
    name: Name,
    methods: Vec<Method>,
    root: Root,
}

impl<'a> Service<'a> {
    fn new(
        item: &'a ItemImpl,
        path: &'a Path,
        given: Option<LitStr>,
        root: Root,
        errors: &mut Errors,
    ) -> Self {
        if let Some(Attribute { meta: Meta::List(list), .. }) = method::async_trait(&item.attrs) {
            errors.at(&list.tokens, "handlers move between threads: remove `?Send`");
        }
        let last = path.segments.last().map(|last| last.ident.clone());
        let of_trait = last.unwrap_or_else(|| format_ident!("_"));
        let name = Name::new(given, &of_trait, errors);
        let mut methods = Vec::new();
        for item in &item.items {
            if let ImplItem::Fn(function) = item {
                let method = Method::new(&function.attrs, &function.sig, errors);
                name.check(&method, errors);
                methods.extend(method.variants());
            }
        }
        Self { item, path, name, methods, root }
    }

    /// Emits the implementations beside the user's own. Unless the service is `sound`, they have no methods.
    fn implementations(&self, sound: bool) -> TokenStream {
        let Self { item, name, methods, .. } = self;
        let root = self.root.at(&item.self_ty);
        let describe = describe::function(&item.attrs, self.path, methods, &self.root, sound);
        let arms: TokenStream = methods.iter().filter(|_| sound).map(|one| self.arm(one)).collect();
        let (name, self_ty) = (name.literal(), &item.self_ty);
        let generated = generated();
        let mut generics = item.generics.clone();
        if !generics.params.is_empty() {
            // Handlers on all threads share a service, so its type must be `Send` and `Sync`, which its parameters
            // alone may not ensure.
            generics.make_where_clause().predicates.push(parse_quote!(
                #self_ty: ::core::marker::Send + ::core::marker::Sync + 'static
            ));
        }
        let (named_generics, _, named_where) = generics.split_for_impl();
        let named = quote_spanned! {at(self_ty)=>
            #generated
            impl #named_generics #root::NamedService for #self_ty #named_where {
                const NAME: &'static ::core::primitive::str = #name;
            }
        };
        generics.params.push(parse_quote!(__Codec: #root::Codec));
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        quote_spanned! {at(self_ty)=>
            #named

            #generated
            impl #impl_generics #root::Service<__Codec> for #self_ty #where_clause {
                fn serve(
                    self: ::std::sync::Arc<Self>,
                    __exchange: #root::Exchange<'_, __Codec>,
                ) -> #root::Flow {
                    if __exchange.service() != <Self as #root::NamedService>::NAME {
                        return __exchange.no_service();
                    }
                    match __exchange.method() {
                        #arms
                        _ => __exchange.no_method(),
                    }
                }

                #describe
            }
        }
    }

    /// The arm that runs one method, if a request asks for that method.
    fn arm(&self, method: &Method) -> TokenStream {
        let Method { cfgs, sig, context, args, .. } = method;
        let (path, wire_name, ident) = (self.path, method.wire_name(), &sig.ident);
        let names: Vec<_> = (0..args.len()).map(|at| format_ident!("__arg{at}")).collect();
        let patterns: Vec<_> = names.iter().map(|name| quote!(#name)).collect();
        let types: Vec<_> = args.iter().map(|arg| &arg.ty).map(|ty| quote!(#ty)).collect();
        let (pattern, ty) = (Method::packed(&patterns), Method::packed(&types));
        let root = self.root.at(&sig.output);
        let run = format_ident!("{}", if context.is_some() { "run_with" } else { "run" });
        let info = context.iter().map(|_| {
            quote_spanned! {at(&sig.output)=>
                const { &#root::MethodInfo::new(<Self as #root::NamedService>::NAME, #wire_name) },
            }
        });
        let given: Vec<_> = context.iter().map(|_| format_ident!("__context")).collect();
        // With this span, a result of a wrong type is reported where it is written.
        quote_spanned! {at(&sig.output)=>
            #(#cfgs)*
            #wire_name => __exchange.#run(self, #(#info)* |__service: ::std::sync::Arc<Self>, #(#given,)* #pattern: #ty| async move {
                <Self as #path>::#ident(&*__service #(, #given)* #(, #names)*).await
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{flat, messages};

    fn expanded(item: TokenStream) -> (String, Vec<String>) {
        let tokens = expand(TokenStream::new(), item);
        (flat(&tokens), messages(&tokens))
    }

    #[test]
    fn methods_are_found_by_name_and_get_their_arguments_unpacked() {
        let (text, messages) = expanded(quote! {
            impl api::Calc for Server {
                async fn zero(&self) -> R { Ok(()) }
                async fn one(&self, a: u8) -> R { Ok(()) }
                fn two(&self, (x, y): (u8, u8), b: u16) -> impl Future<Output = R> + Send { todo() }
                async fn with(&self, _: CallContext, a: u8) -> R { Ok(()) }
            }
        });
        assert!(messages.is_empty(), "{messages:?}");
        assert!(text.contains("constNAME:&'static::core::primitive::str=\"Calc\";"));
        for arm in [
            "\"zero\"=>__exchange.run(self,|__service:::std::sync::Arc<Self>,():()|asyncmove\
             {<Selfasapi::Calc>::zero(&*__service).await}),",
            "\"one\"=>__exchange.run(self,|__service:::std::sync::Arc<Self>,__arg0:u8|asyncmove\
             {<Selfasapi::Calc>::one(&*__service,__arg0).await}),",
            "\"two\"=>__exchange.run(self,|__service:::std::sync::Arc<Self>,(__arg0,__arg1):((u8,u8),u16)|asyncmove\
             {<Selfasapi::Calc>::two(&*__service,__arg0,__arg1).await}),",
            "\"with\"=>__exchange.run_with(self,const{&::razor_rpc::__private::MethodInfo::new(\
             <Selfas::razor_rpc::__private::NamedService>::NAME,\"with\")},|__service:::std::sync::Arc<Self>,__context,__arg0:u8|asyncmove\
             {<Selfasapi::Calc>::with(&*__service,__context,__arg0).await}),",
        ] {
            assert!(text.contains(arm), "{arm} is not in {text}");
        }
    }

    #[test]
    fn a_service_is_called_as_its_trait_or_as_it_is_said() {
        for (args, name) in [
            (quote!(), "Calc"),
            (quote!(name = "CalcV2"), "CalcV2"),
            (quote!(crate = x, name = "CalcV2"), "CalcV2"),
        ] {
            let tokens = expand(args, quote!(impl a::Calc for Server {}));
            assert_eq!(messages(&tokens), Vec::<String>::new());
            let text = flat(&tokens);
            assert!(text.contains(&format!("primitive::str={name:?};")), "{name} is not in {text}");
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
            (quote!(name = Calc), quote!(impl Calc for Server {}), "as a string"),
            (quote!(name = ""), quote!(impl Calc for Server {}), "at least one character"),
            (quote!(name = "a.b"), quote!(impl Calc for Server {}), "without dots"),
            (quote!(name = "a", name = "b"), quote!(impl Calc for Server {}), "remove one"),
            (quote!(crate = "x"), quote!(impl Calc for Server {}), "without quotes"),
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
            let tokens = expand(args, item.clone());
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
        assert!(text.contains("match__exchange.method(){_=>__exchange.no_method(),}"));
    }
}
