//! `#[derive(RpcErr)]`: an enum or a struct as the error of a method.
//!
//! Knows enums, structs and `#[rpc(…)]`. Does not know codecs.
//!
//! | file | holds |
//! |---|---|
//! | `said` | the words in `#[rpc(…)]` |
//! | `model` | the type: its form on the wire, its cases, and their mistakes |
//! | `emit` | the implementation |

mod emit;
mod model;
mod said;
#[cfg(test)]
mod tests;

use crate::errors::Errors;
use crate::root::Root;
use model::Model;
use proc_macro2::TokenStream;
use quote::quote;
use said::Said;
use syn::DeriveInput;

/// Expands the derive for the library to which `root` returns the path.
pub(crate) fn expand(
    item: TokenStream,
    root: impl FnOnce(&mut TokenStream, &mut Errors) -> Root,
) -> TokenStream {
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let mut args = said::args(&item.attrs, &mut errors);
    let root = root(&mut args, &mut errors);
    let said = Said::new(args, &mut errors);
    let model = Model::new(&item, &said, &mut errors);
    let generated = emit::implementation(&item, &model, &root, errors.is_empty());
    let errors = errors.into_tokens();
    quote!(#errors #generated)
}
