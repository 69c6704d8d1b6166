//! `#[client_task_enum]`: an enum of tasks, which is a task, so that one connection carries several kinds.
//!
//! Knows variants. Does not know the tasks in them.

use crate::conditions::{conditions, generated};
use crate::errors::Errors;
use crate::peel;
use crate::place::at;
use crate::root::Root;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Fields, Ident, ItemEnum, Type, Variant};

/// A variant that holds a task.
struct Kind<'a> {
    /// The conditions under which it exists.
    cfgs: Vec<Attribute>,
    name: &'a Ident,
    task: &'a Type,
}

pub(crate) fn expand(mut args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let root = Root::stream(&mut args, &mut errors);
    if !args.is_empty() {
        errors.at(args, "the variants say everything: write `#[client_task_enum]` alone");
    }
    let generated = if let Ok(item) = syn::parse2::<ItemEnum>(item.clone()) {
        let kinds = kinds(&item, &mut errors);
        let conversions = kinds.iter().map(|kind| from(&item, kind));
        let delegated = Each { item: &item, kinds: &kinds, root: &root }.delegated();
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
        let written = text(task);
        if kinds.iter().any(|kind| text(kind.task) == written) {
            errors.at(
                task,
                "another variant holds this task, and it would not be clear which one to convert it into: \
                 put one of them into a struct of its own",
            );
            continue;
        }
        kinds.push(Kind { cfgs: conditions(attrs), name: ident, task });
    }
    kinds
}

/// A type as it is written, for comparison.
fn text(task: &Type) -> String {
    peel::ty(task).to_token_stream().to_string()
}

fn from(item: &ItemEnum, Kind { cfgs, name, task }: &Kind<'_>) -> TokenStream {
    let (ident, generated) = (&item.ident, generated());
    let (impl_generics, ty_generics, where_clause) = item.generics.split_for_impl();
    quote! {
        #(#cfgs)*
        #generated
        impl #impl_generics ::core::convert::From<#task> for #ident #ty_generics #where_clause {
            fn from(__task: #task) -> Self {
                Self::#name(__task)
            }
        }
    }
}

struct Each<'a> {
    item: &'a ItemEnum,
    kinds: &'a [Kind<'a>],
    root: &'a Root,
}

impl Each<'_> {
    /// A `match` in which the task of each variant does this.
    fn each(&self, of: &str, method: &str, args: &TokenStream) -> TokenStream {
        let arms = self.kinds.iter().map(|Kind { cfgs, name, task }| {
            // With this span, a variant whose type is no task is reported where it is written.
            let (root, place) = (self.root.at(*task), at(*task));
            let (of, method) = (Ident::new(of, place), Ident::new(method, place));
            quote_spanned! {at(*task)=>
                #(#cfgs)*
                Self::#name(__task) => #root::#of::#method(__task, #args),
            }
        });
        // A variant with a mistake has been reported; an enum without variants has no value that could be sent.
        quote! {
            match self {
                #(#arms)*
                #[allow(unreachable_patterns, reason = "only a variant with a mistake gets here")]
                _ => ::core::unreachable!(),
            }
        }
    }

    fn delegated(&self) -> TokenStream {
        let Self { item, root, .. } = self;
        let action = self.each("ClientTask", "action", &quote!());
        let encode = self.each("ClientTask", "encode", &quote!(__out));
        let take_blob = self.each("ClientTask", "take_blob", &quote!());
        let common = self.each("ClientTask", "common", &quote!());
        let (ident, generated) = (&item.ident, generated());
        let (impl_generics, ty_generics, where_clause) = item.generics.split_for_impl();
        let completion = self.completion();
        quote! {
            #generated
            impl #impl_generics #root::ClientTask for #ident #ty_generics #where_clause {
                fn action(&self) -> #root::RpcAction<'_> {
                    #action
                }
                fn encode(
                    &self,
                    __out: &mut ::std::vec::Vec<::core::primitive::u8>,
                ) -> ::core::result::Result<(), #root::EncodeError> {
                    #encode
                }
                fn take_blob(&mut self) -> ::core::option::Option<#root::Bytes> {
                    #take_blob
                }
                fn common(&self) -> &#root::ClientTaskCommon {
                    #common
                }
            }

            #completion
        }
    }

    fn completion(&self) -> TokenStream {
        let Self { item, root, .. } = self;
        let complete = self.each("Completion", "complete", &quote!(__result));
        let abandoned = self.each("Completion", "is_abandoned", &quote!());
        let space = self.each("Completion", "blob_space", &quote!(__len));
        let (ident, generated) = (&item.ident, generated());
        let (impl_generics, ty_generics, where_clause) = item.generics.split_for_impl();
        quote! {
            #generated
            impl #impl_generics #root::Completion for #ident #ty_generics #where_clause {
                fn complete(
                    self,
                    __result: ::core::result::Result<
                        #root::Response,
                        #root::RpcError<#root::EncodedErr>,
                    >,
                ) {
                    #complete
                }
                fn is_abandoned(&self) -> ::core::primitive::bool {
                    #abandoned
                }
                fn blob_space(
                    &mut self,
                    __len: ::core::primitive::usize,
                ) -> ::core::option::Option<&mut [::core::primitive::u8]> {
                    #space
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{flat, messages};

    fn expanded(args: TokenStream, item: TokenStream) -> (String, Vec<String>) {
        let tokens = expand(args, item);
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
            "impl<T:Key>::core::convert::From<Get<T>>forOp<T>{fnfrom(__task:Get<T>)->Self{Self::Get(__task)}}".into(),
            "#[automatically_derived]impl<T:Key>::core::convert::From<Put>forOp<T>".into(),
            format!("Self::Get(__task)=>{private}ClientTask::action(__task,),"),
            format!("Self::Get(__task)=>{private}ClientTask::encode(__task,__out),"),
            format!("Self::Get(__task)=>{private}ClientTask::take_blob(__task,),"),
            format!("Self::Get(__task)=>{private}ClientTask::common(__task,),"),
            format!("Self::Get(__task)=>{private}Completion::complete(__task,__result),"),
            format!("Self::Get(__task)=>{private}Completion::is_abandoned(__task,),"),
            format!("#[cfg(unix)]Self::Put(__task)=>{private}Completion::blob_space(__task,__len),"),
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
