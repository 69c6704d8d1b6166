//! `#[client_task_enum]`: an enum of tasks, which is a task, so that one connection carries several kinds.
//!
//! Knows variants. Does not know the tasks in them.

use crate::errors::Errors;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Fields, Ident, ItemEnum, Type, Variant};

/// A variant that holds a task.
struct Kind<'a> {
    cfgs: Vec<&'a Attribute>,
    name: &'a Ident,
    task: &'a Type,
}

pub(crate) fn expand(args: &TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    if !args.is_empty() {
        errors.at(args, "the variants say everything: write `#[client_task_enum]` alone");
    }
    let generated = if let Ok(item) = syn::parse2::<ItemEnum>(item.clone()) {
        let kinds = kinds(&item, &mut errors);
        let conversions = kinds.iter().map(|kind| from(&item, kind));
        let delegated = delegate(&item, &kinds);
        quote!(#(#conversions)* #delegated)
    } else {
        errors.at(
            &item,
            "`#[client_task_enum]` goes on an enum; for a struct write `#[client_task]`",
        );
        TokenStream::new()
    };
    let errors = errors.into_tokens();
    quote!(#errors #item #generated)
}

fn kinds<'a>(item: &'a ItemEnum, errors: &mut Errors) -> Vec<Kind<'a>> {
    if item.variants.is_empty() {
        errors.at(&item.ident, "an enum of tasks has variants: write `Get(Get)`, a task in each");
    }
    let mut kinds: Vec<Kind<'a>> = Vec::new();
    for Variant { attrs, ident, fields, .. } in &item.variants {
        let task = match fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => &fields.unnamed[0].ty,
            _ => {
                errors.at(ident, &format!("a variant holds one task: write `{ident}(TheTask)`"));
                continue;
            }
        };
        let written = task.to_token_stream().to_string();
        if kinds.iter().any(|kind| kind.task.to_token_stream().to_string() == written) {
            errors.at(
                task,
                "another variant holds this task, and it would not be clear which one to convert it into: \
                 put one of them into a struct of its own",
            );
            continue;
        }
        let cfgs = attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
        kinds.push(Kind { cfgs, name: ident, task });
    }
    kinds
}

fn from(item: &ItemEnum, Kind { cfgs, name, task }: &Kind<'_>) -> TokenStream {
    let ident = &item.ident;
    let (impl_generics, ty_generics, where_clause) = item.generics.split_for_impl();
    quote! {
        #(#cfgs)*
        #[automatically_derived]
        impl #impl_generics ::core::convert::From<#task> for #ident #ty_generics #where_clause {
            fn from(task: #task) -> Self {
                Self::#name(task)
            }
        }
    }
}

fn delegate(item: &ItemEnum, kinds: &[Kind<'_>]) -> TokenStream {
    let private = quote!(::razor_stream::__private);
    let each = |call: &TokenStream, args: &TokenStream| {
        let arms = kinds.iter().map(|Kind { cfgs, name, task }| {
            // A variant whose type is no task is then reported where it is written.
            quote_spanned! {task.span()=>
                #(#cfgs)*
                Self::#name(task) => ::razor_stream::__private::#call(task, #args),
            }
        });
        // A variant with a mistake has been told of; without any there is nothing to send.
        quote! {
            match self {
                #(#arms)*
                #[allow(unreachable_patterns, reason = "only a variant with a mistake gets here")]
                _ => ::core::unreachable!(),
            }
        }
    };
    let action = each(&quote!(ClientTask::action), &quote!());
    let encode = each(&quote!(ClientTask::encode), &quote!(out));
    let take_blob = each(&quote!(ClientTask::take_blob), &quote!());
    let common = each(&quote!(ClientTask::common), &quote!());
    let complete = each(&quote!(Completion::complete), &quote!(result));
    let abandoned = each(&quote!(Completion::is_abandoned), &quote!());
    let space = each(&quote!(Completion::blob_space), &quote!(len));
    let ident = &item.ident;
    let (impl_generics, ty_generics, where_clause) = item.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::ClientTask for #ident #ty_generics #where_clause {
            fn action(&self) -> #private::RpcAction<'_> {
                #action
            }
            fn encode(
                &self,
                out: &mut ::std::vec::Vec<u8>,
            ) -> ::core::result::Result<(), #private::EncodeError> {
                #encode
            }
            fn take_blob(&mut self) -> ::core::option::Option<#private::Bytes> {
                #take_blob
            }
            fn common(&self) -> &#private::ClientTaskCommon {
                #common
            }
        }

        #[automatically_derived]
        impl #impl_generics #private::Completion for #ident #ty_generics #where_clause {
            fn complete(
                self,
                result: ::core::result::Result<
                    #private::Response,
                    #private::RpcError<#private::EncodedErr>,
                >,
            ) {
                #complete
            }
            fn is_abandoned(&self) -> bool {
                #abandoned
            }
            fn blob_space(&mut self, len: usize) -> ::core::option::Option<&mut [u8]> {
                #space
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{flat, messages};

    fn expanded(args: TokenStream, item: TokenStream) -> (String, Vec<String>) {
        let tokens = expand(&args, item);
        (flat(&tokens), messages(&tokens))
    }

    #[test]
    fn each_variant_can_be_made_of_its_task_and_does_what_its_task_does() {
        let (text, messages) = expanded(
            quote!(),
            quote!(
                pub enum Op<T: Key> {
                    Get(Get<T>),
                    #[cfg(unix)]
                    Put(Put),
                }
            ),
        );
        assert!(messages.is_empty(), "{messages:?}");
        let private = "::razor_stream::__private::";
        for part in [
            "impl<T:Key>::core::convert::From<Get<T>>forOp<T>{fnfrom(task:Get<T>)->Self{Self::Get(task)}}".into(),
            "#[cfg(unix)]#[automatically_derived]impl<T:Key>::core::convert::From<Put>forOp<T>".into(),
            format!("Self::Get(task)=>{private}ClientTask::action(task,),"),
            format!("Self::Get(task)=>{private}ClientTask::encode(task,out),"),
            format!("Self::Get(task)=>{private}ClientTask::take_blob(task,),"),
            format!("Self::Get(task)=>{private}ClientTask::common(task,),"),
            format!("Self::Get(task)=>{private}Completion::complete(task,result),"),
            format!("Self::Get(task)=>{private}Completion::is_abandoned(task,),"),
            format!("#[cfg(unix)]Self::Put(task)=>{private}Completion::blob_space(task,len),"),
        ] {
            assert!(text.contains(&part), "{part} is not in {text}");
        }
    }

    #[test]
    fn every_mistake_of_an_enum_is_told_with_what_to_write_instead() {
        let cases = [
            (
                quote!(),
                quote!(
                    struct A;
                ),
                "goes on an enum",
            ),
            (
                quote!(1),
                quote!(
                    enum A {
                        B(B),
                    }
                ),
                "alone",
            ),
            (
                quote!(),
                quote!(
                    enum A {}
                ),
                "`Get(Get)`",
            ),
            (
                quote!(),
                quote!(
                    enum A {
                        B,
                    }
                ),
                "`B(TheTask)`",
            ),
            (
                quote!(),
                quote!(
                    enum A {
                        B { b: B },
                    }
                ),
                "`B(TheTask)`",
            ),
            (
                quote!(),
                quote!(
                    enum A {
                        B(B, C),
                    }
                ),
                "`B(TheTask)`",
            ),
            (
                quote!(),
                quote!(
                    enum A {
                        B(T),
                        C(T),
                    }
                ),
                "a struct of its own",
            ),
        ];
        for (args, item, expected) in cases {
            let (text, messages) = expanded(args, item.clone());
            assert_eq!(messages.len(), 1, "{item}: {messages:?}");
            assert!(messages[0].contains(expected), "{messages:?} does not say {expected:?}");
            assert!(text.contains(&flat(&item)), "what the user wrote stays");
        }
    }
}
