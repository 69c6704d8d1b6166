//! `endpoint_client!`: the struct of a client.
//!
//! Knows how a client is declared. Does not know any service.

use crate::errors::Errors;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Generics, Ident, Token, Visibility};

/// What is written: `/// A doc. pub CalcClient;`.
pub(crate) struct Declaration {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    generics: Generics,
}

impl Declaration {
    /// A client as visible as its service.
    pub(crate) fn new(vis: Visibility, name: Ident) -> Self {
        Self { attrs: Vec::new(), vis, name, generics: Generics::default() }
    }
}

impl Parse for Declaration {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if !input.peek(Ident) {
            return Err(input.error(
                "name the client: `endpoint_client!(CalcClient);` or `endpoint_client!(pub CalcClient);`",
            ));
        }
        let (name, generics) = (input.parse()?, input.parse()?);
        input.parse::<Option<Token![;]>>()?;
        if !input.is_empty() {
            return Err(input.error("the name of the client is all: remove this"));
        }
        Ok(Self { attrs, vis, name, generics })
    }
}

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    match syn::parse2::<Declaration>(input) {
        Err(error) => error.into_compile_error(),
        Ok(declaration) => {
            let mut errors = Errors::default();
            if !declaration.generics.params.is_empty() {
                errors.at(
                    &declaration.generics,
                    "a client gets its one parameter by itself: write the name alone",
                );
            }
            let (declared, errors) = (declare(&declaration), errors.into_tokens());
            quote!(#errors #declared)
        }
    }
}

/// The struct, its constructors, and what lets services be implemented on it.
pub(crate) fn declare(declaration: &Declaration) -> TokenStream {
    let Declaration { attrs, vis, name, .. } = declaration;
    let private = quote!(::razor_rpc::__private);
    let documented = attrs.iter().any(|attr| attr.path().is_ident("doc"));
    let doc = (!documented).then(|| {
        quote!(#[doc = "A client. It is a cheap handle: clone it for each task that makes calls."])
    });
    let transport = format_ident!("__Transport");
    quote! {
        #doc
        #(#attrs)*
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #vis struct #name<C = #private::Caller> {
            caller: C,
        }

        impl<C> #name<C> {
            /// A client that makes its calls by `caller`.
            #[must_use]
            #vis const fn new(caller: C) -> Self {
                Self { caller }
            }
        }

        impl #name {
            /// A client of the server at `addr`, with default limits and times. It connects at once,
            /// and again whenever the connection is lost.
            ///
            /// # Errors
            /// Permanently when the address is malformed, and nothing is dialled then; when no async runtime of the
            /// transport's kind runs here.
            #vis fn connect<#transport: #private::ClientTransport>(
                transport: #transport,
                addr: &str,
            ) -> ::core::result::Result<Self, #private::RpcIntErr> {
                ::core::result::Result::Ok(Self::new(#private::Caller::connect(transport, addr)?))
            }

            /// The same, with limits and times of your own.
            ///
            /// # Errors
            /// Permanently when the address is malformed, and nothing is dialled then; when no async runtime of the
            /// transport's kind runs here.
            #vis fn connect_with<#transport: #private::ClientTransport>(
                transport: #transport,
                addr: &str,
                config: #private::ClientConfig,
            ) -> ::core::result::Result<Self, #private::RpcIntErr> {
                ::core::result::Result::Ok(Self::new(#private::Caller::connect_with(transport, addr, config)?))
            }

            /// The same, from a thread or an executor that is not one of the transport's kind: the connection is
            /// driven by `executor`.
            ///
            /// # Errors
            /// Permanently when the address is malformed; nothing is dialled then.
            #vis fn connect_on<#transport: #private::ClientTransport>(
                transport: #transport,
                addr: &str,
                config: #private::ClientConfig,
                executor: &#private::Executor<#transport>,
            ) -> ::core::result::Result<Self, #private::RpcIntErr> {
                ::core::result::Result::Ok(Self::new(#private::Caller::connect_on(transport, addr, config, executor)?))
            }
        }

        #[automatically_derived]
        impl<C: #private::APIClientCaller> #private::Endpoint for #name<C> {
            type Caller = C;

            fn caller(&self) -> &C {
                &self.caller
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{flat, messages};

    #[test]
    fn a_client_is_declared_with_its_visibility_and_a_default_caller() {
        let expanded = flat(&expand(quote!(pub(crate) CalcClient;)));
        assert!(expanded.contains("pub(crate)structCalcClient<C=::razor_rpc::__private::Caller>"));
        assert!(expanded.contains("pub(crate)constfnnew(caller:C)->Self"));
        assert!(expanded.contains("Aclient."), "it is documented");
        syn::parse2::<syn::File>(expand(quote!(CalcClient))).unwrap();
    }

    #[test]
    fn a_doc_comment_of_the_user_replaces_ours() {
        let expanded = expand(quote!(
            #[doc = "Ours."]
            CalcClient
        ))
        .to_string();
        assert!(expanded.contains("Ours."));
        assert!(!expanded.contains("A client."));
    }

    #[test]
    fn a_client_without_a_name_or_with_more_than_a_name_is_told_what_to_write() {
        assert!(messages(&expand(quote!(pub)))[0].contains("name the client"));
        assert!(messages(&expand(quote!(A, B)))[0].contains("remove this"));
        let generic = expand(quote!(A<T>));
        assert!(messages(&generic)[0].contains("write the name alone"));
        assert!(
            flat(&generic).contains("structA<C="),
            "a stub keeps the rest of the program quiet"
        );
    }
}
