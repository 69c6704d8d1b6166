//! The arguments of `#[client_task(…)]`: the action, if all tasks of the type have one, and the codec.
//!
//! Knows how the attribute is written. Does not know fields, nor which actions the wire takes: see [`crate::action`].

use crate::action::Action;
use crate::errors::Errors;
use crate::root::Root;
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Token, Type};

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
impl Args {
    /// The action as a value of the library's type, if there is one.
    pub(crate) fn action(&self, root: &Root, errors: &mut Errors) -> Option<TokenStream> {
        Some(Action::new(self.action.as_ref()?, FORMS, errors)?.value(root))
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
    use crate::peel;

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
        assert_eq!(
            number,
            format!(
                "const__ACTION:::core::primitive::u32={private}action_number(7as::core::primitive::i128,&[]);\
                 {private}RpcAction::Num(__ACTION)"
            )
        );
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
    fn what_is_no_action_is_told_how_one_is_written() {
        let (_, messages) = action(quote!(1 + 1));
        assert!(
            matches!(&messages[..], [one] if one.contains("write `#[client_task(7)]`")),
            "{messages:?}"
        );
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
