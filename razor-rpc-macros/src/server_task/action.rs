//! What a variant is asked for by: numbers, names, values of an enum.
//!
//! Knows what the wire can express. Does not know variants but by name.

use crate::errors::Errors;
use crate::peel;
use proc_macro2::Span;
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, Token};

/// The largest number of an action; those above are kept for version 2 of the protocol.
const MAX_NUM: u32 = 0x7FFE_FFFF;
/// The longest name of an action, in bytes.
const MAX_STR: usize = 256;

/// What a request asks for.
pub(super) enum Action {
    /// A number, written here.
    Num(u32, Span),
    /// A number that the compiler knows: a value of an enum, or a constant.
    Value(Box<Expr>),
    /// A name.
    Str(LitStr),
}

impl Action {
    /// What is the same for equal actions, as far as it can be seen here.
    fn key(&self) -> String {
        match self {
            Self::Num(number, _) => number.to_string(),
            Self::Value(value) => value.to_token_stream().to_string(),
            Self::Str(name) => format!("{:?}", name.value()),
        }
    }

    /// The actions of one attribute.
    pub(super) fn of(attr: &Attribute, errors: &mut Errors) -> Vec<(Self, Expr)> {
        let usage = "write `#[action(1)]`, `#[action(\"name\")]` or `#[action(Enum::Value)]`";
        let Meta::List(list) = &attr.meta else {
            errors.at(attr, usage);
            return Vec::new();
        };
        match list.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated) {
            Ok(actions) if actions.is_empty() => {
                errors.at(attr, usage);
                Vec::new()
            }
            Ok(actions) => actions
                .into_iter()
                .filter_map(|action| Some((Self::new(&action, errors)?, action)))
                .collect(),
            Err(_) => {
                errors.at(&list.tokens, usage);
                Vec::new()
            }
        }
    }

    fn new(action: &Expr, errors: &mut Errors) -> Option<Self> {
        let action = peel::expr(action);
        let wrong = match action {
            Expr::Path(_) => return Some(Self::Value(Box::new(action.clone()))),
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => match number.base10_parse() {
                Ok(0) => "action 0 is ping: begin with 1",
                Ok(value @ 1..=MAX_NUM) => return Some(Self::Num(value, number.span())),
                _ => "the numbers above 0x7FFE_FFFF are reserved: write a lower one",
            },
            Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => match name.value().len() {
                0 => "the action is empty: write a name",
                1..=MAX_STR => return Some(Self::Str(name.clone())),
                _ => "the action is over the limit of 256 bytes: write a shorter name",
            },
            Expr::Unary(_) => "an action is never negative: write a number from 1 to 0x7FFE_FFFF",
            _ => "an action is a number, a string or a value of an enum: write one of these",
        };
        errors.at(action, wrong);
        None
    }
}

/// The actions that have been met, each with its variant.
#[derive(Default)]
pub(super) struct Met(Vec<(String, Ident)>);

impl Met {
    /// Remembers an action of `variant`; tells of one that was there before.
    pub(super) fn add(
        &mut self,
        action: &Action,
        token: &Expr,
        variant: &Ident,
        errors: &mut Errors,
    ) {
        let key = action.key();
        match self.0.iter().find(|(met, _)| *met == key) {
            Some((_, first)) if first == variant => {
                errors.at(token, "this variant has this action already: remove it");
            }
            Some((_, first)) => errors
                .at(token, &format!("`{first}` has this action already: give `{variant}` another")),
            None => self.0.push((key, variant.clone())),
        }
    }
}
