//! `#[server_task_enum]`: an enum whose variants hold server tasks, decoded by action, answered by variant.
//!
//! Knows enums and actions. Does not know what a task is: the type of each variant knows how it is decoded and
//! answered.
//!
//! | file | holds |
//! |---|---|
//! | `role` | the role of the enum: `req`, `resp` or both |
//! | `action` | the actions of a variant |
//! | `variant` | a variant: its task, its actions, its conditions |
//! | `emit` | the implementations |

mod action;
mod emit;
mod role;
#[cfg(test)]
mod tests;
mod variant;

use crate::errors::Errors;
use crate::root::Root;
use proc_macro2::TokenStream;
use quote::quote;
use role::EnumRoles;
use syn::ItemEnum;
use variant::Variant;

pub(crate) fn expand(mut args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let root = Root::stream(&mut args, &mut errors);
    let roles = EnumRoles::new(args, &mut errors);
    let Ok(mut item) = syn::parse2::<ItemEnum>(item.clone()) else {
        let first = item.clone().into_iter().next();
        errors.at(first, "`#[server_task_enum]` goes on an enum whose variants hold tasks");
        let errors = errors.into_tokens();
        return quote!(#errors #item);
    };
    if item.variants.is_empty() {
        errors.at(&item.ident, "an enum of tasks has variants: write `Read(ServerTask<…>)`");
    }
    let variants = Variant::all(&mut item, roles, &mut errors);
    let generated = emit::implementations(&item, &variants, roles, &root, errors.is_empty());
    let errors = errors.into_tokens();
    quote!(#errors #item #generated)
}
