//! What stands in `#[client_task(…)]`: the action, if all tasks of the kind have the same, and the codec.
//!
//! Knows which literals the wire takes as an action. Does not know fields.

use crate::errors::Errors;
use crate::peel;
use crate::place::at;
use crate::root::Root;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Ident, Lit, Token, Type};

/// `1`, `"name"` or `Op::Read`, then `codec = JsonCodec`; each may be left out.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) action: Option<Expr>,
    pub(crate) codec: Option<Type>,
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut args = Self::default();
        while !input.is_empty() {
            if input.peek(Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
                let name: Ident = input.parse()?;
                if name != "codec" {
                    return Err(syn::Error::new(
                        name.span(),
                        format!("there is no `{name}` here: {FORMS}"),
                    ));
                }
                input.parse::<Token![=]>()?;
                if args.codec.replace(input.parse()?).is_some() {
                    return Err(syn::Error::new(name.span(), "a task has one codec: remove one"));
                }
            } else {
                let action: Expr = input.parse()?;
                if let Some(first) = &args.action {
                    let message = "a task has one action: remove one";
                    return Err(syn::Error::new(first.span(), message));
                }
                args.action = Some(action);
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(args)
    }
}

/// How the attribute is written.
const FORMS: &str = "write `#[client_task(7)]`, `#[client_task(\"name\")]` or `#[client_task(Op::Read)]`, and \
                     `codec = JsonCodec` behind it if you need one";
/// The largest number of a request.
const MAX_NUM: u32 = 0x7FFE_FFFF;
/// The longest name of an action.
const MAX_STR: usize = 256;

impl Args {
    /// The action as a value of the library's type, if there is one.
    pub(crate) fn action(&self, root: &Root, errors: &mut Errors) -> Option<TokenStream> {
        let action = peel::expr(self.action.as_ref()?);
        match action {
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => {
                match number.base10_parse::<u32>() {
                    Ok(1..=MAX_NUM) if number.suffix().is_empty() || number.suffix() == "u32" => {}
                    Ok(1..=MAX_NUM) => {
                        errors.at(
                            number,
                            "an action is a `u32`: remove what stands behind the number",
                        );
                    }
                    _ => errors
                        .at(number, "this number is reserved: write one from 1 to 0x7FFE_FFFF"),
                }
                Some(quote!(#root::RpcAction::Num(#number)))
            }
            Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => {
                match name.value().len() {
                    0 => errors.at(name, "an action has a name: write at least one character"),
                    1..=MAX_STR => {}
                    _ => errors.at(name, "the name of an action has at most 256 bytes: shorten it"),
                }
                Some(quote!(#root::RpcAction::Str(#name)))
            }
            // A constant, so that it is looked at also where no task is ever sent.
            Expr::Path(_) => {
                let root = root.at(action);
                Some(quote_spanned! {at(action)=>
                    const __ACTION: ::core::primitive::u32 =
                        #root::action_number(#action as ::core::primitive::i128, &[]);
                    #root::RpcAction::Num(__ACTION)
                })
            }
            other => {
                errors.at(other, &format!("this is no action: {FORMS}"));
                None
            }
        }
    }

    /// The codec, the default one if none is named.
    pub(crate) fn codec(&self, root: &Root) -> TokenStream {
        self.codec.as_ref().map_or_else(|| quote!(#root::DefaultCodec), |codec| quote!(#codec))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{flat, messages};

    fn action(args: TokenStream) -> (String, Vec<String>) {
        let args: Args = syn::parse2(args).expect("it can be parsed");
        let mut errors = Errors::default();
        let root = Root::stream(&mut TokenStream::new(), &mut errors);
        let action =
            args.action(&root, &mut errors).map(|action| flat(&action)).unwrap_or_default();
        (action, messages(&errors.into_tokens()))
    }

    #[test]
    fn an_action_is_a_number_a_name_or_a_value_of_an_enum() {
        let private = "::razor_stream::__private::";
        let (number, _) = action(quote!(7));
        assert_eq!(number, format!("{private}RpcAction::Num(7)"));
        let (name, _) = action(quote!("Store.put", codec = JsonCodec));
        assert_eq!(name, format!("{private}RpcAction::Str(\"Store.put\")"));
        let (value, _) = action(quote!(codec = JsonCodec, Op::Read));
        assert!(
            value.contains(&format!(
                "{private}action_number(Op::Readas::core::primitive::i128,&[])"
            )),
            "{value}"
        );
        assert_eq!(action(quote!()).0, "");
        let wrapped = peel::fragment(quote!((7)));
        assert_eq!(action(wrapped).0, number, "groups and parentheses change nothing");
    }

    #[test]
    fn an_action_that_the_wire_does_not_take_is_told_with_what_to_write_instead() {
        let long = "x".repeat(257);
        for (args, expected) in [
            (quote!(0), "from 1 to 0x7FFE_FFFF"),
            (quote!(0x7FFF_0000), "from 1 to 0x7FFE_FFFF"),
            (quote!(4294967296), "from 1 to 0x7FFE_FFFF"),
            (quote!(7i64), "remove what stands behind"),
            (quote!(""), "at least one character"),
            (quote!(#long), "at most 256 bytes"),
            (quote!(1 + 1), "write `#[client_task(7)]`"),
        ] {
            let (_, messages) = action(args.clone());
            assert_eq!(messages.len(), 1, "{args}: {messages:?}");
            assert!(messages[0].contains(expected), "{messages:?} does not say {expected:?}");
        }
        for right in [quote!(1), quote!(0x7FFE_FFFF), quote!(5u32), quote!("x")] {
            assert!(action(right).1.is_empty());
        }
    }

    #[test]
    fn what_is_not_known_or_there_twice_is_told() {
        for (args, expected) in [
            (quote!(codex = JsonCodec), "there is no `codex`"),
            (quote!(codec = A, codec = B), "one codec"),
            (quote!(1, 2), "one action"),
        ] {
            let error = syn::parse2::<Args>(args).err().expect("a mistake").to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
