//! The implementation of `RpcErrCodec`.
//!
//! Knows the names in the library's `__private`. Does not know what these items do.

use super::model::{Case, Failover, Form, Model};
use crate::conditions::{generated, quiet};
use crate::peel;
use crate::place::at;
use crate::root::Root;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{DeriveInput, Generics, parse_quote};

/// The implementation. Unless the type is `sound`, the functions in it are empty, so that one mistake gives one error.
pub(super) fn implementation(
    item: &DeriveInput,
    model: &Model<'_>,
    root: &Root,
    sound: bool,
) -> TokenStream {
    let emit = Emit { item, model, root };
    let (ident, generated) = (&item.ident, generated());
    let generics = emit.generics();
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, ty_generics, _) = item.generics.split_for_impl();
    let never = || quote!(::core::unreachable!());
    let (constants, encode, decode, failover) = match sound {
        true => (emit.constants(), emit.encode(), emit.decode(), emit.failover()),
        false => (TokenStream::new(), never(), never(), None),
    };
    let shown = emit.shown();
    quote! {
        const _: () = {
            #constants
            #generated
            impl #impl_generics #root::RpcErrCodec for #ident #ty_generics #where_clause {
                fn encode<__C: #root::Codec>(&self, __codec: &__C) -> #root::EncodedErr {
                    #encode
                }

                fn decode<__C: #root::Codec>(
                    __codec: &__C,
                    __error: #root::EncodedErr,
                ) -> ::core::result::Result<Self, #root::ErrDecodeError> {
                    #decode
                }

                #failover
                #shown
            }
        };
    }
}

struct Emit<'a> {
    item: &'a DeriveInput,
    model: &'a Model<'a>,
    root: &'a Root,
}

impl Emit<'_> {
    /// The parameters of the type, and the traits that the type must implement.
    fn generics(&self) -> Generics {
        let root = self.root;
        let mut generics = self.item.generics.clone();
        if !generics.params.is_empty() {
            let clause = generics.make_where_clause();
            clause
                .predicates
                .push(parse_quote!(Self: ::core::fmt::Debug + ::core::marker::Send + 'static));
            if self.model.form == Form::Codec {
                clause
                    .predicates
                    .push(parse_quote!(Self: #root::Serialize + #root::DeserializeOwned));
            }
        }
        generics
    }

    /// The name of the type, for messages.
    fn name(&self) -> String {
        self.item.ident.unraw().to_string()
    }

    /// The cases, each with its constant.
    fn each(&self) -> impl Iterator<Item = (&Case<'_>, Ident)> {
        self.model.cases.iter().enumerate().map(|(at, case)| (case, format_ident!("__FORM_{at}")))
    }

    /// A constant for each case that travels as a number or as a text. The compiler compares it with the earlier ones,
    /// and reports a mistake at the case.
    fn constants(&self) -> TokenStream {
        let (ident, quiet) = (&self.item.ident, quiet());
        let mut earlier = Vec::new();
        let mut constants = TokenStream::new();
        for (Case { variant, text, .. }, name) in self.each() {
            let constant = match (self.model.form, variant) {
                (Form::Codec, _) => return TokenStream::new(),
                (Form::Text, _) => {
                    let root = self.root.at(text);
                    quote_spanned! {at(text)=>
                        #quiet
                        const #name: &'static ::core::primitive::str =
                            #root::error_text(#text, &[#(#earlier),*]);
                    }
                }
                (Form::Number, Some(variant)) => {
                    let root = self.root.at(variant);
                    quote_spanned! {at(variant)=>
                        #quiet
                        const #name: ::core::primitive::u32 = #root::error_number(
                            #ident::#variant {} as ::core::primitive::i128,
                            &[#(#earlier),*],
                        );
                    }
                }
                (Form::Number, None) => quote!(const #name: ::core::primitive::u32 = 0;),
            };
            constants.extend(constant);
            earlier.push(name);
        }
        constants
    }

    fn encode(&self) -> TokenStream {
        let root = self.root;
        let arms: Vec<_> = self
            .each()
            .map(|(case, name)| {
                let case = path(case);
                match self.model.form {
                    Form::Number => quote!(#case { .. } => #root::EncodedErr::Num(#name),),
                    _ => quote!(#case { .. } => #root::error_of_text(#name),),
                }
            })
            .collect();
        match self.model.form {
            // A missing `Serialize` is reported at the type.
            Form::Codec => {
                let ident = &self.item.ident;
                let root = root.at(ident);
                quote_spanned!(at(ident)=> #root::encode_error(__codec, self))
            }
            Form::Number | Form::Text => quote!(match self { #(#arms)* }),
        }
    }

    fn decode(&self) -> TokenStream {
        let (root, ident, name) = (self.root, &self.item.ident, self.name());
        let arms: Vec<_> = self
            .each()
            .map(|(case, name)| {
                let case = path(case);
                quote!(::core::option::Option::Some(#name) => ::core::result::Result::Ok(#case {}),)
            })
            .collect();
        let received = match self.model.form {
            Form::Codec => {
                let root = root.at(ident);
                return quote_spanned!(at(ident)=> #root::decode_own(__codec, #name, __error));
            }
            Form::Number => quote!(#root::number_of(&__error)),
            Form::Text => quote!(#root::text_of(&__error)),
        };
        quote! {
            match #received {
                #(#arms)*
                _ => ::core::result::Result::Err(#root::unknown_error(#name, __error)),
            }
        }
    }

    /// The function that tells where a call goes after each case; `None` if no case has a failover.
    fn failover(&self) -> Option<TokenStream> {
        let root = self.root;
        let cases = &self.model.cases;
        if cases.iter().all(|case| matches!(case.failover, Failover::No)) {
            return None;
        }
        let arms = cases.iter().map(|case| {
            let path = path(case);
            let (member, ty) = match &case.failover {
                Failover::No => return quote!(#path { .. } => #root::Failover::No,),
                Failover::Next => return quote!(#path { .. } => #root::Failover::Next,),
                Failover::To(member, ty) => (member, ty),
            };
            let root = root.at(ty);
            let to = quote_spanned! {at(ty)=>
                #root::Failover::To(::core::convert::AsRef::<::core::primitive::str>::as_ref(__to))
            };
            if peel::is_option(ty) {
                return quote_spanned! {at(ty)=>
                    #path { #member: ::core::option::Option::Some(__to), .. } => #to,
                    #path { #member: ::core::option::Option::None, .. } => #root::Failover::Next,
                };
            }
            quote_spanned!(at(ty)=> #path { #member: __to, .. } => #to,)
        });
        Some(quote! {
            fn should_failover(&self) -> #root::Failover<'_> {
                match self { #(#arms)* }
            }
        })
    }

    /// The functions that show the error. They depend on the other traits of the type.
    fn shown(&self) -> TokenStream {
        let root = self.root;
        let unused = quote!(#[allow(unused_imports, reason = "needed where the type has no text")]);
        quote! {
            fn as_error(&self) -> ::core::option::Option<&(dyn ::core::error::Error + 'static)> {
                #unused
                use #root::ShownAsNoError as _;
                #root::Shown(self).as_error()
            }

            fn describe(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #unused
                use #root::ShownByDebug as _;
                #root::Shown(self).describe(__f)
            }
        }
    }
}

/// The path of a case, for patterns and for values.
fn path(case: &Case<'_>) -> TokenStream {
    case.variant.map_or_else(|| quote!(Self), |variant| quote!(Self::#variant))
}
