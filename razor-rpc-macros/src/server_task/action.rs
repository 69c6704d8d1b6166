//! The actions of a variant, and the check that no two variants have an action in common.
//!
//! Knows how `#[action(…)]` is written. Does not know which actions there are: see [`crate::action`].

use crate::action::Action;
use crate::errors::Errors;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, Meta, Token};

const FORMS: &str = "write `#[action(1)]`, `#[action(\"name\")]` or `#[action(Enum::Value)]`";

/// The actions of one attribute.
pub(super) fn actions_of(attr: &Attribute, errors: &mut Errors) -> Vec<(Action, Expr)> {
    let Meta::List(list) = &attr.meta else {
        errors.at(attr, FORMS);
        return Vec::new();
    };
    match list.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated) {
        Ok(actions) if actions.is_empty() => {
            errors.at(attr, FORMS);
            Vec::new()
        }
        Ok(actions) => actions
            .into_iter()
            .filter_map(|action| Some((Action::new(&action, FORMS, errors)?, action)))
            .collect(),
        Err(_) => {
            errors.at(&list.tokens, FORMS);
            Vec::new()
        }
    }
}

/// The actions found so far, each with its variant.
#[derive(Default)]
pub(super) struct Met(Vec<(String, Ident)>);

impl Met {
    /// Remembers an action of `variant`, and reports an action that was there before.
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
