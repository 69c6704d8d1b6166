//! The completion of a task: the parts of the answer go to the fields with their roles, then the task goes out through
//! its `noti`.
//!
//! Knows which part of an answer each role is. Does not know what is sent.

use super::fields::Role;
use super::single::Task;
use crate::place::at;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

impl Task<'_> {
    /// The implementation of `Completion`.
    pub(super) fn completion(&self) -> TokenStream {
        let root = self.root;
        let (head, codec) = (self.head("Completion"), self.args.codec(self.root));
        let space = self.roles.resp_blob.as_ref().map(|Role { cfgs, member, ty }| {
            let root = self.root.at(ty);
            quote_spanned! {at(ty)=>
                #(#cfgs)*
                fn blob_space(&mut self, __len: ::core::primitive::usize) -> ::core::option::Option<&mut [::core::primitive::u8]> {
                    #root::ReceiveResponseBlob::blob_space(&mut self.#member, __len)
                }
            }
        });
        let (received, decoded) = (self.received(), self.decoded());
        let set = self.roles.res.as_ref().map(|Role { member, ty, .. }| {
            let root = self.root.at(ty);
            quote_spanned! {at(ty)=>
                self.#member = ::core::option::Option::Some(__result.map_err(|__error| {
                    #root::own_error(&__codec, __error)
                }));
            }
        });
        let forgotten = self.forgotten();
        let (told, abandoned) = self.noti().unwrap_or_default();
        quote! {
            #head {
                fn complete(
                    mut self,
                    __result: ::core::result::Result<
                        #root::Response,
                        #root::RpcError<#root::EncodedErr>,
                    >,
                ) {
                    let __result = #root::named(&self, __result);
                    let __codec = #root::made(|| <#codec as ::core::default::Default>::default());
                    let __result = match __result {
                        ::core::result::Result::Ok(__response) => {
                            let __received = #received;
                            let __decoded = #decoded;
                            __received.and(__decoded)
                        }
                        ::core::result::Result::Err(__error) => {
                            #forgotten
                            ::core::result::Result::Err(__error)
                        }
                    };
                    #set
                    #told
                }

                #space
                #abandoned
            }
        }
    }

    /// The code that takes the blob of an answer.
    fn received(&self) -> TokenStream {
        let nothing = quote!(::core::result::Result::Ok(()));
        let Some(role @ Role { member, ty, .. }) = &self.roles.resp_blob else { return nothing };
        let root = self.root.at(ty);
        let received = quote_spanned! {at(ty)=>
            #root::receive(&mut self.#member, __response.blob, __response.in_place)
        };
        role.if_there(received, nothing)
    }

    /// The code that takes the message of an answer.
    fn decoded(&self) -> TokenStream {
        let root = self.root;
        let nothing = quote!({
            #root::give_back(__response.msg);
            ::core::result::Result::Ok(())
        });
        let Some(role @ Role { member, ty, .. }) = &self.roles.resp else { return nothing };
        let root = self.root.at(ty);
        let decoded = quote_spanned! {at(ty)=>
            #root::fill(&__codec, __response.msg, &mut self.#member)
        };
        role.if_there(decoded, nothing)
    }

    /// The code that removes the answer of an earlier sending from a task that got no answer.
    fn forgotten(&self) -> TokenStream {
        let message = self.roles.resp.as_ref().map(|Role { cfgs, member, .. }| {
            quote!(#(#cfgs)* { self.#member = ::core::option::Option::None; })
        });
        let blob = self.roles.resp_blob.as_ref().map(|Role { cfgs, member, ty }| {
            let root = self.root.at(ty);
            quote_spanned!(at(ty)=> #(#cfgs)* { #root::failed(&mut self.#member); })
        });
        quote!(#message #blob)
    }

    /// The code that sends the task out through `noti`, and the function that tells whether nobody waits for it.
    fn noti(&self) -> Option<(TokenStream, TokenStream)> {
        let Role { member, ty, .. } = self.roles.noti.as_ref()?;
        let root = self.root.at(ty);
        let told = quote_spanned! {at(ty)=>
            if let ::core::option::Option::Some(__noti) = self.#member.take() {
                #root::Notify::<Self>::notify(__noti, self);
            }
        };
        let abandoned = quote_spanned! {at(ty)=>
            fn is_abandoned(&self) -> ::core::primitive::bool {
                self.#member
                    .as_ref()
                    .is_some_and(#root::Notify::<Self>::is_abandoned)
            }
        };
        Some((told, abandoned))
    }
}
