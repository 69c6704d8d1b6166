//! The implementations that an enum of tasks gets.
//!
//! Knows the names in `razor_stream::__private`. Does not know what is behind them.

use super::action::Action;
use super::role::Roles;
use super::variant::Variant;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Generics, Ident, ItemEnum, Type, parse_quote};

/// What goes with the enum. Unless it is `sound` it has the same implementations without a content, so that one
/// mistake gives one error.
pub(super) fn implementations(
    item: &ItemEnum,
    variants: &[Variant],
    roles: Roles,
    sound: bool,
) -> TokenStream {
    // A variant that is always there, if there is one.
    let unconditional = variants.iter().find(|variant| variant.cfgs.is_empty());
    let Some(first) = unconditional.or(variants.first()) else { return TokenStream::new() };
    let each = Each { item, variants, sound };
    let decode = roles.decodes().then(|| decode(each, &first.task));
    let respond = roles.answers().then(|| respond(each));
    quote!(#decode #respond)
}

#[derive(Clone, Copy)]
struct Each<'a> {
    item: &'a ItemEnum,
    variants: &'a [Variant],
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

    /// The parameters of the enum, and what they have to be for each of its tasks to be what `bound` says.
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

/// A mistake of the task is then reported where its type is written, and the names in here are ours.
fn at(task: &Type) -> Span {
    Span::call_site().located_at(task.span())
}

fn decode(each: Each<'_>, first: &Type) -> TokenStream {
    let private = quote!(::razor_stream::__private);
    let ident = &each.item.ident;
    let refuse = each.arms(|Variant { ident, task, .. }| {
        quote_spanned! {at(task)=>
            Self::#ident(task) =>
                <#task as ::razor_stream::__private::Refuse>::refuse(task, code),
        }
    });
    let (numbers, patterns) = actions(each.variants);
    let decode = patterns.iter().zip(each.variants).map(|(pattern, variant)| {
        let Variant { cfgs, ident, task, .. } = variant;
        quote_spanned! {at(task)=>
            #(#cfgs)*
            #pattern => <#task as ::razor_stream::__private::ServerTaskDecode>::decode_task(
                codec, call, reply,
            ).map(Self::#ident),
        }
    });
    let refuse = each.body(quote!(match self { #refuse }));
    let decode = each.body(quote! {
        #(#numbers)*
        match call.action() {
            #(#decode)*
            _ => #private::no_such_action(reply),
        }
    });
    let codec = quote!(<#first as #private::ServerTaskDecode>::Codec);
    let generics = each.generics(|task| {
        let other = quote!(#task).to_string() != quote!(#first).to_string();
        let same_codec = other.then(|| quote!(<Codec = #codec>));
        quote!(#private::ServerTaskDecode #same_codec)
    });
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, ty_generics, _) = each.item.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::Refuse for #ident #ty_generics #where_clause {
            fn refuse(self, code: #private::FrameworkCode) {
                #refuse
            }
        }

        #[automatically_derived]
        impl #impl_generics #private::ServerTaskDecode for #ident #ty_generics #where_clause {
            type Codec = #codec;

            fn decode_task(
                codec: &Self::Codec,
                call: #private::Call<'_>,
                reply: #private::Reply<'_>,
            ) -> ::core::option::Option<Self> {
                #decode
            }
        }
    }
}

fn respond(each: Each<'_>) -> TokenStream {
    let private = quote!(::razor_stream::__private);
    let ident = &each.item.ident;
    let respond = each.arms(|Variant { ident, task, .. }| {
        quote_spanned! {at(task)=>
            Self::#ident(task) =>
                <#task as ::razor_stream::__private::ServerTaskEncode>::respond(task),
        }
    });
    let respond = each.body(quote!(match self { #respond }));
    let generics = each.generics(|_| quote!(#private::ServerTaskEncode));
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, ty_generics, _) = each.item.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::ServerTaskEncode for #ident #ty_generics #where_clause {
            fn respond(self) {
                #respond
            }
        }
    }
}

/// Constants for the numeric actions, each checked against those before it, and a pattern for each variant.
fn actions(variants: &[Variant]) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let (mut numbers, mut patterns) = (Vec::new(), Vec::new());
    // Those that are always there: a variant on a condition may have the action of another one.
    let mut before: Vec<Ident> = Vec::new();
    for Variant { cfgs, actions, .. } in variants {
        let mut pattern = Vec::new();
        let mut earlier = before.clone();
        for action in actions {
            let (value, span) = match action {
                Action::Str(name) => {
                    pattern.push(quote!(::razor_stream::__private::RpcAction::Str(#name)));
                    continue;
                }
                Action::Num(number, span) => (quote_spanned!(*span=> #number), *span),
                Action::Value(value) => (quote!(#value), value.span()),
            };
            let name = format_ident!("__ACTION_{}", numbers.len());
            // The compiler reports at the action what is wrong with it.
            let span = Span::call_site().located_at(span);
            numbers.push(quote_spanned! {span=>
                #(#cfgs)*
                const #name: u32 = ::razor_stream::__private::action_number(
                    #value as i128,
                    &[#(#earlier),*],
                );
            });
            pattern.push(quote!(::razor_stream::__private::RpcAction::Num(#name)));
            if cfgs.is_empty() {
                earlier.push(name);
            }
        }
        if cfgs.is_empty() {
            before = earlier;
        }
        patterns.push(quote!(#(#pattern)|*));
    }
    (numbers, patterns)
}
