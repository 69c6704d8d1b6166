//! `#[client_task]`: a struct that is a task.
//!
//! Knows which part of a task each role is. Does not know what the parts do: `razor_stream::__private` does.

use super::args::Args;
use super::fields::{FieldRoles, Role};
use crate::conditions::generated;
use crate::errors::Errors;
use crate::place::at;
use crate::root::Root;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ItemStruct;

pub(crate) fn expand(mut args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let root = Root::stream(&mut args, &mut errors);
    let Ok(mut parsed) = syn::parse2::<ItemStruct>(item.clone()) else {
        errors.at(
            &item,
            "`#[client_task]` goes on a struct; for an enum of tasks write `#[client_task_enum]`",
        );
        let errors = errors.into_tokens();
        return quote!(#errors #item);
    };
    let (args, wrong_args) = match syn::parse2::<Args>(args) {
        Ok(args) => (args, None),
        Err(error) => (Args::default(), Some(error.into_compile_error())),
    };
    let roles = FieldRoles::take(&mut parsed, &mut errors);
    let task = Task { item: &parsed, args: &args, roles: &roles, root: &root };
    let action = task.action(&mut errors, wrong_args.is_some());
    let implemented = (errors.is_empty() && wrong_args.is_none())
        .then(|| [task.client_task(&action), task.completion()]);
    let stub = implemented.is_none().then(|| task.stub());
    let errors = errors.into_tokens();
    let implemented = implemented.into_iter().flatten();
    quote!(#wrong_args #errors #parsed #(#implemented)* #stub)
}

/// A struct that is a task.
pub(super) struct Task<'a> {
    item: &'a ItemStruct,
    pub(super) args: &'a Args,
    pub(super) roles: &'a FieldRoles,
    pub(super) root: &'a Root,
}

impl Task<'_> {
    /// The action of the task: one for all tasks of the type, or the value of a field.
    fn action(&self, errors: &mut Errors, told: bool) -> TokenStream {
        let fixed = self.args.action(self.root, errors);
        match (fixed, &self.roles.action) {
            (Some(_), Some(Role { ty, .. })) => {
                errors.at(
                    ty,
                    "the attribute names the action already: remove it there, or the role `action` here",
                );
                TokenStream::new()
            }
            (Some(fixed), None) => fixed,
            (None, Some(Role { member, ty, .. })) => {
                let root = self.root.at(ty);
                quote_spanned!(at(ty)=> #root::TaskAction::action(&self.#member))
            }
            (None, None) => {
                if !told && errors.is_empty() {
                    errors.at(
                        &self.item.ident,
                        "nothing says what the task asks for: write `#[client_task(7)]` with its number or name, \
                         or mark a field with `#[field(action)]`",
                    );
                }
                TokenStream::new()
            }
        }
    }

    /// `impl … for Task`, up to the brace.
    pub(super) fn head(&self, of: &str) -> TokenStream {
        let (of, root) = (quote::format_ident!("{of}"), self.root);
        let generated = generated();
        let ident = &self.item.ident;
        let (impl_generics, ty_generics, where_clause) = self.item.generics.split_for_impl();
        quote! {
            #generated
            impl #impl_generics #root::#of for #ident #ty_generics #where_clause
        }
    }

    fn client_task(&self, action: &TokenStream) -> TokenStream {
        let root = self.root;
        let (head, codec) = (self.head("ClientTask"), self.args.codec(self.root));
        let message = match &self.roles.req {
            Some(role @ Role { member, ty, .. }) => {
                role.if_there(quote_spanned!(at(ty)=> &self.#member), quote!(&()))
            }
            None => quote!(&()),
        };
        let take_blob = self.roles.req_blob.as_ref().map(|Role { cfgs, member, ty }| {
            let root = self.root.at(ty);
            quote_spanned! {at(ty)=>
                #(#cfgs)*
                fn take_blob(&mut self) -> ::core::option::Option<#root::Bytes> {
                    #root::SendRequestBlob::take_blob(&mut self.#member)
                }
            }
        });
        let common = self.roles.common.as_ref().map(|Role { cfgs, member, ty }| {
            let root = self.root.at(ty);
            quote_spanned! {at(ty)=>
                #(#cfgs)*
                fn common(&self) -> &#root::ClientTaskCommon {
                    &self.#member
                }
            }
        });
        quote! {
            #head {
                fn action(&self) -> #root::RpcAction<'_> {
                    #action
                }

                fn encode(
                    &self,
                    __out: &mut ::std::vec::Vec<::core::primitive::u8>,
                ) -> ::core::result::Result<(), #root::EncodeError> {
                    #root::Codec::encode_into(
                        &<#codec as ::core::default::Default>::default(),
                        #message,
                        __out,
                    )
                }

                #take_blob
                #common
            }
        }
    }

    /// Implementations that are never called. They keep the compiler from reporting more errors after a mistake.
    fn stub(&self) -> TokenStream {
        let root = self.root;
        let (task, completion) = (self.head("ClientTask"), self.head("Completion"));
        quote! {
            #task {
                fn action(&self) -> #root::RpcAction<'_> {
                    ::core::unreachable!()
                }
                fn encode(
                    &self,
                    _: &mut ::std::vec::Vec<::core::primitive::u8>,
                ) -> ::core::result::Result<(), #root::EncodeError> {
                    ::core::unreachable!()
                }
            }
            #completion {
                fn complete(
                    self,
                    _: ::core::result::Result<
                        #root::Response,
                        #root::RpcError<#root::EncodedErr>,
                    >,
                ) {
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

    fn get() -> TokenStream {
        quote! {
            pub struct Get<T: Key> {
                #[field(common)] pub common: ClientTaskCommon,
                #[field(req)] pub key: T,
                #[field(resp)] pub meta: Option<Meta>,
                #[field(resp_blob)] pub data: Bytes,
                #[field(res)] pub res: Option<Result<(), RpcError<u32>>>,
                #[field(noti)] pub noti: Option<MTx<List<Self>>>,
                /// The user's own.
                pub started: Instant,
            }
        }
    }

    #[test]
    fn each_role_becomes_its_part_and_the_marks_are_gone() {
        let (text, messages) = expanded(quote!(7), get());
        assert!(messages.is_empty(), "{messages:?}");
        assert!(!text.contains("#[field"), "{text}");
        let private = "::razor_stream::__private::";
        for part in [
            format!("impl<T:Key>{private}ClientTaskforGet<T>{{"),
            format!("impl<T:Key>{private}CompletionforGet<T>{{"),
            format!("{private}action_number(7as::core::primitive::i128,&[]);"),
            format!(
                "<{private}DefaultCodecas::core::default::Default>::default(),&self.key,__out,"
            ),
            "fncommon(&self)->&::razor_stream::__private::ClientTaskCommon{&self.common}".into(),
            format!("{private}ReceiveResponseBlob::blob_space(&mutself.data,__len)"),
            format!("{private}receive(&mutself.data,__response.blob,__response.in_place);"),
            format!(
                "{{self.meta=::core::option::Option::None;}}{{{private}failed(&mutself.data);}}"
            ),
            format!("{private}own_error(&__codec,__error)"),
            format!("{private}fill(&__codec,__response.msg,&mutself.meta)"),
            "self.res=::core::option::Option::Some(".into(),
            format!("{private}Notify::<Self>::notify(__noti,self);"),
            "pubstarted:Instant".into(),
        ] {
            assert!(text.contains(&part), "{part} is not in {text}");
        }
        assert!(!text.contains("fntake_blob"), "it has no blob to send");
    }

    #[test]
    fn without_a_message_nil_is_sent_and_a_field_may_say_what_is_asked_for() {
        let (text, messages) = expanded(
            quote!(codec = JsonCodec),
            quote! {
                struct Any {
                    #[field(action)] op: Op,
                    #[field(req_blob)] blob: Option<Bytes>,
                    #[field(res)] res: Option<Res>,
                    #[field(noti)] noti: core::option::Option<fn(Self)>,
                }
            },
        );
        assert!(messages.is_empty(), "{messages:?}");
        assert!(text.contains("::razor_stream::__private::TaskAction::action(&self.op)"));
        assert!(text.contains("<JsonCodecas::core::default::Default>::default(),&(),__out,"));
        assert!(text.contains("SendRequestBlob::take_blob(&mutself.blob)"));
        assert!(text.contains("give_back(__response.msg)"));
    }

    /// The text in the attribute, the fields beside `res` and `noti`, and the message about the mistake.
    const MISTAKES: [(&str, &str, &str); 12] = [
        ("", "", "`#[client_task(7)]`"),
        ("0", "", "0 is ping"),
        ("1, 2", "", "one action"),
        ("1", "#[field(reg)] a: u8", "there is no role `reg`"),
        ("1", "#[field] a: u8", "write one role"),
        ("1", "#[field(req, resp)] a: u8", "write one role"),
        ("1", "#[field(resp)] a: u8", "`Option<…>` around it"),
        ("1", "#[field(res)] a: Option<R>", "another field has this role"),
        ("1", "#[field(req)] a: u8, #[field(req)] b: u8", "another field has this role"),
        ("1", "#[field(action)] a: u8", "names the action already"),
        ("", "#[cfg(a)] #[field(action)] a: u8", "remove the condition"),
        ("1, crate = \"a\"", "", "without quotes"),
    ];

    #[test]
    fn every_mistake_of_a_task_is_told_with_what_to_write_instead() {
        for (args, fields, expected) in MISTAKES {
            let fields: TokenStream = fields.parse().expect("tokens");
            let (text, messages) = expanded(
                args.parse().expect("tokens"),
                quote!(struct A { #[field(res)] res: Option<R>, #[field(noti)] noti: Option<N>, #fields }),
            );
            assert_eq!(messages.len(), 1, "{args}, {fields}: {messages:?}");
            assert!(messages[0].contains(expected), "{messages:?} does not say {expected:?}");
            assert!(text.contains("ClientTaskforA"), "a stub keeps the rest of the program quiet");
        }
    }

    #[test]
    fn a_task_of_which_nobody_would_know_is_told() {
        for (item, expected) in [
            ("enum A { B }", "`#[client_task_enum]`"),
            ("struct A;", "a task has fields"),
            ("struct A { #[field(noti)] noti: Option<N> }", "add a field `#[field(res)]"),
            ("struct A { #[field(res)] res: Option<R> }", "add a field `#[field(noti)]"),
            ("struct A { #[field(noti)] n: Option<N>, #[field(res)] r: R }", "`Option<Result<"),
            ("struct A { #[field(noti)] n: N, #[field(res)] r: Option<R> }", "`Option<…>` around"),
        ] {
            let (_, messages) = expanded(quote!(1), item.parse().expect("tokens"));
            assert_eq!(messages.len(), 1, "{item}: {messages:?}");
            assert!(messages[0].contains(expected), "{messages:?} does not say {expected:?}");
        }
    }
}
