//! `endpoint_client!`: the struct of a client.
//!
//! Knows how a client is declared. Does not know any service.

use crate::conditions::{generated, quiet};
use crate::errors::Errors;
use crate::place::at;
use crate::root::Root;
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Generics, Ident, Token, VisRestricted, Visibility};

/// The input of the macro: `/// A doc. pub CalcClient;`.
pub(crate) struct Declaration {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    generics: Generics,
}

impl Declaration {
    /// Declares a client that is as visible as its service.
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

pub(crate) fn expand(mut input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let root = Root::rpc(&mut input, &mut errors);
    match syn::parse2::<Declaration>(input) {
        Err(error) => {
            errors.add(error);
            errors.into_tokens()
        }
        Ok(declaration) => {
            if !declaration.generics.params.is_empty() {
                errors.at(
                    &declaration.generics,
                    "a client gets its one parameter by itself: write the name alone",
                );
            }
            let (declared, errors) = (declare(&declaration, &root), errors.into_tokens());
            quote!(#errors #declared)
        }
    }
}

/// Emits the struct, its constructors, and the implementations on which those of services build.
///
/// The parameters here have names that no user's code has, because a user may have a type with any other name.
pub(crate) fn declare(declaration: &Declaration, root: &Root) -> TokenStream {
    let Declaration { attrs, vis, name, .. } = declaration;
    let documented = attrs.iter().any(|attr| attr.path().is_ident("doc"));
    let doc = (!documented).then(|| {
        quote!(#[doc = "A client. It is a cheap handle: clone it for each task that makes calls."])
    });
    let (quiet, generated) = (quiet(), generated());
    let of_methods = ours(vis.clone());
    let connects = connects(&of_methods, root);
    quote! {
        #doc
        #(#attrs)*
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #vis struct #name<__Caller = #root::Caller> {
            caller: __Caller,
            context: #root::CallContext,
        }

        #quiet
        impl<__Caller> #name<__Caller> {
            /// Makes a client that calls by `caller`.
            #[must_use]
            #of_methods const fn new(caller: __Caller) -> Self {
                Self { caller, context: #root::CallContext::new() }
            }
        }

        #quiet
        impl<__Caller: #root::ApiClientCaller> #name<__Caller> {
            /// A client over the same connection whose calls may take `timeout` each, from their submission; one hour
            /// if `timeout` is longer. It replaces the timeout that this client has, and costs no allocation.
            ///
            /// A call that is not answered in time ends with `Timeout`. A server does not learn of it: its handler runs
            /// to its end. The future of a call borrows its client. Where it is not awaited at once, as in `join!`,
            /// `select!` or a `let`, the client needs a name: `let quick = client.with_timeout(timeout);`.
            #[must_use]
            #of_methods fn with_timeout(&self, timeout: ::core::time::Duration) -> Self {
                let __context = ::core::clone::Clone::clone(&self.context);
                Self {
                    caller: ::core::clone::Clone::clone(&self.caller),
                    context: #root::CallContext::with_timeout(__context, timeout),
                }
            }
        }

        #quiet
        impl<__Caller: #root::ConnectedCaller> #name<__Caller> {
            /// Returns the owner of this client's connection: `ready().await` waits until there is a connection,
            /// `is_connected()` tells whether there is one now, `addr()` returns the server's address, and `close()`
            /// stops taking calls and lets the earlier ones finish. No service can have a method of this
            /// name, nor one called `with_timeout`.
            #[must_use]
            #of_methods fn connection(&self) -> &__Caller::Connection {
                #root::ConnectedCaller::connection(&self.caller)
            }
        }

        #quiet
        impl #name {
            #connects
        }

        #generated
        impl<__Caller: #root::ApiClientCaller> #root::Endpoint for #name<__Caller> {
            type Caller = __Caller;

            fn caller(&self) -> &__Caller {
                &self.caller
            }

            fn context(&self) -> &#root::CallContext {
                &self.context
            }

            fn with_context(&self, __context: #root::CallContext) -> Self {
                Self { caller: ::core::clone::Clone::clone(&self.caller), context: __context }
            }
        }
    }
}

/// The visibility of the client, with a span of the macro. With the user's own span, the compiler would warn of unused
/// functions, and no user calls all constructors of a client.
fn ours(mut vis: Visibility) -> Visibility {
    if let Visibility::Public(token)
    | Visibility::Restricted(VisRestricted { pub_token: token, .. }) = &mut vis
    {
        token.span = at(token);
    }
    vis
}

/// The methods that a client has by itself, with what they do.
pub(crate) const OWN_METHODS: [(&str, &str); 2] = [
    ("connection", "which returns what has its connection"),
    ("with_timeout", "which returns a client whose calls have another timeout"),
];

/// The constructors by which a client makes its own caller.
fn connects(vis: &Visibility, root: &Root) -> TokenStream {
    quote! {
        /// Makes a client of the server at `addr`, with default limits and times. It connects at once, and again
        /// whenever the connection is lost.
        ///
        /// # Errors
        /// The address is malformed: the error is permanent, and nothing is dialled. Or no async runtime of the
        /// transport's kind is around.
        #vis fn connect<__Transport: #root::ClientTransport>(
            transport: __Transport,
            addr: &::core::primitive::str,
        ) -> ::core::result::Result<Self, #root::RpcIntErr> {
            ::core::result::Result::Ok(Self::new(#root::Caller::connect(transport, addr)?))
        }

        /// As `connect`, with limits and times of your own.
        ///
        /// # Errors
        /// The address is malformed: the error is permanent, and nothing is dialled. Or no async runtime of the
        /// transport's kind is around.
        #vis fn connect_with<__Transport: #root::ClientTransport>(
            transport: __Transport,
            addr: &::core::primitive::str,
            config: #root::ClientConfig,
        ) -> ::core::result::Result<Self, #root::RpcIntErr> {
            ::core::result::Result::Ok(Self::new(#root::Caller::connect_with(transport, addr, config)?))
        }

        /// As `connect_with`, for a thread or an executor that is not of the transport's kind: `executor` drives the
        /// connection.
        ///
        /// # Errors
        /// Permanently when the address is malformed; nothing is dialled then.
        #vis fn connect_with_executor<__Transport: #root::ClientTransport>(
            transport: __Transport,
            addr: &::core::primitive::str,
            config: #root::ClientConfig,
            executor: &#root::Executor<__Transport>,
        ) -> ::core::result::Result<Self, #root::RpcIntErr> {
            ::core::result::Result::Ok(Self::new(#root::Caller::connect_with_executor(transport, addr, config, executor)?))
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
        assert!(
            expanded
                .contains("pub(crate)structCalcClient<__Caller=::razor_rpc::__private::Caller>")
        );
        assert!(expanded.contains("pub(crate)constfnnew(caller:__Caller)->Self"));
        assert!(expanded.contains("pub(crate)fnconnection(&self)->&__Caller::Connection"));
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
            flat(&generic).contains("structA<__Caller="),
            "a stub keeps the rest of the program quiet"
        );
    }
}
