//! The path by which generated code finds the library: `::razor_rpc` or `::razor_stream`, or the path in
//! `crate = path`.
//!
//! Knows paths. Does not know which items are there.

use crate::errors::Errors;
use crate::place::at;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{LitStr, Path, Token};

/// The library. Its tokens are the path of its module for generated code.
pub(crate) struct Root {
    path: TokenStream,
    place: Span,
}

impl ToTokens for Root {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { path, place } = self;
        tokens.extend(quote_spanned!(*place=> #path::__private));
    }
}

impl Root {
    /// The path in `crate = path`, which is removed from `args`, or else `razor_rpc`.
    pub(crate) fn rpc(args: &mut TokenStream, errors: &mut Errors) -> Self {
        Self::new(take(args, errors).unwrap_or_else(|| quote!(::razor_rpc)))
    }

    /// The path in `crate = path`, which is removed from `args`, or else `razor_stream`.
    pub(crate) fn stream(args: &mut TokenStream, errors: &mut Errors) -> Self {
        Self::new(take(args, errors).unwrap_or_else(|| quote!(::razor_stream)))
    }

    fn new(path: TokenStream) -> Self {
        Self { path, place: Span::call_site() }
    }

    /// This path, shown at `tokens`. The compiler shows an expression from its first token to its last: a path that is
    /// shown elsewhere would move the whole expression.
    pub(crate) fn at(&self, tokens: &impl Spanned) -> Self {
        let place = tokens.span();
        let moved = self.path.clone().into_iter().map(|mut tree| {
            tree.set_span(tree.span().located_at(place));
            tree
        });
        Self { path: moved.collect(), place: at(tokens) }
    }

    /// The library's own path as a text, for links in documentation.
    pub(crate) fn text(&self) -> String {
        self.path.to_string().replace(' ', "")
    }
}

/// Removes `crate = path` from `args`, and returns the path.
fn take(args: &mut TokenStream, errors: &mut Errors) -> Option<TokenStream> {
    let all: Vec<TokenTree> = args.clone().into_iter().collect();
    let is_comma =
        |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ',');
    let (ours, others): (Vec<_>, Vec<_>) = all.split(is_comma).partition(|part| says_crate(part));
    if let Some(second) = ours.get(1) {
        errors.at(tokens(second), "the path of the library has been given: remove one");
    }
    let given = tokens(ours.first()?);
    let others = others.into_iter().filter(|part| !part.is_empty()).map(tokens);
    *args = quote!(#(#others),*);
    match parse.parse2(given) {
        Ok(path) => Some(path.to_token_stream()),
        Err(error) => {
            errors.add(error);
            None
        }
    }
}

/// Whether these tokens begin with `crate =`.
fn says_crate(part: &[TokenTree]) -> bool {
    matches!(part, [TokenTree::Ident(word), TokenTree::Punct(equals), ..]
        if word == "crate" && equals.as_char() == '=')
}

fn tokens(part: &[TokenTree]) -> TokenStream {
    part.iter().cloned().collect()
}

fn parse(input: ParseStream<'_>) -> syn::Result<Path> {
    input.parse::<Token![crate]>()?;
    let equals = input.parse::<Token![=]>()?;
    if input.peek(LitStr) {
        return Err(input.error("write the path without quotes: `crate = the::path`"));
    }
    let path = input.call(Path::parse_mod_style).map_err(|error| {
        let place = if input.is_empty() { equals.spans[0] } else { error.span() };
        syn::Error::new(place, "write the path of the library: `crate = the::path`")
    })?;
    if input.is_empty() { Ok(path) } else { Err(input.error("the path is all: remove this")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{flat, messages};

    fn taken(args: TokenStream) -> (String, String, Vec<String>) {
        let (mut args, mut errors) = (args, Errors::default());
        let root = Root::rpc(&mut args, &mut errors);
        (flat(&quote!(#root)), flat(&args), messages(&errors.into_tokens()))
    }

    #[test]
    fn the_path_is_taken_from_wherever_it_stands_and_the_rest_stays() {
        let rest = |args, path: &str, rest: &str| {
            assert_eq!(taken(args), (format!("{path}::__private"), rest.into(), vec![]));
        };
        rest(quote!(), "::razor_rpc", "");
        rest(quote!(A,), "::razor_rpc", "A,");
        rest(quote!(crate::A), "::razor_rpc", "crate::A");
        rest(quote!(crate = x), "x", "");
        rest(quote!(crate = ::a::b,), "::a::b", "");
        rest(quote!(new A, crate = crate::x, blocking B), "crate::x", "newA,blockingB");
        rest(quote!(crate = self::x, codec = J<A, B>), "self::x", "codec=J<A,B>");
    }

    #[test]
    fn a_path_that_is_none_or_is_there_twice_is_told() {
        for (args, expected) in [
            (quote!(crate = "x"), "without quotes"),
            (quote!(crate = ), "write the path"),
            (quote!(crate = 7), "write the path"),
            (quote!(crate = x + 1), "remove this"),
            (quote!(crate = x, crate = y), "remove one"),
        ] {
            let (_, _, messages) = taken(args);
            assert_eq!(messages.len(), 1, "{messages:?}");
            assert!(messages[0].contains(expected), "{messages:?} does not say {expected:?}");
        }
    }
}
