//! The words in `#[rpc(…)]`.
//!
//! Knows the words. Does not know where each of them may stand.

use crate::errors::Errors;
use crate::peel;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Member, Meta, Path, Token};

/// The words in the attributes of an item or of a variant.
#[derive(Default)]
pub(super) struct Said {
    /// `text`, or `text = "…"`.
    pub(super) text: Option<(Path, Option<LitStr>)>,
    /// `codec`.
    pub(super) codec: Option<Path>,
    /// `failover`, or `failover_to = field`.
    pub(super) failover: Option<(Path, Option<Member>)>,
}

const WORDS: &str = "the words are `text`, `codec`, `failover` and `failover_to = field`";

/// The tokens in all `#[rpc(…)]` among these attributes, with commas between them.
pub(super) fn args(attrs: &[Attribute], errors: &mut Errors) -> TokenStream {
    let mut all = TokenStream::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("rpc")) {
        match &attr.meta {
            Meta::List(list) => {
                let tokens = &list.tokens;
                // A comma at the end may be there or not.
                let comma = (!tokens.to_string().trim_end().ends_with(',')).then(|| quote!(,));
                if !tokens.is_empty() {
                    all.extend(quote!(#tokens #comma));
                }
            }
            _ => errors.at(attr, &format!("write `#[rpc(…)]`: {WORDS}")),
        }
    }
    all
}

impl Said {
    /// Reads the words; `crate = path` has been taken out before.
    pub(super) fn new(args: TokenStream, errors: &mut Errors) -> Self {
        use syn::parse::Parser;
        let mut said = Self::default();
        match Punctuated::<Meta, Token![,]>::parse_terminated.parse2(args) {
            Ok(words) => words.iter().for_each(|word| said.word(word, errors)),
            Err(error) => errors.add(syn::Error::new(error.span(), WORDS)),
        }
        said
    }

    fn word(&mut self, word: &Meta, errors: &mut Errors) {
        let path = word.path();
        let name = path.get_ident().map(Ident::to_string).unwrap_or_default();
        let twice = match (name.as_str(), word) {
            ("text", Meta::Path(_)) => self.text.replace((path.clone(), None)).is_some(),
            ("text", Meta::NameValue(value)) => match string(&value.value) {
                Some(text) => self.text.replace((path.clone(), Some(text))).is_some(),
                None => {
                    return errors.at(&value.value, "write a text: `#[rpc(text = \"no funds\")]`");
                }
            },
            ("codec", Meta::Path(_)) => self.codec.replace(path.clone()).is_some(),
            ("failover", Meta::Path(_)) => self.failover.replace((path.clone(), None)).is_some(),
            ("failover_to", Meta::NameValue(value)) => match member(&value.value) {
                Some(field) => self.failover.replace((path.clone(), Some(field))).is_some(),
                None => {
                    return errors.at(
                        &value.value,
                        "write the name or the number of the field with the address",
                    );
                }
            },
            ("failover_to", _) => {
                return errors
                    .at(word, "say which field has the address: `#[rpc(failover_to = leader)]`");
            }
            ("codec" | "failover", _) => {
                return errors.at(word, &format!("write `{name}` alone"));
            }
            _ => {
                let unknown = path.to_token_stream().to_string().replace(' ', "");
                return errors.at(word, &format!("there is no `{unknown}` here: {WORDS}"));
            }
        };
        if twice {
            errors.at(word, "this has been said: remove one");
        }
    }
}

fn string(value: &Expr) -> Option<LitStr> {
    match peel::expr(value) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
        _ => None,
    }
}

fn member(value: &Expr) -> Option<Member> {
    syn::parse2(peel::expr(value).to_token_stream()).ok()
}
