//! The action of a request: a number, a name, or a value that the compiler knows.
//!
//! The rules are those of `RpcAction::check` in razor-stream, by which the compiler checks the emitted code. A number
//! or a name that is written out is checked here already, and a mistake is reported at its token. Does not know tasks
//! or services.

use crate::errors::Errors;
use crate::peel;
use crate::place::at;
use crate::root::Root;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprLit, Ident, Lit, LitInt, LitStr};

/// The largest number; greater ones are reserved for version 2 of the protocol. It is `RpcAction::MAX_NUM`, which the
/// tests of razor-stream compare.
pub(crate) const MAX_NUM: u32 = 0x7FFE_FFFF;
/// The longest name, in bytes. It is `RpcAction::MAX_STR`, which the tests of razor-stream compare.
pub(crate) const MAX_STR: usize = 256;

/// The action of a request.
pub(crate) enum Action {
    /// A number, and the token for it.
    Num(u32, LitInt),
    /// A number that the compiler knows: a value of an enum, or a constant.
    Value(Box<Expr>),
    /// A name.
    Str(LitStr),
}

impl Action {
    /// Makes the action that is written as `expr`. An action that the wire cannot express is reported; `forms` tells,
    /// for the report, how an action is written at this place.
    pub(crate) fn new(expr: &Expr, forms: &str, errors: &mut Errors) -> Option<Self> {
        let expr = peel::expr(expr);
        let wrong = match expr {
            Expr::Path(_) => return Some(Self::Value(Box::new(expr.clone()))),
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => match number.base10_parse() {
                Ok(0) => "action 0 is ping: write a number from 1 to 0x7FFE_FFFF",
                Ok(value @ 1..=MAX_NUM) => return Some(Self::Num(value, number.clone())),
                _ => "the numbers above 0x7FFE_FFFF are reserved: write one from 1 to 0x7FFE_FFFF",
            },
            Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => match name.value().len() {
                0 => "the action is empty: write a name of at least one character",
                1..=MAX_STR => return Some(Self::Str(name.clone())),
                _ => "the name of an action has at most 256 bytes: write a shorter one",
            },
            Expr::Unary(_) => "an action is never negative: write a number from 1 to 0x7FFE_FFFF",
            other => {
                errors.at(other, &format!("this is no action: {forms}"));
                return None;
            }
        };
        errors.at(expr, wrong);
        None
    }

    /// A text that is equal for equal actions, as far as the macro can see.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Num(number, _) => number.to_string(),
            Self::Value(value) => value.to_token_stream().to_string(),
            Self::Str(name) => format!("{:?}", name.value()),
        }
    }
}

/// Declares the constant `name` with the number `value`. The compiler checks the number, and reports a mistake at
/// `value`; it also checks that the constants in `others` have other numbers.
pub(crate) fn constant(
    name: &Ident,
    value: &TokenStream,
    others: &[Ident],
    root: &Root,
) -> TokenStream {
    let root = root.at(value);
    quote_spanned! {at(value)=>
        const #name: ::core::primitive::u32 =
            #root::action_number(#value as ::core::primitive::i128, &[#(#others),*]);
    }
}

impl Action {
    /// The action as a value of the library's type.
    pub(crate) fn value(&self, root: &Root) -> TokenStream {
        let value = match self {
            Self::Str(name) => return quote!(#root::RpcAction::Str(#name)),
            Self::Num(_, number) => number.to_token_stream(),
            Self::Value(value) => value.to_token_stream(),
        };
        // A constant, so that the compiler checks it even if no task is ever sent.
        let name = Ident::new("__ACTION", Span::call_site());
        let constant = constant(&name, &value, &[], root);
        let root = root.at(&value);
        quote_spanned! {at(&value)=>
            #constant
            #root::RpcAction::Num(__ACTION)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::messages;

    fn told(text: &str) -> Vec<String> {
        let mut errors = Errors::default();
        let expr = syn::parse_str(text).expect("an expression");
        let action = Action::new(&expr, "write `7`", &mut errors);
        let told = messages(&errors.into_tokens());
        assert_eq!(action.is_some(), told.is_empty(), "{text}");
        told
    }

    #[test]
    fn an_action_that_the_wire_does_not_take_is_told_with_what_to_write_instead() {
        let named = |len| format!("\"{}\"", "x".repeat(len));
        for (wrong, expected) in [
            ("0", "0 is ping: write a number from 1"),
            ("0x7FFF_0000", "are reserved: write one from 1 to 0x7FFE_FFFF"),
            ("4294967296", "are reserved"),
            ("-1", "never negative"),
            ("\"\"", "at least one character"),
            (&named(257), "at most 256 bytes"),
            ("1 + 1", "write `7`"),
            ("1.5", "write `7`"),
        ] {
            let told = told(wrong);
            assert!(matches!(&told[..], [one] if one.contains(expected)), "{wrong}: {told:?}");
        }
        for right in ["1", "0x7FFE_FFFF", "5u32", "(7)", "\"x\"", "Op::Read", &named(256)] {
            assert_eq!(told(right), Vec::<String>::new(), "{right}");
        }
    }
}
