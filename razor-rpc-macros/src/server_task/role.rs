//! The role of an enum of tasks, as the attribute names it: decoded from requests, answered as responses, or both.
//!
//! Knows the two words for that.

use crate::errors::Errors;
use proc_macro2::{TokenStream, TokenTree};

/// The role of the enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EnumRoles {
    /// Decoded from requests.
    Req,
    /// Answered with its results.
    Resp,
    Both,
}

impl EnumRoles {
    /// Reads the role. A mistake is reported, and the words that were understood count.
    pub(super) fn new(args: TokenStream, errors: &mut Errors) -> Self {
        let mut found = None;
        if args.is_empty() {
            errors.at(&args, "say what the enum is for: write `#[server_task_enum(req)]`, `(resp)` or `(req, resp)`");
        }
        for token in args {
            let role = match &token {
                TokenTree::Punct(comma) if comma.as_char() == ',' => continue,
                TokenTree::Ident(word) if word == "req" => Self::Req,
                TokenTree::Ident(word) if word == "resp" => Self::Resp,
                _ => {
                    errors.at(&token, "`req` and `resp` are all there is: remove this");
                    continue;
                }
            };
            found = match found {
                None => Some(role),
                Some(other) if other != role && other != Self::Both => Some(Self::Both),
                Some(said) => {
                    errors.at(&token, "this has been said: remove it");
                    Some(said)
                }
            };
        }
        found.unwrap_or(Self::Both)
    }

    pub(super) fn decodes(self) -> bool {
        self != Self::Resp
    }

    pub(super) fn answers(self) -> bool {
        self != Self::Req
    }
}
