//! The implementations that an enum of tasks gets.
//!
//! Knows the names in `razor_stream::__private`. Does not know what these items do.

use super::role::EnumRoles;
use super::variant::Variant;
use crate::action::{self, Action};
use crate::conditions::generated;
use crate::place::at;
use crate::root::Root;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Generics, Ident, ItemEnum, Type, parse_quote};

/// Emits the implementations for the enum. Unless it is `sound`, the functions in them are empty, so that one mistake
/// gives one error.
pub(super) fn implementations(
    item: &ItemEnum,
    variants: &[Variant],
    roles: EnumRoles,
    root: &Root,
    sound: bool,
) -> TokenStream {
    // A variant that is always there, if there is one.
    let unconditional = variants.iter().find(|variant| variant.cfgs.is_empty());
    let Some(first) = unconditional.or(variants.first()) else { return TokenStream::new() };
    let each = Each { item, variants, root, sound };
    let decode = roles.decodes().then(|| decode(each, &first.task));
    let respond = roles.answers().then(|| respond(each));
    quote!(#decode #respond)
}

#[derive(Clone, Copy)]
struct Each<'a> {
    item: &'a ItemEnum,
    variants: &'a [Variant],
    root: &'a Root,
    sound: bool,
}

impl Each<'_> {
    /// The arms of a `match`, or none of them.
    fn arms(self, arm: impl Fn(&Variant) -> TokenStream) -> TokenStream {
        self.variants
            .iter()
            .map(|variant| {
                let (cfgs, arm) = (&variant.cfgs, arm(variant));
                quote!(#(#cfgs)* #arm)
            })
            .collect()
    }

    /// The body of a function, if the enum is sound.
    fn body(self, body: TokenStream) -> TokenStream {
        if self.sound { body } else { quote!(::core::unreachable!()) }
    }

    /// The parameters of the enum, with the bound that `bound` returns on each of its tasks.
    fn generics(self, bound: impl Fn(&Type) -> TokenStream) -> Generics {
        let mut generics = self.item.generics.clone();
        if !generics.params.is_empty() {
            let clause = generics.make_where_clause();
            clause.predicates.push(parse_quote!(Self: ::core::marker::Send + 'static));
            for Variant { task, .. } in self.variants {
                let bound = bound(task);
                clause.predicates.push(parse_quote!(#task: #bound));
            }
        }
        generics
    }
}

fn decode(each: Each<'_>, first: &Type) -> TokenStream {
    let root = each.root;
    let (ident, generated) = (&each.item.ident, generated());
    let refuse = each.arms(|Variant { ident, task, .. }| {
        let root = root.at(task);
        quote_spanned! {at(task)=>
            Self::#ident(__task) =>
                <#task as #root::Refuse>::refuse(__task, __code),
        }
    });
    let origin = each.arms(|Variant { ident, task, .. }| {
        let root = root.at(task);
        quote_spanned! {at(task)=>
            Self::#ident(ref __task) =>
                <#task as #root::Refuse>::origin(__task),
        }
    });
    let (numbers, patterns) = actions(each.variants, root);
    let decode = patterns.iter().zip(each.variants).map(|(pattern, variant)| {
        let Variant { cfgs, ident, task, .. } = variant;
        let root = root.at(task);
        quote_spanned! {at(task)=>
            #(#cfgs)*
            #pattern => <#task as #root::ServerTaskDecode>::decode_task(
                __codec, __call, __reply,
            ).map(Self::#ident),
        }
    });
    let refuse = each.body(quote!(match self { #refuse }));
    let origin = each.body(quote!(match *self { #origin }));
    let decode = each.body(quote! {
        #(#numbers)*
        match __call.action() {
            #(#decode)*
            _ => #root::no_such_action(__reply),
        }
    });
    let codec = quote!(<#first as #root::ServerTaskDecode>::Codec);
    let generics = each.generics(|task| {
        let other = quote!(#task).to_string() != quote!(#first).to_string();
        let same_codec = other.then(|| quote!(<Codec = #codec>));
        quote!(#root::ServerTaskDecode #same_codec)
    });
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, ty_generics, _) = each.item.generics.split_for_impl();
    quote! {
        #generated
        impl #impl_generics #root::Refuse for #ident #ty_generics #where_clause {
            fn refuse(self, __code: #root::FrameworkCode) {
                #refuse
            }

            fn origin(&self) -> ::core::option::Option<#root::Origin> {
                #origin
            }
        }

        #generated
        impl #impl_generics #root::ServerTaskDecode for #ident #ty_generics #where_clause {
            type Codec = #codec;

            fn decode_task(
                __codec: &Self::Codec,
                __call: #root::Call<'_>,
                __reply: #root::Reply<'_>,
            ) -> ::core::option::Option<Self> {
                #decode
            }
        }
    }
}

fn respond(each: Each<'_>) -> TokenStream {
    let root = each.root;
    let (ident, generated) = (&each.item.ident, generated());
    let respond = each.arms(|Variant { ident, task, .. }| {
        let root = root.at(task);
        quote_spanned! {at(task)=>
            Self::#ident(__task) =>
                <#task as #root::ServerTaskEncode>::respond(__task),
        }
    });
    let respond = each.body(quote!(match self { #respond }));
    let generics = each.generics(|_| quote!(#root::ServerTaskEncode));
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, ty_generics, _) = each.item.generics.split_for_impl();
    quote! {
        #generated
        impl #impl_generics #root::ServerTaskEncode for #ident #ty_generics #where_clause {
            fn respond(self) {
                #respond
            }
        }
    }
}

/// Constants for the numeric actions, each compared with the earlier ones, and a pattern for each variant.
fn actions(variants: &[Variant], root: &Root) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let (mut numbers, mut patterns) = (Vec::new(), Vec::new());
    // Only the constants of variants without a condition: a variant with a condition may have the action of another
    // one.
    let mut before: Vec<Ident> = Vec::new();
    for Variant { cfgs, actions, .. } in variants {
        let (mut of_numbers, mut of_names) = (Vec::new(), Vec::new());
        let mut earlier = before.clone();
        for action in actions {
            let value = match action {
                Action::Str(name) => {
                    of_names.push(name);
                    continue;
                }
                Action::Num(_, number) => quote!(#number),
                Action::Value(value) => quote!(#value),
            };
            let name = format_ident!("__ACTION_{}", numbers.len());
            let constant = action::constant(&name, &value, &earlier, root);
            numbers.push(quote!(#(#cfgs)* #constant));
            of_numbers.push(name.clone());
            if cfgs.is_empty() {
                earlier.push(name);
            }
        }
        if cfgs.is_empty() {
            before = earlier;
        }
        let of_numbers =
            (!of_numbers.is_empty()).then(|| quote!(#root::RpcAction::Num(#(#of_numbers)|*)));
        let of_names =
            (!of_names.is_empty()).then(|| quote!(#root::RpcAction::Str(#(#of_names)|*)));
        let pattern = of_numbers.into_iter().chain(of_names);
        patterns.push(quote!(#(#pattern)|*));
    }
    (numbers, patterns)
}
