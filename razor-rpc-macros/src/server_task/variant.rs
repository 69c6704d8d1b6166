//! A variant of an enum of tasks: its task, its actions, its conditions.
//!
//! Knows how variants are written. Does not know what is made of them.

use super::action::{Met, actions_of};
use super::role::EnumRoles;
use crate::action::Action;
use crate::conditions::conditions;
use crate::errors::Errors;
use syn::{Attribute, Fields, Ident, ItemEnum, Type};

/// A variant.
pub(super) struct Variant {
    /// The conditions under which it exists.
    pub(super) cfgs: Vec<Attribute>,
    pub(super) ident: Ident,
    /// The type of the task that it holds.
    pub(super) task: Type,
    pub(super) actions: Vec<Action>,
}

impl Variant {
    /// The variants of `item`, which afterwards has no `#[action]` any more. Variants with a mistake are reported and
    /// left out.
    pub(super) fn all(item: &mut ItemEnum, roles: EnumRoles, errors: &mut Errors) -> Vec<Self> {
        let mut met = Met::default();
        item.variants
            .iter_mut()
            .filter_map(|variant| Self::new(variant, roles, &mut met, errors))
            .collect()
    }

    fn new(
        variant: &mut syn::Variant,
        roles: EnumRoles,
        met: &mut Met,
        errors: &mut Errors,
    ) -> Option<Self> {
        let is_action = |attr: &Attribute| attr.path().is_ident("action");
        let attrs: Vec<_> = variant.attrs.extract_if(.., |attr| is_action(attr)).collect();
        let cfgs = conditions(&variant.attrs);
        let ident = &variant.ident;
        let actions = if roles.decodes() {
            actions(ident, &attrs, cfgs.is_empty().then_some(met), errors)
        } else {
            if let Some(attr) = attrs.first() {
                errors.at(attr, "only what is decoded has actions: write `#[server_task_enum(req, resp)]`, or remove this");
            }
            Vec::new()
        };
        let task = task(ident, &variant.fields, errors)?;
        Some(Self { cfgs, ident: ident.clone(), task, actions })
    }
}

/// The actions of a variant. A variant that exists on a condition may have the actions of another one.
fn actions(
    variant: &Ident,
    attrs: &[Attribute],
    mut met: Option<&mut Met>,
    errors: &mut Errors,
) -> Vec<Action> {
    if attrs.is_empty() {
        errors.at(variant, "nothing asks for this variant: write `#[action(…)]` above it");
    }
    let found: Vec<_> = attrs.iter().flat_map(|attr| actions_of(attr, errors)).collect();
    if let Some(met) = &mut met {
        for (action, token) in &found {
            met.add(action, token, variant, errors);
        }
    }
    found.into_iter().map(|(action, _)| action).collect()
}

/// The type of the one task that a variant holds.
fn task(variant: &Ident, fields: &Fields, errors: &mut Errors) -> Option<Type> {
    let usage = format!("a variant holds one task: write `{variant}(ServerTask<…>)`");
    match fields {
        Fields::Unnamed(one) if one.unnamed.len() == 1 => {
            return one.unnamed.first().map(|field| field.ty.clone());
        }
        Fields::Unit => errors.at(variant, &usage),
        _ => errors.at(fields, &usage),
    }
    None
}
