//! `blocking CalcBlocking`: the twin of a service's trait whose methods block instead of being asynchronous.
//!
//! Knows methods. Does not know how a thread waits.

use super::Endpoint;
use crate::conditions::{generated, quiet, said};
use crate::errors::Errors;
use crate::method::{Method, Shape};
use crate::place::at;
use crate::root::Root;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Generics, Ident, Path};

/// Emits the trait, and its implementation by the client.
pub(super) fn twin(
    endpoint: &Endpoint,
    name: &Ident,
    client: &Path,
    errors: &Errors,
) -> TokenStream {
    if !endpoint.implementable {
        return TokenStream::new();
    }
    let Endpoint { item, root, .. } = endpoint;
    let (vis, service) = (&item.vis, &item.ident);
    let doc = format!(
        "[`{service}`] for threads that may block: implemented by {} around a client of it.",
        link(root)
    );
    // The twin gets the trait's attributes for lints, and its deprecation.
    let said = said(&item.attrs, &["deprecated", "allow"]);
    let (quiet, generated) = (quiet(), generated());
    let signatures: Vec<_> = endpoint.methods.iter().map(signature).collect();
    let declared = endpoint.methods.iter().zip(&signatures).map(|(method, signature)| {
        let (docs, cfgs) = (docs(method, service), &method.cfgs);
        quote!(#docs #(#cfgs)* #signature;)
    });
    let called = endpoint.methods.iter().zip(&signatures).map(|(method, signature)| {
        let (cfgs, body) = (&method.cfgs, body(endpoint, method, errors));
        quote!(#(#cfgs)* #signature { #body })
    });
    quote! {
        #[doc = #doc]
        #quiet
        #(#said)*
        #vis trait #name {
            #(#declared)*
        }

        #generated
        impl<__Caller: #root::ApiClientCaller> #name for #root::Blocking<#client<__Caller>> {
            #(#called)*
        }
    }
}

/// The link to `Blocking`. A path that begins with `$crate` makes no link in a text.
fn link(root: &Root) -> String {
    match root.text() {
        path if path.starts_with('$') => "`Blocking`".into(),
        path => format!("[`Blocking`]({path}::client::Blocking)"),
    }
}

/// The signature with the name and the arguments of the method, and its result without the future.
fn signature(method: &Method) -> TokenStream {
    let Method { sig, context, args, .. } = method;
    let name = &sig.ident;
    let args = context.iter().chain(args).map(|arg| {
        let (name, ty) = (&arg.name, &arg.ty);
        quote!(#name: #ty)
    });
    // The generics that `#[async_trait]` adds belong to the future.
    let none = Generics::default();
    let generics = if method.shape == Shape::Boxed { &none } else { &sig.generics };
    let conditions = &generics.where_clause;
    let result = match method.result() {
        Some(result) => result.to_token_stream(),
        None => quote!(()),
    };
    quote!(fn #name #generics (&self, #(#args),*) -> #result #conditions)
}

/// The user's documentation of the method, or a link to the method of the trait.
fn docs(method: &Method, service: &Ident) -> TokenStream {
    let kept = &method.docs;
    if kept.iter().any(|attr| attr.path().is_ident("doc")) {
        return quote!(#(#kept)*);
    }
    let doc = format!("As [`{service}::{}`], but it blocks.", method.sig.ident);
    quote!(#[doc = #doc] #(#kept)*)
}

fn body(endpoint: &Endpoint, method: &Method, errors: &Errors) -> TokenStream {
    if !errors.is_empty() {
        return quote!(::core::unreachable!());
    }
    let root = endpoint.root.at(&method.sig.output);
    let (action, sent) = (endpoint.name.action(method), method.sent());
    let context = match &method.context {
        None => quote!(&#root::CallContext::new()),
        Some(own) => {
            let own = &own.name;
            quote!(&#own)
        }
    };
    quote_spanned! {at(&method.sig.output)=>
        #root::Blocking::call(self, #context, #action, &#sent)
    }
}

#[cfg(test)]
mod tests {
    use crate::errors::{flat, mistakes};
    use proc_macro2::TokenStream;
    use quote::quote;

    fn expanded(args: TokenStream, item: TokenStream) -> (String, Vec<(String, String)>) {
        let tokens = super::super::expand(args, item);
        (flat(&tokens), mistakes(&tokens))
    }

    /// As it is written in a file, so that a mistake has a place.
    fn written(args: &str, item: &str) -> Vec<(String, String)> {
        expanded(args.parse().unwrap(), item.parse().unwrap()).1
    }

    #[test]
    fn the_twin_has_the_same_methods_without_futures() {
        let (text, mistakes) = expanded(
            quote!(CalcClient, blocking CalcBlocking),
            quote! {
                pub(crate) trait Calc {
                    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
                    fn by_future(&self) -> impl Future<Output = Answer<u8>> + Send;
                }
            },
        );
        assert_eq!(mistakes, []);
        assert!(text.contains("pub(crate)traitCalcBlocking{"));
        assert!(text.contains("fnadd(&self,a:i32,b:i32)->Result<i32,RpcError<()>>;"));
        assert!(text.contains("fnby_future(&self,)->Answer<u8>;"));
        assert!(text.contains(
            "impl<__Caller:::razor_rpc::__private::ApiClientCaller>CalcBlockingfor\
             ::razor_rpc::__private::Blocking<CalcClient<__Caller>>{"
        ));
        assert!(text.contains(
            "fnadd(&self,a:i32,b:i32)->Result<i32,RpcError<()>>\
             {::razor_rpc::__private::Blocking::call(self,\
             &::razor_rpc::__private::CallContext::new(),\"Calc.add\",&(a,b))}"
        ));
    }

    #[test]
    fn without_the_word_there_is_no_twin() {
        let (text, _) = expanded(
            quote!(new CalcClient),
            quote!(
                trait Calc {
                    async fn f(&self) -> R;
                }
            ),
        );
        assert!(!text.to_lowercase().contains("blocking"), "{text}");
    }

    #[test]
    fn a_client_may_be_declared_along_with_it() {
        let (text, mistakes) = expanded(
            quote!(new CalcClient, blocking Sync),
            quote!(
                trait Calc {}
            ),
        );
        assert_eq!(mistakes, []);
        assert!(text.contains("structCalcClient<__Caller="));
        assert!(text.contains("traitSync{}"));
    }

    #[test]
    fn what_async_trait_has_made_is_undone_and_below_it_stays_on_the_other_one() {
        let (text, mistakes) = expanded(
            quote!(CalcClient, blocking CalcBlocking),
            quote! {
                trait Calc {
                    fn add<'life0, 'async_trait>(
                        &'life0 self,
                        a: i32,
                    ) -> Pin<Box<dyn Future<Output = R> + Send + 'async_trait>>
                    where
                        'life0: 'async_trait;
                }
            },
        );
        assert_eq!(mistakes, []);
        assert!(text.contains("fnadd(&self,a:i32)->R;"), "{text}");
        let (text, _) = expanded(
            quote!(CalcClient, blocking CalcBlocking),
            quote!(
                #[async_trait]
                trait Calc {
                    async fn add(&self, a: i32) -> R;
                }
            ),
        );
        assert!(text.contains("traitCalcBlocking{"));
        assert_eq!(text.matches("#[async_trait]").count(), 2);
        assert!(text.contains("fnadd(&self,a:i32)->R;"));
    }

    #[test]
    fn docs_and_conditions_are_kept() {
        let (text, _) = expanded(
            quote!(C, blocking B),
            quote! {
                trait Calc {
                    #[doc = "Adds."]
                    #[cfg(unix)]
                    #[deprecated]
                    #[allow(a_lint)]
                    #[inline]
                    async fn add(&self) -> R;
                    async fn r#type(&self) -> R;
                }
            },
        );
        assert!(text.contains(
            "#[doc=\"Adds.\"]#[deprecated]#[allow(a_lint)]#[cfg(unix)]fnadd(&self,)->R;"
        ));
        assert!(text.contains("\"As[`Calc::r#type`],butitblocks.\"]fnr#type(&self,)->R;"));
        assert!(text.contains("CallContext::new(),\"Calc.type\",&()"));
    }

    #[test]
    fn every_mistake_of_the_word_is_told_where_it_is_with_what_to_write_instead() {
        for (args, expected, at) in [
            ("A, blocking", "name the trait of the blocking calls", ""),
            ("A, blocking 7", "name the trait of the blocking calls", "7"),
            ("A, blocking B C", "remove this", "C"),
            ("A, blocking B, blocking C", "remove this", ","),
            ("A, B", "remove this", ","),
            ("A blocking B", "remove this", "blocking"),
            ("A, blocking Calc", "a name of its own", "Calc"),
        ] {
            let mistakes = written(args, "trait Calc {}");
            assert_eq!(mistakes.len(), 1, "{args}: {mistakes:?}");
            let (message, place) = &mistakes[0];
            assert!(message.contains(expected), "{args}: {message:?} does not say {expected:?}");
            assert_eq!(place, at, "{args}: {message}");
        }
    }

    #[test]
    fn a_trait_with_a_mistake_still_has_a_twin_with_all_its_methods() {
        let (text, mistakes) = expanded(
            quote!(new CalcClient, blocking CalcBlocking),
            quote!(
                trait Calc {
                    async fn f(&self, a: &str) -> R;
                    async fn g<T>(&self, a: T);
                }
            ),
        );
        assert_eq!(mistakes.len(), 3, "{mistakes:?}");
        assert!(text.contains("fnf(&self,a:&str)->R{::core::unreachable!()}"));
        assert!(text.contains("fng<T>(&self,a:T)->(){::core::unreachable!()}"));
    }
}
