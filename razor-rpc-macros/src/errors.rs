//! Mistakes in the input of a macro, gathered so that all of them are reported at once.
//!
//! Knows spans and messages. Does not know what is checked.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

/// The mistakes found so far. Each is shown at the token that is wrong and says what to write instead.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    /// Adds a mistake at `token`.
    pub(crate) fn at(&mut self, token: impl ToTokens, message: &str) {
        self.add(Error::new_spanned(token, message));
    }

    /// Adds a mistake that a parser has met.
    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The tokens that make the compiler report the mistakes; empty if there are none.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.map(Error::into_compile_error).unwrap_or_default()
    }
}

/// The messages that `tokens` report, for tests.
#[cfg(test)]
pub(crate) fn messages(tokens: &TokenStream) -> Vec<String> {
    mistakes(tokens).into_iter().map(|(message, _)| message).collect()
}

/// The messages that `tokens` report, each with the token at which the compiler shows it, for tests. Only tokens that
/// were parsed from a text have such a token.
#[cfg(test)]
pub(crate) fn mistakes(tokens: &TokenStream) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut place = None;
    for tree in tokens.clone() {
        match tree {
            proc_macro2::TokenTree::Ident(ident) => {
                place = (ident == "compile_error").then(|| ident.span());
            }
            proc_macro2::TokenTree::Group(group) => match place.take() {
                Some(place) => {
                    let text: syn::LitStr = syn::parse2(group.stream()).unwrap();
                    found.push((text.value(), place.source_text().unwrap_or_default()));
                }
                None => found.extend(mistakes(&group.stream())),
            },
            _ => {}
        }
    }
    found
}

/// The text of `tokens` without spaces, for tests.
#[cfg(test)]
pub(crate) fn flat(tokens: &TokenStream) -> String {
    tokens.to_string().split_whitespace().collect()
}
